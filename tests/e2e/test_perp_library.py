"""Rule: each scenario of the library about perpetuals shows what its summary says."""

import json
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
    """Some 200,000 dollars beyond the fund: nearly all of it beyond an equal share, or none of it."""
    _, shared = run("adl-pro-rata")
    equal = shared.metrics
    for name in ("adl-queue", "adl-queue+index-queue", "adl-queue+wallet-queue", "adl-queue+random-start"):
        _, result = run(name)
        queue = result.metrics
        assert {"adl", "fund_depleted", "bad_debt"} <= kinds(result)
        assert queue["adl_usd"] == pytest.approx(equal["adl_usd"], rel=0.001)
        assert queue["adl_needed_usd"] == pytest.approx(equal["adl_needed_usd"], rel=0.001)
        assert queue["adl_taken_usd"] == pytest.approx(queue["adl_needed_usd"], rel=1e-6)
        assert queue["adl_beyond_equal_usd"] > 0.85 * queue["adl_taken_usd"]
        assert queue["adl_largest_haircut_share"] > 8 * equal["adl_largest_haircut_share"]
        assert queue["adl_haircut_gini"] > 0.8 and queue["adl_accounts"] < equal["adl_accounts"]
        assert queue["adl_in_profit_share"] == 1 or name.endswith("random-start"), "which takes losers too"
    assert equal["adl_beyond_equal_usd"] < 1 and equal["adl_haircut_gini"] < 1e-6
    assert equal["adl_ptsr"] < run("adl-queue")[1].metrics["adl_ptsr"]


def test_queues_disagree_about_who_is_first(run):
    """A high return at little leverage is ahead by BitMEX's product and not by Hyperliquid's index."""
    first = {}
    for name in ("adl-queue", "adl-queue+index-queue", "adl-queue+wallet-queue"):
        trace, _ = run(name)
        first[name] = [event.args["owner"] for event in trace.events if event.name == "Deleveraged"]
    assert len({tuple(owners) for owners in first.values()}) == 3


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


NO_CAPS = ("insurance.fund.cap_tokens=null", "perps.perp.waterfall.0.cap_tokens=null")
IN_PART = "perps.perp.waterfall.0.require_full=false"
OWN_COLLATERAL = ("perps.perp.waterfall.1.home=null", "perps.perp.waterfall.0.cap_tokens=0")
THEY_KEEP_THE_SPOT = "traders.hedgers.latency_blocks=1000"
USDC = 10**6


def drawn(trace: Trace) -> dict[str, float]:
    """What each protocol drew of the fund, in quote."""
    found: dict[str, float] = {}
    for event in trace.events:
        if event.name == "DeficitDrawn":
            protocol = event.args["protocol"]
            found[protocol] = found.get(protocol, 0) + event.args["drawn"] / USDC
    return found


def lowest_usd(trace: Trace, asset: str) -> float:
    """Lowest price of the outside market."""
    return min(block.outside_e8[asset] for block in trace.blocks) / 1e8


def test_a_fund_that_must_pay_in_full_freezes_liquidations_and_losses_grow(run):
    trace, frozen = run("empty-fund-freezes")
    assert {"keeper_stall", "bad_debt"} <= kinds(frozen) and "adl" not in kinds(frozen)
    assert frozen.metrics["perp_stalled_accounts"] >= 3
    assert any((tx.revert or "").startswith("FundShort") for tx in trace.transactions)
    assert frozen.metrics["perp_unrealised_bad_debt_usd"] > 250_000
    gap = next(i for i, block in enumerate(trace.blocks) if block.below_maintenance["perp"])
    assert all(block.below_maintenance["perp"] for block in trace.blocks[gap + 5 :]), "nobody can close them"


def test_a_fund_that_pays_in_part_lets_the_next_stage_do_the_rest(run):
    _, frozen = run("empty-fund-freezes")
    trace, orderly = run("empty-fund-freezes", IN_PART)
    assert "adl" in kinds(orderly) and "keeper_stall" not in kinds(orderly)
    assert orderly.metrics["perp_unrealised_bad_debt_usd"] == 0
    assert orderly.metrics["perp_bad_debt_usd"] < frozen.metrics["perp_bad_debt_usd"] / 5
    assert not trace.blocks[-1].below_maintenance["perp"]


def test_caps_leave_the_second_protocol_its_half_of_a_shared_fund(run):
    trace, capped = run("shared-fund")
    by_protocol = drawn(trace)
    assert by_protocol["stage-perp-fund"] == pytest.approx(100_000)
    assert by_protocol["main"] == pytest.approx(100_000)
    assert capped.metrics["first_deleverage_block"] < capped.metrics["fund_depleted_block"]
    trace, free = run("shared-fund", *NO_CAPS)
    by_protocol = drawn(trace)
    assert by_protocol["stage-perp-fund"] == pytest.approx(200_000)
    assert by_protocol.get("main", 0) == 0
    assert free.metrics["deficit_usd"] == pytest.approx(capped.metrics["deficit_usd"] + 100_000, abs=1)
    assert free.metrics["adl_taken_usd"] < capped.metrics["adl_taken_usd"]


def test_a_vault_that_shares_its_collateral_bears_a_fourfold_rise_and_nobody_is_deleveraged(run):
    trace, shared = run("backstop-shared-collateral")
    first, last = (one["perp"]["stage-perp-vault"] for one in (trace.initial_positions, trace.final_positions))
    assert "adl" not in kinds(shared) and shared.metrics["adl_events"] == 0
    assert last.sizes_wad["JELLY"] < -400_000_000 * 10**18
    assert 10_000_000 < (first.equity_quote - last.equity_quote) / USDC < 12_000_000
    assert last.equity_quote > last.maintenance_quote


def test_a_vault_with_collateral_of_its_own_loses_that_and_winners_are_deleveraged(run):
    trace, apart = run("backstop-shared-collateral", *OWN_COLLATERAL)
    first, last = trace.initial_positions["perp"], trace.final_positions["perp"]
    assert "adl" in kinds(apart) and apart.metrics["adl_usd"] > 4_000_000
    assert (
        499_000 < (first["stage-perp-liquidator"].equity_quote - last["stage-perp-liquidator"].equity_quote) / USDC
    )
    assert last["stage-perp-liquidator"].equity_quote >= 0
    assert last["stage-perp-vault"].equity_quote == first["stage-perp-vault"].equity_quote
    assert apart.metrics["perp_residual_bad_debt_usd"] == 0


def test_hedgers_who_are_deleveraged_sell_their_spot_and_deepen_the_fall(run):
    trace, unwound = run("hedgers-unwound")
    kept_trace, kept = run("hedgers-unwound", THEY_KEEP_THE_SPOT)
    without_trace, without = run("hedgers-unwound+no-adl")
    assert unwound.metrics["hedge_sold_usd"] > 5_000_000 > kept.metrics["hedge_sold_usd"] == 0
    assert without.metrics["hedge_sold_usd"] == 0 == without.metrics["adl_usd"]
    assert lowest_usd(trace, "WETH") < lowest_usd(without_trace, "WETH") - 50
    assert lowest_usd(kept_trace, "WETH") == pytest.approx(lowest_usd(without_trace, "WETH"), rel=0.001)
    assert unwound.metrics["amplification"] > 1.2 > 1 > without.metrics["amplification"]
    assert unwound.metrics["perp_liquidations"] > 1.4 * without.metrics["perp_liquidations"]
    assert "cascade" in kinds(unwound) and "cascade" not in kinds(without) | kinds(kept)


def test_sharing_in_proportion_unwinds_less_of_the_hedgers(run):
    shared, queue = run("hedgers-unwound+pro-rata")[1].metrics, run("hedgers-unwound")[1].metrics
    assert 0 < shared["hedge_sold_usd"] < 0.85 * queue["hedge_sold_usd"]
    assert shared["amplification"] < queue["amplification"]


def test_the_same_fall_under_both_pricings(run):
    """The curve's mark comes late: fewer are liquidated, later, and each loses more beyond its margin."""
    curve_trace, curve = run("perp-pricings")
    index_trace, index = run("perp-pricings+oracle-impact")
    assert lowest_usd(curve_trace, "WETH") == lowest_usd(index_trace, "WETH") == pytest.approx(1_820, abs=1)
    assert curve.metrics["first_liquidation_block"] > index.metrics["first_liquidation_block"]
    assert curve.metrics["perp_liquidations"] < index.metrics["perp_liquidations"]
    assert curve.metrics["max_mark_gap_bps"] > 1.5 * index.metrics["max_mark_gap_bps"]
    assert curve.metrics["perp_bad_debt_usd"] > 2 * index.metrics["perp_bad_debt_usd"] > 0
    assert curve_trace.final_positions["perp"]["carry"].equity_quote > 5_500_000 * USDC
    assert index_trace.final_positions["perp"]["carry"].equity_quote == 5_000_000 * USDC


def test_one_large_position_needs_more_margin_than_many_small_ones(run):
    """Eight million dollars in one account, and in four: brackets of 5 % up to 2 million and 7.5 % above."""
    large = {"positions": {"WETH": -4_000}, "margin_tokens": 4_000_000}
    small = {"positions": {"WETH": -1_000}, "margin_tokens": 1_000_000}
    traders = {"kind": "explicit", "market": "perp", "accounts": [large, *[small] * 4]}
    trace, _ = run("perp-cascade", f"traders.sizes={json.dumps(traders)}", "clock.blocks=40")
    opened = trace.initial_positions["perp"]
    assert opened["sizes/0"].sizes_wad["WETH"] == sum(opened[f"sizes/{i}"].sizes_wad["WETH"] for i in (1, 2, 3, 4))
    assert opened["sizes/0"].maintenance_quote == 550_000 * USDC
    assert sum(opened[f"sizes/{i}"].maintenance_quote for i in (1, 2, 3, 4)) == 400_000 * USDC
    assert opened["sizes/0"].initial_quote == 1_100_000 * USDC
