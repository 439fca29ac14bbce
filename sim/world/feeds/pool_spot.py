"""Spot prices of venues, by kind of venue."""

from collections.abc import Callable

from sim.scenario.feeds import PoolSpotFeed
from sim.scenario.venues import ConstantProductVenue, StableSwapVenue, UniswapV3Venue, VenueModel
from sim.world.feeds.place import Place
from sim.world.world import World


def _scaled(contract: str) -> Callable[[World, Place, PoolSpotFeed], str]:
    """A feed that is told the decimals of both tokens."""

    def deploy(world: World, place: Place, model: PoolSpotFeed) -> str:
        venue = world.venues[model.venue]
        token, quote = world.tokens[place.asset], world.tokens[venue.other(place.asset)]
        scales = token.decimals, quote.decimals, model.decimals
        return place.deploy(world, contract, venue.address, token.address, *scales)

    return deploy


def _stable_swap(world: World, place: Place, model: PoolSpotFeed) -> str:
    pool, token = world.venues[model.venue].address, world.tokens[place.asset].address
    return place.deploy(world, "StableSwapSpotFeed", pool, token, model.decimals)


DEPLOY_BY_VENUE: dict[type[VenueModel], Callable[[World, Place, PoolSpotFeed], str]] = {
    ConstantProductVenue: _scaled("PoolSpotFeed"),
    UniswapV3Venue: _scaled("ConcentratedSpotFeed"),
    StableSwapVenue: _stable_swap,
}
"""What deploys the spot feed of a venue and returns its address, by the venue's model."""


def deploy_pool_spot(world: World, place: Place, model: PoolSpotFeed) -> str:
    """The spot price of a venue."""
    return DEPLOY_BY_VENUE[type(world.scenario.venues[model.venue])](world, place, model)
