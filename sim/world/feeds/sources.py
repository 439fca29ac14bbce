"""Sources that an account feeds directly."""

from sim.protocols.tokens import Feed
from sim.scenario.feeds import PushFeed
from sim.world.feeds.place import Place
from sim.world.world import World


def deploy_push(world: World, place: Place, model: PushFeed) -> str:
    """A feed that its reporter writes."""
    address = place.deploy(
        world, "PriceFeed", model.decimals, f"{place.asset} / USD", world.address(place.reporter)
    )
    world.sources[place.path] = Feed(world.artifacts, address, place.asset, model.decimals)
    return address
