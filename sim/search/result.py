"""What a search came to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.search.finding import Finding
from sim.search.replay import ReplayResult
from sim.search.shards import ShardReport


@dataclass(frozen=True, slots=True)
class Best:
    """The largest value of a metric that was maximised.

    Attributes
    ----------
    base
        Its value with the base's design where the history was found; None where it is not defined or not known.
    finding
        File.
    """

    value: float
    base: float | None
    finding: Path


@dataclass(slots=True)
class SearchResult:
    """What a search came to.

    Attributes
    ----------
    aims
        What was looked for: outcomes, and metrics with a bound.
    outcome, finding
        Kind and file of the first finding; None if there is none.
    findings
        Files, one per distinct cause: stored ones that still fail, then new ones.
    new
        Those of the findings that were not stored before.
    replayed
        Stored findings of the scenario, each with its verdict on the scenario as it is now.
    unreadable
        Files of the findings' folder that are none, one line each; they stay as they are.
    first_found_s
        Seconds until the first candidate, the proof of safety included.
    minimal
        Of the first finding: fields that differ from the base, `design` and `environment`.
    tipping
        Of the first finding: where each design field tips.
    best
        By metric that was maximised; not there where no design went further than the base's.
    reproducible
        Whether the same call finds the same again; False when seconds bounded the finding.
    infrastructure
        Failures of processes whose jobs were run again, one line each.
    rules, ends
        How often each rule was played, and how episodes ended.
    """

    aims: tuple[str, ...] = ()
    outcome: str | None = None
    finding: Path | None = None
    findings: list[Path] = field(default_factory=list)
    new: list[Path] = field(default_factory=list)
    replayed: list[ReplayResult] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    examples: int = 0
    contract_calls: int = 0
    seconds: float = 0.0
    first_found_s: float | None = None
    minimal: dict[str, dict[str, Any]] = field(default_factory=lambda: {"design": {}, "environment": {}})
    tipping: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Best] = field(default_factory=dict)
    reproducible: bool = True
    shrink_replays: int = 0
    infrastructure: list[str] = field(default_factory=list)
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
        if self.first_found_s is None and found_at:
            self.first_found_s = min(found_at) - began

    def name(self, finding: Finding, path: Path) -> None:
        """Name a finding, the first one in full."""
        if path in self.findings:
            return
        self.findings.append(path)
        if len(self.findings) == 1:
            self.finding, self.outcome = path, finding.outcome.kind
            self.minimal = finding.minimal.model_dump(mode="json")
            self.tipping = [tip.model_dump(mode="json") for tip in finding.tipping]

    def as_dict(self) -> dict[str, Any]:
        """Plain data with the keys of the command."""
        best = {
            metric: {"value": one.value, "base": one.base, "finding": str(one.finding)}
            for metric, one in self.best.items()
        }
        return {
            "found": self.found,
            "aims": list(self.aims),
            "outcome": self.outcome,
            "finding": str(self.finding) if self.finding else None,
            "findings": [str(path) for path in self.findings],
            "new": [str(path) for path in self.new],
            "replayed": [one.as_dict() for one in self.replayed],
            "unreadable": self.unreadable,
            "examples": self.examples,
            "contract_calls": self.contract_calls,
            "seconds": self.seconds,
            "first_found_s": self.first_found_s,
            "minimal": self.minimal,
            "tipping": self.tipping,
            "best": best,
            "reproducible": self.reproducible,
            "shrink_replays": self.shrink_replays,
            "infrastructure": self.infrastructure,
            "rules": dict(sorted(self.rules.items())),
            "ends": dict(sorted(self.ends.items())),
        }
