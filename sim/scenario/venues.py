"""Models of exchanges."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from sim.scenario.base import Bps, DefaultKind, Model, Name, PositiveTokens
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

    @property
    def parts(self) -> tuple[str, ...]:
        """Venues that it sells over, if it is none itself."""
        return ()

    def problems(self, path: str, venues: Mapping[str, "VenueModel"]) -> Iterator[str]:
        """What does not fit, in view of the scenario's other venues; `path` is its own place."""
        yield from ()

    def rate_problems(self, rates: Mapping[str, str]) -> Iterator[str]:
        """What is wrong with it, given what each asset with an exchange rate is a claim on."""
        yield from ()


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
    at_exchange_rates: bool = Field(
        default=False,
        description="take each asset for what its exchange rate says, instead of one for one",
    )

    def rate_problems(self, rates: Mapping[str, str]) -> Iterator[str]:
        """What is wrong with it, given what each asset with an exchange rate is a claim on."""
        if not self.at_exchange_rates:
            return
        if rates.get(self.base, self.base) != rates.get(self.quote, self.quote):
            yield (
                f"at_exchange_rates is true, but {self.base} and {self.quote} have no rate that makes one of the"
                " other: a rate of the one in the other expected, or of both in a third asset"
            )

    @property
    def amplification_e2(self) -> int:
        """The amplification in hundredths."""
        return round(self.amplification * 100)


class SplitVenue(VenueModel):
    """Several venues of one pair, over which every sale is divided on chain.

    It has no liquidity of its own. Whoever sells on it sells on all of them; arbitrageurs, liquidity providers and
    feeds are at the single venues.
    """

    has_liquidity: ClassVar[bool] = False
    kind: Literal["split"]
    venues: Annotated[tuple[Name, ...], Field(min_length=2, max_length=8)]

    @field_validator("venues")
    @classmethod
    def _differ(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} stands there twice")
        return names

    def references(self) -> Iterator[Reference]:
        """Names that must exist elsewhere in the scenario."""
        yield from super().references()
        for i, name in enumerate(self.venues):
            yield f"venues.{i}", name, "venue"

    @property
    def parts(self) -> tuple[str, ...]:
        """Venues that it sells over."""
        return self.venues

    def problems(self, path: str, venues: Mapping[str, VenueModel]) -> Iterator[str]:
        """All must trade the same pair, the same way round."""
        for i, name in enumerate(self.venues):
            pair = venues[name].base, venues[name].quote
            if pair != (self.base, self.quote):
                yield (
                    f"{path}.venues.{i} is {name!r}, which trades {'/'.join(pair)}:"
                    f" a venue of {self.base}/{self.quote} expected"
                )


class LiquidityPosition(Model):
    """Liquidity between two prices, given as changes of the starting one; without both, over every price.

    Both ends move outwards to the next tick that a position may end at. Bounds on the same side of the starting
    price make a position of one asset.
    """

    lower_bps: Annotated[int, Field(gt=-10_000, le=1_000_000)] | None = None
    upper_bps: Annotated[int, Field(gt=-10_000, le=1_000_000)] | None = None
    share_bps: Bps = Field(default=10_000, description="share of what the venue opens with, by value")

    @model_validator(mode="after")
    def _ordered(self) -> "LiquidityPosition":
        if (self.lower_bps is None) != (self.upper_bps is None):
            raise ValueError("lower_bps and upper_bps must both be given, or neither")
        if self.lower_bps is not None and self.lower_bps >= self.upper_bps:
            raise ValueError(f"upper_bps {self.upper_bps} must be above lower_bps {self.lower_bps}")
        return self


class UniswapV3Venue(VenueModel):
    """A Uniswap V3 pool: the published bytecode of @uniswap/v3-core, with liquidity in positions.

    It opens with twice the value of `base_tokens`, as a constant-product pool does, however its positions divide
    it between the two assets; the default is one position over every price, on which both pools trade alike.
    """

    kind: Literal["uniswap_v3"] = "uniswap_v3"
    base_tokens: PositiveTokens = Field(
        description="half of the value that it opens with, in whole tokens of the base asset"
    )
    fee_bps: Literal[1, 5, 30, 100] = 30
    positions: Annotated[tuple[LiquidityPosition, ...], Field(min_length=1)] = (LiquidityPosition(),)
    observations: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        default=None, description="that the pool keeps; None: what feeds of mean prices need, one without any"
    )

    @model_validator(mode="after")
    def _shared_out(self) -> "UniswapV3Venue":
        shared = sum(one.share_bps for one in self.positions)
        if shared != 10_000:
            raise ValueError(f"the share_bps of its positions add up to {shared}, 10000 expected")
        return self


AnyVenue = Annotated[
    ConstantProductVenue | StableSwapVenue | UniswapV3Venue | SplitVenue,
    Field(discriminator="kind"),
    DefaultKind("constant_product"),
]
"""Every exchange."""
