"""Models of those who have positions in a perpetual market at the start."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, NonNegativeInt, PositiveTokens, Tokens

Leverage = Annotated[float, Field(gt=0, le=1_000)]
Sigma = Annotated[float, Field(ge=0, le=10)]
Count = Annotated[int, Field(gt=0, le=10_000)]


class BookGroup(Model):
    """Many accounts: notional and leverage lognormal, leverage at most `leverage_max`, a share of either side.

    Long and short are given out so that the notional of the longs is `long_share_bps` of all as closely as can be.
    `notional_tokens` is the mean: the group holds `count` times it in total, at the price of the start; leverage
    is that at the start too. With an entry spread positions are opened at one of nine prices evenly about that of
    the start, so that some have a profit or a loss when the run begins; it needs a pushed feed without layers.
    """

    kind: Literal["book"] = "book"
    market: Name
    instrument: Name
    count: Count
    notional_tokens: PositiveTokens
    notional_sigma: Sigma = 1.0
    long_share_bps: Bps = 5_000
    leverage_median: Leverage = 5.0
    leverage_sigma: Sigma = 0.5
    leverage_max: Leverage = 20.0
    isolated_share_bps: Bps = Field(default=0, description="share of the accounts that are isolated")
    entry_spread_bps: Annotated[int, Field(ge=0, le=5_000)] = Field(
        default=0, description="how far entries may lie from the price at the start"
    )


class PositionLadder(Model):
    """Equal positions that can be liquidated one after the other as the mark moves against them.

    Rung k is at maintenance margin where the mark has moved by 1 - (1 - start)(1 - spacing)^k.
    """

    kind: Literal["ladder"]
    market: Name
    instrument: Name
    side: Literal["long", "short"] = "long"
    count: Count
    notional_tokens: PositiveTokens
    start_bps: Annotated[int, Field(gt=0, lt=10_000)]
    spacing_bps: Annotated[int, Field(gt=0, lt=10_000)] = 100
    isolated: bool = False


class TraderPosition(Model):
    """One account: positions in whole base tokens (long above 0), and what backs them."""

    positions: dict[Name, float]
    margin_tokens: Tokens = Field(description="deposited, in quote")
    collateral_tokens: dict[Name, PositiveTokens] = {}
    spot_tokens: dict[Name, PositiveTokens] = Field(default={}, description="kept in the owner's wallet")
    isolated: bool = Field(default=False, description="True: an isolated account, of its one instrument")


class ExplicitTraders(Model):
    """Accounts given one by one."""

    kind: Literal["explicit"]
    market: Name
    accounts: Annotated[tuple[TraderPosition, ...], Field(min_length=1)]


class Hedgers(Model):
    """Accounts that hold spot and are short as much of it.

    Who is deleveraged or liquidated is exposed by what was closed, and sells that much spot on `venue`. A sale
    that would bring `max_slippage_bps` less than was quoted reverts, and is tried again.
    """

    kind: Literal["hedgers"]
    market: Name
    instrument: Name
    count: Count
    spot_tokens: PositiveTokens = Field(description="mean of what one holds, in base")
    spot_sigma: Sigma = 0.0
    leverage: Leverage = 2.0
    venue: Name
    latency_blocks: NonNegativeInt = Field(default=0, description="from seeing it to selling")
    max_slippage_bps: Bps = 500
    max_fee_gwei: Gwei = 100.0


TraderGroup = Annotated[BookGroup | PositionLadder | ExplicitTraders | Hedgers, Field(discriminator="kind")]
