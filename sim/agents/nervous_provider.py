"""Liquidity providers that leave as volatility rises, one after the other, and return once it is calm."""

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.call import Call
from sim.scenario.providers import NervousProvider as NervousProviderModel
from sim.units import BPS, SECONDS_PER_YEAR
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class RealisedVolatility:
    """Square root of a year's worth of the squared log returns of the last `window_s` seconds.

    The window counts in full also where prices do not reach back that far, as if nothing had moved before.
    """

    def __init__(self, window_s: int) -> None:
        self._window_s = window_s
        self._last: float | None = None
        self._squares: deque[tuple[int, float]] = deque()

    def after(self, time_s: int, price: float) -> float:
        """Take in a price, times ascending, and return the volatility per year."""
        if self._last is not None:
            self._squares.append((time_s, math.log(price / self._last) ** 2))
        self._last = price
        while self._squares and self._squares[0][0] <= time_s - self._window_s:
            self._squares.popleft()
        return math.sqrt(sum(square for _, square in self._squares) / self._window_s * SECONDS_PER_YEAR)


class NervousProvider(Agent):
    """A group of equal liquidity providers whose hazard of leaving rises with volatility.

    In a block, the share of those still there that is expected to leave is the hazard

        `withdraw_per_block_bps` * max(0, volatility / `calm_volatility_per_year` - 1)

    (Cox process: a provider leaves when the hazard since it came, summed up, passes a threshold of its own, drawn
    from the exponential distribution of mean 1). The volatility is the one realised by the base asset's price in
    the quote asset on the outside market. Who leaves burns its shares, with a bid that follows the fee market up
    to `max_fee_gwei`, and tries again in every block that does not take it. Once the volatility has not been above
    the calm one for `returns_after_s`, all that left put back what they hold; thresholds are then drawn anew.
    """

    def __init__(self, name: str, model: NervousProviderModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._venue = world.venues[model.venue]
        self._volatility = RealisedVolatility(model.window_s)
        self._calm_since_s: int | None = None
        self._whole_shares: int | None = None
        self._returning_to: int | None = None
        self._hazard = 0.0
        self._thresholds = self._drawn()

    @property
    def present(self) -> int:
        """Providers that have not decided to leave."""
        return sum(threshold > self._hazard for threshold in self._thresholds)

    def propose(self, observation: Observation) -> list[Action]:
        """Withdraw the shares of those who left, or put back what they hold once it has long been calm."""
        outside_e8 = observation.outside_e8
        price = outside_e8[self._venue.base] / outside_e8[self._venue.quote]
        ratio = self._volatility.after(observation.time_s, price) / self.model.calm_volatility_per_year
        self._hazard += self.model.withdraw_per_block_bps / BPS * max(0.0, ratio - 1)
        if ratio > 1:
            self._calm_since_s = None
        elif self._calm_since_s is None:
            self._calm_since_s = observation.time_s
        if self.present == len(self._thresholds):
            return []
        held = self._venue.shares(self._address)
        if self._whole_shares is None:
            self._whole_shares = held
        if self._returns(observation):
            return self._return(held, observation)
        self._returning_to = None
        surplus = held - self._whole_shares * self.present // len(self._thresholds)
        if surplus <= 0:
            return []
        call = self._venue.remove_liquidity(surplus, self._address)
        return [self._action("withdraw_liquidity", call, observation)]

    def _drawn(self) -> list[float]:
        return self.rng.exponential(size=self.model.providers).tolist()

    def _returns(self, observation: Observation) -> bool:
        after_s = self.model.returns_after_s
        if after_s is None or self._calm_since_s is None:
            return False
        return observation.time_s - self._calm_since_s >= after_s

    def _return(self, held: int, observation: Observation) -> list[Action]:
        """Add what the group holds until its shares have grown by it; from then on it is whole again."""
        if self._returning_to is not None and held > self._returning_to:
            self._returning_to = None
            self._whole_shares = held
            self._hazard, self._thresholds = 0.0, self._drawn()
            return []
        self._returning_to = held
        own = observation.balances[self.name]
        base, quote = own.get(self._venue.base, 0), own.get(self._venue.quote, 0)
        if not base or not quote:
            return []
        call = self._venue.add_liquidity(base, quote, self._address)
        return [self._action("add_liquidity", call, observation)]

    def _action(self, intent: str, call: Call, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
            key="liquidity",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"observed_block": observation.block, "venue": self._venue.name},
        )
