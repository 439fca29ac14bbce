"""Models of who provides liquidity on a venue, and when it leaves."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, Seconds


class Provider(Model):
    """Holds a share of a venue's liquidity at the start."""

    venue: Name
    share_bps: Bps = 5_000
    max_fee_gwei: Gwei = 200.0


class LiquidityProvider(Provider):
    """Withdraws part of its liquidity when the outside price has fallen fast."""

    kind: Literal["liquidity_provider"]
    withdraw_below_bps: Bps = Field(default=1_000, description="fall over the window that makes it withdraw")
    window_s: Seconds = 3_600
    withdraw_share_bps: Bps = 5_000


class NervousProvider(Provider):
    """A group of equal providers that leave at a hazard which rises with the realised volatility.

    Of those still there, `withdraw_per_block_bps` are expected to leave in a block at twice the calm volatility,
    twice as many at three times it, none at or below it. In the crash of October 2025 the bids of one venue fell
    by 74 % within 15 minutes: 75 blocks of 12 s, 180 bps each on average.
    """

    kind: Literal["nervous_provider"]
    providers: Annotated[int, Field(gt=0, le=10_000)] = 20
    calm_volatility_per_year: Annotated[float, Field(gt=0, le=100)] = 1.0
    window_s: Seconds = 900
    withdraw_per_block_bps: Bps = 100
    returns_after_s: Seconds | None = Field(
        default=None, description="calm that brings those who left back; None: they stay away"
    )
