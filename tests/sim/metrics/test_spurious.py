"""Rule: a liquidation is spurious where the market has the account safe again within an hour."""

import pytest

from sim.metrics.spurious import REVERSAL_S, is_spurious, spurious_metrics
from sim.metrics.summary import summarise
from sim.metrics.tables import liquidation_table
from sim.metrics.timeline import Timeline
from sim.units import E8
from tests.sim.metrics.traces import BLOCK_TIME_S, TraceBuilder

HOUR_BLOCKS = REVERSAL_S // BLOCK_TIME_S
LIMIT = 100.0 / 0.99
"""The account is liquidated at 100 with a health of 0.99: at 101.01 it would have been safe."""


def liquidated(market: float = 100.0) -> TraceBuilder:
    builder = TraceBuilder(price=100.0).block(exogenous=market)
    return builder.transaction("liquidate").liquidation("a/0", 100.0)


def verdict(builder: TraceBuilder):
    timeline = Timeline(builder.trace)
    (row,) = liquidation_table(timeline)
    return is_spurious(timeline, row)


def after(builder: TraceBuilder, blocks: int, price: float) -> TraceBuilder:
    for _ in range(blocks):
        builder.block(exogenous=price)
    return builder


def test_the_limit_is_where_health_is_one():
    timeline = Timeline(liquidated().trace)
    (row,) = liquidation_table(timeline)
    assert row.limit_price == pytest.approx(LIMIT)


@pytest.mark.parametrize(("price", "spurious"), [(LIMIT + 1e-6, True), (LIMIT - 1e-6, False)])
def test_it_is_taken_back_at_the_limit_and_not_below(price, spurious):
    builder = after(liquidated(), 10, 99.0)
    after(builder, 1, price)
    assert verdict(after(builder, HOUR_BLOCKS, 99.0)) is spurious


@pytest.mark.parametrize(("blocks", "spurious"), [(HOUR_BLOCKS - 1, True), (HOUR_BLOCKS, False)])
def test_an_hour_decides(blocks, spurious):
    """The recovery comes `blocks` + 1 blocks after the liquidation."""
    assert verdict(after(after(liquidated(), blocks, 99.0), 1, 120.0)) is spurious


def test_one_that_the_market_never_asked_for_is_spurious_at_once():
    assert verdict(liquidated(market=102.0)) is True


def test_a_run_that_ends_too_early_leaves_it_open():
    builder = after(liquidated(), 10, 99.0)
    assert verdict(builder) is None
    assert spurious_metrics(Timeline(builder.trace), liquidation_table(Timeline(builder.trace))) == {
        "spurious_liquidations": 0,
        "spurious_share": None,
        "spurious_usd": 0.0,
    }


def test_a_debt_asset_that_falls_makes_it_safe_too():
    builder = liquidated()
    prices = {"WETH": 100 * E8, "USDC": round(0.98 * E8)}
    builder.block(exogenous_e8=prices, outside_e8=prices)
    assert verdict(builder) is True


def test_share_and_value():
    builder = liquidated().liquidation("a/1", 100.0, collateral=30.0, debt=30 * 100 * 0.8 / 0.90)
    after(builder, 1, 102.0)
    metrics = summarise(after(builder, HOUR_BLOCKS, 102.0).trace).metrics
    assert metrics["spurious_liquidations"] == 1 and metrics["spurious_share"] == 0.5
    assert metrics["spurious_usd"] == pytest.approx(1_000.0)
