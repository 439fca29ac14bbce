"""Models of exchanges."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.base import DefaultKind, Model, Name, PositiveTokens
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


class StableSwapVenue(VenueModel):
    """A StableSwap pool: two assets that should be worth the same.

    The opening is by the base asset's share of the pool and not by the assets' prices: at a share of a half the
    pool pays one for one, whatever the outside world thinks of it.
    """

    kind: Literal["stable_swap"]
    base_tokens: PositiveTokens = Field(description="reserve of the base asset at the start, in whole tokens")
    base_share_bps: Annotated[int, Field(gt=0, lt=10_000)] = Field(
        default=5_000, description="the base asset's share of the pool at the start"
    )
    amplification: Annotated[float, Field(ge=1, le=1_000_000)] = Field(
        default=100, description="A, with Ann = A n; in hundredths"
    )
    fee_ppm: Annotated[int, Field(ge=0, le=25_000)] = Field(
        default=400, description="of the output, in millionths (100 are a basis point), at equal balances"
    )
    off_peg_fee_multiplier_bps: Annotated[int, Field(ge=10_000, le=200_000)] = Field(
        default=20_000, description="how many times the fee where a balance is nothing; 10_000: the same anywhere"
    )

    @property
    def amplification_e2(self) -> int:
        """The amplification in hundredths."""
        return round(self.amplification * 100)


AnyVenue = Annotated[
    ConstantProductVenue | StableSwapVenue, Field(discriminator="kind"), DefaultKind("constant_product")
]
"""Every exchange."""
