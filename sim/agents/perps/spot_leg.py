"""The spot leg of a position that is hedged on a venue."""

from typing import TYPE_CHECKING

from sim.agents.venue_view import VenueView
from sim.agents.views import view_of
from sim.protocols.call import Call
from sim.units import BPS, WAD, bps_mul_down
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

ROUNDS = 4
"""Of correcting what a purchase costs; each leaves the trade's own impact of the error before."""


class SpotLeg:
    """Buys and sells the base of an instrument for quote on one venue.

    A swap that would bring `slippage_bps` less than was quoted reverts.
    """

    def __init__(self, world: "World", venue: str, symbol: str, quote: str, slippage_bps: int) -> None:
        self._venue = world.venues[venue]
        self._symbol = symbol
        self._quote = quote
        self._keeps_bps = BPS - slippage_bps
        self._unit = 10 ** world.tokens[symbol].decimals

    def view(self, observation: Observation) -> VenueView:
        """The venue now."""
        return view_of(self._venue, observation.venues[self._venue.name])

    def units(self, size_wad: int) -> int:
        """Units of the base asset in a size without sign, rounded down."""
        return size_wad * self._unit // WAD

    def wad(self, units: int) -> int:
        """Size in units of the base asset, rounded down."""
        return units * WAD // self._unit

    def cost(self, units: int, view: VenueView) -> int:
        """Units of quote that buy about so many units; 0 where the venue has not that many."""
        if not 0 < units < view.reserves[self._symbol]:
            return 0
        spent = max(units * view.reserves[self._quote] // view.reserves[self._symbol], 1)
        for _ in range(ROUNDS):
            bought = view.amount_out(self._quote, spent)
            if not bought:
                return 0
            spent = -(-spent * units // bought)
        return spent

    def purchase(self, units: int, most_quote: int, view: VenueView, to: str) -> Call | None:
        """Buy about so many units for at most `most_quote`."""
        return self._swap(self._quote, min(self.cost(units, view), most_quote), view, to)

    def sale(self, units: int, view: VenueView, to: str) -> Call | None:
        """Sell so many units."""
        return self._swap(self._symbol, units, view, to)

    def _swap(self, sell: str, amount: int, view: VenueView, to: str) -> Call | None:
        out = view.sell(sell, amount) if amount > 0 else 0
        return self._venue.swap_exact_in(sell, amount, bps_mul_down(out, self._keeps_bps), to) if out else None
