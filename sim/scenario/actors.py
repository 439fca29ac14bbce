"""Models of who acts: borrowers, keepers, arbitrageurs, suppliers; who provides liquidity is in `providers`."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.adversaries import MeanAttacker, SpotAttacker, WindowPicker
from sim.scenario.base import (
    Bps,
    Gwei,
    Health,
    Model,
    Name,
    NonNegativeInt,
    PositiveInt,
    PositiveTokens,
    Seconds,
    Tokens,
)
from sim.scenario.perps.agents import (
    Deleverager,
    FundingArbitrageur,
    PaperProfitAttacker,
    PerpKeeper,
    PerpMarketMaker,
    TrendTrader,
)
from sim.scenario.providers import JitProvider, LiquidityProvider, NervousProvider
from sim.scenario.sellers import Seller
from sim.scenario.stakers import FundStaker


class Rescue(Model):
    """How some borrowers save themselves: when health falls below `trigger_health`, back up to `target_health`."""

    share_bps: Bps = 0
    kind: Literal["top_up", "repay"] = "top_up"
    trigger_health: Health = 1.05
    target_health: Health = 1.25
    latency_blocks: NonNegativeInt = Field(default=0, description="from seeing the need to acting on it")
    max_fee_gwei: Gwei = 50.0


class LognormalGroup(Model):
    """Borrowers whose health factors are lognormal, truncated below.

    Collateral per borrower is lognormal around `collateral_tokens`, scaled so that the group holds
    `count * collateral_tokens` in total.
    """

    kind: Literal["lognormal"] = "lognormal"
    market: Name
    collateral: Name
    debt: Name
    count: Annotated[int, Field(gt=0, le=100_000)]
    collateral_tokens: PositiveTokens
    collateral_sigma: Annotated[float, Field(ge=0, le=10)] = 1.0
    health_median: Health = 1.45
    health_sigma: Annotated[float, Field(ge=0, le=10)] = 0.25
    health_min: Health = 1.02
    rescue: Rescue = Rescue()


class LadderGroup(Model):
    """Rungs that become liquidatable one after the other: rung k below p0 * (1 - start) * (1 - spacing)^k.

    Without a start, rung 0 is just below health 1 from the first block on and sets the chain off by itself (the
    threshold ladder of the cascade reproduction number R). With one, all is healthy until a shock reaches it.
    """

    kind: Literal["ladder"]
    market: Name
    collateral: Name
    debt: Name
    count: Annotated[int, Field(gt=0, le=100_000)]
    collateral_tokens: PositiveTokens
    spacing_bps: Annotated[int, Field(gt=0, lt=10_000)] = 100
    start_bps: Annotated[int, Field(ge=0, lt=10_000)] = Field(
        default=0, description="fall of the price at which rung 0 reaches health 1; 0: it starts just below"
    )


class Position(Model):
    """One borrower: whole tokens supplied and owed per asset."""

    collateral_tokens: dict[Name, PositiveTokens]
    debt_tokens: dict[Name, PositiveTokens] = {}


class ExplicitGroup(Model):
    """Borrowers given one by one."""

    kind: Literal["explicit"]
    market: Name
    accounts: Annotated[tuple[Position, ...], Field(min_length=1)]


BorrowerGroup = Annotated[LognormalGroup | LadderGroup | ExplicitGroup, Field(discriminator="kind")]


class Keeper(Model):
    """A liquidator that acts when proceeds exceed slippage, fees and gas by `min_profit_usd`.

    `flash_loan` borrows the debt asset and sells the collateral in one transaction; `inventory` repays from its
    own balance, keeps the collateral and sells it over later blocks. Where an execution sells what is seized in
    its market, the same keeper starts that and buys (see `sim.agents.auction_keeper`, `batch_bidder`, `absorber`).
    """

    kind: Literal["keeper"]
    market: Name
    venue: Name
    funding: Literal["flash_loan", "inventory"] = "flash_loan"
    inventory_tokens: Tokens = Field(default=0.0, description="of each debt asset, for `inventory`")
    min_profit_usd: float = 10.0
    max_fee_gwei: Gwei = 500.0
    bid_share_bps: Bps = Field(default=5_000, description="share of the expected profit bid for inclusion")
    latency_blocks: NonNegativeInt = 0
    max_liquidations_per_block: PositiveInt = 5
    buys: bool = Field(
        default=True,
        description="False: starts auctions, and resets or clears them, for their reward alone, and never buys",
    )
    unprofitable_too: bool = Field(
        default=False, description="liquidates without looking at profit: for closed-form set-ups"
    )


class Arbitrageur(Model):
    """Trades the gap between a venue and the outside market back to the fee, with inventory of both assets."""

    kind: Literal["arbitrageur"]
    venue: Name
    inventory_usd: Annotated[float, Field(gt=0, le=1e15)] = 50_000_000.0
    min_profit_usd: float = 5.0
    max_fee_gwei: Gwei = 500.0
    bid_share_bps: Bps = 3_000


class BandArbitrageur(Model):
    """Trades the bands of soft liquidation markets against the outside market, with inventory of both assets."""

    kind: Literal["band_arbitrageur"]
    market: Name | None = Field(default=None, description="None: every market of soft liquidation")
    inventory_usd: Annotated[float, Field(gt=0, le=1e15)] = Field(
        default=50_000_000.0, description="of each asset of each market"
    )
    min_profit_usd: float = 5.0
    max_fee_gwei: Gwei = 500.0
    bid_share_bps: Bps = 3_000


class Supplier(Model):
    """Supplies an asset at the start and leaves when one of its bounds is crossed, as fast as there is cash.

    With `leave_above_deficit_bps` it is the first-exit run on a deficit that nobody bears yet.
    """

    kind: Literal["supplier"]
    market: Name
    asset: Name
    supply_tokens: PositiveTokens
    leave_at_s: NonNegativeInt | None = Field(default=None, description="since the start; None: at no time")
    leave_above_utilisation_bps: Bps | None = Field(
        default=None, description="debt over debt and cash; None: whatever it is"
    )
    leave_above_deficit_bps: Bps | None = Field(
        default=None, description="deficit over all claims; None: whatever it is"
    )
    withdraw_share_bps: Annotated[int, Field(gt=0, le=10_000)] = 10_000
    max_fee_gwei: Gwei = 200.0


class RequirementChange(Model):
    """New figures for a reserve at a time; a threshold takes `ramp_s` to get there, an LTV none."""

    at_s: NonNegativeInt
    asset: Name
    liquidation_threshold_bps: Bps
    ltv_bps: Bps | None = Field(default=None, description="None: as far below the reserve's as the threshold")
    ramp_s: Annotated[int, Field(ge=0, le=31_536_000)] = 0


class Steward(Model):
    """Looks after requirements that move: samples volatility, updates haircuts, and makes the owner's changes.

    It sends what would succeed, at every multiple of `interval_s`; changes are sent by the market's owner.
    """

    kind: Literal["steward"]
    market: Name
    interval_s: Seconds = 600
    changes: tuple[RequirementChange, ...] = ()
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee that it pays; None: always what gets it in"
    )

    def problems(self, market: Any) -> Iterator[str]:
        """What is wrong with its changes in a market, as a path below the agent and a complaint."""
        moving = getattr(market, "moving", None)
        if moving is None:
            yield "market has no requirements of kind 'moving', which a steward looks after"
            return
        followed = moving.followed(market.reserves)
        for i, change in enumerate(self.changes):
            if change.asset not in followed:
                yield f"changes.{i}.asset is {change.asset!r}, one of {sorted(followed)} expected"
                continue
            reserve = market.reserves[change.asset]
            cut_bps = reserve.liquidation_threshold_bps - change.liquidation_threshold_bps
            if cut_bps < 0:
                yield (
                    f"changes.{i}.liquidation_threshold_bps is {change.liquidation_threshold_bps}, at most the"
                    f" reserve's {reserve.liquidation_threshold_bps}"
                )
            if change.ltv_bps is not None and change.ltv_bps > reserve.ltv_bps - cut_bps:
                yield (
                    f"changes.{i}.ltv_bps is {change.ltv_bps}, at most {reserve.ltv_bps - cut_bps}: as far below"
                    " the reserve's as the threshold"
                )


class CustomAgent(Model):
    """An agent of an installed package, found by its name in the entry-point group `tailspin.agents`."""

    kind: Literal["custom"]
    type: str
    params: dict[str, int | float | str | bool] = {}


AgentModel = Annotated[
    Keeper
    | Arbitrageur
    | BandArbitrageur
    | LiquidityProvider
    | NervousProvider
    | JitProvider
    | Supplier
    | Seller
    | Steward
    | WindowPicker
    | SpotAttacker
    | MeanAttacker
    | PerpKeeper
    | Deleverager
    | TrendTrader
    | FundingArbitrageur
    | PerpMarketMaker
    | PaperProfitAttacker
    | FundStaker
    | CustomAgent,
    Field(discriminator="kind"),
]
