"""The view that fits a venue."""

from sim.agents.quoted import QuotedView
from sim.agents.sizing import PoolView
from sim.agents.venue_view import VenueView
from sim.protocols.base import VenueAdapter, VenueState
from sim.protocols.venues.constant_product import ConstantProductVenue


def view_of(venue: VenueAdapter, state: VenueState) -> VenueView:
    """Closed forms for a constant-product pool, quotes for any other kind."""
    if isinstance(venue, ConstantProductVenue):
        reserves = {venue.base: state.base_reserve, venue.quote: state.quote_reserve}
        return PoolView(venue.base, venue.quote, reserves, venue.fee_bps)
    return QuotedView(venue, state)
