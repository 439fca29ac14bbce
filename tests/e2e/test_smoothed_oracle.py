"""Soft liquidation over a moving average: bands trade at a price that no single jump sets."""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace


def run(artifacts, name: str, *overrides: str) -> Trace:
    with RevmChain() as chain:
        return launch(load_scenario(name, list(overrides)), chain, artifacts).run()


@pytest.fixture(scope="module")
def traces(artifacts) -> tuple[Trace, Trace]:
    """The soft market in the flash crash, by what was published and by its average."""
    return run(artifacts, "soft-liquidation"), run(artifacts, "soft-liquidation+smoothed-oracle")


def test_the_average_lags_and_loses_less_in_the_bands(traces):
    assert not any(trace.violations for trace in traces)
    plain, smoothed = (summarise(trace).metrics for trace in traces)
    assert smoothed["max_oracle_gap_bps"] > 1_000 > plain["max_oracle_gap_bps"]
    assert smoothed["liquidated_accounts"] < plain["liquidated_accounts"]
    assert smoothed["borrower_loss_usd"] < plain["borrower_loss_usd"] / 5


def test_the_average_never_leaves_what_was_published(traces):
    plain, smoothed = ([record.feeds["WETH"].price_e8 for record in trace.blocks] for trace in traces)
    assert min(plain) <= min(smoothed) and max(smoothed) <= 2_000 * 10**8
    pokes = [tx for tx in traces[1].transactions if tx.intent == "upkeep"]
    assert len(pokes) > 10 and all(tx.ok for tx in pokes)


def test_a_design_of_feeds_alone_leaves_the_market_as_it_is():
    plain, smoothed = load_scenario("soft-liquidation"), load_scenario("soft-liquidation+smoothed-oracle")
    assert smoothed.lending == plain.lending and smoothed.feeds != plain.feeds


def test_a_liquidation_is_not_its_own_cause_where_its_sale_moves_the_feed(artifacts):
    """Soft liquidation sells before it repays, here on the pool whose spot price its bands go by."""
    table = summarise(run(artifacts, "soft-liquidation", "feeds.WETH.kind=pool_spot")).liquidations
    assert table and all(row.cause is None or row.cause < row.index for row in table)
