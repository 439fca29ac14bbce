"""Independent jobs over processes of this machine, with results in the order of the jobs."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from copy import copy
from multiprocessing import get_context
from typing import Any, TypeVar

from sim.chain.artifacts import load_artifacts
from sim.search.episode import Stage
from sim.search.space import Space

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
    with pool(workers) as executor:
        futures = [executor.submit(_remote, function, stage.space.base, job) for job in jobs]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
