"""Rule: each scenario of the library about perpetuals shows what its summary says."""

from collections.abc import Callable
from functools import cache

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

Run = Callable[..., tuple[Trace, Result]]


@pytest.fixture(scope="module")
def run(artifacts: Artifacts) -> Run:
    """Run a scenario of the library with overrides, once in this module."""

    @cache
    def once(name: str, *overrides: str) -> tuple[Trace, Result]:
        with RevmChain() as chain:
            trace = launch(load_scenario(name, overrides), chain, artifacts).run()
        assert trace.violations == []
        return trace, summarise(trace)

    return once


def kinds(result: Result) -> set[str]:
    return {outcome.kind for outcome in result.outcomes}


def test_the_two_deleveraging_scenarios_differ_in_their_policy_alone():
    queue, shared = (load_scenario(name).model_dump(mode="json") for name in ("adl-queue", "adl-pro-rata"))
    assert load_scenario("adl-queue+pro-rata").perps == load_scenario("adl-pro-rata").perps
    for one in (queue, shared):
        for field in ("name", "summary", "perps"):
            del one[field]
    assert queue == shared


def test_every_queue_takes_the_same_sum_of_fewer_and_more_of_each(run):
    """196,612 dollars beyond a fund of 100,000: nearly all of it beyond an equal share, or none of it."""
    _, shared = run("adl-pro-rata")
    equal = shared.metrics
    for name in ("adl-queue", "adl-queue+index-queue", "adl-queue+wallet-queue", "adl-queue+random-start"):
        _, result = run(name)
        queue = result.metrics
        assert {"adl", "fund_depleted", "bad_debt"} <= kinds(result)
        assert queue["adl_usd"] == pytest.approx(equal["adl_usd"], rel=1e-9)
        assert queue["adl_needed_usd"] == pytest.approx(equal["adl_needed_usd"], rel=1e-6)
        assert queue["adl_taken_usd"] == pytest.approx(queue["adl_needed_usd"], rel=1e-6)
        assert queue["adl_beyond_equal_usd"] > 0.85 * queue["adl_taken_usd"]
        assert queue["adl_largest_haircut_share"] > 10 * equal["adl_largest_haircut_share"]
        assert queue["adl_haircut_gini"] > 0.8 and queue["adl_accounts"] < equal["adl_accounts"]
        assert queue["adl_in_profit_share"] == 1
    assert equal["adl_beyond_equal_usd"] < 1 and equal["adl_haircut_gini"] < 1e-6
    assert equal["adl_ptsr"] < run("adl-queue")[1].metrics["adl_ptsr"]


def test_queues_disagree_about_those_who_came_late(run):
    by_return = run("adl-queue")[1].metrics["adl_haircut_gini"]
    assert run("adl-queue+index-queue")[1].metrics["adl_haircut_gini"] < by_return


def test_without_deleveraging_the_loss_is_shared_and_larger(run):
    """What is left over goes into the book at any price, and everybody with a position pays."""
    _, result = run("adl-queue+no-adl")
    _, queue = run("adl-queue")
    assert "adl" not in kinds(result) and result.metrics["adl_usd"] == 0
    assert result.metrics["perp_socialised_usd"] > 1.2 * queue.metrics["adl_taken_usd"]
    assert result.metrics["perp_residual_bad_debt_usd"] == 0


def test_the_fund_pays_before_anybody_is_deleveraged(run):
    _, result = run("adl-queue")
    metrics = result.metrics
    assert metrics["first_fund_block"] < metrics["first_deleverage_block"]
    assert metrics["first_deleverage_block"] >= metrics["fund_depleted_block"]
    assert metrics["perp_fund_paid_usd"] == pytest.approx(100_000, rel=0.01)
