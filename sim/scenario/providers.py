"""Models of who provides liquidity on a venue, and when it leaves."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Bps, Gwei, Model, Name, PositiveInt, Seconds


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


class JitProvider(Model):
    """Opens a narrow position around the price just before a large trade, and closes it `hold_blocks` later.

    It expects a sale of what accounts of `market` hold that can be liquidated now or when the feeds have followed
    the outside market, and with `gap_bps` the trade that closes a gap between the venue and that of more.
    """

    kind: Literal["jit_provider"]
    venue: Name = Field(description="a venue of positions: uniswap_v3")
    market: Name | None = Field(default=None, description="None: it does not look at liquidations")
    gap_bps: Annotated[int, Field(gt=0, le=10_000)] | None = Field(
        default=None, description="gap to the outside price that it expects a trade from; None: it does not look"
    )
    capital_usd: Annotated[float, Field(gt=0, le=1e15)] = 10_000_000.0
    half_width_bps: Annotated[int, Field(gt=0, lt=10_000)] = Field(
        default=100, description="how far the position reaches from the price, either way"
    )
    hold_blocks: PositiveInt = 1
    min_trade_usd: Annotated[float, Field(ge=0, le=1e15)] = 100_000.0
    min_profit_usd: float = 5.0
    bid_share_bps: Bps = 3_000
    max_fee_gwei: Gwei = 500.0

    @model_validator(mode="after")
    def _expects_something(self) -> "JitProvider":
        if self.market is None and self.gap_bps is None:
            raise ValueError(
                "market or gap_bps must be given: there is nothing else from which it expects a trade"
            )
        return self
