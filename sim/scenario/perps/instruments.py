"""Models of an instrument of a perpetual market: margins, pricing, mark and funding."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import (
    Bps,
    DefaultKind,
    Model,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveTokens,
    Seconds,
    Tokens,
)


class Tier(Model):
    """A bracket of notional, and what each further unit of it needs in maintenance margin."""

    floor_tokens: Tokens = Field(default=0.0, description="notional from which it counts, in quote")
    maintenance_bps: Annotated[int, Field(gt=0, lt=10_000)]


class VirtualAmm(Model):
    """x · y = k on virtual reserves; what is traded moves the price of everybody after."""

    kind: Literal["virtual_amm"] = "virtual_amm"
    depth_tokens: PositiveTokens = Field(
        default=100_000_000.0, description="virtual reserve of quote: a trade of v moves the price by 2 v / depth"
    )


class OracleImpact(Model):
    """The index, and an impact that follows the imbalance of open interest (GMX v2).

    A trade that takes the imbalance from a to b (in quote) pays factor · (b² - a²): the price that an imbalance
    of a million gives up is `adverse_bps_per_million`, half of that on average on the way there.
    """

    kind: Literal["oracle_impact"]
    adverse_bps_per_million: NonNegativeFloat = 2.0
    favourable_bps_per_million: NonNegativeFloat = 1.0
    favourable_cap_bps: Annotated[int, Field(ge=0, le=5_000)] = 50
    liquidation_cap_bps: Bps = Field(default=500, description="most that a liquidation pays in impact")


AnyPricing = Annotated[VirtualAmm | OracleImpact, Field(discriminator="kind"), DefaultKind("virtual_amm")]


class MedianMark(Model):
    """Mark: the median of the index with its premium, a short and a long mean of the mid."""

    premium_window_s: Seconds = 150
    short_window_s: Seconds = 30
    long_window_s: Seconds = 300
    spacing_s: Seconds = Field(default=12, description="between two records of the mid")
    clamp_bps: Annotated[int, Field(ge=0, le=9_999)] = Field(
        default=500, description="most that a mid counts off the index in the premium"
    )


class Funding(Model):
    """Funding: the premium, brought towards interest by at most a bound, paid once per interval (Binance)."""

    interval_s: NonNegativeInt = Field(default=28_800, description="0: no funding")
    gap_s: NonNegativeInt = Field(default=0, description="most seconds charged at once; 0: all")
    interest_bps: float = 1.0
    bound_bps: NonNegativeFloat = 5.0
    cap_bps: Annotated[float, Field(gt=0, le=10_000)] = 200.0


class Instrument(Model):
    """A perpetual future on an asset.

    Defaults are those of large venues: 40 times at most with maintenance at half of it (Hyperliquid), 5 bps for a
    trade (Binance), 50 bps for a liquidation.
    """

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)] = (Tier(maintenance_bps=125),)
    maintenance_share_bps: Annotated[int, Field(gt=0, le=10_000)] = Field(
        default=5_000, description="maintenance margin over initial margin"
    )
    pricing: AnyPricing = VirtualAmm()
    mark: MedianMark = MedianMark()
    funding: Funding = Funding()
    trading_fee_bps: Bps = 5
    maker_fee_share_bps: Bps = 5_000
    liquidation_fee_bps: Bps = 50
    fund_share_bps: Bps = 5_000
    close_min_bps: Bps = Field(default=2_500, description="least share of a position that a liquidation closes")
    open_interest_cap_tokens: Tokens = Field(default=0.0, description="of either side, in base; 0: none")
    min_notional_tokens: Tokens = Field(default=100.0, description="least position that a trade leaves, in quote")
    max_index_age_s: NonNegativeInt = Field(default=0, description="0: of any age")

    def problems(self) -> Iterator[str]:
        """What does not fit together, as a path below the instrument and a complaint."""
        if self.tiers[0].floor_tokens:
            yield f"tiers.0.floor_tokens is {self.tiers[0].floor_tokens:g}, 0 expected"
        for i, (low, high) in enumerate(zip(self.tiers, self.tiers[1:], strict=False), 1):
            if high.floor_tokens <= low.floor_tokens:
                yield f"tiers.{i}.floor_tokens is {high.floor_tokens:g}, more than {low.floor_tokens:g} expected"
            if high.maintenance_bps <= low.maintenance_bps:
                least = low.maintenance_bps
                yield f"tiers.{i}.maintenance_bps is {high.maintenance_bps}, more than {least} expected"
        mark, pricing = self.mark, self.pricing
        if not mark.spacing_s <= mark.short_window_s <= mark.long_window_s:
            yield (
                f"mark: spacing_s {mark.spacing_s}, short_window_s {mark.short_window_s} and long_window_s"
                f" {mark.long_window_s} expected in rising order"
            )
        if isinstance(pricing, OracleImpact):
            given, most = pricing.favourable_bps_per_million, pricing.adverse_bps_per_million
            if given > most:
                yield (
                    f"pricing.favourable_bps_per_million is {given:g}, at most adverse_bps_per_million {most:g}"
                    " expected"
                )
