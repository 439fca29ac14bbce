"""Liquidity that leaves in a crash turns what keepers would have handled into bad debt and waiting accounts."""

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

STAYS = "agents.providers.withdraw_per_block_bps=0"
FALL = slice(25, 100)
"""Blocks of the fall: 300 s to 1,200 s."""


@pytest.fixture(scope="module")
def runs(artifacts: Artifacts) -> dict[str, tuple[Trace, Result]]:
    found = {}
    for name, overrides in (("leaves", ()), ("stays", (STAYS,))):
        with RevmChain() as chain:
            trace = launch(load_scenario("liquidity-withdrawal", overrides), chain, artifacts).run()
        assert trace.violations == []
        found[name] = trace, summarise(trace)
    return found


def test_bad_debt_and_waiting_accounts_come_only_where_liquidity_leaves(runs):
    stays, leaves = (runs[name][1] for name in ("stays", "leaves"))
    assert stays.metrics["bad_debt_usd"] == 0 and stays.metrics["stalled_accounts"] == 0
    assert {outcome.kind for outcome in stays.outcomes} == {"cascade"}
    assert leaves.metrics["bad_debt_usd"] > 10_000
    assert leaves.metrics["stalled_accounts"] > 30
    assert {"bad_debt", "keeper_stall"} <= {outcome.kind for outcome in leaves.outcomes}


def test_the_market_is_no_worse_where_liquidity_leaves(runs):
    """The same path, and no more forced sales: what differs is what keepers can sell, not the price."""
    stays, leaves = (runs[name][1].metrics["lowest_market_price_usd"] for name in ("stays", "leaves"))
    assert leaves == pytest.approx(stays, rel=0.01)


def test_most_of_the_depth_is_gone_by_the_end_of_the_fall(runs):
    """Expected is 74 % of the providers' 95 %; forty of them scatter by some 7 points."""
    depth = {name: [block.venues["pool"].sell_depth for block in runs[name][0].blocks] for name in runs}
    kept = depth["leaves"][FALL.stop] / depth["stays"][FALL.stop]
    assert 1 - 0.95 * (0.74 + 0.2) < kept < 1 - 0.95 * (0.74 - 0.2)
    withdrawals = [
        tx.block for tx in runs["leaves"][0].transactions if tx.intent == "withdraw_liquidity" and tx.ok
    ]
    assert withdrawals and min(withdrawals) >= FALL.start
    assert not [tx for tx in runs["stays"][0].transactions if tx.intent == "withdraw_liquidity"]
