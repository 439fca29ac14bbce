"""A chain that stands still while the market moves, and what it does first when it is back. On real contracts."""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from tests.scenarios import small_scenario

BLOCK_TIME_S = 12
AT_S, FOR_S = 120, 180
DARK = range(9, 24)
"""Blocks in [120 s, 300 s): block n is at 12 (n + 1) s."""


@pytest.fixture(scope="module")
def trace(artifacts):
    space = {"base_fee_gwei": 20.0, "outages": [{"at_s": AT_S, "for_s": FOR_S}]}
    return launch(small_scenario(block_space=space), RevmChain(), artifacts).run()


def test_dark_blocks_hold_settlements_alone(trace):
    intents = {tx.intent for tx in trace.transactions if tx.block in DARK}
    assert intents <= {"settle"}
    others = [tx.block for tx in trace.transactions if tx.intent != "settle"]
    assert any(block < DARK.start for block in others) and any(block >= DARK.stop for block in others)


def test_the_outside_world_moves_and_feeds_do_not(trace):
    first, last = trace.blocks[DARK.start], trace.blocks[DARK.stop - 1]
    assert last.outside_e8["WETH"] < 0.9 * first.outside_e8["WETH"]
    assert last.feeds["WETH"] == first.feeds["WETH"]
    assert last.base_fee_gwei == first.base_fee_gwei


def test_the_freshest_observation_that_queued_is_published_first_of_all(trace):
    """Many observations came of age in the dark; the newest of them is what the market reads again."""
    back = DARK.stop
    (report,) = [tx for tx in trace.transactions if tx.block == back and tx.sender == "reporter-WETH"]
    assert report.ok
    feed = trace.blocks[back].feeds["WETH"]
    assert feed.observed_at_s == BLOCK_TIME_S * back, "one block of delay, as ever"
    assert abs(feed.price_e8 / trace.blocks[back - 1].outside_e8["WETH"] - 1) < 1e-9


def test_borrowers_below_one_in_the_dark_are_liquidated_at_once_after_it(trace):
    liquidations = [event.block for event in trace.events if event.name == "Liquidation"]
    assert not set(liquidations) & set(DARK)
    assert DARK.stop + 1 in liquidations, "seen after the report, and executed in the next block"
