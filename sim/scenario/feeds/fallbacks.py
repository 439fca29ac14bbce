"""What goes on where a source fails: the median of several, and the last good price."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Name, NonNegativeInt, PositiveInt
from sim.scenario.feeds.base import FeedLayer, FeedSource

if TYPE_CHECKING:
    from sim.scenario.feeds import Feed

HEARTBEAT_AND_MARGIN_S = 4_200
"""An hour, the heartbeat of Chainlink's ETH/USD, and ten minutes."""


class LastGoodFeed(FeedLayer):
    """Goes on with the last good price, at its own age, where the feed below fails or is too old."""

    needs_upkeep: ClassVar[bool] = True
    kind: Literal["last_good"]
    max_age_s: NonNegativeInt = Field(
        default=HEARTBEAT_AND_MARGIN_S, description="oldest price that is good; 0: of any age"
    )


class MedianFeed(FeedSource):
    """The median of several feeds, each of which may fail; two of three by default."""

    needs_upkeep: ClassVar[bool] = True
    kind: Literal["median"]
    sources: "Annotated[dict[Name, Feed], Field(min_length=1, max_length=15)]"
    quorum: PositiveInt = Field(default=2, description="fewest valid sources of which a median is taken")
    max_age_s: NonNegativeInt = Field(
        default=HEARTBEAT_AND_MARGIN_S, description="oldest price of a source that counts; 0: of any age"
    )
    max_ages_s: dict[Name, NonNegativeInt] = Field(default={}, description="the same for single sources")
    keep_last_good: bool = Field(
        default=True, description="without a quorum, go on with the last good median at its own age"
    )

    def nested(self) -> Mapping[str, FeedSource]:
        """The sources."""
        return self.sources

    def source_max_age_s(self, name: str) -> int:
        """The oldest price of a source that counts; 0: of any age."""
        return self.max_ages_s.get(name, self.max_age_s)

    @model_validator(mode="after")
    def _of_these_sources(self) -> "MedianFeed":
        if self.quorum > len(self.sources):
            raise ValueError(
                f"quorum is {self.quorum}, at most the number of sources {len(self.sources)} expected"
            )
        for name in self.max_ages_s:
            if name not in self.sources:
                raise ValueError(f"max_ages_s.{name} names no source, one of {sorted(self.sources)} expected")
        return self
