"""Bonus rules: at what bonus an account is liquidated. Parameters of `contracts/lending/bonus/`.

Every rule offers `range_bps`: the lowest and the highest bonus that a reserve with a configured one may ever pay.
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, DefaultKind, Gwei, Model, NonNegativeInt, PositiveInt
from sim.scenario.lending.requirements import EwmaVolatility
from sim.units import BPS, bps_mul_down

BelowPar = Annotated[int, Field(ge=0, lt=10_000)]


class ConfiguredBonus(Model):
    """The reserve's bonus, whatever the account's state (Aave V3, Compound V2)."""

    kind: Literal["configured"] = "configured"

    def range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus."""
        return configured_bps, configured_bps


class BonusByHealth(Model):
    """The reserve's bonus at and below a health factor; from there linearly down to a share of it at health 1.

    Aave V4, with the values of its tests; both at 0 is the health-linked incentive of arXiv 2510.10171.
    """

    kind: Literal["by_health"]
    min_share_bps: Bps = Field(default=5_000, description="share of the reserve's bonus that is paid at health 1")
    max_bonus_health_bps: BelowPar = 9_500

    def range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus."""
        return bps_mul_down(configured_bps, self.min_share_bps), configured_bps


class DiscountByHealth(Model):
    """Collateral at the price factor max(health, 1 - maximum discount), whatever bonus the reserve has (Euler V2).

    Euler's own default is 0, where nobody liquidates; 15 % is typical.
    """

    kind: Literal["discount_by_health"]
    max_discount_bps: BelowPar = 1_500

    def range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus."""
        return 0, BPS * BPS // (BPS - self.max_discount_bps) - BPS


class FermentedBonus(Model):
    """A bonus that grows from the moment someone marked the account as unhealthy, up to the reserve's bonus.

    Our own, after the idea of letting the incentive ferment: 5 % in ten minutes by default. Somebody who marks
    comes with the market, as a reporter comes with a feed.
    """

    kind: Literal["fermented"]
    start_bps: Bps = 0
    growth_bps_per_hour: Annotated[int, Field(ge=0, le=36_000_000)] = 3_000
    expiry_s: PositiveInt = Field(default=3_600, description="age at which a mark no longer counts")
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee paid for marking; None: always what gets it in"
    )

    def range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus."""
        return min(self.start_bps, configured_bps), configured_bps


class VolatilityBonus(Model):
    """The reserve's bonus and a surcharge by measured volatility, capped: min(b + slope * sigma, cap).

    Our own: 5 % more at a volatility of 100 % per year, 10 % in all at most. Somebody who samples the feeds of all
    collateral comes with the market.
    """

    kind: Literal["volatility"]
    slope_bps: Annotated[int, Field(ge=0, le=100_000)] = 500
    cap_bps: Bps = 1_000
    volatility: EwmaVolatility = EwmaVolatility()
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee paid for sampling; None: always what gets it in"
    )

    def range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus."""
        least_bps = min(configured_bps, self.cap_bps)
        return least_bps, self.cap_bps if self.slope_bps else least_bps


PlainBonus = Annotated[
    ConfiguredBonus | BonusByHealth | DiscountByHealth | VolatilityBonus | FermentedBonus,
    Field(discriminator="kind"),
    DefaultKind("configured"),
]


class ToxicityGuard(Model):
    """Another rule's bonus, lowered where a repayment would lower the health factor: to HF / LT - 1 - margin.

    arXiv 2212.07306 argues that the incentive should end there.
    """

    kind: Literal["toxicity_guard"]
    inner: PlainBonus = ConfiguredBonus()
    margin_bps: NonNegativeInt = 1

    def range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus."""
        return 0, self.inner.range_bps(configured_bps)[1]


Bonus = Annotated[
    ConfiguredBonus | BonusByHealth | DiscountByHealth | VolatilityBonus | FermentedBonus | ToxicityGuard,
    Field(discriminator="kind"),
    DefaultKind("configured"),
]
