"""Eight shards of a search: what each tries depends on the seed and its number, never on the workers or the clock.

Examples are divided among the shards beforehand. A shard goes on after what it finds and keeps a candidate for
each set of design fields that an aim takes; it ends early once it has several for every aim, unless it also
maximises a metric. No shard stops another, unless only the first finding is asked for: then a shard ends with its
first candidate, and those after it in number need not go on.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from hypothesis import seed as seeded
from hypothesis.internal.conjecture import providers
from hypothesis.stateful import run_state_machine_as_test

from sim.errors import BadInput
from sim.metrics.summary import finite
from sim.search.assessment import Assessment
from sim.search.episode import Stage
from sim.search.history import Step
from sim.search.machine import EnvironmentMachine, bounded, machine_for
from sim.search.objectives import parse_bound
from sim.search.pending import Pending, PendingCandidate
from sim.trace import Violation
from sim.world.opening import WorldError

SHARDS = 8
MAX_CAUSES = 3
"""Candidates that a shard keeps for an aim."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What one shard does.

    Attributes
    ----------
    aims
        Outcomes and bounds looked for.
    seconds
        Time that the shard may take; None: only the examples bound it.
    maximize
        Metrics whose largest value is looked for.
    first
        Whether the first candidate ends it.
    keep_in
        Folder of findings, beside which candidates are kept until they are shrunk.
    """

    index: int
    seed: int
    aims: tuple[str, ...]
    examples: int
    seconds: float | None = None
    maximize: tuple[str, ...] = ()
    first: bool = False
    keep_in: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An episode that reached an aim.

    Attributes
    ----------
    value, base
        Of a metric that is maximised: what it reached, and reached with the base's design.
    """

    shard: int
    aim: str
    values: dict[str, Any]
    history: tuple[Step, ...]
    value: float | None = None
    base: float | None = None

    def pending(self, scenario: str) -> PendingCandidate:
        """As it is kept on disk until it is shrunk."""
        return PendingCandidate(
            scenario=scenario, aim=self.aim, shard=self.shard, values=self.values, history=self.history
        )


@dataclass(slots=True)
class ShardReport:
    """What one shard did.

    Attributes
    ----------
    candidates
        By aim, episodes that reached it, each with other design fields; those that it does not take are as in the
        base.
    best
        By metric that is maximised, the episode in which it was largest, of those in which it was larger than with
        the base's design in the same environment and history.
    unsafe
        An episode that reached an aim at the base's own design.
    first_found_at
        Monotonic time of the first candidate.
    """

    index: int
    examples: int = 0
    contract_calls: int = 0
    first_found_at: float | None = None
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    best: dict[str, Candidate] = field(default_factory=dict)
    unsafe: Candidate | None = None
    rules: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)


class _ShardDone(BaseException):
    """Leaves Hypothesis's loop; no Exception, for that would be a failing example."""


def shard_tasks(
    aims: tuple[str, ...],
    examples: int,
    seed: int,
    seconds: float | None,
    workers: int,
    maximize: tuple[str, ...] = (),
    first: bool = False,
    keep_in: str | None = None,
) -> list[ShardTask]:
    """Divide examples, and seconds if any, among the shards."""
    share = None if seconds is None else seconds * min(workers, SHARDS) / SHARDS
    counts = [examples // SHARDS + (i < examples % SHARDS) for i in range(SHARDS)]
    return [
        ShardTask(i, _shard_seed(seed, i), aims, counts[i], share, maximize, first, keep_in) for i in range(SHARDS)
    ]


def _shard_seed(seed: int, index: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{index}".encode()).digest()[:8], "big")


def distinct(stage: Stage, candidate: Candidate, kept: Sequence[Candidate]) -> Candidate | None:
    """The candidate with those design fields alone that it takes; None if it takes those of one that is kept."""
    space, values = stage.space, dict(candidate.values)

    def without(paths: Iterable[str]) -> dict[str, Any]:
        return {path: value for path, value in values.items() if path not in paths}

    def reaches(trial: dict[str, Any]) -> bool:
        try:
            played = stage.play(space.reconcile(trial), candidate.history)
        except (BadInput, WorldError):
            return False
        return played.outcome(candidate.aim) is not None

    for one in kept:
        fields = space.split(one.values)[0].keys()
        if fields <= values.keys():
            if not reaches(without(fields)):
                return None
            values = without(fields)
    for path in space.split(values)[0]:
        if reaches(without((path,))):
            values = without((path,))
    return replace(candidate, values=space.reconcile(values))


def run_shard(stage: Stage, task: ShardTask, goes_on: Callable[[], bool] = lambda: True) -> ShardReport:
    """Run one shard. `goes_on` is asked after every example; a shard that may not go on ends there."""
    report = ShardReport(task.index)
    machine = _machine(stage, task, report, goes_on)
    if task.examples:
        with _no_constants_of_code():
            try:
                run_state_machine_as_test(seeded(task.seed)(machine), settings=bounded(task.examples))
            except _ShardDone:
                pass
    report.contract_calls = stage.contract_calls
    report.rules, report.ends = machine.calls, machine.ends
    return report


class _Collecting:
    """What a shard does with its episodes: collects candidates, and goes on.

    Attributes
    ----------
    task, report
        What the shard does, and what it fills.
    goes_on
        Asked after every example.
    began
        Monotonic time at which it began.
    """

    task: ClassVar[ShardTask]
    report: ClassVar[ShardReport]
    goes_on: ClassVar[Callable[[], bool]]
    began: ClassVar[float]

    def broken(self, violations: list[Violation]) -> None:
        """A broken invariant is an outcome like any other: it shows in the assessment."""

    def concluded(self, assessment: Assessment) -> None:
        self.report.examples += 1
        design, _ = self.stage.space.split(self.values)
        self._keep(assessment, bool(design))
        if design:
            self._climb(assessment)
        spent = self.task.seconds is not None and time.monotonic() - self.began >= self.task.seconds
        complete = not self.task.maximize and all(
            len(self.report.candidates.get(aim, ())) >= MAX_CAUSES for aim in self.task.aims
        )
        complete |= self.task.first and bool(self.report.candidates)
        if not self.goes_on() or spent or complete or self.report.examples >= self.task.examples:
            raise _ShardDone

    def _candidate(self, aim: str, **reached: float | None) -> Candidate:
        return Candidate(self.task.index, aim, dict(self.values), tuple(self.episode.history), **reached)

    def _keep(self, assessment: Assessment, changed: bool) -> None:
        for aim in self.task.aims:
            if assessment.outcome(aim) is None:
                continue
            if parse_bound(aim) is not None:
                self.ends[aim] += 1
            if not changed:
                self.report.unsafe = self.report.unsafe or self._candidate(aim)
            elif len(self.report.candidates.get(aim, ())) < MAX_CAUSES:
                self._keep_cause(aim)

    def _keep_cause(self, aim: str) -> None:
        candidate = self._candidate(aim)
        if not self.task.first:
            candidate = distinct(self.stage, candidate, self.report.candidates.get(aim, ()))
        if candidate is None:
            return
        if not self.stage.space.split(candidate.values)[0]:
            self.report.unsafe = self.report.unsafe or candidate
            return
        self.report.candidates.setdefault(aim, []).append(candidate)
        self.report.first_found_at = self.report.first_found_at or time.monotonic()
        if self.task.keep_in is not None:
            Pending(self.task.keep_in).keep(candidate.pending(self.stage.space.base.name))

    def _climb(self, assessment: Assessment) -> None:
        for metric in self.task.maximize:
            value, best = finite(assessment.metrics.get(metric)), self.report.best.get(metric)
            if value is None or (best is not None and value <= best.value):
                continue
            _, environment = self.stage.space.split(self.values)
            at_base = self.stage.play(self.stage.space.reconcile(environment), self.episode.history)
            base = finite(at_base.assessment.metrics.get(metric))
            if base is None or value > base:
                self.report.best[metric] = self._candidate(metric, value=value, base=base)


def _machine(
    stage: Stage, task: ShardTask, report: ShardReport, goes_on: Callable[[], bool]
) -> type[EnvironmentMachine]:
    """The machine of a shard, which fills its report."""
    known = (*_CLIMBED, "adl") if stage.space.base.perps else _CLIMBED
    climbed = tuple(aim for aim in task.aims if aim in known or parse_bound(aim) is not None)

    class ShardMachine(_Collecting, machine_for(stage.space.declared.envelope)):
        """The machine of one shard."""

    ShardMachine.stage, ShardMachine.task, ShardMachine.report = stage, task, report
    ShardMachine.goes_on, ShardMachine.began = staticmethod(goes_on), time.monotonic()
    ShardMachine.climbs = (*climbed, *task.maximize) or ("lowest_health",)
    return ShardMachine


_CLIMBED = ("bad_debt", "cascade", "toxic_liquidation", "keeper_stall", "fund_depleted")
"""Outcomes that any market may come closer to; only a perpetual one comes closer to `adl`."""


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
