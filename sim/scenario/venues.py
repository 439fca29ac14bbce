"""Models of exchanges."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.base import Model, Name, PositiveTokens
from sim.scenario.feeds.base import Reference


class VenueModel(Model):
    """An exchange between a base and a quote asset, opened at the assets' starting prices.

    Attributes
    ----------
    has_liquidity
        Whether liquidity can be added to it and taken from it.
    """

    has_liquidity: ClassVar[bool] = True
    kind: str
    base: Name
    quote: Name

    def references(self) -> Iterator[Reference]:
        """Names that must exist elsewhere in the scenario."""
        yield "base", self.base, "asset"
        yield "quote", self.quote, "asset"


class ConstantProductVenue(VenueModel):
    """A constant-product pool."""

    kind: Literal["constant_product"] = "constant_product"
    base_tokens: PositiveTokens = Field(description="reserve of the base asset at the start, in whole tokens")
    fee_bps: Annotated[int, Field(ge=0, le=1_000)] = 30


AnyVenue = ConstantProductVenue
"""Every exchange; a second one makes it a union by kind with `DefaultKind("constant_product")`."""
