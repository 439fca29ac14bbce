"""`tailspin compare`: designs side by side, on the same scenarios and the same seeds."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.chain.artifacts import Artifacts, load_artifacts
from sim.chain.base import BadChain
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.files import check_folder
from sim.metrics.comparison import DesignRuns, SeedRun
from sim.metrics.intervals import INTERVAL
from sim.metrics.summary import finite, summarise
from sim.report.comparison import save_comparison
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from sim.scenario.overlays import Design, list_designs, load_design
from sim.scenario.references import split_reference
from sim.search.workers import results_of
from sim.verbs.run import crossed_thresholds

DEFAULT_SEEDS = 3
"""Of all designs on the two scenarios of the README: a few minutes on two cores."""
ALL, BASE = "all", "base"
Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison gave.

    Attributes
    ----------
    designs
        Runs by scenario and design, in the order given; of each scenario the base first.
    skipped
        Designs of `all` that do not fit a scenario: reference and reason.
    files
        Files written.
    """

    designs: tuple[DesignRuns, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def failures(self) -> list[str]:
        """Broken invariants and crossed thresholds, one line each."""
        return [line for design in self.designs for line in design.failures]

    def as_dict(self) -> dict[str, Any]:
        """Return the result of `tailspin compare --json`."""
        return {
            "interval": INTERVAL,
            "designs": [design.as_dict() for design in self.designs],
            "skipped": [{"reference": reference, "reason": reason} for reference, reason in self.skipped],
            "failures": self.failures,
            "files": [str(file) for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class _Entry:
    """A design on a scenario, loaded."""

    name: str
    base: str
    reference: str
    summary: str
    scenario: Scenario

    def has_market_for(self, design: Design) -> bool:
        """Whether there is a market of the kind that a design is about."""
        lacks_lending = design.is_for_lending and not self.scenario.lending
        return not lacks_lending and not (design.is_for_perps and not self.scenario.perps)


def compare(
    *scenarios: str | Path,
    designs: str | Sequence[str] | None = None,
    seeds: int = DEFAULT_SEEDS,
    workers: int | None = None,
    blocks: int | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run designs on scenarios over the same seeds, in process.

    Parameters
    ----------
    scenarios
        References. Where none of them names a design, each is compared with all designs that fit it.
    designs
        `all`, or names, or files, of the designs to put on each scenario, as a list or with commas in between;
        `ONE+OTHER` puts both on it.
    seeds
        Runs of each design: the scenario's own seed and those after it.
    workers
        Processes, one per core by default; what comes out does not depend on them.
    blocks, overrides
        As for `run`, after the design.
    out
        Folder to write the tables to: Markdown, JSON, and the runs as CSV and Parquet.
    progress
        Told (done, total, note).

    Raises
    ------
    BadInput : something given is wrong, a design that was named does not fit a scenario, or none of the runs could
        be opened. A run that alone cannot is a failure of its design.
    """
    if not scenarios:
        raise BadInput("no scenario given, at least one expected")
    if seeds < 1:
        raise BadInput(f"seeds: got {seeds}, at least 1 expected")
    if out is not None:
        check_folder(Path(out), "out")
    entries, skipped = _entries([str(ref) for ref in scenarios], designs, overrides, blocks)
    jobs = [_seeded(entry.scenario, i) for entry in entries for i in range(seeds)]
    done = _run_all(jobs, workers or os.cpu_count() or 1, progress)
    if not any(run.digest for run in done):
        raise BadInput(done[0].failures[0])
    runs = iter(done)
    compared = Comparison(
        tuple(
            DesignRuns(
                entry.name, entry.base, entry.reference, entry.summary, tuple(next(runs) for _ in range(seeds))
            )
            for entry in entries
        ),
        tuple(skipped),
    )
    if out is None:
        return compared
    files = save_comparison(Path(out), compared.designs, compared.as_dict())
    return Comparison(compared.designs, compared.skipped, tuple(files))


def _entries(
    refs: Sequence[str],
    designs: str | Sequence[str] | None,
    overrides: Sequence[str] | Mapping[str, Any],
    blocks: int | None,
) -> tuple[list[_Entry], list[tuple[str, str]]]:
    """Every scenario with every design, and the ones of `all` that do not fit."""
    named = any(split_reference(ref)[1] for ref in refs)
    wanted = _wanted(ALL if designs is None and not named else designs)
    every = wanted == [ALL]
    entries: dict[str, _Entry] = {}
    skipped = []
    for ref in dict.fromkeys(refs):
        base = _entry(ref, (), overrides, blocks)
        entries.setdefault(ref, base)
        fitting = [one.name for one in list_designs() if base.has_market_for(one)]
        for design in fitting if every else wanted:
            try:
                entries.setdefault(f"{ref}+{design}", _entry(ref, tuple(design.split("+")), overrides, blocks))
            except BadInput as error:
                if not every:
                    raise
                skipped.append((f"{ref}+{design}", str(error)))
    return list(entries.values()), skipped


def _wanted(designs: str | Sequence[str] | None) -> list[str]:
    """Names of designs, each one that exists."""
    if designs is None:
        return []
    names = designs.split(",") if isinstance(designs, str) else list(designs)
    names = list(dict.fromkeys(name.strip() for name in names))
    if names != [ALL]:
        for name in names:
            for part in name.split("+"):
                load_design(part)
    return names


def _entry(
    ref: str, designs: tuple[str, ...], overrides: Sequence[str] | Mapping[str, Any], blocks: int | None
) -> _Entry:
    reference = "+".join((ref, *designs))
    scenario = load_scenario(reference, overrides, blocks=blocks)
    base, *on_it = scenario.name.split("+")
    found = [load_design(name) for name in (*split_reference(ref)[1], *designs)]
    summary = " ".join(design.summary for design in found) or "The scenario as it is."
    return _Entry("+".join(on_it) or BASE, base, reference, summary, scenario)


def _seeded(scenario: Scenario, i: int) -> Scenario:
    return scenario.model_copy(update={"seed": scenario.seed + i})


def _run_all(jobs: Sequence[Scenario], workers: int, progress: Progress | None) -> list[SeedRun]:
    """Run all scenarios and return the runs in their order."""
    tell = progress or (lambda done, total, note: None)
    tell(0, len(jobs), "")
    if workers <= 1:
        return list(_run_here(jobs, tell))
    load_artifacts()  # compiles once, before there are several that would
    runs: dict[int, SeedRun] = {}
    for i, run in results_of(_run, [(job,) for job in jobs], workers):
        runs[i] = run
        tell(len(runs), len(jobs), _note(jobs[i]))
    return [runs[i] for i in range(len(jobs))]


def _run_here(jobs: Sequence[Scenario], tell: Progress) -> Iterator[SeedRun]:
    artifacts = load_artifacts()
    for done, job in enumerate(jobs, 1):
        yield _run(job, artifacts)
        tell(done, len(jobs), _note(job))


def _note(scenario: Scenario) -> str:
    return f"{scenario.name}, seed {scenario.seed}"


@cache
def _artifacts() -> Artifacts:
    """Compiled contracts, once in each worker."""
    return load_artifacts()


def _run(scenario: Scenario, artifacts: Artifacts | None = None) -> SeedRun:
    """Run one scenario to its end; without artifacts, with those of this process."""
    try:
        with RevmChain() as chain:
            trace = launch(scenario, chain, artifacts or _artifacts()).run()
    except (BadInput, BadChain) as error:
        return SeedRun(scenario.seed, "", {}, (), (f"cannot be opened: {error}",))
    result = summarise(trace)
    broken = dict.fromkeys(
        f"{one.invariant} broken in block {one.block}: {one.detail}" for one in trace.violations
    )
    return SeedRun(
        scenario.seed,
        trace.digest,
        {name: finite(value) for name, value in result.metrics.items()},
        tuple(one.kind for one in result.outcomes),
        (*list(broken)[:3], *crossed_thresholds(scenario, result)),
    )
