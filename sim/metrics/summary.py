"""All metrics of a run in one call."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.metrics.borrowers import borrower_costs
from sim.metrics.depth import (
    depth_metrics,
    depth_ratio,
    depth_series,
    oracle_gap_bps,
    sold_fraction_series,
)
from sim.metrics.forced import all_forced_sales
from sim.metrics.gain import branching_ratio, loop_gain_predicted
from sim.metrics.halts import halt_metrics
from sim.metrics.keepers import (
    backlog_series,
    bonus_usd,
    fees_usd,
    keeper_profit_usd,
    liquidations_series,
    lowest_health,
    rescues,
    reverted_liquidations,
)
from sim.metrics.liquidations import Liquidation
from sim.metrics.loop import gain_from_amplification
from sim.metrics.losses import Losses, debt_series_base, losses
from sim.metrics.manipulation import attack_metrics
from sim.metrics.oracle import latency_series, oracle_metrics
from sim.metrics.outcomes import Outcome, outcomes, stalls
from sim.metrics.perps.deleveraging import deleveraged_base
from sim.metrics.perps.liquidations import PerpLiquidation
from sim.metrics.perps.losses import perp_losses
from sim.metrics.perps.margins import perp_series
from sim.metrics.perps.summary import PerpResult, perp_metrics, perp_result
from sim.metrics.prices import amplification, lowest_exogenous_e8, lowest_market_e8, price_series
from sim.metrics.recovery import recovery_blocks
from sim.metrics.refill import refill_metrics
from sim.metrics.round_trips import jit_profit_usd
from sim.metrics.sales import ForcedSale
from sim.metrics.selling import sale_costs
from sim.metrics.spurious import spurious_metrics
from sim.metrics.suppliers import socialised_usd
from sim.metrics.tables import Tables, liquidation_tables
from sim.metrics.timeline import Timeline, usd
from sim.metrics.waves import LiquidationClass, Row, Wave, induced_base, liquidation_class, waves
from sim.trace import Trace

Metric = float | int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a run amounts to.

    Attributes
    ----------
    outcomes
        Typed outcomes, at most one of each kind.
    liquidation_class
        `cascade`, `clustered`, `isolated`, or None without liquidations.
    metrics
        Numbers by name, units in the names; None where a metric is not defined for the run.
    series
        One value per block by name; `time_s` is the axis.
    waves
        Of liquidations on lending and on perpetual markets together.
    liquidations, losses
        Of lending markets.
    perps
        The same and more of perpetual markets; None without one.
    """

    outcomes: list[Outcome]
    liquidation_class: LiquidationClass | None
    metrics: Mapping[str, Metric]
    series: Mapping[str, list]
    waves: list[Wave]
    liquidations: list[Liquidation]
    losses: Losses
    keeper_profit_usd: Mapping[str, float]
    perps: PerpResult | None = None

    @property
    def rows(self) -> list[Liquidation | PerpLiquidation]:
        """Liquidations of lending and of perpetual markets, in order."""
        rows = [*self.liquidations, *(self.perps.liquidations if self.perps is not None else ())]
        return sorted(rows, key=lambda row: row.index)


def summarise(trace: Trace) -> Result:
    """All outcomes, metrics and series of a trace. Raises ValueError if it has no initial record."""
    timeline = Timeline(trace)
    tables = timeline.once(liquidation_tables)
    table, rows = tables.lending, tables.merged
    lost = timeline.once(losses)
    profit = keeper_profit_usd(timeline)
    sales = timeline.once(all_forced_sales)
    series = _series(timeline, rows, sales)
    asset = main_asset(timeline, rows)
    metrics: dict[str, Metric] = {
        **_liquidation_metrics(timeline, tables, series),
        **_loss_metrics(timeline, lost),
        **_price_metrics(timeline, table, asset),
        **halt_metrics(timeline),
        **oracle_metrics(timeline, table, asset),
        **spurious_metrics(timeline, table),
        **depth_metrics(timeline, sales, asset),
        **refill_metrics(timeline, sales, asset),
        **_actor_metrics(timeline, profit, series),
        **attack_metrics(timeline),
        **perp_metrics(timeline, tables.perps),
    }
    return Result(
        outcomes(timeline),
        liquidation_class(rows),
        metrics,
        series,
        waves(rows),
        table,
        lost,
        profit,
        perp_result(timeline, tables.perps),
    )


def finite(value: Metric) -> Metric:
    """A metric as JSON can hold it: None for one that is infinite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _liquidation_metrics(timeline: Timeline, tables: Tables, series: Mapping) -> dict[str, Metric]:
    rows, table = tables.merged, tables.lending
    total = sum(row.liquidated_base for row in rows)
    per_block = series["liquidations"]
    found = waves(rows)
    costs = borrower_costs(timeline)
    return {
        "liquidations": len(rows),
        "liquidated_accounts": len({(row.market, row.account) for row in rows}),
        "liquidated_usd": usd(total),
        "repaid_usd": usd(sum(row.debt_base for row in table)),
        "liquidation_bonus_usd": bonus_usd(timeline, table),
        "collateral_lost_usd": usd(costs.collateral_base),
        "borrower_loss_usd": costs.loss_usd,
        "borrower_loss_per_usd_repaid": costs.loss_per_usd_repaid,
        "induced_liquidations": sum(not row.direct for row in rows),
        "induced_share": induced_base(rows) / total if total else None,
        "branching_ratio": branching_ratio(found),
        "waves": len(found),
        "max_generation": max((row.generation for row in rows), default=None),
        "toxic_liquidations": sum(row.toxic for row in table),
        "reverted_liquidations": reverted_liquidations(timeline),
        "max_liquidations_per_block": max(per_block, default=0),
        "first_liquidation_block": rows[0].block if rows else None,
        "blocks_to_recovery": recovery_blocks(timeline),
        "lowest_health": lowest_health(timeline),
        "depth_ratio": depth_ratio(timeline),
    }


def _loss_metrics(timeline: Timeline, lost: Losses) -> dict[str, Metric]:
    """Of lending and of perpetual markets together, but for what only the former know."""
    perps = timeline.once(perp_losses)
    return {
        "bad_debt_usd": usd(lost.bad_debt_base + perps.bad_debt_base),
        "realised_bad_debt_usd": usd(lost.realised_base + perps.realised_base),
        "unrealised_bad_debt_usd": usd(lost.unrealised_base + perps.unrealised_base),
        "insurance_drawn_usd": usd(lost.insurance_drawn_base + perps.fund_drawn_base),
        "residual_bad_debt_usd": usd(lost.residual_base + perps.residual_base),
        "deficit_usd": usd(lost.deficit_base),
        "socialised_usd": socialised_usd(timeline),
        "peak_debt_usd": usd(lost.peak_debt_base),
        "adl_usd": usd(deleveraged_base(timeline)),
    }


def main_asset(timeline: Timeline, rows: Sequence[Liquidation | PerpLiquidation]) -> str | None:
    """The asset a run is about: most of it liquidated by value, else the one whose exogenous price fell most."""
    seized: dict[str, int] = {}
    for row in rows:
        seized[row.asset] = seized.get(row.asset, 0) + row.liquidated_base
    if seized:
        return max(seized, key=seized.__getitem__)
    start = timeline.records[0].exogenous_e8
    priced = [asset for asset in timeline.feeds if start.get(asset)]
    return min(priced, key=lambda asset: lowest_exogenous_e8(timeline, asset) / start[asset], default=None)


def main_debt(table: list[Liquidation], asset: str) -> str | None:
    """The debt asset that most was repaid of, by value, against an asset; None without liquidations of it."""
    repaid: dict[str, int] = {}
    for row in table:
        if row.collateral_asset == asset:
            repaid[row.debt_asset] = repaid.get(row.debt_asset, 0) + row.debt_base
    return max(repaid, key=repaid.__getitem__, default=None)


def _price_metrics(timeline: Timeline, table: list[Liquidation], asset: str | None) -> dict[str, Metric]:
    if asset is None:
        return {"amplification": None, "loop_gain_measured": None, "loop_gain_predicted": None}
    measured = amplification(timeline, asset, main_debt(table, asset))
    gaps = oracle_gap_bps(timeline, asset)
    return {
        "amplification": measured,
        "loop_gain_measured": gain_from_amplification(measured),
        "loop_gain_predicted": loop_gain_predicted(timeline, asset),
        "start_price_usd": usd(timeline.records[0].exogenous_e8[asset]),
        "lowest_market_price_usd": usd(lowest_market_e8(timeline, asset)),
        "lowest_exogenous_price_usd": usd(lowest_exogenous_e8(timeline, asset)),
        "max_oracle_gap_bps": max((abs(gap) for gap in gaps), default=None),
        "mean_oracle_gap_bps": sum(abs(gap) for gap in gaps) / len(gaps) if gaps else None,
    }


def _actor_metrics(timeline: Timeline, profit: Mapping[str, float], series: Mapping) -> dict[str, Metric]:
    saved = rescues(timeline)
    sold = sale_costs(timeline)
    return {
        "keeper_profit_usd": sum(profit.values()),
        "jit_profit_usd": jit_profit_usd(timeline),
        "fees_usd": sum(fees_usd(timeline).values()),
        "forced_sale_slippage_bps": sold.slippage_bps,
        "venues_per_forced_sale": sold.venues_per_sale,
        "rescues_tried": saved.tried,
        "rescues_landed": saved.landed,
        "rescues_too_late": saved.too_late,
        "mean_rescue_wait_blocks": saved.mean_wait_blocks,
        "max_backlog_accounts": max(series["backlog_accounts"], default=0),
        "max_backlog_debt_usd": max(series["backlog_debt_usd"], default=0.0),
        "final_backlog_accounts": series["backlog_accounts"][-1] if series["backlog_accounts"] else 0,
        "stalled_accounts": len({(stall.market, stall.account) for stall in stalls(timeline)}),
        "max_base_fee_gwei": max(series["base_fee_gwei"], default=None),
        "max_pending_transactions": max(series["pending_transactions"], default=0),
    }


def _series(timeline: Timeline, rows: Sequence[Row], sales: list[ForcedSale]) -> dict[str, list]:
    blocks = timeline.trace.blocks
    accounts, debts = backlog_series(timeline)
    liquidated = [0.0] * len(blocks)
    for row in rows:
        liquidated[row.block] += usd(row.liquidated_base)
    return {
        "time_s": [record.time_s for record in blocks],
        **price_series(timeline),
        **{name: column for asset in timeline.feeds for name, column in latency_series(timeline, asset).items()},
        **depth_series(timeline),
        **sold_fraction_series(timeline, sales),
        "liquidations": liquidations_series(timeline, rows),
        "liquidated_usd": liquidated,
        "backlog_accounts": accounts,
        "backlog_debt_usd": debts,
        "debt_usd": [usd(value) for value in debt_series_base(timeline)[1:]],
        "deficit_usd": [_deficit_usd(timeline, record.block) for record in blocks],
        "base_fee_gwei": [record.base_fee_gwei for record in blocks],
        "inclusion_fee_gwei": [record.inclusion_fee_gwei for record in blocks],
        "pending_transactions": [record.pending for record in blocks],
        **{f"fund_tokens.{name}": _fund_tokens(timeline, name) for name in timeline.records[0].funds},
        **perp_series(timeline),
    }


def _deficit_usd(timeline: Timeline, block: int) -> float:
    record = timeline.record(block)
    return usd(
        sum(
            timeline.value_up(asset, reserve.deficit, record.outside_e8[asset])
            for reserves in record.reserves.values()
            for asset, reserve in reserves.items()
        )
    )


def _fund_tokens(timeline: Timeline, name: str) -> list[float]:
    asset = timeline.scenario["insurance"][name]["asset"]
    return [record.funds[name] / 10 ** timeline.decimals[asset] for record in timeline.trace.blocks]
