"""The outside leg of an arbitrage, as its trader estimates it."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.venue_view import Price
from sim.market.books import BookFill, PowerBook
from sim.scenario.outside import PowerDepth
from sim.units import E8, amount_from_base_down, price_to_e8
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class OutsideLeg:
    """Trades of a base asset against a quote asset on the outside market, whose price they move."""

    def __init__(self, world: "World", base: str, quote: str) -> None:
        self.base = base
        self.quote = quote
        self.decimals = {asset: world.tokens[asset].decimals for asset in (base, quote)}
        self._depth = world.scenario.assets[base].depth

    @property
    def has_closed_form(self) -> bool:
        """Whether `depth` says all about the book: it is endless, or as deep at every price."""
        return not isinstance(self._depth, PowerDepth)

    def price(self, observation: Observation) -> Price:
        """Quote units per base unit on the outside market."""
        outside_e8 = observation.outside_e8
        numerator = outside_e8[self.base] * 10 ** self.decimals[self.quote]
        return numerator, outside_e8[self.quote] * 10 ** self.decimals[self.base]

    @property
    def is_endless(self) -> bool:
        """Whether no trade moves the outside price."""
        return self._depth is None

    def depth(self, observation: Observation) -> int | None:
        """Quote units that move the outside price of the base asset by one unit of its logarithm; None: endless.

        Of a book that is as deep at every price.
        """
        if self._depth is None:
            return None
        value_base = price_to_e8(100 * self._depth.depth_usd_per_pct)
        quote_e8 = observation.outside_e8[self.quote]
        return max(amount_from_base_down(value_base, self.decimals[self.quote], quote_e8), 1)

    def price_after(self, base_amount: int, sells_outside: bool, observation: Observation) -> Price:
        """Quote units per base unit on the outside market after trading `base_amount` units there.

        With K of `depth` and p the price, p / (1 + q p / K) after a sale of q and p / (1 - q p / K) after a
        purchase; a purchase beyond the book has a price that nothing pays. A power book says it itself.
        """
        if isinstance(self._depth, PowerDepth):
            price_usd = self._fill(self._depth, base_amount, sells_outside, observation).price_after_usd
            numerator = price_to_e8(price_usd) * 10 ** self.decimals[self.quote]
            return numerator, observation.outside_e8[self.quote] * 10 ** self.decimals[self.base]
        numerator, denominator = self.price(observation)
        depth = self.depth(observation)
        if depth is None:
            return numerator, denominator
        moved = base_amount * numerator
        scale = depth * denominator
        left = scale + moved if sells_outside else scale - moved
        return (numerator * scale, denominator * left) if left > 0 else (1, 0)

    def profit_usd(
        self, base_amount: int, quote_amount: int, sells_outside: bool, observation: Observation
    ) -> float:
        """Estimate a round trip: `base_amount` outside against `quote_amount` elsewhere.

        The outside trade is valued at the mean of the price before and after it, in a power book at what it pays.
        """
        other_usd = quote_amount * observation.outside_e8[self.quote] / E8 / 10 ** self.decimals[self.quote]
        outside_usd = self._value_usd(base_amount, sells_outside, observation)
        return outside_usd - other_usd if sells_outside else other_usd - outside_usd

    def _value_usd(self, base_amount: int, sells_outside: bool, observation: Observation) -> float:
        if isinstance(self._depth, PowerDepth):
            return self._fill(self._depth, base_amount, sells_outside, observation).value_usd
        tokens = base_amount / 10 ** self.decimals[self.base]
        before_usd = observation.outside_e8[self.base] / E8
        after_usd = before_usd
        if self._depth is not None:
            share = tokens * before_usd / (100 * self._depth.depth_usd_per_pct)
            if not sells_outside and share >= 1:
                return np.inf
            after_usd = before_usd / (1 + share if sells_outside else 1 - share)
        return tokens * (before_usd + after_usd) / 2

    def _fill(
        self, depth: PowerDepth, base_amount: int, sells_outside: bool, observation: Observation
    ) -> BookFill:
        """What the book as observed makes of a trade."""
        price_e8, mid_e8 = observation.outside_e8[self.base], observation.outside_mid_e8[self.base]
        tokens = base_amount / 10 ** self.decimals[self.base]
        return PowerBook.at(depth, price_e8 / mid_e8 - 1).fill(tokens if sells_outside else -tokens, mid_e8 / E8)
