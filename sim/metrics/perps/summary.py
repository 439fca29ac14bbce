"""All figures of perpetual markets in one call."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.metrics.perps.deleveraging import Deleveraging, deleveraging_metrics, deleveragings
from sim.metrics.perps.funds import FundPath, fund_metrics, fund_paths
from sim.metrics.perps.gains import Gain, gain_metrics, gains
from sim.metrics.perps.hedging import HedgeSale, hedge_sales, hedging_metrics
from sim.metrics.perps.liquidations import PerpLiquidation
from sim.metrics.perps.losses import PerpLosses, loss_metrics, perp_losses
from sim.metrics.perps.margins import margin_metrics
from sim.metrics.perps.timing import timing_metrics
from sim.metrics.perps.waterfall import Reached, WaterfallRow, reached, waterfall, waterfall_metrics
from sim.metrics.timeline import Timeline, usd

Metric = float | int | None


@dataclass(frozen=True, slots=True)
class PerpResult:
    """What happened on perpetual markets, as tables in order.

    `liquidations`, `waterfall` and `deleveragings` are joined by the number of the liquidation.
    """

    liquidations: list[PerpLiquidation]
    waterfall: list[WaterfallRow]
    stages: list[Reached]
    deleveragings: list[Deleveraging]
    hedge_sales: list[HedgeSale]
    losses: PerpLosses
    gains: list[Gain]
    funds: list[FundPath]


def perp_result(timeline: Timeline, table: Sequence[PerpLiquidation]) -> PerpResult | None:
    """The tables; None without a perpetual market."""
    if not timeline.perps:
        return None
    return PerpResult(
        list(table),
        timeline.once(waterfall),
        reached(timeline),
        timeline.once(deleveragings),
        hedge_sales(timeline),
        timeline.once(perp_losses),
        [gain for market in timeline.perps for gain in gains(timeline, market)],
        fund_paths(timeline),
    )


def perp_metrics(timeline: Timeline, table: Sequence[PerpLiquidation]) -> dict[str, Metric]:
    """Metrics by name; none without a perpetual market."""
    if not timeline.perps:
        return {}
    return {
        "perp_liquidations": len(table),
        "perp_liquidated_accounts": len({(row.market, row.account) for row in table}),
        "perp_liquidated_usd": usd(sum(row.closed_base for row in table)),
        **margin_metrics(timeline),
        **waterfall_metrics(timeline),
        **deleveraging_metrics(timeline),
        **timing_metrics(timeline),
        **loss_metrics(timeline),
        **gain_metrics(timeline),
        **fund_metrics(timeline),
        **hedging_metrics(timeline),
    }
