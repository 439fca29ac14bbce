"""A venue of any kind, seen through its own quotes.

Every size is the root of a function that falls with the amount sold; it is found by bisection on quotes, since
what the venue pays is known to its contract alone. A quote is a call of the chain, at the state after the latest
block.
"""

from collections.abc import Callable

from sim.agents.outside import OutsideLeg
from sim.agents.venue_view import Price, VenueView
from sim.protocols.venue import VenueAdapter, VenueState
from sim.units import E8
from sim.world.observation import Observation

STEPS = 24
"""Bisections: to 2^-24 of the bracket."""
FIRST_SHARE = 10_000
"""Nothing below this part of the reserve is looked for: it moves the price by 2 bps, less than any fee."""
LARGEST_MULTIPLE = 16
"""No sale is looked for beyond this multiple of the reserve."""
MARGIN_SHARE = 1_000
"""A marginal price is taken over this part of the amount, so that a rounded unit does not show in it."""


class QuotedView(VenueView):
    """Quotes of one venue, after what its reader means to sell there before in the same direction.

    Purchases planned in the other direction are left out: what they change is caught by the least output.
    """

    def __init__(self, venue: VenueAdapter, state: VenueState) -> None:
        self.base = venue.base
        self.quote = venue.quote
        self.reserves = {venue.base: state.base_reserve, venue.quote: state.quote_reserve}
        self._venue = venue
        self._spot_e8 = state.spot_e8
        self._planned = {venue.base: 0, venue.quote: 0}
        self._known: dict[tuple[str, int], int] = {}

    def _quote(self, sell: str, amount: int) -> int:
        if amount <= 0:
            return 0
        key = sell, amount
        if key not in self._known:
            self._known[key] = self._ask(sell, amount)
        return self._known[key]

    def _ask(self, sell: str, amount: int) -> int:
        return self._venue.quote_exact_in(sell, amount)

    def amount_out(self, sell: str, amount: int) -> int:
        """Units received for `amount` units of `sell`; 0 where the venue would revert."""
        planned = self._planned[sell]
        return max(self._quote(sell, planned + amount) - self._quote(sell, planned), 0)

    def sell(self, sell: str, amount: int) -> int:
        """Mean to sell: later quotes come after it. Returns the units received."""
        out = self.amount_out(sell, amount)
        if out:
            self._planned[sell] += amount
        return out

    def sale_to_price(self, sell: str, price: Price) -> int:
        """Largest amount whose last unit still brings `price`, the fee paid."""
        return self._largest(sell, lambda amount: self._marginal_at_least(sell, amount, price))

    def largest_sale_at(self, sell: str, price: Price) -> int:
        """Largest amount that brings `price` on average, the fee paid."""
        numerator, denominator = price
        return self._largest(sell, lambda a: self.amount_out(sell, a) * denominator >= numerator * a)

    def best_proceeds(self, sell: str, most: float, rate: float, cost: float) -> float:
        """A bound: all of `most` at the spot price."""
        if not self._spot_e8:
            return -1.0
        decimals = self._venue.decimals
        spot = self._spot_e8 / E8 * 10.0 ** (decimals[self.quote] - decimals[self.base])
        price = spot if sell == self.base else 1 / spot
        return most * max(rate * price - cost, 0.0)

    def arbitrage(self, leg: OutsideLeg, observation: Observation) -> tuple[str, int] | None:
        """Sell the base asset where it is dear here, the quote asset where it is cheap, until both prices meet."""
        sold = self._largest(self.base, lambda a: self._sale_pays(a, leg, observation))
        if sold:
            return self.base, sold
        spent = self._largest(self.quote, lambda a: self._purchase_pays(a, leg, observation))
        return (self.quote, spent) if spent else None

    def _sale_pays(self, amount: int, leg: OutsideLeg, observation: Observation) -> bool:
        """Whether the last unit sold here brings at least what it costs outside."""
        return self._marginal_at_least(self.base, amount, leg.price_after(amount, False, observation))

    def _purchase_pays(self, amount: int, leg: OutsideLeg, observation: Observation) -> bool:
        """Whether the last unit spent here buys what brings at least as much outside."""
        numerator, denominator = leg.price_after(self.amount_out(self.quote, amount), True, observation)
        return self._marginal_at_least(self.quote, amount, (denominator, numerator))

    def _marginal_at_least(self, sell: str, amount: int, price: Price) -> bool:
        step = max(amount // MARGIN_SHARE, 1)
        more = self.amount_out(sell, amount) - self.amount_out(sell, amount - step) - 1
        return more * price[1] >= step * price[0]

    def _largest(self, sell: str, pays: Callable[[int], bool]) -> int:
        """Largest amount that pays, of a condition that holds up to some amount; 0 if the least does not pay."""
        low = max(self.reserves[sell] // FIRST_SHARE, MARGIN_SHARE)
        if not self._spot_e8 or not pays(low):
            return 0
        limit = self.reserves[sell] * LARGEST_MULTIPLE
        high = low * 2
        while high < limit and pays(high):
            low, high = high, high * 2
        for _ in range(STEPS):
            middle = (low + high) // 2
            low, high = (middle, high) if pays(middle) else (low, middle)
        return low
