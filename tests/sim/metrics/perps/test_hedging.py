"""Hedgers' spot sales."""

import pytest

from sim.metrics.forced import all_forced_sales
from sim.metrics.perps.hedging import hedge_sales, hedging_metrics
from sim.metrics.timeline import Timeline
from tests.sim.metrics.perps.traces import PerpTraceBuilder
from tests.sim.metrics.traces import WETH


def hedged() -> PerpTraceBuilder:
    """A hedger short of 40 loses 30 of it to a bankrupt long in block 1 and sells 25 in block 3, at 100 each."""
    groups = {"hedgers": {"kind": "hedgers"}, "l": {"kind": "explicit"}}
    builder = PerpTraceBuilder(traders=groups).trader("l/0", 30, 101, 0).trader("hedgers/0", -40, 110, 10)
    builder.block().block().transaction("deleverage").deleverage("l/0", "hedgers/0", 30, 101, 100)
    builder.liquidated("l/0", 30, 100, stages=30, equity=-30, bankruptcy=101).block()
    return builder.block().transaction("hedge_sale", agent="hedgers", sender="hedgers/0").swap(base_in=25 * WETH)


def test_a_sale_follows_what_was_closed():
    (sale,) = hedge_sales(Timeline(hedged().trace))
    assert (sale.hedger, sale.asset, sale.amount, sale.value_usd) == ("hedgers/0", "WETH", 25 * WETH, 2_500.0)
    assert (sale.waited_s, sale.deleveraged, sale.liquidation) == (24, True, 0)
    # 1,000 in the pool become 1,025: the price falls to (1000 / 1025) squared of it.
    assert sale.impact_bps == pytest.approx((1 - (1_000 / 1_025) ** 2) * 10_000, rel=1e-6)


def test_metrics_of_hedging():
    metrics = hedging_metrics(Timeline(hedged().trace))
    assert (metrics["hedge_sales"], metrics["hedge_sold_usd"]) == (1, 2_500.0)
    assert metrics["hedge_sold_share"] == pytest.approx(25 / 30)
    assert metrics["median_hedge_wait_s"] == 24


def test_it_is_a_forced_sale():
    (sale,) = all_forced_sales(Timeline(hedged().trace))
    assert (sale.venue, sale.asset, sale.amount, sale.liquidation) == ("pool", "WETH", 25 * WETH, 0)


def test_a_sale_that_failed_or_came_before_is_none():
    builder = PerpTraceBuilder(traders={}).trader("h/0", -4, 100, 60).block()
    builder.transaction("hedge_sale", sender="h/0", ok=False)
    builder.transaction("hedge_sale", sender="h/0").swap(base_in=WETH).closed("h/0", -4, 110)
    (sale,) = hedge_sales(Timeline(builder.trace))
    assert (sale.waited_s, sale.deleveraged, sale.liquidation) == (None, False, None)
    assert all_forced_sales(Timeline(builder.trace)) == []
