"""Pull feeds in whole runs: old signed prices pay where the window is wide and publish times have no order.

Either defence is enough: with one, the adversary finds no price worth bringing, and lenders lose nothing.
"""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace
from sim.units import E8

INCREASING = "feeds.LST.require_increasing=true"
NARROW = "feeds.LST.max_age_s=30"


def run(artifacts, *overrides: str) -> Trace:
    with RevmChain() as chain:
        return launch(load_scenario("window-picking", list(overrides)), chain, artifacts).run()


@pytest.fixture(scope="module")
def undefended(artifacts) -> Trace:
    return run(artifacts)


def profit_usd(trace: Trace) -> float:
    """What the picker gained, net of all it paid."""
    return summarise(trace).metrics["attack_profit_usd"]


def picks(trace: Trace) -> list[int]:
    """Ages of the reports that were brought, in seconds."""
    return [
        tx.meta["report_age_s"]
        for tx in trace.transactions
        if tx.agent == "picker" and tx.function == "submit" and tx.ok
    ]


def test_old_prices_pay_and_lenders_bear_it(undefended):
    bad_debt_usd = summarise(undefended).metrics["bad_debt_usd"]
    assert profit_usd(undefended) > 200_000
    assert bad_debt_usd > profit_usd(undefended), "the arbitrage of what it bought takes its part"
    assert max(picks(undefended)) > 300


def test_the_feed_said_what_suited_the_picker(undefended):
    """Block by block, after the fall: what it brought is a signed price, and far from the market's."""
    off = [record.feeds["LST"].price_e8 / record.outside_e8["LST"] - 1 for record in undefended.blocks[35:]]
    assert max(off) > 0.09
    signed = {record.outside_e8["LST"] for record in undefended.blocks} | {2_200 * E8}
    assert {record.feeds["LST"].price_e8 for record in undefended.blocks} <= signed


@pytest.mark.parametrize(
    "overrides", [(INCREASING,), (NARROW,), (INCREASING, NARROW)], ids=["order", "window", "both"]
)
def test_either_defence_is_enough(artifacts, overrides):
    trace = run(artifacts, *overrides)
    assert profit_usd(trace) == 0 and picks(trace) == []
    assert summarise(trace).metrics["bad_debt_usd"] == 0
    last = trace.blocks[-1]
    assert last.feeds["LST"].price_e8 == pytest.approx(last.outside_e8["LST"], rel=0.005), (
        "the reporter came through"
    )


def test_a_defended_feed_makes_the_attack_a_loss(artifacts):
    """Forced to pick, it borrows less than it leaves."""
    trace = run(artifacts, INCREASING, "agents.picker.unprofitable_too=true")
    assert profit_usd(trace) < -50_000 and summarise(trace).metrics["bad_debt_usd"] == 0


WICK = (
    "assets.LST.shocks=[{at_s: 120, change_bps: -800, over_s: 60}, {at_s: 240, change_bps: 869, over_s: 60}]",
    "population.holders.health_median=1.06",
    "population.holders.health_sigma=0",
    "population.holders.health_min=1.03",
    "agents.keeper=null",
    "agents.picker.uses=liquidation",
    "agents.picker.not_before_s=480",
)
"""A fall that is over before anybody liquidates; the picker begins three minutes after it."""


def test_a_wick_that_is_over_liquidates_everybody(artifacts):
    """All are healthy at the market's price and at the feed's last one, and half of their debt is taken."""
    trace = run(artifacts, *WICK)
    metrics = summarise(trace).metrics
    assert metrics["liquidated_accounts"] == 20 and metrics["attack_profit_usd"] > 100_000
    assert metrics["spurious_liquidations"] == metrics["liquidations"]
    assert min(picks(trace)) > 180


@pytest.mark.parametrize("override", [INCREASING, NARROW], ids=["order", "window"])
def test_either_defence_keeps_a_wick_that_is_over_from_coming_back(artifacts, override):
    trace = run(artifacts, *WICK, override)
    assert picks(trace) == [] and summarise(trace).metrics["liquidations"] == 0


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("feeds.LST={kind: push}", "agents.picker.venue is 'pool', whose base 'LST' has a feed of kind 'push'"),
        ("agents.picker.market=side", "agents.picker.market is 'side'"),
        ("agents.picker.venue=pond", "agents.picker.venue is 'pond'"),
        ("feeds.LST.threshold=6", "threshold is 6, at most the number of signers 5 expected"),
        ("feeds.LST.confidence_bps=101", "confidence_bps is 101"),
        (
            "feeds.WETH.through=[{kind: confidence}]",
            "through.0.kind is 'confidence', which stands on the confidence of the part below it",
        ),
    ],
)
def test_bad_input_is_told_where(override, complaint):
    with pytest.raises(BadInput, match=complaint.replace("(", r"\(")):
        load_scenario("window-picking", [override])
