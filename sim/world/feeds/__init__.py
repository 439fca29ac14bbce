"""Deploying feeds: every stack's source, then its layers, innermost first."""

from collections.abc import Callable
from typing import Any

from sim.protocols.tokens import Feed
from sim.scenario.feeds import (
    AnchoredFeed,
    CappedFeed,
    ConfidenceFeed,
    ConvertedFeed,
    DelayedFeed,
    FeedPart,
    LastGoodFeed,
    MedianFeed,
    PoolMeanFeed,
    PoolSpotFeed,
    PriceBand,
    PullFeed,
    PushFeed,
    RatioFeed,
    SequencerGate,
    SmoothedFeed,
    StalenessGuard,
)
from sim.scenario.feeds.stacks import Stack
from sim.world.feeds.breakers import (
    deploy_confidence,
    deploy_price_band,
    deploy_sequencer_gate,
    deploy_smoothed,
)
from sim.world.feeds.kept import deploy_delayed, deploy_last_good, deploy_median
from sim.world.feeds.layers import deploy_anchored, deploy_capped, deploy_converted, deploy_staleness_guard
from sim.world.feeds.place import Place
from sim.world.feeds.pool_mean import deploy_pool_mean
from sim.world.feeds.pool_spot import deploy_pool_spot
from sim.world.feeds.reported import deploy_pull, deploy_ratio
from sim.world.feeds.sources import deploy_push
from sim.world.world import World

DEPLOY: dict[type[FeedPart], Callable[[World, Place, Any], str]] = {
    PushFeed: deploy_push,
    PoolSpotFeed: deploy_pool_spot,
    PoolMeanFeed: deploy_pool_mean,
    MedianFeed: deploy_median,
    StalenessGuard: deploy_staleness_guard,
    DelayedFeed: deploy_delayed,
    LastGoodFeed: deploy_last_good,
    AnchoredFeed: deploy_anchored,
    CappedFeed: deploy_capped,
    ConvertedFeed: deploy_converted,
    PullFeed: deploy_pull,
    RatioFeed: deploy_ratio,
    ConfidenceFeed: deploy_confidence,
    PriceBand: deploy_price_band,
    SequencerGate: deploy_sequencer_gate,
    SmoothedFeed: deploy_smoothed,
}
"""What deploys a source or a layer and returns its address, by model."""


def deploy_feeds(world: World) -> None:
    """Deploy every feed of a scenario; `world.feeds` holds the outermost of each asset."""
    addresses: dict[str, str] = {}
    for stack in world.scenario.feed_stacks:
        addresses[stack.path] = _deploy_stack(world, stack, addresses)
    for asset, model in world.scenario.feeds.items():
        world.feeds[asset] = Feed(world.artifacts, addresses[asset], asset, model.decimals)


def _deploy_stack(world: World, stack: Stack, addresses: dict[str, str]) -> str:
    address = ""
    for i, (role, part) in enumerate(zip(stack.roles, stack.model.parts, strict=True)):
        nested = {name: addresses[stack.nested_path(i, name)] for name in part.nested()}
        decimals = stack.model.decimals
        place = Place(role, stack.path, stack.asset, address, nested, stack.reporter_role, decimals)
        address = DEPLOY[type(part)](world, place, part)
    return address
