"""Rule: gap and latency are of the price that was read, and a missed update is one that a prompt feed had made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.oracle import (
    latency_series,
    oracle_metrics,
    push_sources,
    updates,
    updates_due,
)
from sim.metrics.summary import summarise
from sim.metrics.tables import liquidation_table
from sim.metrics.timeline import Timeline
from sim.units import E8
from tests.sim.metrics.traces import BLOCK_TIME_S, TraceBuilder


def one_liquidation(read: float, market: float, usdc: float = 1.0, read_usdc: float = 1.0) -> TraceBuilder:
    """The feed reports `read`, seen in block 1, in block 3; in block 5 the market is elsewhere."""
    builder = TraceBuilder(price=100.0)
    for _ in range(3):
        builder.block(exogenous=100.0)
    builder.block(exogenous=95.0).push(read, 1)
    builder.block(exogenous=95.0)
    prices = {"WETH": round(market * E8), "USDC": round(usdc * E8)}
    builder.block(exogenous_e8=prices, outside_e8=prices).transaction("liquidate").liquidation("a/0", read)
    event = builder.trace.events[-1]
    event.args["debtPriceBase"] = round(read_usdc * E8)
    return builder


@pytest.mark.parametrize(
    ("read", "market", "usdc", "read_usdc", "gap_bps"),
    [
        (95.0, 95.0, 1.0, 1.0, 0.0),
        (95.0, 100.0, 1.0, 1.0, -500.0),
        (99.0, 90.0, 1.0, 1.0, 1_000.0),
        (95.0, 95.0, 0.95, 1.0, -500.0),
        (95.0, 95.0, 0.95, 0.95, 0.0),
    ],
)
def test_the_gap_is_of_the_collateral_in_units_of_the_debt(read, market, usdc, read_usdc, gap_bps):
    timeline = Timeline(one_liquidation(read, market, usdc, read_usdc).trace)
    (row,) = liquidation_table(timeline)
    assert row.oracle_gap_bps == pytest.approx(gap_bps, abs=1e-6)


def test_the_gap_is_against_the_market_just_before_with_earlier_trades_of_the_block():
    builder = TraceBuilder(price=100.0).block(exogenous=100.0)
    builder.transaction("arbitrage", agent="arb").outside_trade(100.0, 80.0)
    builder.transaction("liquidate").liquidation("a/0", 100.0)
    timeline = Timeline(builder.trace)
    (row,) = liquidation_table(timeline)
    assert row.oracle_gap_bps == pytest.approx(2_500.0)


def test_latency_at_a_liquidation_counts_from_the_observation_it_read():
    timeline = Timeline(one_liquidation(95.0, 95.0).trace)
    (row,) = liquidation_table(timeline)
    assert (row.oracle_latency_blocks, row.oracle_latency_s) == (4, 4 * BLOCK_TIME_S)
    metrics = oracle_metrics(timeline, [row], "WETH")
    for name in ("mean", "max"):
        assert metrics[f"{name}_liquidation_oracle_latency_blocks"] == 4
        assert metrics[f"{name}_liquidation_oracle_age_s"] == row.oracle_age_s == 2 * BLOCK_TIME_S


def test_latency_by_block_grows_until_the_next_report_in_all_three_units():
    builder = TraceBuilder(price=100.0)
    for price in (100.0, 90.0, 81.0):
        builder.block(exogenous=price)
    builder.push(90.0, 1)
    builder.block(exogenous=81.0)
    series = latency_series(Timeline(builder.trace), "WETH")
    start = builder.trace.blocks[0].time_s
    assert series["oracle_latency_s.WETH"] == [start, start + 12, 12, 24]
    assert series["oracle_latency_blocks.WETH"][2:] == [1, 2]
    assert series["oracle_age_s.WETH"][2:] == [0, 12]
    assert series["oracle_latency_percent.WETH"] == pytest.approx([0.0, 100 / 9, 100 / 9, 100 / 9])


def test_a_feed_without_an_answer_has_no_latency():
    builder = TraceBuilder(price=100.0)
    feeds = dict(builder.trace.initial.feeds)
    empty = type(feeds["WETH"])(0, -1_000_000, -1_000_000, False)
    builder.block(feeds={**feeds, "WETH": empty})
    series = latency_series(Timeline(builder.trace), "WETH")
    assert all(column == [None] for column in series.values())


def test_updates_are_due_by_deviation_or_heartbeat():
    builder = TraceBuilder(price=100.0)
    for price in (100.4, 100.6, 100.6, 99.0, 99.0, 99.0):
        builder.block(exogenous=price)
    timeline = Timeline(builder.trace)
    assert updates_due(timeline, "WETH", 50, 10_000) == 2, "at 100.6 and at 99.0"
    assert updates_due(timeline, "WETH", 10_000, 24) == 2, "at 24 s and at 48 s"
    assert updates_due(timeline, "WETH", 10_000, 10_000) == 0


def test_an_update_that_never_came_is_missed():
    push = {"kind": "push", "decimals": 8, "deviation_bps": 50, "heartbeat_s": 10_000}
    builder = TraceBuilder(price=100.0, feeds={"WETH": push, "USDC": push})
    for price in (90.0, 80.0, 70.0):
        builder.block(exogenous=price)
    builder.push(80.0, 1)
    assert updates(Timeline(builder.trace)) == (3, 2)
    assert summarise(builder.trace).metrics["oracle_updates_missed"] == 2


def test_push_sources_are_found_under_layers_in_medians_and_as_anchors():
    push = {"kind": "push"}
    feeds = {
        "WETH": {**push, "through": [{"kind": "anchored", "anchor": push}, {"kind": "delayed"}]},
        "USDC": {"kind": "median", "sources": {"one": push, "two": {"kind": "pool_mean", "venue": "pool"}}},
    }
    assert [(role, asset) for role, asset, _ in push_sources(feeds)] == [
        ("source-WETH", "WETH"),
        ("feed-WETH-0-anchor", "WETH"),
        ("feed-USDC-one", "USDC"),
    ]
    spot = TraceBuilder(price=100.0, feeds={"WETH": {"kind": "pool_spot", "venue": "pool"}}).block()
    assert updates(Timeline(spot.trace)) is None


@given(st.lists(st.floats(50, 150), min_size=1, max_size=40), st.integers(1, 2_000), st.integers(12, 500))
def test_a_prompt_feed_is_never_further_off_than_its_deviation(prices, deviation_bps, heartbeat_s):
    """Updates due are as many as a feed makes that publishes at once: replayed here, none is left out."""
    builder = TraceBuilder(price=100.0)
    for price in prices:
        builder.block(exogenous=price)
    answer_e8, since_s, made = 100 * E8, 0, 0
    for record in builder.trace.blocks:
        price_e8 = record.outside_e8["WETH"]
        if (
            abs(price_e8 - answer_e8) * 10_000 > deviation_bps * answer_e8
            or record.time_s - since_s >= heartbeat_s
        ):
            answer_e8, since_s, made = price_e8, record.time_s, made + 1
        assert abs(price_e8 - answer_e8) * 10_000 <= deviation_bps * answer_e8
    assert updates_due(Timeline(builder.trace), "WETH", deviation_bps, heartbeat_s) == made
