"""A Uniswap V3 pool, seen through the exact mirror of its swaps."""

from math import isqrt

from sim.agents.quoted import QuotedView
from sim.agents.venue_view import Price
from sim.protocols.venue import VenueState
from sim.protocols.venues.concentrated import REACH_TICKS, ConcentratedVenue
from sim.reference.concentrated import (
    FEE_SCALE,
    MAX_TICK,
    Q96,
    sqrt_price_x96_at_tick,
    swap,
)


class ConcentratedView(QuotedView):
    """Quotes without a call of the chain, as long as a trade stays among the ticks that were read."""

    def __init__(self, venue: ConcentratedVenue, state: VenueState) -> None:
        super().__init__(venue, state)
        self._pool = venue.pool
        self._ends = tuple(
            sqrt_price_x96_at_tick(max(min(self._pool.tick + reach, MAX_TICK), -MAX_TICK))
            for reach in (-REACH_TICKS, REACH_TICKS)
        )

    def _zero_for_one(self, sell: str) -> bool:
        return (sell == self.base) == self._venue.base_is_token0

    def _ask(self, sell: str, amount: int) -> int:
        zero_for_one = self._zero_for_one(sell)
        if not self._spot_e8:
            return super()._ask(sell, amount)
        sold, bought, _ = swap(self._pool, zero_for_one, amount, self._ends[not zero_for_one])
        return bought if sold == amount else super()._ask(sell, amount)

    def sale_to_price(self, sell: str, price: Price) -> int:
        """Largest amount whose last unit still brings `price`, the fee paid.

        Up to where the spot price is price / (1 - fee), and not beyond the ticks that were read.
        """
        limit = self._root(sell, price)
        zero_for_one = self._zero_for_one(sell)
        here = self._pool.sqrt_price_x96
        if not self._spot_e8 or (limit >= here if zero_for_one else limit <= here):
            return 0
        low, high = self._ends
        sold, _, _ = swap(self._pool, zero_for_one, None, min(max(limit, low), high))
        return max(sold - self._planned[sell], 0)

    def _root(self, sell: str, price: Price) -> int:
        """The root price at which a unit of `sell` brings `price` after the fee, rounded towards the present."""
        numerator, denominator = price
        gross = numerator * FEE_SCALE, denominator * (FEE_SCALE - self._pool.fee)
        if self._zero_for_one(sell):
            return isqrt(Q96**2 * gross[0] // gross[1]) + 1
        return isqrt(Q96**2 * gross[1] // gross[0])
