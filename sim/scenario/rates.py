"""Exchange rates of staked tokens, and the caps of prices that are made of them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Bps, Model, Name, NonNegativeInt
from sim.units import BPS, SECONDS_PER_DAY, SECONDS_PER_YEAR

Ratio = Annotated[float, Field(gt=0, le=1e6)]
"""Whole units of the underlying per whole unit of the claim."""
GrowthBps = Annotated[int, Field(ge=0, le=100_000)]


class Slashing(Model):
    """Stake is lost at a time: the rate falls at once."""

    at_s: NonNegativeInt
    loss_bps: Annotated[int, Field(gt=0, lt=10_000)]


class ExchangeRate(Model):
    """What one claim on staked assets is worth of them, as the protocol behind it says.

    It grows by a straight line from the opening on, whatever claims trade at.
    """

    of: Name = Field(description="the asset that is staked")
    ratio: Ratio
    growth_bps_per_year: GrowthBps = 300
    slashings: tuple[Slashing, ...] = ()

    def ratio_at(self, time_s: int) -> float:
        """The ratio at a time since the start, before it if negative, without slashings."""
        return self.ratio * (1 + self.growth_bps_per_year * time_s / (BPS * SECONDS_PER_YEAR))


class SnapshotUpdate(Model):
    """The steward replaces the snapshot of a cap at a time by the ratio of some time before."""

    at_s: NonNegativeInt
    ratio: Ratio | None = Field(default=None, description="None: what the rate was at the snapshot's time")
    age_s: NonNegativeInt = Field(default=7 * SECONDS_PER_DAY, description="of the snapshot at that time")


class RateCap(Model):
    """The rate that counts does not rise faster than a line from a snapshot: Aave's correlated-asset price oracle.

    Defaults are Aave's: when it is set, a snapshot is 7 to 180 days old, and an update moves it by at most 3 % in
    3 days, as the steward of 10 March 2026 was allowed.
    """

    snapshot_ratio: Ratio
    snapshot_age_s: NonNegativeInt = Field(default=30 * SECONDS_PER_DAY, description="at the opening")
    max_growth_bps_per_year: GrowthBps = 968
    min_delay_s: NonNegativeInt = 7 * SECONDS_PER_DAY
    max_age_s: NonNegativeInt = 180 * SECONDS_PER_DAY
    max_step_bps: Bps = 300
    step_period_s: NonNegativeInt = 3 * SECONDS_PER_DAY
    larger_step: Literal["refused", "limited_separately"] = Field(
        default="refused",
        description="an update beyond the step is refused, or its ratio is cut to the step and its time is not",
    )
    updates: tuple[SnapshotUpdate, ...] = ()

    @model_validator(mode="after")
    def _ages_in_order(self) -> "RateCap":
        if self.max_age_s < self.min_delay_s:
            raise ValueError(f"max_age_s is {self.max_age_s}, at least min_delay_s {self.min_delay_s} expected")
        return self
