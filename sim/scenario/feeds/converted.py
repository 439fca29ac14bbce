"""A layer that brings a price from one unit to another."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from sim.scenario.base import Name
from sim.scenario.feeds.base import FeedLayer, Reference


class ConvertedFeed(FeedLayer):
    """A price counted in an asset, such as a pool's in its other one, times that asset's own feed."""

    kind: Literal["converted"]
    by: Name = Field(description="the asset that the price below is counted in")

    @property
    def feeds_read(self) -> tuple[str, ...]:
        """That asset's."""
        return (self.by,)

    def references(self) -> Iterator[Reference]:
        """That asset's feed."""
        yield "by", self.by, "feed"
