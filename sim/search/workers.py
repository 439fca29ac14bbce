"""Independent jobs over processes of this machine. A process that dies costs time and never a result.

Jobs that were under way when a process died are run again, twice: together, then each in a process of its own.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from copy import copy
from multiprocessing import get_context
from typing import Any, TypeVar

from sim.chain.artifacts import load_artifacts
from sim.chain.base import NodeError
from sim.search.episode import Stage
from sim.search.space import Space

POLL_S = 0.2
Lost = Callable[[str], None]
"""Told in one line of processes that died and of what is run again."""


class WorkersLost(NodeError):
    """Worker processes kept ending without an answer: an infrastructure failure, never a result."""


Job = TypeVar("Job")
Result = TypeVar("Result")


def fresh(stage: Stage) -> Stage:
    """The same stage with its counts at zero."""
    twin = copy(stage)
    twin.episodes = twin.contract_calls = 0
    return twin


def log_lost(line: str) -> None:
    """Log a line, which is on standard error unless the program says otherwise."""
    logging.getLogger(__name__).warning("%s", line)


def results_of(
    function: Callable[..., Result],
    jobs: Sequence[tuple],
    workers: int,
    lost: Lost = log_lost,
    initializer: Callable | None = None,
    shared: tuple = (),
    polled: Callable[[], None] = lambda: None,
    stopped: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, Result]]:
    """Yield (index, `function(*job)`) as jobs end.

    Processes are spawned and share nothing with this one but `shared`, the arguments of their initializer. Whoever
    stops iterating stops the jobs that have not begun.

    Parameters
    ----------
    polled
        Called several times a second while jobs run.
    stopped
        Called when the jobs that run are no longer needed, before their end is awaited.

    Raises
    ------
    WorkersLost
        A job's process died at its first try, at its second, and in a process of its own.
    """
    left = dict(enumerate(jobs))
    rounds: list[Callable[[], list[list[int]]]] = [lambda: [list(left)]] * 2 + [lambda: [[i] for i in left]]
    for again, groups in enumerate(rounds):
        for group in groups():
            with _pool(min(workers, len(group)), initializer, shared) as executor:
                for i, result in _whole(executor, function, {i: left[i] for i in group}, polled, stopped):
                    del left[i]
                    yield i, result
            if again == len(rounds) - 1 and group[0] in left:
                break
        if not left:
            return
        if again < len(rounds) - 1:
            lost(f"a worker process ended abruptly, {len(left)} of {len(jobs)} jobs are run again")
    raise WorkersLost(
        "a worker process ended abruptly three times over: short of memory, or started from a script whose top"
        " level is not under `if __name__ == '__main__'`; with workers=1 there are none"
    )


def _pool(workers: int, initializer: Callable | None, shared: tuple) -> Executor:
    context = get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=initializer, initargs=shared)


def _whole(
    executor: Executor,
    function: Callable[..., Result],
    jobs: Mapping[int, tuple],
    polled: Callable[[], None],
    stopped: Callable[[], None],
) -> Iterator[tuple[int, Result]]:
    """Yield the results of those jobs whose process did not die."""
    futures = {}
    try:
        for i, job in jobs.items():
            try:
                futures[executor.submit(function, *job)] = i
            except BrokenProcessPool:
                break
        waiting = set(futures)
        while waiting:
            ended, waiting = wait(waiting, POLL_S, FIRST_COMPLETED)
            for future in sorted(ended, key=futures.__getitem__):
                if not isinstance(future.exception(), BrokenProcessPool):
                    yield futures[future], future.result()
            polled()
    except BaseException:
        stopped()
        raise
    finally:
        for future in futures:
            future.cancel()


def _remote(function: Callable[..., Any], base: Any, job: Any, more: tuple) -> Any:
    """Run a job in another process on a stage of its own."""
    return function(Stage(Space(base), load_artifacts()), job, *more)


def map_in_order(
    function: Callable[..., Result],
    stage: Stage,
    jobs: Iterable[Job],
    workers: int,
    more: tuple = (),
    lost: Lost = log_lost,
) -> Iterator[Result]:
    """Yield `function(stage, job, *more)` for every job, in order; the function is a module's own.

    One worker runs in this process. Whoever stops iterating stops the jobs that have not begun.
    """
    if workers <= 1:
        for job in jobs:
            yield function(fresh(stage), job, *more)
        return
    calls = [(function, stage.space.base, job, more) for job in jobs]
    done: dict[int, Result] = {}
    following = 0
    for i, result in results_of(_remote, calls, workers, lost):
        done[i] = result
        while following in done:
            yield done.pop(following)
            following += 1
