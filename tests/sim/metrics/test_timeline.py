"""Which round a market read: where a venue's trades are the price, each of them is one."""

import pytest

from sim.metrics.timeline import Timeline
from sim.units import E8
from tests.sim.metrics.traces import WETH, TraceBuilder

SPOT = {"kind": "pool_spot", "venue": "pool", "decimals": 8}
PUSH = {"kind": "push", "decimals": 8}


def run(*layers: dict, **source) -> Timeline:
    """Block 0 sells 1,000 WETH into a pool of 1,000 in transaction 0; USDC stands at 2 USD."""
    feeds = {"WETH": {**SPOT, **source, "through": layers}, "USDC": PUSH}
    builder = TraceBuilder(price=100.0, feeds=feeds)
    builder.trace.initial.feeds["USDC"] = builder.trace.initial.feeds["USDC"].__class__(2 * E8, 0, 0, True)
    builder.block().transaction("liquidate").swap(base_in=1_000 * WETH).transaction("liquidate")
    return Timeline(builder.trace)


@pytest.mark.parametrize(
    ("layers", "unit"),
    [
        ((), 1),
        (({"kind": "staleness_guard", "max_age_s": 60},), 1),
        (({"kind": "converted", "by": "USDC"},), 2),
        (({"kind": "converted", "by": "USDC"}, {"kind": "last_good"}), 2),
    ],
)
def test_a_spot_price_is_read_as_the_last_trade_left_it(layers, unit):
    timeline = run(*layers)
    before, after = (timeline.round_before("WETH", (0, tx, 0)) for tx in (0, 1))
    assert (before.price_e8, after.price_e8) == (100 * unit * E8, 25 * unit * E8)
    assert (before.observed_at, after.observed_at) == ((0, 0, 0), (0, 1, 0))


def test_what_a_layer_bounds_is_taken_from_the_record_but_observed_where_it_is_read():
    found = run({"kind": "capped", "cap_usd": 50}).round_before("WETH", (0, 1, 0))
    assert (found.price_e8, found.observed_at) == (100 * E8, (0, 1, 0))


@pytest.mark.parametrize("layer", [{"kind": "delayed", "hop_s": 3_600}, {"kind": "smoothed"}])
def test_what_a_layer_keeps_was_observed_before(layer):
    assert run(layer).round_before("WETH", (0, 1, 0)).observed_at == (0, -1, -1)


def test_without_an_answer_a_market_acts_at_the_last_one():
    builder = TraceBuilder(price=100.0).block().push(90.0, 0).block()
    silent = builder.last.feeds["WETH"].__class__(0, 0, 0, False)
    builder.set(feeds={**builder.last.feeds, "WETH": silent}).block().transaction("liquidate")
    found = Timeline(builder.trace).round_before("WETH", (2, 0, 0))
    assert (found.price_e8, found.observed_block) == (90 * E8, 0)
