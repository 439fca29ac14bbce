"""A feed that reads a venue at the moment of reading."""

from collections.abc import Iterator
from typing import Literal

from sim.scenario.base import Name
from sim.scenario.feeds.base import FeedSource, Reference


class PoolSpotFeed(FeedSource):
    """The spot price of a venue, read in the same transaction: no delay, and as easy to push as the venue."""

    kind: Literal["pool_spot"]
    venue: Name

    @property
    def venue_read(self) -> str:
        """The venue."""
        return self.venue

    def references(self) -> Iterator[Reference]:
        """The venue."""
        yield "venue", self.venue, "venue"
