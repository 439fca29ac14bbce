"""What forced sales cost: slippage below the spot price before them, and the venues they went over."""

from dataclasses import replace

import pytest

from sim.metrics.selling import sale_costs
from sim.metrics.timeline import Timeline
from sim.trace import VenueTrade
from sim.units import E8
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder


def test_a_forced_sale_costs_what_it_brings_less_than_at_the_spot_price_before():
    """10 WETH into 1,000 / 100,000 bring 990.099 USDC for 1,000: 99 bps below spot."""
    builder = TraceBuilder().block().transaction("liquidate").liquidation("a/0", 100.0).swap(base_in=10 * WETH)
    costs = sale_costs(Timeline(builder.trace))
    assert costs.slippage_bps == pytest.approx(99.0099, rel=1e-6)
    assert costs.by_venue == {"pool": pytest.approx(99.0099, rel=1e-6)}
    assert costs.venues_per_sale == 1.0


def test_other_trades_do_not_count():
    builder = TraceBuilder().block().transaction("arbitrage", agent="arb").swap(base_in=10 * WETH)
    assert sale_costs(Timeline(builder.trace)).slippage_bps is None
    assert sale_costs(Timeline(builder.trace)).venues_per_sale is None


def test_legs_of_one_transaction_are_one_sale_and_weigh_by_value():
    """8 WETH at 100 for 792 USDC and 2 at 90 for 171: 100 and 500 bps below spot, 17 of 980 USD in all."""
    builder = TraceBuilder().block().transaction("liquidate").liquidation("a/0", 100.0)
    trace = builder.trace
    scenario = {
        **trace.scenario,
        "venues": {**trace.scenario["venues"], "other": trace.scenario["venues"]["pool"]},
    }
    trace = replace(trace, scenario=scenario)
    trace.trades.append(VenueTrade(0, 0, 5, "pool", "WETH", 8 * WETH, 792 * USDC, 100 * E8, 98 * E8))
    trace.trades.append(VenueTrade(0, 0, 6, "other", "WETH", 2 * WETH, 171 * USDC, 90 * E8, 80 * E8))
    costs = sale_costs(Timeline(trace))
    assert costs.by_venue == {"pool": pytest.approx(100.0), "other": pytest.approx(500.0)}
    assert costs.slippage_bps == pytest.approx(17 / 980 * 10_000)
    assert costs.venues_per_sale == 2.0


def test_a_sale_of_the_quote_asset_is_valued_at_the_inverse_price():
    """1,000 USDC at 100 USDC a WETH are 10 WETH; 9.9 came."""
    builder = TraceBuilder().block().transaction("liquidate").liquidation("a/0", 100.0)
    builder.trace.trades.append(VenueTrade(0, 0, 5, "pool", "USDC", 1_000 * USDC, 99 * WETH // 10, 100 * E8, 0))
    assert sale_costs(Timeline(builder.trace)).slippage_bps == pytest.approx(100.0)


def test_a_sale_at_no_price_is_left_out():
    builder = TraceBuilder().block().transaction("liquidate").liquidation("a/0", 100.0)
    builder.trace.trades.append(VenueTrade(0, 0, 5, "pool", "WETH", WETH, 0, 0, 0))
    assert sale_costs(Timeline(builder.trace)).slippage_bps is None
