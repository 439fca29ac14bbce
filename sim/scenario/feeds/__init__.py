"""Models of feeds: a source, and the layers through which markets read it."""

from typing import Annotated

from pydantic import Field

from sim.scenario.feeds.base import FeedLayer, FeedPart, FeedSource
from sim.scenario.feeds.bounds import AnchoredFeed, CappedFeed
from sim.scenario.feeds.delays import DelayedFeed
from sim.scenario.feeds.fallbacks import LastGoodFeed, MedianFeed
from sim.scenario.feeds.guards import StalenessGuard
from sim.scenario.feeds.pool_mean import PoolMeanFeed
from sim.scenario.feeds.push import PushFeed
from sim.scenario.feeds.spot import PoolSpotFeed

AnyLayer = Annotated[
    StalenessGuard | DelayedFeed | LastGoodFeed | AnchoredFeed | CappedFeed, Field(discriminator="kind")
]
"""Every layer."""

Feed = Annotated[PushFeed | PoolSpotFeed | PoolMeanFeed | MedianFeed, Field(discriminator="kind")]
"""Every source."""

_NAMES = {"AnyLayer": AnyLayer, "Feed": Feed}
for _model in (AnchoredFeed, CappedFeed, DelayedFeed, LastGoodFeed, StalenessGuard):
    _model.model_rebuild(raise_errors=False, _types_namespace=_NAMES)
for _model in (FeedSource, PushFeed, PoolSpotFeed, PoolMeanFeed, MedianFeed, AnchoredFeed):
    _model.model_rebuild(force=True, _types_namespace=_NAMES)

__all__ = [
    "AnchoredFeed",
    "AnyLayer",
    "CappedFeed",
    "DelayedFeed",
    "Feed",
    "FeedLayer",
    "FeedPart",
    "FeedSource",
    "LastGoodFeed",
    "MedianFeed",
    "PoolMeanFeed",
    "PoolSpotFeed",
    "PushFeed",
    "StalenessGuard",
]
