"""Mean prices of venues, by kind of venue."""

from collections.abc import Callable

from sim.errors import BadInput
from sim.scenario.feeds import PoolMeanFeed
from sim.scenario.venues import ConstantProductVenue, UniswapV3Venue, VenueModel
from sim.world.feeds.place import Place
from sim.world.world import World

MEANS = ("arithmetic", "geometric")
"""In the order of the contract's enumeration."""
MAX_PIECES = 24
"""Of a window, as `ConcentratedMeanFeed` bounds it."""
MAX_NESTED_PIECES = 6
"""Likewise inside a median, which grants a source 250,000 gas: about 27,000 a piece."""


def _constant_product(world: World, place: Place, model: PoolMeanFeed) -> str:
    """Checkpoints of the pool's own sums."""
    venue = world.venues[model.venue]
    token, quote = world.tokens[place.asset], world.tokens[venue.other(place.asset)]
    params = (MEANS.index(model.mean), model.window_s, model.spacing_s)
    scales = token.decimals, quote.decimals, model.decimals
    return place.deploy(world, "PoolMeanFeed", venue.address, token.address, *scales, params, upkeep=True)


def _uniswap_v3(world: World, place: Place, model: PoolMeanFeed) -> str:
    """The pool's own observations; one read takes a bounded number of pieces, so their spacing may be longer."""
    venue = world.venues[model.venue]
    token, quote = world.tokens[place.asset], world.tokens[venue.other(place.asset)]
    pieces = MAX_PIECES if place.path == place.asset else MAX_NESTED_PIECES
    least_s = -(-model.window_s // pieces)
    spacing_s = model.window_s if model.mean == "geometric" else max(model.spacing_s, least_s)
    scales = token.decimals, quote.decimals, model.decimals
    window = model.window_s, spacing_s
    return place.deploy(world, "ConcentratedMeanFeed", venue.address, token.address, *scales, *window)


DEPLOY_BY_VENUE: dict[type[VenueModel], Callable[[World, Place, PoolMeanFeed], str]] = {
    ConstantProductVenue: _constant_product,
    UniswapV3Venue: _uniswap_v3,
}
"""What deploys the mean feed of a venue and returns its address, by the venue's model."""


def deploy_pool_mean(world: World, place: Place, model: PoolMeanFeed) -> str:
    """The mean price of a venue; raises BadInput where its kind has no history."""
    venue = world.scenario.venues[model.venue]
    deploy = DEPLOY_BY_VENUE.get(type(venue))
    if deploy is None:
        kinds = sorted(kind.model_fields["kind"].default for kind in DEPLOY_BY_VENUE)
        raise BadInput(
            f"the feed {place.path!r} of kind 'pool_mean' reads venue {model.venue!r}, which is of kind"
            f" {venue.kind!r}, one of {kinds} expected"
        )
    return deploy(world, place, model)
