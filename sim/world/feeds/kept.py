"""Feeds that keep prices, and that somebody has to poke."""

from sim.scenario.feeds import DelayedFeed, LastGoodFeed, MedianFeed
from sim.world.feeds.place import Place
from sim.world.world import World


def deploy_delayed(world: World, place: Place, model: DelayedFeed) -> str:
    """Holds a price back for a hop."""
    return place.deploy(world, "DelayedFeed", place.inner, model.hop_s, upkeep=True)


def deploy_last_good(world: World, place: Place, model: LastGoodFeed) -> str:
    """Goes on with the last good price."""
    return place.deploy(world, "LastGoodFeed", place.inner, model.max_age_s, upkeep=True)


def deploy_median(world: World, place: Place, model: MedianFeed) -> str:
    """The median of the feeds inside of it."""
    return place.deploy(
        world,
        "MedianFeed",
        [place.nested[name] for name in model.sources],
        [model.source_max_age_s(name) for name in model.sources],
        model.decimals,
        model.quorum,
        model.keep_last_good,
        f"{place.asset} / USD, median",
        upkeep=True,
    )
