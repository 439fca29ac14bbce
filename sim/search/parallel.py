"""Shards over processes: the same reports, in the same order, whatever the number of workers."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

from sim.chain.artifacts import load_artifacts
from sim.scenario.model import Scenario
from sim.search.episode import Stage
from sim.search.shards import ShardReport, ShardTask, run_shard
from sim.search.space import Space
from sim.search.workers import fresh, pool, told_when_lost

POLL_S = 0.2
Told = Callable[[int], None]

_shared: tuple[Synchronized, Event] | None = None


def run_shards(
    stage: Stage, tasks: Sequence[ShardTask], workers: int, first: bool, told: Told
) -> list[ShardReport]:
    """Run all shards and return their reports by index.

    Parameters
    ----------
    first
        End as soon as one shard has a candidate; shards that had not ended then report what they have.
    told
        Called with the number of examples done so far.
    """
    if workers <= 1:
        return _run_here(stage, tasks, first, told)
    return _run_there(stage, tasks, workers, first, told)


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


def _share(counter: Synchronized, stop: Event) -> None:
    global _shared
    _shared = (counter, stop)


def _run_remote(base: Scenario, task: ShardTask, first: bool) -> ShardReport:
    counter, stop = _shared

    def goes_on() -> bool:
        with counter.get_lock():
            counter.value += 1
        return not stop.is_set()

    if stop.is_set():
        return ShardReport(task.index)
    report = run_shard(Stage(Space(base), load_artifacts()), task, goes_on)
    if first and report.candidates:
        stop.set()
    return report


def _run_there(
    stage: Stage, tasks: Sequence[ShardTask], workers: int, first: bool, told: Told
) -> list[ShardReport]:
    context = get_context("spawn")
    counter, stop = context.Value("q", 0), context.Event()
    with told_when_lost(), pool(workers, _share, (counter, stop)) as executor:
        futures = [executor.submit(_run_remote, stage.space.base, task, first) for task in tasks]
        waiting = set(futures)
        try:
            while waiting:
                ended, waiting = wait(waiting, POLL_S, FIRST_COMPLETED)
                for future in ended:
                    future.result()
                told(counter.value)
        except BaseException:
            stop.set()
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]
