"""A chain that stands still while the price falls: who comes first when it is back, and what the grace costs."""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

UNGATED = "feeds.WETH.through=[]"
NO_GRACE = "feeds.WETH.through.0.grace_s=0"
FALLS_ON = "assets.WETH.shocks.1.change_bps=-1800"
BACK_S, GRACE_S = 1_620, 600


def run(artifacts, *overrides: str) -> Trace:
    with RevmChain() as chain:
        trace = launch(load_scenario("sequencer-outage", list(overrides)), chain, artifacts).run()
    assert not trace.violations
    return trace


@pytest.fixture(scope="module")
def traces(artifacts) -> dict[tuple[bool, bool], Trace]:
    """By whether there is a grace, and whether the price falls on in it."""
    return {
        (grace, falls_on): run(artifacts, *[one for one in (not grace and UNGATED, falls_on and FALLS_ON) if one])
        for grace in (False, True)
        for falls_on in (False, True)
    }


def times_s(trace: Trace, intent: str) -> list[int]:
    """When transactions of an intent succeeded."""
    return [trace.blocks[tx.block].time_s for tx in trace.transactions if tx.intent == intent and tx.ok]


def test_with_a_grace_borrowers_come_first(traces):
    trace = traces[True, False]
    rescued, liquidated = times_s(trace, "rescue"), times_s(trace, "liquidate")
    assert BACK_S <= min(rescued) <= BACK_S + 120 and max(rescued) < min(liquidated)
    assert min(liquidated) > BACK_S + GRACE_S


def test_without_one_liquidators_do(traces):
    trace = traces[False, False]
    assert BACK_S < min(times_s(trace, "liquidate")) <= BACK_S + 24
    assert min(times_s(trace, "liquidate")) < min(times_s(trace, "rescue"))


def test_the_grace_saves_those_who_act(traces):
    """Half of the accounts and two thirds of the value."""
    without, graced = (summarise(traces[grace, False]).metrics for grace in (False, True))
    assert graced["liquidated_accounts"] <= without["liquidated_accounts"] / 2
    assert graced["liquidated_usd"] < without["liquidated_usd"] / 2
    assert graced["bad_debt_usd"] == without["bad_debt_usd"] == 0


def test_and_blocks_liquidations_that_a_falling_price_needs(traces):
    without, graced = (summarise(traces[grace, True]).metrics for grace in (False, True))
    assert 0 < without["bad_debt_usd"] < 50_000
    assert graced["bad_debt_usd"] > 3 * without["bad_debt_usd"]


def test_the_uptime_feed_is_told_first_of_all(traces):
    trace = traces[True, False]
    reports = [tx for tx in trace.transactions if tx.intent == "sequencer"]
    assert [(tx.index, tx.args) for tx in reports] == [(0, (False,)), (1, (True,))]
    assert {trace.blocks[tx.block].time_s for tx in reports} == {BACK_S}
    told = [event.args for event in trace.events if event.name == "StatusReported"]
    assert [(one["up"], one["changedAtS"]) for one in told] == [(False, 420), (True, BACK_S)]


def test_a_gate_without_a_grace_changes_nothing_once_the_chain_is_back(artifacts, traces):
    gated, plain = summarise(run(artifacts, NO_GRACE)).metrics, summarise(traces[False, False]).metrics
    assert [gated[name] for name in ("liquidated_usd", "rescues_landed")] == [
        plain[name] for name in ("liquidated_usd", "rescues_landed")
    ]
