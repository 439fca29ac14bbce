"""Depth at 2 %, what forced sales are of reserves, and what is not counted twice."""

import pytest

from sim.metrics.depth import depth_ratio, own_venues, sell_depth_units
from sim.metrics.summary import summarise
from sim.metrics.timeline import Timeline
from sim.trace import VenueRecord
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder, account


def state(sell: float, buy: float, base: float = 1_000.0) -> VenueRecord:
    return VenueRecord(
        round(base * WETH), round(base * 100) * USDC, 100 * 10**8, round(sell * WETH), round(buy * WETH)
    )


def test_depth_is_valued_at_the_outside_price_of_its_block():
    builder = TraceBuilder(price=100.0)
    object.__setattr__(builder.trace.initial, "venues", {"pool": state(10, 9)})
    depth = {"WETH": (50 * WETH, 40 * WETH)}
    object.__setattr__(builder.trace.initial, "outside_depth", depth)
    builder.block(exogenous=90.0, venues={"pool": state(8, 7)}, outside_depth=depth)
    builder.block(exogenous=80.0, venues={"pool": state(2, 1)}, outside_depth={"WETH": (20 * WETH, 10 * WETH)})
    result = summarise(builder.trace)
    assert result.series["sell_depth_usd.pool"] == [720.0, 160.0]
    assert result.series["buy_depth_usd.pool"] == [630.0, 80.0]
    assert result.series["outside_sell_depth_usd.WETH"] == [4_500.0, 1_600.0]
    assert result.series["outside_buy_depth_usd.WETH"] == [3_600.0, 800.0]
    names = ("start_sell_depth_usd", "lowest_sell_depth_usd")
    assert [result.metrics[name] for name in names] == [1_000.0, 160.0]
    names = ("start_outside_sell_depth_usd", "lowest_outside_sell_depth_usd")
    assert [result.metrics[name] for name in names] == [5_000.0, 1_600.0]


def test_depth_of_an_endless_book_and_without_a_venue_is_not_defined():
    metrics = summarise(TraceBuilder(venues={}).block().trace).metrics
    assert metrics["lowest_outside_sell_depth_usd"] is None
    assert metrics["lowest_sell_depth_usd"] is None and metrics["max_sold_fraction"] is None


def test_a_venue_that_divides_sales_over_others_is_not_counted_again():
    venues = {
        "pool": {"base": "WETH", "quote": "USDC", "fee_bps": 0},
        "split": {"kind": "split", "base": "WETH", "quote": "USDC", "venues": ["pool"]},
    }
    builder = TraceBuilder(venues=venues)
    both = {"pool": state(10, 9), "split": state(10, 9)}
    object.__setattr__(builder.trace.initial, "venues", both)
    builder.block(venues=both)
    assert list(own_venues(Timeline(builder.trace))) == ["pool"]
    assert summarise(builder.trace).metrics["start_sell_depth_usd"] == 1_000.0


def test_the_sold_fraction_is_of_forced_sales_and_of_the_reserve_at_the_start_of_the_block():
    builder = TraceBuilder(price=100.0)
    builder.block().account("a/0", 30.0, 2_500.0).transaction("liquidate")
    builder.swap(base_in=20 * WETH).swap(base_in=10 * WETH).liquidation("a/0", 100.0, collateral=30.0)
    builder.block().transaction("arbitrage", agent="arb").swap(base_in=400 * WETH)
    result = summarise(builder.trace)
    assert result.series["sold_fraction.pool"] == pytest.approx([0.03, 0.0])
    assert result.metrics["max_sold_fraction"] == pytest.approx(0.03)


def test_depth_ratio_of_another_kind_of_venue_goes_by_its_depth():
    """A bonus of 5 % is 2.54 times the log fall of 2 %."""
    venues = {"pool": {"kind": "stable_swap", "base": "WETH", "quote": "USDC", "fee_bps": 0}}
    waiting = {"main": {"a/0": account(10, 900.0, 0.9)}}
    curved = TraceBuilder(venues=venues)
    object.__setattr__(curved.trace.initial, "venues", {"pool": state(4, 4)})
    curved.block(below_one=waiting)
    assert depth_ratio(Timeline(curved.trace)) == pytest.approx(0.4 * 2.539, rel=1e-3)
    product = TraceBuilder().block(below_one=waiting)
    assert depth_ratio(Timeline(product.trace)) == pytest.approx(sell_depth_units(1_000, 0.05) / 10)
