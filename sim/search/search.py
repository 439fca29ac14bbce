"""A search: prove the base safe, look for outcomes in eight shards, shrink what was found, and store it."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from sim.chain.artifacts import load_artifacts
from sim.errors import BadInput
from sim.metrics.outcomes import OutcomeKind
from sim.scenario.model import Scenario
from sim.search.corpus import Corpus
from sim.search.episode import Stage
from sim.search.finding import Finding
from sim.search.history import describe
from sim.search.parallel import run_shards
from sim.search.record import record_finding
from sim.search.safety import UnsafeBase, require_safe
from sim.search.shards import Candidate, ShardReport, shard_tasks
from sim.search.shrink import MAX_REPLAYS, Shrinker
from sim.search.space import Space

DEFAULT_EXAMPLES = 800
KINDS: tuple[str, ...] = get_args(OutcomeKind)
Progress = Callable[[int, int | None, str], None]


@dataclass(slots=True)
class SearchResult:
    """What a search came to.

    Attributes
    ----------
    outcome, finding
        Kind and file of the first finding; None if nothing was found.
    findings
        Files, one per distinct cause.
    first_found_s
        Seconds until the first candidate, the proof of safety included.
    minimal
        Of the first finding: fields that differ from the base, `design` and `environment`.
    tipping
        Of the first finding: where each design field tips.
    reproducible
        Whether the same call finds the same again; False when seconds bounded the finding.
    rules, ends
        How often each rule was played, and how episodes ended.
    """

    outcome: str | None = None
    finding: Path | None = None
    findings: list[Path] = field(default_factory=list)
    examples: int = 0
    contract_calls: int = 0
    seconds: float = 0.0
    first_found_s: float | None = None
    minimal: dict[str, dict[str, Any]] = field(default_factory=lambda: {"design": {}, "environment": {}})
    tipping: list[dict[str, Any]] = field(default_factory=list)
    reproducible: bool = True
    shrink_replays: int = 0
    rules: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)

    @property
    def found(self) -> bool:
        """Whether there is a finding."""
        return bool(self.findings)

    def add(self, reports: Sequence[ShardReport], began: float) -> None:
        """Add up what shards did; `began` is the search's start on their clock."""
        for report in reports:
            self.examples += report.examples
            self.contract_calls += report.contract_calls
            self.rules += report.rules
            self.ends += report.ends
        found_at = [report.first_found_at for report in reports if report.first_found_at is not None]
        self.first_found_s = min(found_at) - began if found_at else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data with the keys of the command."""
        return {
            "found": self.found,
            "outcome": self.outcome,
            "finding": str(self.finding) if self.finding else None,
            "findings": [str(path) for path in self.findings],
            "examples": self.examples,
            "contract_calls": self.contract_calls,
            "seconds": self.seconds,
            "first_found_s": self.first_found_s,
            "minimal": self.minimal,
            "tipping": self.tipping,
            "reproducible": self.reproducible,
            "shrink_replays": self.shrink_replays,
            "rules": dict(sorted(self.rules.items())),
            "ends": dict(sorted(self.ends.items())),
        }


def search(
    scenario: Scenario,
    outcomes: Sequence[str],
    examples: int | None = None,
    seconds: float | None = None,
    workers: int = 1,
    seed: int = 0,
    out: Path | str = Path("findings"),
    first: bool = False,
    progress: Progress | None = None,
    max_replays: int = MAX_REPLAYS,
) -> SearchResult:
    """Search for design changes with which a safe scenario has one of the outcomes.

    Parameters
    ----------
    scenario
        The base; it declares a space.
    outcomes
        Kinds to look for.
    examples
        Episodes in all, 800 by default (unbounded if seconds are given).
    seconds
        Bounds the finding only; the result is then not reproducible.
    workers
        Processes; what is found does not depend on them.
    out
        Folder of the findings.
    first
        Stop at the first candidate of any outcome.
    progress
        Told (done, total or None, note).
    max_replays
        Bound on the shrinking of each candidate.

    Raises
    ------
    BadInput
        Something given is not usable; `UnsafeBase` if the base has an outcome within its envelope.
    """
    kinds = _checked(outcomes, examples, seconds, workers)
    began = time.monotonic()
    note = progress or (lambda done, total, text: None)
    stage = Stage(Space(scenario), load_artifacts())
    result = SearchResult(reproducible=seconds is None)
    result.contract_calls += require_safe(
        stage, workers, progress=lambda done, total: note(done, total, "proving that the base is safe")
    )
    total = examples if examples is not None or seconds is not None else DEFAULT_EXAMPLES
    tasks = shard_tasks(kinds, total if total is not None else 10**9, seed, seconds, workers)
    reports = run_shards(stage, tasks, workers, first, lambda done: note(done, total, "searching"))
    result.add(reports, began)
    _refuse_unsafe(stage, reports)
    note(0, None, "shrinking")
    _shrink_all(stage, reports, kinds, seed, first, max_replays, Corpus(Path(out)), result)
    result.seconds = time.monotonic() - began
    return result


def _checked(
    outcomes: Sequence[str], examples: int | None, seconds: float | None, workers: int
) -> tuple[str, ...]:
    """The outcomes, each once. Raises BadInput for anything that cannot be searched with."""
    for kind in outcomes:
        if kind not in KINDS:
            raise BadInput(f"outcome is {kind!r}, one of {', '.join(KINDS)} expected")
    if not outcomes:
        raise BadInput(f"no outcome given, one or more of {', '.join(KINDS)} expected")
    for name, given in (("examples", examples), ("seconds", seconds), ("workers", workers)):
        if given is not None and given <= 0:
            raise BadInput(f"{name} is {given}, above 0 expected")
    return tuple(dict.fromkeys(outcomes))


def _refuse_unsafe(stage: Stage, reports: Sequence[ShardReport]) -> None:
    """An outcome at the base's own design is no finding: the base was not safe after all."""
    for report in reports:
        if report.unsafe is not None:
            raise _unsafe(stage, report.unsafe)


def _unsafe(stage: Stage, candidate: Candidate) -> UnsafeBase:
    name = stage.space.base.name
    return UnsafeBase(
        f"base {name!r} is not safe: shard {candidate.shard} found {candidate.kind} without a change of design"
        f" ({describe(candidate.values, candidate.history)}); a design without an outcome in its envelope expected"
    )


def _shrink_all(
    stage: Stage,
    reports: Sequence[ShardReport],
    kinds: Sequence[str],
    seed: int,
    first: bool,
    max_replays: int,
    corpus: Corpus,
    result: SearchResult,
) -> None:
    """Shrink candidates in the order of outcomes and shards; store one finding per distinct cause at once."""
    findings: dict[tuple, Finding] = {}
    calls = stage.contract_calls
    for kind in kinds:
        for report in reports:
            candidate = report.candidates.get(kind)
            if candidate is None or (first and findings):
                continue
            finding = _shrink(stage, candidate, list(findings.values()), seed, max_replays, result)
            if finding is not None and finding.cause not in findings:
                findings[finding.cause] = finding
                _store(finding, corpus, result)
    result.contract_calls += stage.contract_calls - calls


def _shrink(
    stage: Stage,
    candidate: Candidate,
    known: Sequence[Finding],
    seed: int,
    max_replays: int,
    result: SearchResult,
) -> Finding | None:
    """Shrink a candidate without the design changes of earlier findings; None if it needs those of one of them.

    Raises UnsafeBase if no design change is left.
    """
    values = dict(candidate.values)
    for finding in known:
        design = finding.minimal.design
        if finding.outcome.kind != candidate.kind or not design.keys() <= values.keys():
            continue
        without = {path: value for path, value in values.items() if path not in design}
        result.shrink_replays += 1
        if stage.play(stage.space.reconcile(without), candidate.history).outcome(candidate.kind) is None:
            return None
        values = without
    shrunk = Shrinker(stage, candidate.kind, max_replays).shrink(values, candidate.history)
    if shrunk is None:
        return None
    result.shrink_replays += shrunk.replays
    if not stage.space.split(shrunk.played.values)[0]:
        raise _unsafe(stage, replace(candidate, values=shrunk.played.values, history=shrunk.played.history))
    return record_finding(stage, candidate.kind, shrunk, seed)


def _store(finding: Finding, corpus: Corpus, result: SearchResult) -> None:
    """Write a finding and name it in the result, the first one in full."""
    result.findings.append(corpus.add(finding))
    if len(result.findings) == 1:
        result.finding, result.outcome = result.findings[0], finding.outcome.kind
        result.minimal = finding.minimal.model_dump(mode="json")
        result.tipping = [tip.model_dump(mode="json") for tip in finding.tipping]
