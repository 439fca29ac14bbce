"""A halt while the market moves guarantees a gap at the reopening: the flash crash with and without a breaker."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace
from sim.units import BPS

DEEP = "assets.WETH.shocks.1.change_bps=-2500"
"""A second leg that goes on while the feed is halted."""


def run(artifacts, name: str, *overrides: str) -> Trace:
    with RevmChain() as chain:
        return launch(load_scenario(name, list(overrides)), chain, artifacts).run()


@pytest.fixture(scope="module")
def pairs(artifacts) -> dict[bool, tuple[Trace, Trace]]:
    """Runs without and with the breaker, of the crash as it is and of a deep one."""
    names = ("flash-crash", "flash-crash+circuit-breaker")
    return {
        False: tuple(run(artifacts, name) for name in names),
        True: tuple(run(artifacts, name, DEEP) for name in names),
    }


def largest_step_bps(trace: Trace) -> float:
    """Largest move of the price that markets read from one answer to the next."""
    read = [record.feeds["WETH"].price_e8 for record in trace.blocks if record.feeds["WETH"].price_e8]
    return max(abs(after / before - 1) for before, after in pairwise(read)) * BPS


def test_a_halt_turns_a_fall_of_small_steps_into_one_gap(pairs):
    plain, halted = pairs[False]
    metrics = summarise(halted).metrics
    assert summarise(plain).metrics["max_resume_gap_bps"] is None and largest_step_bps(plain) < 200
    assert metrics["halts"] == 1 and 300 <= metrics["halted_s"] <= 324
    assert metrics["max_resume_gap_bps"] > 700
    seen_bps = largest_step_bps(halted)
    assert seen_bps == pytest.approx(metrics["max_resume_gap_bps"], rel=0.05), "the edge moves between two pokes"


def test_the_gap_is_what_the_market_did_meanwhile(pairs):
    for trace in (pairs[False][1], pairs[True][1]):
        (halt,) = [event for event in trace.events if event.name == "HaltBegun"]
        (resume,) = [event for event in trace.events if event.name == "Resumed"]
        assert halt.args["lastPrice"] > resume.args["firstPrice"]
        market = trace.blocks[resume.block].outside_e8["WETH"]
        assert resume.args["firstPrice"] == pytest.approx(market, rel=0.006), "as far as the feed below follows"


def test_nobody_is_liquidated_in_a_halt_and_the_gap_makes_losses_larger(pairs):
    plain, halted = pairs[True]
    (halt,) = [event.block for event in halted.events if event.name == "HaltBegun"]
    (resume,) = [event.block for event in halted.events if event.name == "Resumed"]
    liquidations = [event.block for event in halted.events if event.name == "Liquidation"]
    assert not [block for block in liquidations if halt <= block < resume]
    assert [event for event in plain.events if event.name == "Liquidation" and halt <= event.block < resume]
    before, after = (summarise(trace).metrics for trace in (plain, halted))
    assert after["max_resume_gap_bps"] > 2_500
    assert after["bad_debt_usd"] > before["bad_debt_usd"] > 0
    assert after["borrower_loss_usd"] > 1.3 * before["borrower_loss_usd"]
