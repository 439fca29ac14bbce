"""Interest rates of a reserve."""

from typing import Annotated, Literal

from pydantic import Field

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


Rates = Annotated[KinkedRates | SeparateRates, Field(discriminator="kind"), DefaultKind("kinked")]
