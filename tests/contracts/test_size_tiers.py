"""SizeTiers: marginal brackets by value, what they do to borrowing and liquidation, and bad brackets."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, OWNER, LendingMarket, new_market

ETHER = 10**18
BRACKETS = [(1_000_000 * E8, 6_000, 6_500), (5_000_000 * E8, 3_000, 4_000)]
"""LTV 75 % and LT 80 % (the reserve's) up to a million, 60 / 65 % up to five, 30 / 40 % above."""


@pytest.fixture
def market(revm, deploy) -> LendingMarket:
    """Ether and dollars."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(LENDER, "USDC", 10**13)
    return market


@pytest.fixture
def tiers(market, deploy) -> Deployed:
    """Brackets for ether, in force."""
    tiers = deploy(market.chain, "SizeTiers", OWNER, market.pool, ZERO_ADDRESS)
    tiers.send(OWNER, "setBrackets", market.token("WETH"), BRACKETS)
    market.pool.send(OWNER, "setModules", tiers, ZERO_ADDRESS, ZERO_ADDRESS)
    return tiers


@pytest.mark.parametrize(
    ("ether", "ltv_usd", "threshold_usd"),
    [
        (500, 750_000, 800_000),
        (1_000, 1_350_000, 1_450_000),
        (2_500, 3_150_000, 3_400_000),
        (5_000, 4_650_000, 5_400_000),
    ],
)
def test_each_part_of_a_position_counts_by_its_bracket(market, tiers, ether, ltv_usd, threshold_usd):
    market.supply(BORROWER, "WETH", ether * ETHER)
    usdc = market.token("USDC")
    error = market.pool.send_error(BORROWER, "borrow", usdc, ltv_usd * 10**6 + 1)
    assert error == f"BorrowExceedsLtv({ltv_usd * E8 + 100}, {ltv_usd * E8})"
    market.pool.send(BORROWER, "borrow", usdc, ltv_usd * 10**6)
    assert market.health(BORROWER) == threshold_usd * WAD // ltv_usd


def test_liquidating_a_large_position_raises_its_average_threshold(market, tiers):
    market.supply(BORROWER, "WETH", 5_000 * ETHER)
    market.borrow(BORROWER, "USDC", 4_600_000 * 10**6)
    market.set_price("WETH", 1_580 * E8)
    before = market.pool.read("accountData", BORROWER)
    market.liquidate("WETH", "USDC")
    after = market.pool.read("accountData", BORROWER)
    assert before.healthFactorWad < WAD < after.healthFactorWad
    assert before.liquidationThresholdBps < after.liquidationThresholdBps


def test_what_grows_above_a_floor_by_price_counts_less(market, tiers):
    """The same tokens cross the floor as the price rises: weight per dollar falls, weight does not."""
    market.supply(BORROWER, "WETH", 500 * ETHER)
    market.borrow(BORROWER, "USDC", 700_000 * 10**6)
    health = market.health(BORROWER)
    market.set_price("WETH", 2_200 * E8)
    assert market.health(BORROWER) == (800_000 + 65_000) * WAD // 700_000 > health


def test_without_brackets_size_does_not_matter(market, tiers):
    market.supply(BORROWER, "WETH", 5_000 * ETHER)
    key = tiers.read("stateKey")
    tiers.send(OWNER, "setBrackets", market.token("WETH"), [])
    assert tiers.read("stateKey") != key
    assert market.pool.read("accountData", BORROWER).liquidationThresholdBps == 8_000
    assert tiers.read("brackets", market.token("WETH")) == []


@pytest.mark.parametrize(
    ("brackets", "error"),
    [
        ([(0, 6_000, 6_500)], "RuleOutOfRange(floorBase, 0, 0)"),
        ([(5, 6_000, 6_500), (5, 6_000, 6_500)], "RuleOutOfRange(floorBase, 5, 5)"),
        ([(5, 6_000, 6_500), (6, 6_000, 6_501)], "RuleOutOfRange(liquidationThresholdBps, 6501, 6500)"),
        ([(5, 6_000, 6_500), (6, 6_001, 6_500)], "RuleOutOfRange(ltvBps, 6001, 6000)"),
        ([(5, 6_501, 6_500)], "RuleOutOfRange(ltvBps, 6501, 6500)"),
        ([(5, 0, 10_001)], "RuleOutOfRange(liquidationThresholdBps, 10001, 10000)"),
    ],
)
def test_bad_brackets(market, tiers, brackets, error):
    assert tiers.send_error(OWNER, "setBrackets", market.token("WETH"), brackets) == error


def test_brackets_are_the_owners(market, tiers):
    error = tiers.send_error(DONOR, "setBrackets", market.token("WETH"), [])
    assert error == f"OwnableUnauthorizedAccount({DONOR})"
