"""Models of feeds: a source, and the layers through which markets read it."""

from typing import Annotated

from pydantic import Field

from sim.scenario.feeds.base import FeedLayer, FeedPart, FeedSource
from sim.scenario.feeds.guards import StalenessGuard
from sim.scenario.feeds.push import PushFeed
from sim.scenario.feeds.spot import PoolSpotFeed

AnyLayer = StalenessGuard
"""Every layer; a second one makes it `Annotated[A | B, Field(discriminator="kind")]`."""

Feed = Annotated[PushFeed | PoolSpotFeed, Field(discriminator="kind")]
"""Every source."""

for _model in (FeedSource, PushFeed, PoolSpotFeed, StalenessGuard):
    _model.model_rebuild(_types_namespace={"AnyLayer": AnyLayer, "Feed": Feed})

__all__ = ["AnyLayer", "Feed", "FeedLayer", "FeedPart", "FeedSource", "PoolSpotFeed", "PushFeed", "StalenessGuard"]
