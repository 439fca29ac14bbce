"""A staked token's price: that of what is staked, times the exchange rate."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from sim.scenario.base import Name
from sim.scenario.feeds.base import FeedSource, Reference
from sim.scenario.feeds.stacks import Stack
from sim.scenario.outside import Asset
from sim.scenario.rates import RateCap


class RatioFeed(FeedSource):
    """Another asset's feed times the asset's own exchange rate, capped or not: no market is looked at.

    It has the decimals of the feed that it reads.
    """

    kind: Literal["ratio"]
    of: Name = Field(description="the asset whose feed is read: the one that the rate is of")
    cap: RateCap | None = Field(default=None, description="None: any rate counts")

    @property
    def feeds_read(self) -> tuple[str, ...]:
        """The underlying's."""
        return (self.of,)

    @property
    def has_steward(self) -> bool:
        """Whether there is a cap."""
        return self.cap is not None

    def references(self) -> Iterator[Reference]:
        """The underlying's feed."""
        yield "of", self.of, "feed"


def ratio_problems(stack: Stack, assets: Mapping[str, Asset], feeds: Mapping[str, FeedSource]) -> Iterator[str]:
    """What is wrong with a feed of this kind, given all assets and feeds; nothing for others."""
    model = stack.model
    if not isinstance(model, RatioFeed):
        return
    rate = assets[stack.asset].rate
    if rate is None or rate.of != model.of:
        given = "not set" if rate is None else f"a rate of {rate.of!r}"
        yield f"{stack.field}.of is {model.of!r}, and assets.{stack.asset}.rate is {given}: the same expected"
    elif model.decimals != feeds[model.of].decimals:
        yield (
            f"{stack.field}.decimals is {model.decimals}, those of feeds.{model.of}"
            f" expected: {feeds[model.of].decimals}"
        )
