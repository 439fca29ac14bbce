"""Models of what is deployed: feeds, venues, lending markets and insurance funds.

Field names follow the structs in `contracts/interfaces/`; a test holds the two together.
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import (
    Bps,
    Gwei,
    Model,
    Name,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveTokens,
    Seconds,
    Tokens,
)


class PushFeed(Model):
    """A feed that a reporter updates when the price deviates or the heartbeat elapses.

    Defaults are Chainlink's for ETH/USD: 0.5 % and one hour, published one block later.
    """

    kind: Literal["push"] = "push"
    deviation_bps: Bps = 50
    heartbeat_s: Seconds = 3_600
    delay_blocks: NonNegativeInt = 1
    decimals: Annotated[int, Field(ge=0, le=18)] = 8
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee that the reporter pays; None: always what gets it in"
    )


class PoolSpotFeed(Model):
    """The spot price of a venue, read in the same transaction: no delay, and as easy to push as the venue."""

    kind: Literal["pool_spot"]
    venue: Name
    decimals: Annotated[int, Field(ge=0, le=18)] = 8


Feed = Annotated[PushFeed | PoolSpotFeed, Field(discriminator="kind")]


class Venue(Model):
    """A constant-product pool, opened at the assets' starting prices."""

    kind: Literal["constant_product"] = "constant_product"
    base: Name
    quote: Name
    base_tokens: PositiveTokens = Field(description="reserve of the base asset at the start, in whole tokens")
    fee_bps: Annotated[int, Field(ge=0, le=1_000)] = 30


class RateParams(Model):
    """Two-slope interest rate, per year (Aave V3)."""

    optimal_utilisation_bps: Annotated[int, Field(ge=100, le=9_900)] = 9_000
    base_rate_bps: Annotated[int, Field(ge=0, le=100_000)] = 0
    slope1_bps: Annotated[int, Field(ge=0, le=100_000)] = 550
    slope2_bps: Annotated[int, Field(ge=0, le=100_000)] = 6_000


class Reserve(Model):
    """One asset of a lending pool. Defaults are Aave V3's for WETH: LTV 80 %, LT 83 %, bonus 5 %."""

    ltv_bps: Bps = 8_000
    liquidation_threshold_bps: Bps = 8_300
    liquidation_bonus_bps: Annotated[int, Field(ge=0, le=10_000)] = 500
    protocol_fee_bps: Bps = 1_000
    reserve_factor_bps: Bps = 1_000
    max_price_age_s: NonNegativeInt = Field(default=0, description="0: age is not checked")
    borrowable: bool = True
    rates: RateParams = RateParams()
    supply_tokens: Tokens = Field(
        default=0.0, description="supplied by the passive supplier at the start, in whole tokens"
    )


class TotalDebtCloseFactor(Model):
    """Aave V3.6: half of the total debt, all of it when deep under water or small, no dust left."""

    kind: Literal["total_debt_close_factor"] = "total_debt_close_factor"
    close_factor_bps: Annotated[int, Field(gt=0, le=10_000)] = 5_000
    full_close_health_bps: Bps = 9_500
    full_close_below_usd: NonNegativeFloat = 2_000.0
    min_leftover_usd: NonNegativeFloat = 1_000.0


class LendingMarket(Model):
    """A cross-collateral lending pool; each reserve reads the feed of its asset."""

    reserves: Annotated[dict[Name, Reserve], Field(min_length=1)]
    terms: TotalDebtCloseFactor = TotalDebtCloseFactor()
    flash_fee_bps: Bps = 5
    insurance: Name | None = Field(default=None, description="the fund that covers deficits, or none")
    allow_toxic: bool = Field(
        default=False,
        description="accept a reserve with LT * (1 + bonus) above 1, which is otherwise refused",
    )


class InsuranceFund(Model):
    """An ERC-4626 fund that covers deficits of lending markets up to a cap each."""

    asset: Name
    assets_tokens: Tokens
    cap_tokens: Tokens | None = Field(default=None, description="per market; None: all of it")
