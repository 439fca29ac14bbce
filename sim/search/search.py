"""A search: replay what is known, prove the base safe, look in eight shards, shrink what was found, store it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sim.chain.artifacts import load_artifacts
from sim.errors import BadInput
from sim.scenario.model import Scenario
from sim.search.collect import Collector, refuse_unsafe
from sim.search.corpus import Corpus
from sim.search.episode import Stage
from sim.search.known import recall
from sim.search.objectives import KINDS, checked_aims, checked_metric
from sim.search.parallel import run_shards
from sim.search.result import SearchResult
from sim.search.safety import require_safe
from sim.search.shards import shard_tasks
from sim.search.shrink import MAX_REPLAYS
from sim.search.space import Space
from sim.search.workers import log_lost

DEFAULT_EXAMPLES = 800
Progress = Callable[[int, int | None, str], None]


def search(
    scenario: Scenario,
    outcomes: Sequence[str] = (),
    examples: int | None = None,
    seconds: float | None = None,
    workers: int = 1,
    seed: int = 0,
    out: Path | str = Path("findings"),
    first: bool = False,
    progress: Progress | None = None,
    max_replays: int = MAX_REPLAYS,
    maximize: Sequence[str] = (),
    seeds: int = 1,
) -> SearchResult:
    """Search for design changes with which a safe scenario reaches one of the aims.

    Stored findings of the scenario are replayed before anything else.

    Parameters
    ----------
    scenario
        The base; it declares a space.
    outcomes
        Aims: kinds of outcomes, and metrics with a bound (`bad_debt_usd>1e6`).
    examples
        Episodes of each seed in all, 800 by default (unbounded if seconds are given).
    seconds
        Bounds the finding of each seed only; the result is then not reproducible.
    workers
        Processes; what is found does not depend on them.
    out
        Folder of the findings.
    first
        Stop at the first candidate of any aim, a stored finding that still reaches one included.
    progress
        Told (done, total or None, note).
    max_replays
        Bound on the shrinking of each candidate.
    maximize
        Metrics whose largest value is looked for; the best history is stored, if its design goes further than
        the base's and than what was stored before.
    seeds
        Searches one after the other, with `seed` and those after it.

    Raises
    ------
    BadInput
        Something given is not usable; `UnsafeBase` if the base reaches an aim within its envelope.
    WorkersLost
        Processes kept dying.
    """
    _check_numbers(examples=examples, seconds=seconds, workers=workers, seeds=seeds)
    began = time.monotonic()
    note = progress or (lambda done, total, text: None)
    stage = Stage(Space(scenario), load_artifacts())
    aims, metrics = _checked(stage, outcomes, maximize, first)
    result = SearchResult(aims, reproducible=seconds is None)
    corpus = Corpus(Path(out))
    known = recall(stage, corpus, aims, metrics, result, lambda done, total: note(done, total, "replaying"))

    def lost(line: str) -> None:
        result.infrastructure.append(line)
        log_lost(line)

    if aims and not (first and result.found):
        result.contract_calls += require_safe(
            stage, workers, None, lambda done, all_: note(done, all_, "proving that the base is safe"), aims, lost
        )
    total = examples if examples is not None or seconds is not None else DEFAULT_EXAMPLES
    collector = Collector(stage, corpus, result, max_replays, known)
    collector.resume(aims, seed, first)
    for number in range(seed, seed + seeds):
        if first and result.found:
            break
        count = total if total is not None else 10**9
        kept = None if first else str(corpus.folder)
        tasks = shard_tasks(aims, count, number, seconds, workers, metrics, first, kept)
        reports = run_shards(stage, tasks, workers, lambda done: note(done, total, "searching"), lost)
        result.add(reports, began)
        refuse_unsafe(stage, reports)
        note(0, None, "shrinking")
        collector.collect(reports, aims, number, first)
        collector.climb(reports, metrics, number)
    result.seconds = time.monotonic() - began
    return result


def _check_numbers(**given: float | None) -> None:
    for name, value in given.items():
        if value is not None and value <= 0:
            raise BadInput(f"{name} is {value}, above 0 expected")


def _checked(
    stage: Stage, outcomes: Sequence[str], maximize: Sequence[str], first: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Aims and metrics, each once. Raises BadInput for anything that cannot be searched with."""
    if not outcomes and not maximize:
        raise BadInput(f"no outcome given, one or more of {', '.join(KINDS)}, or METRIC>NUMBER, expected")
    if first and not outcomes:
        raise BadInput("first: given without an outcome, at which a search could stop")
    if all(outcome in KINDS for outcome in outcomes) and not maximize:
        return tuple(dict.fromkeys(outcomes)), ()
    metrics = tuple(stage.play({}, ()).assessment.metrics)
    aims = checked_aims(outcomes, metrics)
    return aims, tuple(dict.fromkeys(checked_metric("maximize", one.strip(), metrics) for one in maximize))
