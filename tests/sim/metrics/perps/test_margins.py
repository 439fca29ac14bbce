"""Margins, stalls and series of perpetual markets."""

import math
from dataclasses import replace

import pytest

from sim.metrics.perps.margins import (
    lowest_margin_ratio,
    margin_metrics,
    mark_amplification,
    perp_series,
    perp_stalls,
)
from sim.metrics.timeline import Timeline
from tests.sim.metrics.perps.traces import PerpTraceBuilder
from tests.sim.metrics.traces import TraceBuilder


def test_the_lowest_margin_ratio_is_at_block_starts():
    # 10 long at 100 with 60: at 95 equity is 10 over a maintenance of 23.75, at 94 nothing.
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block().prices(mark=95).block().below("a/0")
    assert lowest_margin_ratio(Timeline(builder.trace)) == pytest.approx(10 / 23.75)
    builder.prices(mark=94).block().below("a/0")
    assert lowest_margin_ratio(Timeline(builder.trace)) == 0.0
    assert lowest_margin_ratio(Timeline(PerpTraceBuilder().block().trace)) is None


def waiting(blocks: int, size: float = 10.0, index_gap: int | None = None, ends: int | None = None):
    """An account below maintenance margin for so many blocks."""
    builder = PerpTraceBuilder().trader("a/0", size, 100, 0.1 * size)
    for i in range(blocks):
        builder.block().prices(index=0 if i == index_gap else 100).below("a/0")
        if i == ends:
            builder.closed("a/0", 1, 100)
    return builder


def stalls(builder: PerpTraceBuilder) -> list[int]:
    return [stall.blocks for stall in perp_stalls(Timeline(builder.trace))]


def test_a_stall_is_25_blocks_of_at_least_a_thousand_dollars_of_notional():
    assert stalls(waiting(24)) == []
    assert stalls(waiting(25)) == [25]
    assert stalls(waiting(30, size=9.99)) == []


def test_an_invalid_index_or_a_liquidation_ends_a_stall():
    assert stalls(waiting(30, index_gap=10)) == []
    assert stalls(waiting(40, index_gap=10)) == [28]
    assert stalls(waiting(30, ends=12)) == []


def test_stall_blocks_are_the_scenarios():
    builder = waiting(3)
    builder.trace.scenario = {**builder.trace.scenario, "outcomes": {"stall_blocks": 3}}
    assert margin_metrics(Timeline(builder.trace))["perp_stalled_accounts"] == 1


def test_series_have_a_value_a_block_and_none_where_there_is_no_price():
    builder = PerpTraceBuilder().block().prices(mark=99, index=100, mid=98, long=3, short=2).block()
    builder.prices(mark=0, index=0)
    series = perp_series(Timeline(builder.trace))
    assert series["mark_usd.perp.WETH"] == [99.0, None]
    assert series["mid_usd.perp.WETH"] == [98.0, 98.0]
    assert series["mark_gap_bps.perp.WETH"] == [pytest.approx(-100.0), None]
    assert series["long_usd.perp.WETH"] == [297.0, None]
    assert series["below_maintenance_accounts"] == [0, 0]
    assert all(len(column) == 2 for column in series.values())


def test_funding_is_in_bps_an_interval():
    builder = PerpTraceBuilder().block()
    state = replace(builder.last.perps["perp"]["WETH"], funding_rate_wad=-5 * 10**14)
    builder.set(perps={"perp": {"WETH": state}})
    assert perp_series(Timeline(builder.trace))["funding_rate_bps.perp.WETH"] == [-5.0]


def test_amplification_of_a_mark():
    builder = PerpTraceBuilder().block(exogenous=90.0).prices(mark=81)
    found = mark_amplification(Timeline(builder.trace), "perp", "WETH")
    assert found == pytest.approx(math.log(100 / 81) / math.log(100 / 90))
    builder = PerpTraceBuilder().block(exogenous=99.95).prices(mark=81)
    assert mark_amplification(Timeline(builder.trace), "perp", "WETH") is None


def test_without_perpetual_markets_there_are_no_series():
    assert perp_series(Timeline(TraceBuilder().block().trace)) == {}
