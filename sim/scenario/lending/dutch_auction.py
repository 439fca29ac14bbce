"""The Dutch auction as an execution of a pool, with Maker's parameters."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, DefaultKind, Model, NonNegativeFloat, Seconds

CutBps = Annotated[int, Field(gt=0, lt=10_000)]


class StairStepDecay(Model):
    """The price falls by `cut_bps` at the end of every step (Maker, for most collateral: 1 % every 90 s)."""

    kind: Literal["stair_step"] = "stair_step"
    cut_bps: CutBps = 100
    step_s: Seconds = 90


class ExponentialDecay(Model):
    """The price falls every second, by `cut_bps` over `step_s` seconds."""

    kind: Literal["exponential"] = "exponential"
    cut_bps: CutBps = 100
    step_s: Seconds = 90


class LinearDecay(Model):
    """The price falls on a line, to nothing after `duration_s` (Maker's first calculators: 6 hours)."""

    kind: Literal["linear"] = "linear"
    duration_s: Seconds = 21_600


Decay = Annotated[
    StairStepDecay | ExponentialDecay | LinearDecay, Field(discriminator="kind"), DefaultKind("stair_step")
]


class DutchAuction(Model):
    """Seized collateral is sold at a falling price; defaults are those of Maker's ETH-A in 2021.

    The same parameters hold for every collateral of the pool. `dust_usd` is a figure of our own, of the size of
    Maker's; `incentives_usd` is what the protocol pays in at the start, per asset that can be borrowed: Maker
    mints its rewards instead.
    """

    kind: Literal["dutch_auction"]
    decay: Decay = StairStepDecay()
    buffer_bps: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=2_000, description="start above the oracle's price"
    )
    tail_s: Seconds = Field(default=8_400, description="age beyond which an auction must be reset")
    cusp_bps: Bps = Field(
        default=4_000, description="share of the starting price below which an auction must be reset"
    )
    penalty_bps: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        default=None,
        description="what a lot has to raise above its debt; None: the reserve's liquidation bonus (Maker: 1300)",
    )
    chip_bps: Bps = Field(default=10, description="keeper's reward as a share of what the lot has to raise")
    tip_usd: NonNegativeFloat = Field(default=300.0, description="keeper's flat reward")
    dust_usd: NonNegativeFloat = Field(default=5_000.0, description="least debt of a lot that is not all of it")
    limit_usd: NonNegativeFloat = Field(
        default=40_000_000.0, description="most that the lots of one collateral may have to raise at a time"
    )
    total_limit_usd: NonNegativeFloat = Field(
        default=100_000_000.0, description="most that all lots may have to raise at a time"
    )
    incentives_usd: NonNegativeFloat = Field(
        default=100_000.0, description="what rewards can be paid from at first; penalties add to it"
    )
