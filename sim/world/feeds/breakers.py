"""Layers that hold a price still or refuse it while something is wrong, and one that goes by its confidence."""

from sim.scenario.feeds import ConfidenceFeed, PriceBand, SequencerGate, SmoothedFeed
from sim.scenario.feeds.breakers import MAX_GRACE_S
from sim.units import BPS
from sim.world.contracts import deploy_contract
from sim.world.feeds.place import Place
from sim.world.world import World

SEQUENCER_UPTIME = "sequencer-uptime"
"""Role of the one contract that says whether the sequencer works."""


def deploy_confidence(world: World, place: Place, model: ConfidenceFeed) -> str:
    """One end of the interval."""
    multiplier_bps = round(model.multiplier * BPS)
    return place.deploy(world, "ConfidenceFeed", place.inner, multiplier_bps, model.side == "high")


def deploy_price_band(world: World, place: Place, model: PriceBand) -> str:
    """A circuit breaker."""
    params = (model.band_bps, model.window_s, model.limit_s, model.halt_s)
    return place.deploy(world, "PriceBand", place.inner, params, upkeep=True)


def deploy_smoothed(world: World, place: Place, model: SmoothedFeed) -> str:
    """A moving average."""
    return place.deploy(world, "SmoothedFeed", place.inner, model.time_constant_s, upkeep=True)


def deploy_sequencer_gate(world: World, place: Place, model: SequencerGate) -> str:
    """Refuses prices while the sequencer is down; the first one brings the uptime feed with it."""
    if not any(one.role == SEQUENCER_UPTIME for one in world.deployments):
        reporter = world.address("reporter-sequencer")
        up_since_s = world.chain.timestamp_s - MAX_GRACE_S
        deploy_contract(world, SEQUENCER_UPTIME, "SequencerUptime", reporter, up_since_s)
    return place.deploy(world, "SequencerGate", place.inner, world.address(SEQUENCER_UPTIME), model.grace_s)
