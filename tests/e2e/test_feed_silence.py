"""A reporter that will not pay for full blocks turns a fall that keepers handle into bad debt in one step."""

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

PAYS = "feeds.WETH.max_fee_gwei=null"
FULL = range(24, 124)
"""Blocks that ask for 300 gwei: from 300 s until before 1,500 s."""


@pytest.fixture(scope="module")
def runs(artifacts: Artifacts) -> dict[str, tuple[Trace, Result]]:
    found = {}
    for name, overrides in (("silent", ()), ("pays", (PAYS,))):
        with RevmChain() as chain:
            trace = launch(load_scenario("feed-silence", overrides), chain, artifacts).run()
        assert trace.violations == []
        found[name] = trace, summarise(trace)
    return found


def test_only_the_silence_loses_money(runs):
    silent, pays = (runs[name][1] for name in ("silent", "pays"))
    assert pays.metrics["bad_debt_usd"] == 0 and "bad_debt" not in {outcome.kind for outcome in pays.outcomes}
    assert silent.metrics["bad_debt_usd"] > 100_000
    assert {"bad_debt", "fund_depleted"} <= {outcome.kind for outcome in silent.outcomes}


def test_the_feed_says_nothing_in_full_blocks_and_all_of_it_after(runs):
    trace, result = runs["silent"]
    reports = [tx.block for tx in trace.transactions if tx.sender == "reporter-WETH" and tx.ok]
    assert not set(reports) & set(FULL)
    first = next(block for block in reports if block >= FULL.stop)
    oracle = result.series["oracle_usd.WETH"]
    assert oracle[first - 1] == 2_000.0 and oracle[first] < 1_510.0
    assert not [row for row in result.liquidations if row.block < first]
    assert result.metrics["max_oracle_gap_bps"] == pytest.approx(10_000 / 3, rel=0.01)
    assert result.metrics["max_oracle_latency_blocks"] > len(FULL)


def test_what_is_missed_is_what_deviation_would_have_asked_for(runs):
    """A fall by 25 % in 75 blocks asks for an update every other block; the silence leaves hardly one of them."""
    silent, pays = (runs[name][1].metrics for name in ("silent", "pays"))
    assert silent["oracle_updates_due"] > 30
    assert silent["oracle_updates_missed"] > 0.9 * silent["oracle_updates_due"]
    assert pays["oracle_updates_missed"] < 0.5 * pays["oracle_updates_due"], "those that fresher ones overtook"


def test_keepers_of_a_feed_that_pays_work_through_the_fall(runs):
    _, result = runs["pays"]
    during = [row for row in result.liquidations if row.block in FULL]
    assert len(during) > 0.8 * len(result.liquidations) > 0
    assert result.metrics["max_oracle_gap_bps"] < 250
