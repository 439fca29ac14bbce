"""Eight shards of a search: what each tries depends on the seed and its number, never on the workers or the clock.

Examples are divided among the shards beforehand, and no shard stops another (unless only the first finding is
asked for). A shard ends early once it has one candidate of every outcome it looks for.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import seed as seeded
from hypothesis.internal.conjecture import providers
from hypothesis.stateful import run_state_machine_as_test

from sim.search.assessment import Assessment
from sim.search.episode import Stage
from sim.search.history import Step
from sim.search.machine import EnvironmentMachine, bounded
from sim.trace import Violation

SHARDS = 8


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What one shard does.

    Attributes
    ----------
    kinds
        Outcomes looked for.
    seconds
        Time that the shard may take; None: only the examples bound it.
    """

    index: int
    seed: int
    kinds: tuple[str, ...]
    examples: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An episode with an outcome that was looked for."""

    shard: int
    kind: str
    values: dict[str, Any]
    history: tuple[Step, ...]


@dataclass(slots=True)
class ShardReport:
    """What one shard did.

    Attributes
    ----------
    candidates
        By outcome kind, the first episode that had it.
    unsafe
        An episode with an outcome at the base's own design.
    first_found_at
        Monotonic time of the first candidate.
    """

    index: int
    examples: int = 0
    contract_calls: int = 0
    first_found_at: float | None = None
    candidates: dict[str, Candidate] = field(default_factory=dict)
    unsafe: Candidate | None = None
    rules: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)


class _ShardDone(BaseException):
    """Leaves Hypothesis's loop; no Exception, for that would be a failing example."""


def shard_tasks(
    kinds: tuple[str, ...], examples: int, seed: int, seconds: float | None, workers: int
) -> list[ShardTask]:
    """Divide examples, and seconds if any, among the shards."""
    share = None if seconds is None else seconds * min(workers, SHARDS) / SHARDS
    return [
        ShardTask(i, _shard_seed(seed, i), kinds, examples // SHARDS + (i < examples % SHARDS), share)
        for i in range(SHARDS)
    ]


def _shard_seed(seed: int, index: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{index}".encode()).digest()[:8], "big")


def run_shard(stage: Stage, task: ShardTask, goes_on: Callable[[], bool] = lambda: True) -> ShardReport:
    """Run one shard. `goes_on` is asked after every example; a shard that may not go on ends there."""
    report = ShardReport(task.index)
    began = time.monotonic()

    class ShardMachine(EnvironmentMachine):
        """Collects candidates and goes on."""

        def broken(self, violations: list[Violation]) -> None:
            """A broken invariant is an outcome like any other: it shows in the assessment."""

        def concluded(self, assessment: Assessment) -> None:
            report.examples += 1
            self._keep({outcome.kind for outcome in assessment.outcomes})
            spent = task.seconds is not None and time.monotonic() - began >= task.seconds
            complete = all(kind in report.candidates for kind in task.kinds)
            if not goes_on() or spent or complete or report.examples >= task.examples:
                raise _ShardDone

        def _keep(self, found: set[str]) -> None:
            design, _ = self.stage.space.split(self.values)
            for kind in task.kinds:
                if kind not in found or kind in report.candidates:
                    continue
                candidate = Candidate(task.index, kind, dict(self.values), tuple(self.episode.history))
                if design:
                    report.candidates[kind] = candidate
                    report.first_found_at = report.first_found_at or time.monotonic()
                elif report.unsafe is None:
                    report.unsafe = candidate

    ShardMachine.stage = stage
    ShardMachine.climbs = tuple(kind for kind in task.kinds if kind in _CLIMBED) or ("lowest_health",)
    if task.examples:
        with _no_constants_of_code():
            try:
                run_state_machine_as_test(seeded(task.seed)(ShardMachine), settings=bounded(task.examples))
            except _ShardDone:
                pass
    report.contract_calls = stage.contract_calls
    report.rules, report.ends = ShardMachine.calls, ShardMachine.ends
    return report


_CLIMBED = ("bad_debt", "cascade", "toxic_liquidation", "keeper_stall", "fund_depleted")


@contextmanager
def _no_constants_of_code() -> Iterator[None]:
    """Keep Hypothesis from drawing constants that it finds in the source of whatever modules are loaded.

    They differ between a test, a command and a worker, and with every edit; a shard's draws must not.
    """
    provider = providers.HypothesisProvider
    usual = provider._maybe_draw_constant
    provider._maybe_draw_constant = lambda *_, **__: None
    try:
        yield
    finally:
        provider._maybe_draw_constant = usual
