"""CorrelatedModes: figures of a category for who chose it, its debts and its borrowing, and who may choose."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, LendingMarket, new_market

LST = 1
ETHER = 10**18
FIGURES = (9_300, 9_500, 100)
"""Aave V3's mode for staked ether: LTV 93 %, LT 95 %, bonus 1 %."""


@pytest.fixture
def market(revm, deploy) -> LendingMarket:
    """Staked ether, ether and dollars."""
    market = new_market(revm, deploy)
    market.add("LST", 18, 2_200 * E8)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(LENDER, "WETH", 1_000 * ETHER)
    market.supply(LENDER, "USDC", 1_000_000 * 10**6)
    return market


@pytest.fixture
def modes(market, deploy) -> Deployed:
    """The category of staked ether, in force."""
    modes = deploy(market.chain, "CorrelatedModes", OWNER, market.pool, ZERO_ADDRESS)
    market.pool.send(OWNER, "setModules", modes, ZERO_ADDRESS, ZERO_ADDRESS)
    modes.send(OWNER, "setCategory", LST, FIGURES, [market.token("LST"), market.token("WETH")], False)
    return modes


def test_a_mode_lets_its_collateral_carry_more_of_its_debt(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    weth = market.token("WETH")
    # $220,000 of collateral carries 75 % outside of the mode, 93 % within.
    assert market.pool.send_error(BORROWER, "borrow", weth, 83 * ETHER).startswith("BorrowExceedsLtv(")
    assert modes.send(BORROWER, "choose", LST) == [("ModeChosen", {"user": BORROWER, "id": LST})]
    limit = 220_000 * 93 * ETHER // 100 // 2_000
    assert market.pool.send_error(BORROWER, "borrow", weth, limit + 1).startswith("BorrowExceedsLtv(")
    market.pool.send(BORROWER, "borrow", weth, limit)
    data = market.pool.read("accountData", BORROWER)
    assert (data.ltvBps, data.liquidationThresholdBps) == (9_300, 9_500)
    assert data.healthFactorWad == 95 * WAD // 93


def test_other_collateral_weighs_as_ever(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    market.supply(BORROWER, "USDC", 220_000 * 10**6)
    modes.send(BORROWER, "choose", LST)
    assert market.pool.read("accountData", BORROWER).liquidationThresholdBps == (9_500 + 8_000) // 2


def test_borrowing_outside_of_the_mode_is_refused(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    modes.send(BORROWER, "choose", LST)
    usdc = market.token("USDC")
    assert market.pool.send_error(BORROWER, "borrow", usdc, 10**6) == f"DebtOutsideMode({usdc.address}, {LST})"
    modes.send(BORROWER, "choose", 0)
    market.pool.send(BORROWER, "borrow", usdc, 10**6)


def test_debt_outside_of_the_mode_bars_it(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    usdc = market.token("USDC")
    market.borrow(BORROWER, "USDC", 10**6)
    assert modes.send_error(BORROWER, "choose", LST) == f"DebtOutsideMode({usdc.address}, {LST})"


def test_a_mode_is_left_only_in_good_health(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    modes.send(BORROWER, "choose", LST)
    market.pool.send(BORROWER, "borrow", market.token("WETH"), 90 * ETHER)
    # 220,000 · 0.8 / 180,000
    assert modes.send_error(BORROWER, "choose", 0) == f"HealthFactorTooLow({WAD * 176 // 180}, {WAD})"
    assert modes.read("modeOf", BORROWER) == LST
    market.fund(BORROWER, "WETH", 0)
    market.pool.send(BORROWER, "repay", market.token("WETH"), 3 * ETHER, BORROWER)
    modes.send(BORROWER, "choose", 0)


def test_a_mode_in_which_the_account_would_be_unhealthy_is_refused(market, modes):
    modes.send(OWNER, "setCategory", 2, (7_000, 7_200, 500), [market.token("LST"), market.token("WETH")], False)
    market.supply(BORROWER, "LST", 100 * ETHER)
    market.borrow(BORROWER, "WETH", 82 * ETHER)
    assert modes.send_error(BORROWER, "choose", 2).startswith("HealthFactorTooLow(")


def test_bonus_of_the_mode(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    modes.send(BORROWER, "choose", LST)
    market.pool.send(BORROWER, "borrow", market.token("WETH"), 102 * ETHER)
    market.set_price("LST", 2_140 * E8)
    event, _ = market.liquidate("LST", "WETH", amount=10 * ETHER)
    assert event["seizedAssets"] == 10 * ETHER * 2_000 * 101 // (2_140 * 100)


def test_a_change_of_the_category_is_an_instant_cut(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    modes.send(BORROWER, "choose", LST)
    market.pool.send(BORROWER, "borrow", market.token("WETH"), 100 * ETHER)
    key = modes.read("stateKey")
    modes.send(OWNER, "setCategory", LST, (8_900, 9_000, 100), [market.token("LST"), market.token("WETH")], False)
    assert modes.read("stateKey") != key
    assert market.health(BORROWER) == WAD * 220 * 90 // (200 * 100) < WAD
    market.liquidate("LST", "WETH")


def test_an_asset_that_leaves_the_category_weighs_as_ever(market, modes):
    market.supply(BORROWER, "LST", 100 * ETHER)
    modes.send(BORROWER, "choose", LST)
    modes.send(OWNER, "setCategory", LST, FIGURES, [market.token("WETH")], False)
    assert market.pool.read("accountData", BORROWER).liquidationThresholdBps == 8_000


@pytest.mark.parametrize(
    ("id_", "figures", "error"),
    [
        (0, FIGURES, "UnknownCategory(0)"),
        (1, (9_600, 9_500, 100), "RuleOutOfRange(ltvBps, 9600, 9500)"),
        (1, (0, 0, 100), "RuleOutOfRange(liquidationThresholdBps, 0, 1)"),
        (1, (9_300, 10_001, 0), "RuleOutOfRange(liquidationThresholdBps, 10001, 10000)"),
        (1, (9_300, 9_500, 600), "ToxicCategory(100700000, 100000000)"),
    ],
)
def test_bad_categories(market, modes, id_, figures, error):
    assets = [market.token("LST")]
    assert modes.send_error(OWNER, "setCategory", id_, figures, assets, False) == error


def test_a_toxic_category_is_taken_from_who_means_it(market, modes):
    modes.send(OWNER, "setCategory", LST, (9_300, 9_500, 600), [market.token("LST")], True)
    assert tuple(modes.read("category", LST)) == (9_300, 9_500, 600)


def test_bad_choices(market, modes):
    assert modes.send_error(BORROWER, "choose", 7) == "UnknownCategory(7)"
    assert modes.send_error(BORROWER, "choose", 0) == "ModeUnchanged(0)"
    error = modes.send_error(DONOR, "setCategory", LST, FIGURES, [market.token("LST")], False)
    assert error == f"OwnableUnauthorizedAccount({DONOR})"


def test_hooks_do_no_harm_from_anybody(market, modes):
    before = market.pool.read("accountData", BORROWER), modes.read("stateKey")
    modes.send(LIQUIDATOR, "afterBorrow", BORROWER, market.token("USDC"))
    modes.send(LIQUIDATOR, "afterRepay", BORROWER, market.token("USDC"))
    assert (market.pool.read("accountData", BORROWER), modes.read("stateKey")) == before
