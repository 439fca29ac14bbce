"""Aave's wstETH on 10 March 2026: the printed figures, and that nobody is liquidated where the cap is right.

Printed: 34 accounts, 10,938 wstETH, $26-27 M, 382.76 ETH of mispricing, 129.72 ETH of bonus, of which 13.32 ETH to
the protocol, 499 ETH to liquidators; capped rate 1.1939, rate of seven days before 1.2282, price about 2.85 % low.
"""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace
from sim.units import WAD

PRINTED_WSTETH, PRINTED_MISPRICING, PRINTED_BONUS, PRINTED_FEE, PRINTED_TO_LIQUIDATORS = (
    10_938,
    382.76,
    129.72,
    13.32,
    499,
)


def run(artifacts, *overrides: str) -> Trace:
    with RevmChain() as chain:
        return launch(load_scenario("cap-incident-2026", list(overrides)), chain, artifacts).run()


@pytest.fixture(scope="module")
def trace(artifacts) -> Trace:
    return run(artifacts)


def ratio(trace: Trace, block: int) -> float:
    """What a wstETH counts in ETH."""
    feeds = trace.blocks[block].feeds
    return feeds["wstETH"].price_e8 / feeds["WETH"].price_e8


def test_the_price_falls_by_half_an_update_and_no_market_moves(trace):
    (update,) = [event for event in trace.events if event.name == "SnapshotSet"]
    assert round(update.args["ratioWad"] / WAD, 4) == 1.1919
    assert round(update.args["givenWad"] / WAD, 4) == 1.2282
    before, after = ratio(trace, update.block - 1), ratio(trace, update.block)
    assert round(before, 4) == 1.2289
    assert round(after, 4) == 1.1939
    assert round((1 - after / before) * 100, 2) == 2.85
    for asset in ("wstETH", "WETH"):
        assert len({record.exogenous_e8[asset] for record in trace.blocks}) == 1


def test_the_printed_loops_are_liquidated_for_the_printed_amounts(trace):
    result = summarise(trace)
    assert result.metrics["liquidated_accounts"] == 34
    assert {row.account.split("/")[0] for row in result.liquidations} == {"loops"}
    assert result.metrics["bad_debt_usd"] == 0
    assert 26e6 < result.metrics["liquidated_usd"] < 27e6
    rows = [event.args for event in trace.events if event.name == "Liquidation"]
    seized = sum(row["seizedAssets"] for row in rows) / WAD
    repaid = sum(row["repaidAssets"] for row in rows) / WAD
    fee = sum(row["protocolFeeAssets"] for row in rows) / WAD
    capped, live = ratio(trace, -1), 1.2289
    assert seized == pytest.approx(PRINTED_WSTETH, rel=1e-3)
    assert seized * (live - capped) == pytest.approx(PRINTED_MISPRICING, rel=2e-3)
    assert seized * capped - repaid == pytest.approx(PRINTED_BONUS, rel=5e-3)
    assert fee * live == pytest.approx(PRINTED_FEE, rel=2e-2)
    assert (seized - fee) * live - repaid == pytest.approx(PRINTED_TO_LIQUIDATORS, rel=2e-3)


@pytest.mark.parametrize(
    "override",
    [
        "feeds.wstETH.cap.larger_step=refused",
        "feeds.wstETH.cap.max_step_bps=1000",
        "feeds.wstETH.cap=null",
        "feeds.wstETH.cap.updates=[]",
    ],
)
def test_nobody_is_liquidated_where_ratio_and_time_belong_together(artifacts, override):
    trace = run(artifacts, override)
    assert not [event for event in trace.events if event.name == "Liquidation"]
    assert {round(ratio(trace, block), 4) for block in range(len(trace.blocks))} == {1.2289}
    refused = [tx.revert for tx in trace.transactions if tx.function == "update" and not tx.ok]
    expected = override.endswith("refused")
    assert len(refused) == expected and all(one.startswith("StepTooLarge") for one in refused)
