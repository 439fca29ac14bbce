"""`tailspin search`: from a safe scenario to the smallest change that makes it fail."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import BadInput
from sim.files import check_folder
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from sim.scenario.vary import vary_space
from sim.search.objectives import Bound
from sim.search.profiles import Profile, profile_of
from sim.search.result import SearchResult
from sim.search.search import Progress
from sim.search.search import search as search_space
from sim.search.shrink import MAX_REPLAYS

THRESHOLDS = "thresholds"
"""The aim that stands for all thresholds of the scenario."""
_BY_HAND = Profile("", 0, 1, False, MAX_REPLAYS)


def search(
    scenario: str | Path | Scenario,
    outcomes: str | Sequence[str] = (),
    *,
    maximize: str | Sequence[str] = (),
    profile: str | None = None,
    vary: Sequence[str] = (),
    examples: int | None = None,
    seconds: float | None = None,
    workers: int | None = None,
    seed: int = 0,
    seeds: int | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    out: str | Path = "findings",
    first: bool | None = None,
    progress: Progress | None = None,
) -> SearchResult:
    """Search for design changes with which a safe scenario reaches one of the aims.

    Parameters
    ----------
    scenario
        Library name, or a YAML or JSON file; it declares a space, unless `vary` does.
    outcomes
        What to look for, as a list or with commas in between: kinds of outcomes, metrics with a bound
        (`bad_debt_usd>1e6`), and `thresholds` for all those of the scenario.
    maximize
        Metrics whose largest value is looked for, given in the same way.
    profile
        Name of a counted budget; what is given besides takes the place of its parts.
    vary
        `PATH=LOW:HIGH[:STEP]`, `PATH=LOW:HIGH:log` or `PATH=a,b,c`, for the environment behind `env:`; they take
        the place of the fields of that part of the scenario's space.
    examples, seconds
        Histories to draw in all; time that bounds the finding, whose result is then not reproducible.
    workers
        Processes, one per core by default; what is found does not depend on them.
    seed, seeds
        Of the search, and how many searches follow each other, each with the next seed.
    overrides
        `path=value` texts, or values by dotted path.
    out
        Folder of the findings, which are replayed first.
    first
        Stop at the first history that reaches one of the aims.
    progress
        Told (done, total or None, note).

    Raises
    ------
    BadInput : something given is wrong, or the scenario is not safe to begin with.
    WorkersLost : worker processes kept ending abruptly.
    """
    check_folder(Path(out), "out")
    budget = _BY_HAND if profile is None else profile_of(profile)
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario, overrides)
    base = vary_space(loaded, vary) if vary else loaded
    counted = budget.examples if seconds is None and budget.examples else None
    return search_space(
        base,
        aims_of(base, outcomes),
        examples=examples if examples is not None else counted,
        seconds=seconds,
        workers=workers or os.cpu_count() or 1,
        seed=seed,
        out=out,
        first=budget.first if first is None else first,
        progress=progress,
        max_replays=budget.max_replays,
        maximize=_listed(maximize),
        seeds=budget.seeds if seeds is None else seeds,
    )


def aims_of(scenario: Scenario, outcomes: str | Sequence[str]) -> list[str]:
    """What to look for, the scenario's thresholds in place of `thresholds`; raises BadInput if it has none."""
    aims = []
    for aim in _listed(outcomes):
        if aim != THRESHOLDS:
            aims.append(aim)
            continue
        limits = scenario.thresholds.limits.values()
        if not limits:
            raise BadInput(f"for: scenario {scenario.name!r} sets none of its thresholds, one or more expected")
        aims += [Bound(metric, ">", float(limit)).text for metric, limit in limits]
    return aims


def _listed(given: str | Sequence[str]) -> list[str]:
    parts = given.split(",") if isinstance(given, str) else given
    return [one.strip() for one in parts if one.strip()]
