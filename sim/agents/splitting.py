"""Several venues of one pair as one, to an agent whose sales are divided over them."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sim.agents.venue_view import Price, VenueView
from sim.reference.split import Division, divide
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.agents.outside import OutsideLeg

STEPS = 24
"""Bisections: to 2^-24 of the bracket."""
LARGEST_MULTIPLE = 16
"""No sale is looked for beyond this multiple of the reserve."""


class SplitView(VenueView):
    """The venues' views behind the mirror of `SplitRouter`: what it would pay, divided as it would divide.

    Sizes at a marginal price are the sums of the venues' own: at the best division all marginal prices are equal.
    The router divides constant-product pools so but for roundings, and other kinds nearly.
    """

    def __init__(self, parts: Sequence[VenueView]) -> None:
        self.parts = tuple(parts)
        self.base, self.quote = parts[0].base, parts[0].quote
        self._divided: dict[tuple[str, int], Division | None] = {}

    @property
    def reserves(self) -> dict[str, int]:
        """Units by asset, of all venues together."""
        return {asset: sum(part.reserves[asset] for part in self.parts) for asset in (self.base, self.quote)}

    def _divide(self, sell: str, amount: int) -> Division | None:
        if amount <= 0:
            return None
        key = sell, amount
        if key not in self._divided:
            self._divided[key] = divide([partial(part.amount_out, sell) for part in self.parts], amount)
        return self._divided[key]

    def amount_out(self, sell: str, amount: int) -> int:
        """Units received for `amount` units of `sell`; 0 where the router would revert."""
        division = self._divide(sell, amount)
        return division.total_out if division is not None else 0

    def sell(self, sell: str, amount: int) -> int:
        """Mean to sell: later quotes come after it. Returns the units received."""
        division = self._divide(sell, amount)
        if division is None:
            return 0
        for part, leg in zip(self.parts, division.amounts_in, strict=True):
            if leg:
                part.sell(sell, leg)
        self._divided.clear()
        return division.total_out

    def sale_to_price(self, sell: str, price: Price) -> int:
        """Largest amount whose last unit still brings `price`, the fee paid."""
        return sum(part.sale_to_price(sell, price) for part in self.parts)

    def largest_sale_at(self, sell: str, price: Price) -> int:
        """Largest amount that brings `price` on average, the fee paid.

        By bisection, from what the venues take at that average one by one.
        """
        numerator, denominator = price
        low = sum(part.largest_sale_at(sell, price) for part in self.parts)
        if not low:
            return 0
        limit = self.reserves[sell] * LARGEST_MULTIPLE
        high = low
        while high < limit and self.amount_out(sell, high) * denominator >= numerator * high:
            low, high = high, high * 2
        for _ in range(STEPS):
            middle = (low + high) // 2
            pays = self.amount_out(sell, middle) * denominator >= numerator * middle
            low, high = (middle, high) if pays else (low, middle)
        return low

    def best_proceeds(self, sell: str, most: float, rate: float, cost: float) -> float:
        """A bound: as if `most` could be sold on each venue."""
        best = [part.best_proceeds(sell, most, rate, cost) for part in self.parts]
        return sum(max(one, 0.0) for one in best) if max(best) >= 0 else -1.0

    def arbitrage(self, leg: "OutsideLeg", observation: Observation) -> tuple[str, int] | None:
        """None: a gap is closed at the venue that has it, by whoever trades there."""
        return None
