"""Interest rates of a reserve."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Bps, DefaultKind, Model

RateBps = Annotated[int, Field(ge=0, le=100_000)]


class KinkedRates(Model):
    """Two slopes, per year (Aave V3); fields of the struct `RateParams`."""

    kind: Literal["kinked"] = "kinked"
    optimal_utilisation_bps: Annotated[int, Field(ge=100, le=9_900)] = 9_000
    base_rate_bps: RateBps = 0
    slope1_bps: RateBps = 550
    slope2_bps: RateBps = 6_000


class KinkedCurve(Model):
    """A yearly rate over utilisation; fields of the struct `KinkedCurve`, slopes per unit of utilisation."""

    kink_bps: Bps = 8_000
    base_rate_bps: RateBps = 0
    slope_low_bps: RateBps
    slope_high_bps: RateBps


class SeparateRates(Model):
    """A curve for borrowers and another for suppliers (Compound III), over debt / supply, which may exceed 1.

    The treasury gets what borrowers pay beyond what suppliers earn, and pays where suppliers earn more, so the
    reserve's `reserve_factor_bps` has to be 10,000. Defaults are those of Compound III's USDC market.
    """

    kind: Literal["separate"]
    borrow: KinkedCurve = KinkedCurve(base_rate_bps=150, slope_low_bps=350, slope_high_bps=2_500)
    supply: KinkedCurve = KinkedCurve(slope_low_bps=325, slope_high_bps=4_000)


class AdaptiveRates(Model):
    """A rate that leans on utilisation at once and drifts with it (Morpho); fields of `AdaptiveCurveConfig`."""

    kind: Literal["adaptive"] = "adaptive"
    target_utilisation_bps: Annotated[int, Field(ge=1, le=9_999)] = 9_000
    steepness_bps: Annotated[int, Field(gt=10_000, le=1_000_000)] = Field(
        default=40_000, description="rate at full use over the rate at the target"
    )
    speed_per_year_bps: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
        default=500_000, description="change a year of the logarithm of the rate, at full use"
    )
    initial_rate_bps: Annotated[int, Field(ge=1, le=100_000)] = 400
    min_rate_bps: Annotated[int, Field(ge=1, le=100_000)] = 10
    max_rate_bps: Annotated[int, Field(ge=1, le=100_000)] = 20_000

    @model_validator(mode="after")
    def _ordered(self) -> "AdaptiveRates":
        if not self.min_rate_bps <= self.initial_rate_bps <= self.max_rate_bps:
            raise ValueError(
                f"initial_rate_bps is {self.initial_rate_bps}, between min_rate_bps {self.min_rate_bps}"
                f" and max_rate_bps {self.max_rate_bps} expected"
            )
        return self


Rates = Annotated[KinkedRates | SeparateRates | AdaptiveRates, Field(discriminator="kind"), DefaultKind("kinked")]
