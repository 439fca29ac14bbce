"""Models of feeds: a source, and the layers through which markets read it."""

from typing import Annotated

from pydantic import Field

from sim.scenario.feeds.base import FeedLayer, FeedPart, FeedSource
from sim.scenario.feeds.bounds import AnchoredFeed, CappedFeed
from sim.scenario.feeds.breakers import PriceBand, SequencerGate, SmoothedFeed
from sim.scenario.feeds.converted import ConvertedFeed
from sim.scenario.feeds.delays import DelayedFeed
from sim.scenario.feeds.fallbacks import LastGoodFeed, MedianFeed
from sim.scenario.feeds.guards import StalenessGuard
from sim.scenario.feeds.pool_mean import PoolMeanFeed
from sim.scenario.feeds.pull import ConfidenceFeed, PullFeed
from sim.scenario.feeds.push import PushFeed
from sim.scenario.feeds.ratio import RatioFeed
from sim.scenario.feeds.spot import PoolSpotFeed

AnyLayer = Annotated[
    StalenessGuard
    | DelayedFeed
    | LastGoodFeed
    | AnchoredFeed
    | CappedFeed
    | ConfidenceFeed
    | ConvertedFeed
    | PriceBand
    | SequencerGate
    | SmoothedFeed,
    Field(discriminator="kind"),
]
"""Every layer."""

Feed = Annotated[
    PushFeed | PullFeed | PoolSpotFeed | PoolMeanFeed | RatioFeed | MedianFeed, Field(discriminator="kind")
]
"""Every source."""

_NAMES = {"AnyLayer": AnyLayer, "Feed": Feed}
for _model in (
    AnchoredFeed,
    CappedFeed,
    ConfidenceFeed,
    ConvertedFeed,
    DelayedFeed,
    LastGoodFeed,
    PriceBand,
    SequencerGate,
    SmoothedFeed,
    StalenessGuard,
):
    _model.model_rebuild(raise_errors=False, _types_namespace=_NAMES)
for _model in (
    FeedSource,
    PushFeed,
    PullFeed,
    PoolSpotFeed,
    PoolMeanFeed,
    RatioFeed,
    MedianFeed,
    AnchoredFeed,
):
    _model.model_rebuild(force=True, _types_namespace=_NAMES)

__all__ = [
    "AnchoredFeed",
    "AnyLayer",
    "CappedFeed",
    "ConfidenceFeed",
    "ConvertedFeed",
    "DelayedFeed",
    "Feed",
    "FeedLayer",
    "FeedPart",
    "FeedSource",
    "LastGoodFeed",
    "MedianFeed",
    "PoolMeanFeed",
    "PoolSpotFeed",
    "PriceBand",
    "PullFeed",
    "PushFeed",
    "RatioFeed",
    "SequencerGate",
    "SmoothedFeed",
    "StalenessGuard",
]
