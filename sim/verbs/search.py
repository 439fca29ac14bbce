"""`tailspin search`: from a safe scenario to the smallest change that makes it fail."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.files import check_folder
from sim.scenario.loading import load_scenario
from sim.search.search import Progress, SearchResult
from sim.search.search import search as search_space


def search(
    scenario: str | Path,
    outcomes: str | Sequence[str] = (),
    *,
    maximize: str | Sequence[str] = (),
    examples: int | None = None,
    seconds: float | None = None,
    workers: int | None = None,
    seed: int = 0,
    seeds: int = 1,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    out: str | Path = "findings",
    first: bool = False,
    progress: Progress | None = None,
) -> SearchResult:
    """Search for design changes with which a safe scenario has one of the outcomes.

    Parameters
    ----------
    scenario
        Library name, or a YAML or JSON file; it declares a space.
    outcomes
        What to look for, as a list or with commas in between: kinds of outcomes, and metrics with a bound
        (`bad_debt_usd>1e6`).
    maximize
        Metrics whose largest value is looked for, given in the same way.
    examples, seconds
        Histories to draw in all; time that bounds the finding, whose result is then not reproducible.
    workers
        Processes, one per core by default; what is found does not depend on them.
    seed, seeds
        Of the search, and how many searches follow each other, each with the next seed.
    overrides
        `path=value` texts, or values by dotted path.
    out
        Folder of the findings.
    first
        Stop at the first history that has one of the outcomes.
    progress
        Told (done, total or None, note).

    Raises
    ------
    BadInput : something given is wrong, or the scenario is not safe to begin with.
    """
    check_folder(Path(out), "out")
    return search_space(
        load_scenario(scenario, overrides),
        _listed(outcomes),
        examples=examples,
        seconds=seconds,
        workers=workers or os.cpu_count() or 1,
        seed=seed,
        out=out,
        first=first,
        progress=progress,
        maximize=_listed(maximize),
        seeds=seeds,
    )


def _listed(given: str | Sequence[str]) -> list[str]:
    return [one.strip() for one in given.split(",")] if isinstance(given, str) else list(given)
