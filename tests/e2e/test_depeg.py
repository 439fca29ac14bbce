"""Rule: a staked token's pool hides a depeg until it is a cliff, and the oracle decides whom the cliff reaches."""

import math
from collections.abc import Callable
from functools import cache

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace
from sim.units import E8, WAD

Run = Callable[..., tuple[Trace, Result]]
REDEMPTION = "feeds.STETH={kind: ratio, of: WETH}"
NO_LOOPS = "population={}"
NOBODY_LIQUIDATES = "agents.keeper=null"
ETH_USD = 1_800
LOOPS = 30


@pytest.fixture(scope="module")
def run(artifacts: Artifacts) -> Run:
    """Run the scenario with overrides, once in this module."""

    @cache
    def once(*overrides: str) -> tuple[Trace, Result]:
        with RevmChain() as chain:
            trace = launch(load_scenario("depeg", overrides), chain, artifacts).run()
        assert trace.violations == []
        return trace, summarise(trace)

    return once


def path(trace: Trace) -> list[tuple[float, float]]:
    """The staked token's share of the pool and its price there in ETH, block by block."""
    pools = [record.venues["pool"] for record in trace.blocks]
    return [(pool.base / (pool.base + pool.quote), pool.spot_e8 / E8) for pool in pools]


def price_at(trace: Trace, share: float) -> float:
    """Price when the share was first reached."""
    return next(price for reached, price in path(trace) if reached >= share)


def test_the_price_hardly_moves_until_four_fifths_and_then_falls(run):
    trace, result = run(NO_LOOPS)
    assert price_at(trace, 0.6) == pytest.approx(0.9915, abs=5e-4)
    assert price_at(trace, 0.78) == pytest.approx(0.956, abs=3e-3), "22/78: the discount of June 2022, 2.9 to 5 %"
    assert price_at(trace, 0.8) == pytest.approx(0.946, abs=3e-3)
    share, price = path(trace)[-1]
    assert (share, price) == (pytest.approx(0.8875, abs=1e-3), pytest.approx(0.8464, abs=1e-3))
    to_four_fifths = price_at(trace, 0.6) - price_at(trace, 0.8)
    after = price_at(trace, 0.8) - price
    assert after / (share - 0.8) > 4 * to_four_fifths / 0.2
    assert result.metrics["liquidations"] == 0


def test_depth_is_gone_before_the_price(run):
    """At four fifths the price has lost a twentieth, and a fifth is left of what it took to move it by 2 %."""
    trace, _ = run(NO_LOOPS)
    pools = [record.venues["pool"] for record in trace.blocks]
    at = next(pool for pool in pools if pool.base / (pool.base + pool.quote) >= 0.8)
    assert at.sell_depth < 0.25 * pools[0].sell_depth
    assert at.spot_e8 > 0.94 * E8


def test_the_market_price_as_oracle_sells_every_loop_into_the_cliff(run):
    trace, result = run()
    assert result.metrics["liquidated_accounts"] == LOOPS
    assert result.metrics["liquidations"] == 90
    assert [outcome.kind for outcome in result.outcomes] == ["cascade"], "every sale moves the price that is read"
    first = next(event for event in trace.events if event.name == "Liquidation")
    share, price = path(trace)[first.block - 1]
    assert share > 0.78 and price < 0.957
    share, price = path(trace)[-1]
    assert share == pytest.approx(0.942, abs=2e-3)
    assert price == pytest.approx(0.606, abs=5e-3)
    alone, _ = run(NOBODY_LIQUIDATES)
    assert len(alone.blocks[-1].below_one["main"]) == 25
    assert math.log(price) / math.log(path(alone)[-1][1]) == pytest.approx(3, abs=0.05), "made by the loops' sales"
    assert result.liquidation_class == "cascade"
    assert result.metrics["lowest_market_price_usd"] == pytest.approx(price * ETH_USD, rel=1e-3)


def test_the_feed_is_the_pools_price_in_dollars(run):
    trace, _ = run()
    for record in trace.blocks:
        expected = record.venues["pool"].spot_e8 * ETH_USD
        assert record.feeds["STETH"].price_e8 == expected


def test_the_exchange_rate_as_oracle_liquidates_nobody_and_does_not_see_it(run):
    """The same sales, the same fall; positions beyond their threshold at the market's price are left alone."""
    trace, result = run(REDEMPTION)
    alone, _ = run(NO_LOOPS)
    assert path(trace) == path(alone)
    assert result.metrics["liquidations"] == 0
    assert {record.feeds["STETH"].price_e8 for record in trace.blocks} == {ETH_USD * E8}
    market = path(trace)[-1][1]
    owed = max(account.debt["WETH"] for account in trace.initial_accounts["main"].values()) / WAD
    assert owed / (2_000 * market) == pytest.approx(0.914, abs=2e-3), "of the collateral; the threshold is 0.81"


def test_with_half_the_liquidity_the_same_sales_leave_bad_debt(run):
    trace, result = run("venues.pool.base_tokens=240000")
    assert result.metrics["liquidated_accounts"] == LOOPS
    assert result.metrics["bad_debt_usd"] == pytest.approx(6.37e6, rel=0.02)
    assert path(trace)[-1][1] < 0.05
    first = next(event for event in trace.events if event.name == "Liquidation")
    whole = next(event for event in run()[0].events if event.name == "Liquidation")
    assert first.block < whole.block


def test_half_the_sales_reach_nobody(run):
    trace, result = run("agents.seller.tokens=120000")
    assert path(trace)[-1] == (pytest.approx(0.748, abs=1e-3), pytest.approx(0.967, abs=1e-3))
    assert result.metrics["liquidations"] == 0


def test_a_flatter_curve_holds_longer_and_breaks_harder(run):
    trace, result = run("venues.pool.amplification=200")
    assert price_at(trace, 0.8) > 0.98
    assert path(trace)[-1] == (pytest.approx(0.8993, abs=1e-3), pytest.approx(0.9437, abs=1e-3))
    assert result.metrics["liquidations"] == 3
