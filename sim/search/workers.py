"""Independent jobs over processes of this machine, with results in the order of the jobs."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from copy import copy
from multiprocessing import get_context
from typing import Any, TypeVar

from sim.chain.artifacts import load_artifacts
from sim.chain.base import NodeError
from sim.search.episode import Stage
from sim.search.space import Space


class WorkersLost(NodeError):
    """A worker process ended without an answer: an infrastructure failure, never a result."""


Job = TypeVar("Job")
Result = TypeVar("Result")


def fresh(stage: Stage) -> Stage:
    """The same stage with its counts at zero."""
    twin = copy(stage)
    twin.episodes = twin.contract_calls = 0
    return twin


def pool(workers: int, initializer: Callable | None = None, arguments: tuple = ()) -> Executor:
    """Processes that share nothing with this one but the arguments (spawned: no state is inherited)."""
    context = get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=initializer, initargs=arguments)


@contextmanager
def told_when_lost() -> Iterator[None]:
    """Turn the pool's complaint into one that says what can be done."""
    try:
        yield
    except BrokenProcessPool:
        raise WorkersLost(
            "a worker process ended abruptly: short of memory, or started from a script whose top level is not"
            " under `if __name__ == '__main__'`; with workers=1 there are none"
        ) from None


def _remote(function: Callable[[Stage, Any], Any], base: Any, job: Any) -> Any:
    """Run a job in another process on a stage of its own."""
    return function(Stage(Space(base), load_artifacts()), job)


def map_in_order(
    function: Callable[[Stage, Job], Result], stage: Stage, jobs: Iterable[Job], workers: int
) -> Iterator[Result]:
    """Yield `function(stage, job)` for every job, in order; the function is a module's own.

    One worker runs in this process. Whoever stops iterating stops the jobs that have not begun.
    """
    if workers <= 1:
        for job in jobs:
            yield function(fresh(stage), job)
        return
    with told_when_lost(), pool(workers) as executor:
        futures = [executor.submit(_remote, function, stage.space.base, job) for job in jobs]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
