"""Rule: each scenario of the library shows what its summary says, and the classes of liquidations separate."""

import math
from collections.abc import Callable
from functools import cache

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.loop import amplification_predicted
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

NO_DELAY = ("feeds.WETH.delay_blocks=1", "feeds.WETH.deviation_bps=50")
NO_CAP = tuple(f"agents.keeper-{i}.max_fee_gwei=2000" for i in (1, 2, 3))


FEWER_VAULTS = ("clock.blocks=1920", "population.vaults.count=150", "population.vaults.collateral_tokens=3333")
"""The same collateral in fewer vaults, until eight in the morning of the 13th: nothing is lost later."""


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


@pytest.mark.parametrize(
    ("name", "overrides", "liquidation_class", "shown"),
    [
        ("calm", (), None, set()),
        ("flash-crash", (), "clustered", set()),
        ("thin-liquidity", (), "cascade", {"cascade"}),
        ("stale-oracle", (), "clustered", {"bad_debt", "toxic_liquidation"}),
        ("black-thursday", FEWER_VAULTS, "clustered", {"bad_debt", "keeper_stall", "fund_depleted"}),
        ("zero-bid-auctions", FEWER_VAULTS, "clustered", {"bad_debt", "fund_depleted"}),
        ("soft-liquidation", (), "clustered", set()),
        ("loop-ladder", (), "cascade", {"cascade"}),
        ("loop-ladder", ("population.ladder.collateral_tokens=4.9",), "isolated", set()),
        ("loop-amplification", (), "cascade", {"cascade"}),
        ("loop-amplification", ("agents.keeper=null",), None, set()),
    ],
)
def test_classes_separate(run, name, overrides, liquidation_class, shown):
    _, result = run(name, *overrides)
    assert result.liquidation_class == liquidation_class
    assert shown <= kinds(result)
    assert ("cascade" in kinds(result)) == (liquidation_class == "cascade")
    assert shown or not kinds(result) - {"keeper_stall"}


def test_calm_liquidates_nothing_and_keeps_pool_and_outside_together(run):
    trace, result = run("calm")
    assert kinds(result) == set() and result.metrics["liquidations"] == 0
    assert any(tx.intent == "arbitrage" and tx.ok for tx in trace.transactions)
    for block in trace.blocks:
        base, quote = block.venues["pool"].reserves
        assert quote / base * 1e12 == pytest.approx(block.outside_e8["WETH"] / 1e8, rel=0.006)


def test_flash_crash_is_withstood(run):
    _, result = run("flash-crash")
    assert kinds(result) == set()
    assert result.metrics["liquidations"] > 1 and result.metrics["rescues_landed"] > 0
    assert result.metrics["lowest_exogenous_price_usd"] == pytest.approx(1_700, abs=1)


def test_soft_liquidation_converts_buys_back_and_loses_nothing_of_the_lenders(run):
    """A fast fall: some loans are outrun and liquidated hard, the others are sold, bought back, and healthy."""
    trace, result = run("soft-liquidation")
    assert kinds(result) == set() and result.metrics["bad_debt_usd"] == 0
    sold = [event.args["sold"] for event in trace.events if event.name == "BandsTraded"]
    assert "WETH" in sold and "USDC" in sold
    assert 0 < result.metrics["liquidated_accounts"] < 15
    left = [one for one in trace.final_accounts["main"].values() if one.debt]
    assert len(left) > 25 and all(one.health_wad > 10**18 for one in left)
    converted_first = [event for event in trace.events if event.name == "Repaid"]
    assert converted_first, "what was converted before it was outrun repays a part"


def test_bands_spare_borrowers_whom_a_pool_liquidates(run):
    """The same debts, the same fall: the pool liquidates millions, the bands sell a little and buy it back."""
    _, pool = run("flash-crash")
    _, soft = run("flash-crash+soft-liquidation")
    assert soft.metrics["liquidated_accounts"] == 0 < pool.metrics["liquidated_accounts"]
    assert soft.metrics["borrower_loss_usd"] < pool.metrics["borrower_loss_usd"] / 5


def test_thin_liquidity_turns_four_percent_into_a_cascade(run):
    _, result = run("thin-liquidity")
    assert kinds(result) == {"cascade"}
    assert result.metrics["amplification"] > 3 and result.metrics["waves"] > 5
    _, deeper = run("thin-liquidity", "assets.WETH.depth.depth_usd_per_pct=2e6")
    assert "cascade" not in kinds(deeper) and deeper.metrics["amplification"] < 1.3


def test_stale_oracle_leaves_debt_without_collateral_and_a_fresh_one_does_not(run):
    _, result = run("stale-oracle")
    assert "bad_debt" in kinds(result)
    _, fresh = run("stale-oracle", "feeds.wstETH.deviation_bps=50")
    assert kinds(fresh) == set() and fresh.metrics["liquidations"] > 50


def test_one_percent_becomes_twelve(run):
    """F = s + 2 ln(1 + G F / 2), with what a ladder of 4 bps leaves of it."""
    _, result = run("loop-amplification")
    expected = amplification_predicted(math.log(1.0101), 0.95)
    assert result.metrics["amplification"] == pytest.approx(expected, rel=0.02)
    assert result.metrics["loop_gain_predicted"] == pytest.approx(0.95, rel=0.001)
    assert result.metrics["loop_gain_measured"] == pytest.approx(1 - 1 / expected, rel=0.002)
    assert result.metrics["branching_ratio"] == pytest.approx(result.metrics["loop_gain_measured"], rel=0.01)


def bad_debts(run: Run, *overrides: str) -> dict[str, float]:
    causes = {"both": (), "cap only": NO_DELAY, "delay only": NO_CAP}
    return {
        name: run("black-thursday", *overrides, *removed)[1].metrics["bad_debt_usd"]
        for name, removed in causes.items()
    }


def test_black_thursday_needs_both_the_delay_and_the_cap(run):
    bad_debt = bad_debts(run, *FEWER_VAULTS)
    assert bad_debt["both"] > 300_000
    assert bad_debt["cap only"] < bad_debt["both"] / 2
    assert bad_debt["delay only"] < bad_debt["both"] / 2


RESETS = ("lending.main.execution.cusp_bps=4000", "lending.main.execution.tail_s=8400")
ONE_BUYER = ("agents.starter.buys=true", "agents.starter.inventory_tokens=20000")


def test_auctions_without_buyers_lose_many_times_what_a_fixed_penalty_does(run):
    """A quarter of the collateral goes for less than a tenth of the market's price, as on the day."""
    trace, result = run("zero-bid-auctions", *FEWER_VAULTS)
    _, immediate = run("black-thursday", *FEWER_VAULTS)
    assert result.metrics["bad_debt_usd"] > 10 * immediate.metrics["bad_debt_usd"] > 0
    sales = [event.args for event in trace.events if event.name == "CollateralSold"]
    sold = sum(args["soldAssets"] for args in sales)
    nearly_free = sum(args["soldAssets"] for args in sales if args["paidAssets"] < 10 * args["soldAssets"])
    assert nearly_free > sold / 5


@pytest.mark.slow
def test_resets_or_one_buyer_save_most_of_what_auctions_lose(run):
    lost = run("zero-bid-auctions", *FEWER_VAULTS)[1].metrics["bad_debt_usd"]
    assert run("zero-bid-auctions", *FEWER_VAULTS, *RESETS)[1].metrics["bad_debt_usd"] < lost / 3
    assert run("zero-bid-auctions", *FEWER_VAULTS, *ONE_BUYER)[1].metrics["bad_debt_usd"] < lost / 5


@pytest.mark.slow
def test_black_thursday_with_all_its_vaults_needs_both_the_delay_and_the_cap(run):
    bad_debt = bad_debts(run)
    assert bad_debt["both"] > 300_000
    assert bad_debt["cap only"] < bad_debt["both"] / 3
    assert bad_debt["delay only"] < bad_debt["both"] / 3
    _, neither = run("black-thursday", *NO_DELAY, *NO_CAP)
    assert 100 * neither.metrics["bad_debt_usd"] < bad_debt["both"]
