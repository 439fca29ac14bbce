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

_shared: tuple[ctypes.Array, ctypes.c_bool] | None = None
"""Examples by shard, and whether to stop: without locks, which a process that dies would keep."""


def run_shards(
    stage: Stage,
    tasks: Sequence[ShardTask],
    workers: int,
    first: bool,
    told: Told,
    lost: Lost = log_lost,
) -> list[ShardReport]:
    """Run all shards and return their reports by index.

    Parameters
    ----------
    first
        End as soon as one shard has a candidate; shards that had not ended then report what they have.
    told
        Called with the number of examples done so far.
    lost
        Told of processes that died; their shards are run again from their beginning.

    Raises
    ------
    WorkersLost
        Processes kept dying.
    """
    if workers <= 1:
        return _run_here(stage, tasks, first, told)
    return _run_there(stage, tasks, workers, first, told, lost)


def _run_here(stage: Stage, tasks: Sequence[ShardTask], first: bool, told: Told) -> list[ShardReport]:
    reports: list[ShardReport] = []
    done = 0

    def count() -> bool:
        nonlocal done
        done += 1
        told(done)
        return True

    for task in tasks:
        reports.append(run_shard(fresh(stage), task, count))
        if first and reports[-1].candidates:
            break
    return reports


def _share(counts: ctypes.Array, stop: ctypes.c_bool) -> None:
    global _shared
    _shared = (counts, stop)


def _run_remote(base: Scenario, task: ShardTask, first: bool) -> ShardReport:
    counts, stop = _shared
    counts[task.index] = 0

    def goes_on() -> bool:
        counts[task.index] += 1
        return not stop.value

    if stop.value:
        return ShardReport(task.index)
    report = run_shard(Stage(Space(base), load_artifacts()), task, goes_on)
    if first and report.candidates:
        stop.value = True
    return report


def _run_there(
    stage: Stage, tasks: Sequence[ShardTask], workers: int, first: bool, told: Told, lost: Lost
) -> list[ShardReport]:
    context = get_context("spawn")
    counts = context.RawArray(ctypes.c_int64, max(task.index for task in tasks) + 1)
    stop = context.RawValue(ctypes.c_bool, False)
    jobs = [(stage.space.base, task, first) for task in tasks]
    reports: dict[int, ShardReport] = {}
    try:
        for i, report in results_of(
            _run_remote, jobs, workers, lost, _share, (counts, stop), lambda: told(sum(counts))
        ):
            reports[i] = report
    except BaseException:
        stop.value = True
        raise
    return [reports[i] for i in range(len(tasks))]
