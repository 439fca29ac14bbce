"""Builders of exchanges, one file a kind."""

from sim.scenario.venues import ConstantProductVenue, SplitVenue, StableSwapVenue, UniswapV3Venue, VenueModel
from sim.world.venues.base import VenueBuilder
from sim.world.venues.concentrated import ConcentratedBuilder
from sim.world.venues.constant_product import ConstantProductBuilder
from sim.world.venues.split import SplitBuilder
from sim.world.venues.stable_swap import StableSwapBuilder
from sim.world.world import World

BUILDERS: dict[type[VenueModel], type[VenueBuilder]] = {
    ConstantProductVenue: ConstantProductBuilder,
    SplitVenue: SplitBuilder,
    StableSwapVenue: StableSwapBuilder,
    UniswapV3Venue: ConcentratedBuilder,
}
"""By model."""


def venue_builder(world: World, name: str, model: VenueModel) -> VenueBuilder:
    """Return the builder of a venue."""
    return BUILDERS[type(model)](world, name, model)
