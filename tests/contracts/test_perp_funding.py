"""Funding of a perpetual market: who pays whom how much, when it is settled, what rounding leaves."""

from __future__ import annotations

import pytest

from sim.units import E8, WAD
from tests.perps import ALICE, BOB, CAROL, CROSS, USD, PerpMarket, new_perp_market

ETH = WAD


@pytest.fixture
def perps(revm, deploy):
    """A market with ALICE's and BOB's 1,000 USDC."""
    made = new_perp_market(revm, deploy)
    made.pay_in(ALICE, 1_000 * USD)
    made.pay_in(BOB, 1_000 * USD)
    return made


def fund_at(perps: PerpMarket, **config: int) -> None:
    """Funding of ETH: 8 h interval, mark 1 % above an index of $ 2,000, cap 1 %."""
    perps.add("ETH", 0, fundingIntervalS=28_800, **config)
    perps.price("ETH", 2_020 * E8, mid_e8=2_000 * E8, index_e8=2_000 * E8)
    perps.wait(1)
    perps.market.send(CAROL, "accrueFunding", perps.instruments["ETH"])


def test_longs_pay_shorts_and_the_maker_what_the_premium_says(perps):
    fund_at(perps)
    perps.trade(ALICE, "ETH", 2 * ETH)
    perps.trade(BOB, "ETH", -ETH)
    perps.wait(14_400)
    assert perps.state(ALICE).cashQuote == 980 * USD, "1 % of $ 2,000 for two, and half of the interval"
    for account in (ALICE, BOB, perps.pricing):
        perps.market.send(CAROL, "settle", account, CROSS)
    assert perps.cash(ALICE) == 980 * USD
    assert perps.cash(BOB) == 1_010 * USD
    assert perps.cash(perps.pricing) == 10_000_010 * USD
    assert perps.totals().fundingPotQuote == 0
    perps.require_conserved()


def test_the_maker_settles_before_its_position_changes(perps):
    """It was short two for half of the interval, whoever trades at its end."""
    fund_at(perps)
    perps.trade(ALICE, "ETH", 2 * ETH)
    perps.wait(14_400)
    perps.trade(BOB, "ETH", -ETH)
    assert perps.cash(perps.pricing) == 10_000_020 * USD
    perps.market.send(CAROL, "settle", ALICE, CROSS)
    assert perps.totals().fundingPotQuote == 0


def test_funding_rounds_against_who_pays_and_who_gets_and_the_rest_is_dust(perps):
    fund_at(perps)
    perps.trade(ALICE, "ETH", ETH // 3)
    perps.trade(BOB, "ETH", -ETH // 7)
    perps.wait(1)
    for account in (ALICE, BOB, perps.pricing):
        perps.market.send(CAROL, "settle", account, CROSS)
    assert 0 < perps.totals().fundingPotQuote <= 3
    perps.require_conserved()


def test_the_rate_is_the_one_before_the_time_it_is_charged_for(perps):
    """Pushing the mark in the last moment changes nothing of what is due until then."""
    fund_at(perps)
    perps.trade(ALICE, "ETH", ETH)
    perps.wait(28_800)
    perps.price("ETH", 3_000 * E8, mid_e8=2_000 * E8, index_e8=2_000 * E8)
    perps.market.send(CAROL, "settle", ALICE, CROSS)
    assert perps.cash(ALICE) == 980 * USD


def test_funding_over_a_long_pause_is_capped_by_the_gap(perps):
    fund_at(perps, fundingGapS=28_800)
    perps.trade(ALICE, "ETH", ETH)
    perps.wait(365 * 86_400)
    perps.market.send(CAROL, "settle", ALICE, CROSS)
    assert perps.cash(ALICE) == 980 * USD
    fund_at(perps, fundingGapS=0)
    perps.wait(10 * 28_800)
    perps.market.send(CAROL, "settle", ALICE, CROSS)
    assert perps.cash(ALICE) == 780 * USD - 695, "and a second of the test's own"
    perps.require_conserved()


def test_funding_counts_in_equity_before_it_is_settled(perps):
    fund_at(perps, fundingCapWad=WAD)
    perps.price("ETH", 2_400 * E8, mid_e8=2_400 * E8, index_e8=2_000 * E8)
    perps.wait(1)
    perps.trade(ALICE, "ETH", 4 * ETH)
    perps.wait(28_800)
    assert perps.state(ALICE).equityQuote == -600 * USD
    perps.liquidate(ALICE, "ETH")
    perps.require_conserved()


def test_zero_open_interest_accrues_and_costs_nobody(perps):
    fund_at(perps)
    perps.wait(28_800)
    perps.market.send(CAROL, "accrueFunding", perps.instruments["ETH"])
    perps.trade(ALICE, "ETH", ETH)
    perps.market.send(CAROL, "settle", ALICE, CROSS)
    assert perps.cash(ALICE) == 1_000 * USD
    assert perps.of("ETH").fundingIndex == 20 * 10**26
