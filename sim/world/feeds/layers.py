"""Layers that keep no state."""

from sim.scenario.feeds import AnchoredFeed, CappedFeed, ConvertedFeed, StalenessGuard
from sim.units import quantise
from sim.world.feeds.place import Place
from sim.world.world import World

WITHOUT_ANCHOR = {"refuse": 0, "pass_on": 1}
"""The enum of `IAnchoredFeed`."""


def deploy_staleness_guard(world: World, place: Place, model: StalenessGuard) -> str:
    """Refuses what is too old."""
    return place.deploy(world, "StalenessGuard", place.inner, model.max_age_s)


def deploy_anchored(world: World, place: Place, model: AnchoredFeed) -> str:
    """Brings a price to within a band around another feed's."""
    return place.deploy(
        world,
        "AnchoredFeed",
        place.inner,
        place.nested["anchor"],
        model.band_bps,
        model.max_anchor_age_s,
        WITHOUT_ANCHOR[model.without_anchor],
    )


def deploy_capped(world: World, place: Place, model: CappedFeed) -> str:
    """The lesser of a price and a cap."""
    return place.deploy(world, "CappedFeed", place.inner, quantise(model.cap_usd, place.decimals))


def deploy_converted(world: World, place: Place, model: ConvertedFeed) -> str:
    """A price times that of the asset that it is counted in."""
    return place.deploy(world, "ConvertedFeed", place.inner, world.address(f"feed-{model.by}"))
