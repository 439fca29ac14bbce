"""Economic shrinking: from an episode with an outcome to the least that still has it.

Bounded by a number of replays, so that the result depends on nothing else. In order: design and environment
fields back to the base, fewer steps, fewer blocks, smaller and rounder numbers, fewer accounts; then each design
field that is left as near to the base as its grid allows, which is its tipping value.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sim.errors import BadInput
from sim.scenario.actors import LadderGroup, LognormalGroup
from sim.scenario.perps import BookGroup, Hedgers, PositionLadder
from sim.search.episode import Played, Stage
from sim.search.history import (
    Congest,
    Drift,
    LagFeed,
    NewTrader,
    PullDepth,
    PullLiquidity,
    Shock,
    Step,
    StopFeed,
    StopKeepers,
    Wait,
    history_to_json,
)
from sim.search.space import Values
from sim.world.opening import WorldError

MAX_REPLAYS = 200
TIPPING_REPLAYS = 40
"""Kept for the tipping values when the budget is spent before."""
MIN_ACCOUNTS = 2
GRAINS = {
    "change_bps": (500, 100),
    "share_bps": (1_000, 500),
    "fee_gwei": (50, 10),
    "blocks": (1,),
    "notional_tokens": (1_000_000, 100_000, 10_000),
}
"""Sizes of numbers tried, from the roundest."""
_SIZED = {
    Wait: "blocks",
    StopFeed: "blocks",
    LagFeed: "blocks",
    StopKeepers: "blocks",
    Congest: "fee_gwei",
    PullLiquidity: "share_bps",
    PullDepth: "share_bps",
    Shock: "change_bps",
    Drift: "change_bps",
    NewTrader: "notional_tokens",
}
_COUNTED = LognormalGroup | LadderGroup | BookGroup | PositionLadder | Hedgers


@dataclass(frozen=True, slots=True)
class Tipping:
    """Where a design field tips, all else as in the finding: `holds` has no outcome, `fails` has it."""

    path: str
    holds: Any
    fails: Any


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The least that still has the outcome, and the replays it took."""

    played: Played
    tipping: tuple[Tipping, ...]
    replays: int


class OutOfReplays(Exception):  # noqa: N818 - the end of a budget, not an error
    """The budget of replays is spent."""


class Shrinker:
    """Shrinks one episode.

    Parameters
    ----------
    stage
        Where it is replayed.
    aim
        The outcome, or the metric beyond its bound, to keep.
    max_replays
        Bound of the effort.
    """

    def __init__(self, stage: Stage, aim: str, max_replays: int = MAX_REPLAYS) -> None:
        self.stage = stage
        self.space = stage.space
        self.aim = aim
        self.max_replays = max_replays
        self.replays = 0
        self.best: Played | None = None
        self._misses: set[str] = set()

    def shrink(self, values: Values, history: Sequence[Step]) -> Shrunk | None:
        """Shrink an episode; None if it does not have the outcome when it is replayed."""
        design, others = self.space.split(values)
        if not self._try({**design, **others}, tuple(history)):
            return None
        tipping: tuple[Tipping, ...] = ()
        try:
            before = None
            while before != self._size():
                before = self._size()
                for step in (self._revert_fields, self._drop_steps, self._merge, self._reduce, self._thin):
                    step()
                tipping = self._tip()
        except OutOfReplays:
            self.max_replays += TIPPING_REPLAYS
            with suppress(OutOfReplays):
                tipping = self._tip()
        return Shrunk(self.best, tipping, self.replays)

    def _size(self) -> str:
        return _identity(self.best.values, self.best.history)

    def _try(self, values: Values, history: Sequence[Step]) -> bool:
        """Replay, and take it as the best if it has the outcome; one known not to is not replayed again.

        Raises
        ------
        OutOfReplays
            The budget is spent.
        """
        identity = _identity(values, history)
        if identity in self._misses:
            return False
        if self.best is not None and identity == self._size():
            return True
        if self.replays >= self.max_replays:
            raise OutOfReplays
        self.replays += 1
        try:
            played = self.stage.play(values, history)
        except (BadInput, WorldError):
            played = None
        if played is None or played.outcome(self.aim) is None:
            self._misses.add(identity)
            return False
        self.best = played
        return True

    def _revert_fields(self) -> None:
        """Fields back to the base: the environment's all at once, then every field by itself."""
        for drop in self._field_groups():
            kept = {path: value for path, value in self.best.values.items() if path not in drop}
            if len(kept) < len(self.best.values):
                self._try(kept, self.best.history)

    def _field_groups(self) -> Iterator[tuple[str, ...]]:
        paths = list(self.best.values)
        yield tuple(path for path in paths if path in self.space.design)
        yield tuple(path for path in paths if path in self.space.environment)
        yield from ((path,) for path in paths)

    def _drop_steps(self) -> None:
        """Fewer steps: stretches of halving length, from the end."""
        length = max(len(self.best.history) // 2, 1)
        while True:
            at = len(self.best.history) - length
            while at >= 0:
                history = self.best.history
                self._try(self.best.values, history[:at] + history[at + length :])
                at = min(at - 1 if length == 1 else at - length, len(self.best.history) - length)
            if length == 1:
                return
            length //= 2

    def _merge(self) -> None:
        """Neighbouring waits, moves and drifts become one each."""
        at = 0
        while at + 1 < len(self.best.history):
            history = self.best.history
            merged = _merged(history[at], history[at + 1])
            if merged is None or not self._try(self.best.values, (*history[:at], merged, *history[at + 2 :])):
                at += 1

    def _reduce(self) -> None:
        """Smaller and rounder numbers, step by step, by bisection on round sizes."""
        at = 0
        while at < len(self.best.history):
            name = _SIZED.get(type(self.best.history[at]))
            for grain in GRAINS.get(name, ()):
                if at < len(self.best.history):
                    self._reduce_field(at, name, grain)
            at += 1

    def _reduce_field(self, at: int, name: str, grain: int) -> None:
        size = getattr(self.best.history[at], name)
        sign = -1 if size < 0 else 1

        history = self.best.history

        def fails(count: int) -> bool:
            smaller = history[at].model_copy(update={name: sign * count * grain})
            return self._try(self.best.values, (*history[:at], smaller, *history[at + 1 :]))

        most = (abs(size) - 1) // grain
        if most >= 1 and fails(most):
            _bisect(0, most, fails)

    def _thin(self) -> None:
        """Fewer accounts in each group, by halving."""
        base = self.space.base
        for part, groups in (("population", base.population), ("traders", base.traders)):
            for name, group in groups.items():
                path = f"{part}.{name}.count"
                if not isinstance(group, _COUNTED) or path in self.space.axes:
                    continue
                count = self.best.values.get(path, group.count) // 2
                while count >= MIN_ACCOUNTS and self._try({**self.best.values, path: count}, self.best.history):
                    count //= 2

    def _tip(self) -> tuple[Tipping, ...]:
        """Each design field as near to the base as it goes; where a neighbour holds is known then."""
        tipping = []
        for path, axis in self.space.design.items():
            if path not in self.best.values:
                continue
            ladder = axis.towards_base(self.best.values[path])

            def fails(rung: int, path: str = path, ladder: tuple = ladder) -> bool:
                return self._try({**self.best.values, path: ladder[rung]}, self.best.history)

            rung = _bisect(-1, len(ladder) - 1, fails)
            tipping.append(Tipping(path, ladder[rung - 1] if rung else axis.base, ladder[rung]))
        return tuple(tipping)


def _bisect(holds: int, fails: int, test: Callable[[int], bool]) -> int:
    """The smallest number between two that still fails, if failing is monotone; `fails` is known to."""
    while fails - holds > 1:
        middle = (holds + fails) // 2
        if test(middle):
            fails = middle
        else:
            holds = middle
    return fails


def _merged(first: Step, second: Step) -> Step | None:
    if isinstance(first, Wait) and isinstance(second, Wait):
        return Wait(blocks=first.blocks + second.blocks)
    if isinstance(first, Shock) and isinstance(second, Shock) and first.asset == second.asset:
        change = first.change_bps + second.change_bps
        return Shock(asset=first.asset, change_bps=change) if change else None
    if isinstance(first, Drift) and isinstance(second, Drift) and first.asset == second.asset:
        change, blocks = first.change_bps + second.change_bps, max(first.blocks, second.blocks)
        return Drift(asset=first.asset, change_bps=change, blocks=blocks) if change else None
    return None


def _identity(values: Values, history: Sequence[Step]) -> str:
    return json.dumps([sorted(values.items()), history_to_json(history)])
