"""Depth that comes for one trade and goes after it: when, how much, and what it brings. On real contracts."""

import pytest

from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.keepers import fees_usd
from sim.metrics.round_trips import round_trips
from sim.metrics.summary import summarise
from sim.metrics.timeline import Timeline
from sim.scenario.loading import load_scenario
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario, weth

POOL = {"kind": "uniswap_v3", "base": "WETH", "quote": "USDC", "base_tokens": 5_000}
JIT = {"kind": "jit_provider", "venue": "pool", "capital_usd": 4_000_000.0, "min_trade_usd": 10_000.0}
FALL = [2_000.0, 2_000.0] + [1_900.0] * 10
"""A step of 5 %, which takes the borrower below 1, and rest after it."""
LATE = {
    "WETH": {"kind": "push", "delay_blocks": 5},
    "USDC": {"kind": "push", "heartbeat_s": 86_400},
}
"""The feed tells of the step when arbitrage has long closed the gap that it made."""


def scenario(arbitrageur_gwei=500.0, **jit):
    """A borrower at health 1.04, a keeper, an arbitrageur, and a provider that bids less than it by default."""
    return lending_scenario(
        clock={"blocks": len(FALL) - 1},
        assets=weth(kind="waypoints", interval_s=12, prices_usd=FALL),
        feeds=LATE,
        venues={"pool": POOL},
        population=explicit(borrower(1_500, 2_377_500)),
        agents={
            "keeper": keeper(),
            "arbitrageur": {"kind": "arbitrageur", "venue": "pool", "max_fee_gwei": arbitrageur_gwei},
            "jit": {**JIT, **jit},
        },
    )


def blocks(trace, intent):
    return [one.block for one in trace.transactions if one.agent == "jit" and one.intent == intent and one.ok]


@pytest.mark.parametrize("hold_blocks", [6, 7])
def test_a_liquidation_brings_it_and_it_leaves_after_the_blocks_given(revm, artifacts, hold_blocks):
    engine = launch(scenario(market="main", hold_blocks=hold_blocks), revm, artifacts)
    trace = engine.run()
    [opened], [closed] = blocks(trace, "add_liquidity"), blocks(trace, "withdraw_liquidity")
    [liquidated] = {event.block for event in trace.events if event.name == "Liquidation"}
    assert opened == 2 < liquidated < closed == opened + hold_blocks
    assert engine.world.venues["pool"].positions_of(engine.world.address("jit")) == []
    # While it is there the pool is deeper; that it leaves moves no price.
    depth = {one.block: one.venues["pool"].sell_depth for one in trace.blocks}
    assert depth[opened] > 5 * depth[opened - 1]
    assert depth[closed] == pytest.approx(depth[opened - 1], rel=0.01)


def test_it_earns_the_fees_of_a_sale_into_a_resting_market(revm, artifacts):
    """The forced sale and the arbitrage after it both trade with it, and take the price back to where it was."""
    trace = launch(scenario(market="main", hold_blocks=8), revm, artifacts).run()
    [trip] = round_trips(Timeline(trace))
    fees = fees_usd(Timeline(trace))["jit"]
    assert 0 < fees < trip.gained_usd
    assert summarise(trace).metrics["jit_profit_usd"] == pytest.approx(trip.gained_usd - fees)
    sold = [trade for trade in trace.trades if trip.opened_block <= trade.block <= trip.closed_block]
    assert {trade.sold for trade in sold} == {"WETH", "USDC"}


def test_it_pays_for_standing_in_the_way_of_news(revm, artifacts):
    """Depth for a gap is taken by whoever closes it, at prices that are gone: the fee is less than the fall."""
    trace = launch(scenario(arbitrageur_gwei=50.0, gap_bps=100), revm, artifacts).run()
    trips = round_trips(Timeline(trace))
    assert trips[0].opened_block == 1
    assert trips[0].gained_usd < -10_000  # of 4,000,000


def test_where_the_trade_came_first_it_does_not_open(revm, artifacts):
    """At a price that has moved it would stand on one side."""
    trace = launch(scenario(gap_bps=100), revm, artifacts).run()
    first = next(one for one in trace.transactions if one.agent == "jit")
    assert (first.block, first.ok, first.revert) == (1, False, "Error(Price slippage check)")


def test_small_trades_do_not_pay_for_the_gas(revm, artifacts):
    for fields in ({"min_trade_usd": 1e9}, {"min_profit_usd": 1e6}, {"max_fee_gwei": 0.1}):
        trace = launch(scenario(market="main", hold_blocks=8, **fields), revm, artifacts).run()
        assert blocks(trace, "add_liquidity") == []
        assert summarise(trace).metrics["jit_profit_usd"] == 0


def test_nobody_of_the_kind_no_figure(revm, artifacts):
    without = lending_scenario(clock={"blocks": 1})
    assert summarise(launch(without, revm, artifacts).run()).metrics["jit_profit_usd"] is None


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ('{"kind":"jit_provider","venue":"pool","market":"main"}', ["agents.jit.venue", "'pool'"]),
        ('{"kind":"jit_provider","venue":"pool"}', ["market or gap_bps"]),
        ('{"kind":"jit_provider","venue":"pool","market":"other"}', ["agents.jit.market", "'other'"]),
    ],
)
def test_what_it_needs(override, words):
    """A venue of positions, and something that it expects trades from."""
    with pytest.raises(BadInput) as refused:
        load_scenario("flash-crash", (f"agents.jit={override}",))
    assert all(word in str(refused.value) for word in words)
