"""Layers that bound a price by another one or by a constant."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sim.scenario.base import Bps, NonNegativeInt, PositiveFloat
from sim.scenario.feeds.base import FeedLayer, FeedSource

if TYPE_CHECKING:
    from sim.scenario.feeds import Feed


class AnchoredFeed(FeedLayer):
    """A reported price counts as at most (1 + b) and at least (1 - b) times another feed's.

    20 %: the bounds of Compound's Open Price Feed in 2020, around a time-weighted price of Uniswap's.
    """

    kind: Literal["anchored"]
    anchor: "Feed" = Field(description="the feed that sets the band; its decimals may differ")
    band_bps: Bps = 2_000
    max_anchor_age_s: NonNegativeInt = Field(default=0, description="oldest anchor that is used; 0: of any age")
    without_anchor: Literal["refuse", "pass_on"] = Field(
        default="refuse", description="what happens without an anchor: no price, or the reported one as it is"
    )

    def nested(self) -> Mapping[str, FeedSource]:
        """The anchor."""
        return {"anchor": self.anchor}

    def nested_field(self, name: str) -> str:
        """Where the anchor stands."""
        return name


class CappedFeed(FeedLayer):
    """The lesser of a price and a cap; what falls passes through. 1.04: about Aave's cap for stablecoins."""

    kind: Literal["capped"]
    cap_usd: PositiveFloat = 1.04
