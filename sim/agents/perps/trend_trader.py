"""Those who follow the price, with leverage."""

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.bidding import inclusion_bid
from sim.agents.perps.account import InstrumentTrader
from sim.protocols.call import Call
from sim.scenario.perps.agents import TrendTrader as TrendTraderModel
from sim.units import BPS, quantise
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

PARTS = (1, 2, 4, 8)
"""Where all of a trade would slip too far, a half, a quarter or an eighth of it is made."""


class MovingMean:
    """Mean of a price over the last `window_s` seconds, each price counting for as long as it held.

    The first price counts as if it had always been.
    """

    def __init__(self, window_s: int) -> None:
        self._window_s = window_s
        self._held: deque[tuple[int, int]] = deque()

    def after(self, time_s: int, price_e8: int) -> int:
        """Take in a price, times ascending, and return the mean, rounded down."""
        start_s = time_s - self._window_s
        self._held.append((time_s, price_e8))
        while len(self._held) > 1 and self._held[1][0] <= start_s:
            self._held.popleft()
        ends = [*(at for at, _ in self._held)][1:] + [time_s]
        total, begins = 0, start_s
        for (_, price), end in zip(self._held, ends, strict=True):
            total += price * (end - begins)
            begins = end
        return total // self._window_s


class TrendTrader(InstrumentTrader):
    """Long above the moving average of the outside price by `entry_bps`, short below it, flat once back at it.

    It trades when its side changes: to `notional_tokens` at the outside price, or what `leverage` makes of its
    equity where that has become less. What would give up more than `max_slippage_bps` against the mid is made in
    part, or not at all. Once its position was changed by somebody else (it was liquidated, or deleveraged) it
    stays out for `window_s`, with what is left.
    """

    def __init__(self, name: str, model: TrendTraderModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._mean = MovingMean(model.window_s)
        self._known_wad = self._asked_wad = 0
        self._waits_until_s = 0

    def propose(self, observation: Observation) -> list[Action]:
        """Trade towards the side that the price is on."""
        price_e8 = observation.outside_e8[self._symbol]
        mean_e8 = self._mean.after(observation.time_s, price_e8)
        held = self._held_wad(observation)
        self._notice(held, observation.time_s)
        side = self._side(price_e8, mean_e8, held)
        if observation.time_s < self._waits_until_s or side == (held > 0) - (held < 0):
            return []
        state = observation.perps[self._market.name].instruments[self._symbol]
        if not state.mark_e8 or not state.mid_e8:
            return []
        delta = (side * self._wanted_wad(price_e8) if side else 0) - held
        found = self._within_slippage(delta, state.mid_e8) if delta else None
        if found is None:
            return []
        call, size_delta = found
        self._asked_wad = held + size_delta
        bid = inclusion_bid(observation, self.model.max_fee_gwei)
        return [self._action(call, bid, "perp_trade", observation, size_wad=size_delta)]

    def _notice(self, held: int, time_s: int) -> None:
        """Tell a trade of its own from what others did to the position."""
        if held != self._known_wad:
            own = held == self._asked_wad
            self._waits_until_s = time_s + (self.model.interval_s if own else self.model.window_s)
            self._known_wad = self._asked_wad = held

    def _side(self, price_e8: int, mean_e8: int, held: int) -> int:
        gap_bps, entry_bps = (price_e8 - mean_e8) * BPS, self.model.entry_bps * mean_e8
        if abs(gap_bps) >= entry_bps:
            return 1 if gap_bps > 0 else -1
        if held and (gap_bps > 0) == (held > 0) and gap_bps:
            return 1 if held > 0 else -1
        return 0

    def _wanted_wad(self, price_e8: int) -> int:
        (account,) = self._market.read_accounts([self._key])
        equity = max(account.equity_quote, 0) if account else 0
        notional = quantise(self.model.notional_tokens, self._market.quote_decimals)
        return self._size_wad(min(notional, int(equity * self.model.leverage)), price_e8)

    def _within_slippage(self, delta: int, mid_e8: int) -> tuple[Call, int] | None:
        """The largest part of a trade that stays within the limit, and its size."""
        slippage_bps = self.model.max_slippage_bps
        worst_e8 = mid_e8 * (BPS + (slippage_bps if delta > 0 else -slippage_bps)) // BPS
        for parts in PARTS:
            part = abs(delta) // parts * (1 if delta > 0 else -1)
            found = self._trade(part, self._value_quote(-part, worst_e8)) if part else None
            if found is not None:
                return found[0], part
        return None
