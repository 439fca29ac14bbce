"""FermentedBonus: marks by anyone, growth from the mark, the reserve's bonus as the cap, and expiry."""

from __future__ import annotations

import pytest

from sim.units import E8
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, OWNER, START_S, LendingMarket, market_with_terms

START_BPS, GROWTH_BPS_PER_HOUR, EXPIRY_S = 10, 3_600, 1_000
HEALTHY_E8, UNHEALTHY_E8 = 2_000 * E8, 1_550 * E8


@pytest.fixture
def rule(revm, deploy) -> Deployed:
    """One basis point per second."""
    revm.begin(START_S)
    return deploy(revm, "FermentedBonus", (START_BPS, GROWTH_BPS_PER_HOUR, EXPIRY_S))


@pytest.fixture
def market(revm, deploy, rule) -> LendingMarket:
    """A borrower at LTV 62.5 % of LT 80 %, and no close factor."""
    market = market_with_terms(revm, deploy, "WholePosition", rule)
    market.add("WETH", 18, HEALTHY_E8, liquidationBonusBps=500, protocolFeeBps=0)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * 10**18)
    market.borrow(BORROWER, "USDC", 12_500 * 10**6)
    return market


def _bonus_bps(market: LendingMarket) -> int:
    """Return the bonus that a liquidation of 1,000 USDC would pay now."""
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, 1_000 * 10**6, False)
    repaid, seized, _ = market.pool.read("previewLiquidation", *arguments)
    worth = seized * market.state("WETH").priceBase * 10**6 // (10**18 * E8)
    return round((worth - repaid) * 10_000 / repaid)


def _mark(market: LendingMarket, rule: Deployed, sender: str = DONOR) -> None:
    events = rule.send(sender, "mark", market.pool, BORROWER)
    assert events == [("Marked", {"pool": market.pool.address, "user": BORROWER})]


def test_bonus_grows_from_the_mark_to_the_bonus_of_the_reserve(market, rule):
    market.set_price("WETH", UNHEALTHY_E8)
    market.wait(100)
    assert _bonus_bps(market) == START_BPS, "nobody has marked the account yet"
    _mark(market, rule)
    grown = []
    for _ in range(6):
        grown.append(_bonus_bps(market))
        market.wait(100)
    assert grown == [10, 110, 210, 310, 410, 500]


def test_a_mark_stays_where_it_is_until_it_expires(market, rule):
    market.set_price("WETH", UNHEALTHY_E8)
    _mark(market, rule)
    at_s = rule.read("markedAtS", market.pool, BORROWER)
    market.wait(EXPIRY_S - 1)
    assert rule.send_error(LENDER, "mark", market.pool, BORROWER) == f"AlreadyMarked({at_s})"
    assert _bonus_bps(market) == 500
    market.wait(1)
    assert rule.read("markedAtS", market.pool, BORROWER) == 0
    assert _bonus_bps(market) == START_BPS
    _mark(market, rule, LENDER)
    market.wait(100)
    assert _bonus_bps(market) == START_BPS + 100


def test_only_unhealthy_accounts_are_marked_and_only_healthy_ones_cleared(market, rule):
    health = market.health(BORROWER)
    assert rule.send_error(DONOR, "mark", market.pool, BORROWER) == f"AccountHealthy({health})"
    assert rule.send_error(DONOR, "clear", market.pool, BORROWER) == "NotMarked()"
    market.set_price("WETH", UNHEALTHY_E8)
    _mark(market, rule)
    assert rule.send_error(DONOR, "clear", market.pool, BORROWER) == f"AccountUnhealthy({market.health(BORROWER)})"
    market.set_price("WETH", HEALTHY_E8)
    events = rule.send(DONOR, "clear", market.pool, BORROWER)
    assert events == [("Cleared", {"pool": market.pool.address, "user": BORROWER})]
    market.set_price("WETH", UNHEALTHY_E8)
    market.wait(300)
    assert _bonus_bps(market) == START_BPS, "the next fall starts anew"


def test_another_pool_cannot_mark_for_this_one(market, rule, deploy):
    """Marks are read for the pool that asks."""
    market.set_price("WETH", UNHEALTHY_E8)
    other = deploy(market.chain, "LendingPool", OWNER, market.pool.read("terms"), 0)
    fields = market.assets["WETH"].config
    other.send(OWNER, "addReserve", market.token("WETH"), fields, False)
    assert rule.send_error(DONOR, "mark", other, BORROWER).startswith("AccountHealthy(")
    _mark(market, rule)
    assert rule.read("markedAtS", other, BORROWER) == 0
