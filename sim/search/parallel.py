"""Shards over processes: the same reports, in the same order, whatever the number of workers."""

import ctypes
from collections.abc import Callable, Sequence
from multiprocessing import get_context

from sim.chain.artifacts import load_artifacts
from sim.scenario.model import Scenario
from sim.search.episode import Stage
from sim.search.shards import ShardReport, ShardTask, run_shard
from sim.search.space import Space
from sim.search.workers import Lost, fresh, log_lost, results_of

Told = Callable[[int], None]

_shared: tuple[ctypes.Array, ctypes.Array] | None = None
"""Examples by shard; whether to stop, then by shard whether it has found. A dead process would keep locks."""


def run_shards(
    stage: Stage, tasks: Sequence[ShardTask], workers: int, told: Told, lost: Lost = log_lost
) -> list[ShardReport]:
    """Run shards and return their reports by index.

    Where the first candidate ends a shard, the reports end with the first one that has a candidate: what came of
    the shards after it depends on how fast they were, and does not count.

    Parameters
    ----------
    told
        Called with the number of examples done so far.
    lost
        Told of processes that died; their shards are run again from their beginning.

    Raises
    ------
    WorkersLost
        Processes kept dying.
    """
    reports = _run_here(stage, tasks, told) if workers <= 1 else _run_there(stage, tasks, workers, told, lost)
    ended = (i for i, report in enumerate(reports) if tasks[i].first and report.candidates)
    return reports[: next(ended, len(reports)) + 1]


def _run_here(stage: Stage, tasks: Sequence[ShardTask], told: Told) -> list[ShardReport]:
    reports: list[ShardReport] = []
    done = 0

    def count() -> bool:
        nonlocal done
        done += 1
        told(done)
        return True

    for task in tasks:
        reports.append(run_shard(fresh(stage), task, count))
        if task.first and reports[-1].candidates:
            break
    return reports


def _share(counts: ctypes.Array, found: ctypes.Array) -> None:
    global _shared
    _shared = (counts, found)


def _run_remote(base: Scenario, task: ShardTask) -> ShardReport:
    counts, found = _shared
    counts[task.index] = 0

    def needed() -> bool:
        return not any(found[: task.index + 1])

    def goes_on() -> bool:
        counts[task.index] += 1
        return needed()

    if not needed():
        return ShardReport(task.index)
    report = run_shard(Stage(Space(base), load_artifacts()), task, goes_on)
    found[task.index + 1] = task.first and bool(report.candidates)
    return report


def _run_there(
    stage: Stage, tasks: Sequence[ShardTask], workers: int, told: Told, lost: Lost
) -> list[ShardReport]:
    context = get_context("spawn")
    size = max(task.index for task in tasks) + 1
    counts, found = context.RawArray(ctypes.c_int64, size), context.RawArray(ctypes.c_bool, size + 1)
    jobs = [(stage.space.base, task) for task in tasks]
    reports: dict[int, ShardReport] = {}

    def stop() -> None:
        found[0] = True

    for i, report in results_of(
        _run_remote, jobs, workers, lost, _share, (counts, found), lambda: told(sum(counts)), stop
    ):
        reports[i] = report
    return [reports[i] for i in range(len(tasks))]
