"""Layers that keep no state."""

from sim.scenario.feeds import StalenessGuard
from sim.world.feeds.place import Place
from sim.world.world import World


def deploy_staleness_guard(world: World, place: Place, model: StalenessGuard) -> str:
    """Refuses what is too old."""
    return place.deploy(world, "StalenessGuard", place.inner, model.max_age_s)
