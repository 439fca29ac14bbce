"""The view that fits a venue."""

from sim.agents.concentrated import ConcentratedView
from sim.agents.quoted import QuotedView
from sim.agents.sizing import PoolView
from sim.agents.splitting import SplitView
from sim.agents.venue_view import VenueView
from sim.protocols.venue import VenueAdapter, VenueState
from sim.protocols.venues.concentrated import ConcentratedVenue
from sim.protocols.venues.constant_product import ConstantProductVenue
from sim.protocols.venues.split import SplitState, SplitVenue


def view_of(venue: VenueAdapter, state: VenueState) -> VenueView:
    """Closed forms for a constant-product pool, the parts' views for a split, quotes for any other kind.

    A Uniswap V3 pool is quoted by its mirror.
    """
    if isinstance(venue, SplitVenue) and isinstance(state, SplitState):
        return SplitView([view_of(part, its) for part, its in zip(venue.parts, state.parts, strict=True)])
    if isinstance(venue, ConstantProductVenue):
        reserves = {venue.base: state.base_reserve, venue.quote: state.quote_reserve}
        return PoolView(venue.base, venue.quote, reserves, venue.fee_bps)
    if isinstance(venue, ConcentratedVenue):
        return ConcentratedView(venue, state)
    return QuotedView(venue, state)
