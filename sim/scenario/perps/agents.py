"""Models of who acts on perpetual markets."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, NonNegativeInt, PositiveInt, PositiveTokens, Seconds, Tokens
from sim.scenario.perps.instruments import VirtualAmm
from sim.scenario.perps.market import PerpMarket
from sim.scenario.perps.stages import DeleverageStage
from sim.scenario.perps.traders import Leverage


class PerpAgent(Model):
    """Somebody who acts on a perpetual market."""

    kind: str
    market: Name
    max_fee_gwei: Gwei = 200.0

    def problems(self, market: PerpMarket) -> Iterator[str]:
        """What does not fit its market, as a path below the agent and a complaint."""
        yield from ()


class PerpKeeper(PerpAgent):
    """A liquidator that acts where its share of the fee exceeds gas by `min_profit_usd`.

    It leaves alone what needs a ranking, resolves accounts in debt, and makes withdrawals wait where it sees one.
    A `min_profit_usd` below 0 makes it the venue's own bot, which also liquidates what leaves no fee.
    """

    kind: Literal["perp_keeper"]
    min_profit_usd: float = 1.0
    bid_share_bps: Bps = 3_000
    latency_blocks: NonNegativeInt = 0
    max_liquidations_per_block: PositiveInt = 10
    inventory_tokens: Tokens = Field(
        default=0.0, description="quote to buy collateral of accounts in debt with; 0: it buys none"
    )
    venue: Name | None = Field(default=None, description="where it sells what it bought; None: it keeps it")

    def problems(self, market: PerpMarket) -> Iterator[str]:
        """Also of what it would buy and sell."""
        if self.inventory_tokens and not market.collateral:
            yield f"inventory_tokens is {self.inventory_tokens:g}, 0 on a market without collateral expected"
        if self.venue is not None and not self.inventory_tokens:
            yield f"venue is {self.venue!r}, none without inventory_tokens expected"


class Deleverager(PerpAgent):
    """The venue's own bot: liquidates what needs a ranking or leaves no fee, whatever that costs."""

    kind: Literal["deleverager"]
    latency_blocks: NonNegativeInt = 0
    max_per_block: PositiveInt = 10
    all: bool = Field(default=False, description="True: it also liquidates what keepers are paid for")
    plain_first: bool = Field(
        default=False, description="True: it bids more for what needs no ranking, which comes first within a block"
    )

    def problems(self, market: PerpMarket) -> Iterator[str]:
        """A market without deleveraging has no work for it."""
        if not any(isinstance(stage, DeleverageStage) for stage in market.waterfall):
            yield f"market is {self.market!r}, whose waterfall has no stage of kind 'deleverage'"


class InstrumentAgent(PerpAgent):
    """Somebody who trades one instrument."""

    instrument: Name

    def problems(self, market: PerpMarket) -> Iterator[str]:
        """Also of the instrument."""
        if self.instrument not in market.instruments:
            yield f"instrument is {self.instrument!r}, one of {sorted(market.instruments)} expected"


class TrendTrader(InstrumentAgent):
    """Follows the price: long where it is above its moving average by `entry_bps`, short where it is below.

    It is flat again where the price is back at its average.
    """

    kind: Literal["trend_trader"]
    window_s: Seconds = 600
    entry_bps: Annotated[int, Field(gt=0, lt=10_000)] = 50
    notional_tokens: PositiveTokens = Field(default=500_000.0, description="of its position, in quote")
    leverage: Leverage = 5.0
    interval_s: Seconds = Field(default=60, description="between two trades")
    max_slippage_bps: Bps = Field(default=200, description="most that a trade gives up against the mid")


class FundingArbitrageur(InstrumentAgent):
    """Short where the perpetual is dearer than the index by `entry_bps`, long where it is cheaper by as much.

    It trades until the gap is `exit_bps`, and back where the gap has become smaller. With a venue it is short or
    out, and holds as much spot against a short; it takes the legs one after the other. What it opens has to pay
    after fees and gas: the gap that it catches, and funding for `holds_s` at the present rate.
    """

    kind: Literal["funding_arbitrageur"]
    venue: Name | None = Field(default=None, description="where the spot leg trades; None: there is none")
    capital_tokens: PositiveTokens = Field(default=2_000_000.0, description="margin, in quote")
    spot_capital_tokens: PositiveTokens = Field(default=10_000_000.0, description="to buy spot with, in quote")
    max_notional_tokens: PositiveTokens = Field(default=10_000_000.0, description="of its position, in quote")
    clip_tokens: PositiveTokens = Field(default=1_000_000.0, description="most that it trades in a block")
    entry_bps: Annotated[int, Field(gt=0, lt=10_000)] = 20
    exit_bps: Annotated[int, Field(ge=0, lt=10_000)] = 5
    holds_s: NonNegativeInt = Field(default=3_600, description="for which it counts on the present funding")
    max_slippage_bps: Bps = Field(default=100, description="of the spot leg, against what the venue quotes")
    min_profit_usd: float = 1.0
    bid_share_bps: Bps = 3_000

    def problems(self, market: PerpMarket) -> Iterator[str]:
        """Also of the two bounds."""
        yield from super().problems(market)
        if self.exit_bps >= self.entry_bps:
            yield f"exit_bps is {self.exit_bps}, less than entry_bps {self.entry_bps} expected"


class PerpMarketMaker(InstrumentAgent):
    """Those who give the virtual AMM its depth: they leave as volatility rises, and return once it is calm.

    Depth is `calm_volatility_per_year` over the volatility realised in `window_s`, of what it is at the start, at
    most all and at least `least_depth_bps` of it.
    """

    kind: Literal["perp_market_maker"]
    calm_volatility_per_year: Annotated[float, Field(gt=0, le=1_000)] = 1.0
    window_s: Seconds = 300
    least_depth_bps: Annotated[int, Field(gt=0, le=10_000)] = 1_000
    step_bps: Annotated[int, Field(gt=0, le=10_000)] = Field(
        default=1_000, description="least change of the depth, of what it is at the start"
    )
    returns_after_s: Seconds | None = Field(default=None, description="calm before they return; None: never")

    def problems(self, market: PerpMarket) -> Iterator[str]:
        """Also of the kind of pricing."""
        yield from super().problems(market)
        instrument = market.instruments.get(self.instrument)
        if instrument is not None and not isinstance(instrument.pricing, VirtualAmm):
            kind = instrument.pricing.kind
            yield f"instrument is {self.instrument!r} with pricing {kind!r}, 'virtual_amm' expected"


class PaperProfitAttacker(InstrumentAgent):
    """Long and short as much in two accounts; pushes the price, and takes out what is a profit on paper.

    A venue that the index follows is pushed and held for `hold_blocks`; the losing account is left to the market.
    Mango, October 2022. It attacks whether or not that pays, so that a design that holds shows what it costs.
    """

    kind: Literal["paper_profit_attacker"]
    venue: Name
    not_before_s: NonNegativeInt = Field(default=0, description="since the start")
    size_tokens: PositiveTokens = Field(description="of either position, in base")
    margin_tokens: PositiveTokens = Field(description="of either account, in quote")
    push_tokens: PositiveTokens = Field(description="to buy spot with, in quote")
    push_bps: Annotated[int, Field(gt=0, le=10_000_000)] = Field(
        default=10_000, description="rise of the venue's price that it stops at"
    )
    hold_blocks: Annotated[int, Field(gt=0)] = 20
    max_fee_gwei: Gwei = 500.0
