"""Sources that an account or a venue feeds directly."""

from sim.protocols.tokens import Feed
from sim.protocols.venues.concentrated import ConcentratedVenue
from sim.protocols.venues.stable_swap import StableSwapVenue
from sim.scenario.feeds import PoolSpotFeed, PushFeed
from sim.world.feeds.place import Place
from sim.world.world import World


def deploy_push(world: World, place: Place, model: PushFeed) -> str:
    """A feed that its reporter writes."""
    address = place.deploy(
        world, "PriceFeed", model.decimals, f"{place.asset} / USD", world.address(place.reporter)
    )
    world.sources[place.path] = Feed(world.artifacts, address, place.asset, model.decimals)
    return address


def deploy_pool_spot(world: World, place: Place, model: PoolSpotFeed) -> str:
    """The spot price of a venue."""
    venue = world.venues[model.venue]
    token = world.tokens[place.asset]
    if isinstance(venue, StableSwapVenue):
        return place.deploy(world, "StableSwapSpotFeed", venue.address, token.address, model.decimals)
    quote = world.tokens[venue.other(place.asset)]
    contract = "ConcentratedSpotFeed" if isinstance(venue, ConcentratedVenue) else "PoolSpotFeed"
    return place.deploy(
        world, contract, venue.address, token.address, token.decimals, quote.decimals, model.decimals
    )
