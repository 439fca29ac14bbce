"""Isolation: what counts, what may be borrowed, the ceiling, and books that follow every way a debt falls."""

from __future__ import annotations

from random import Random

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, RAY, UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, KINKED_RATES, LENDER, OWNER, LendingMarket, new_market

ETHER = 10**18
CEILING_BASE = 100_000 * E8


@pytest.fixture
def market(revm, deploy) -> LendingMarket:
    """A new token, ether and two dollars."""
    market = new_market(revm, deploy)
    market.add("NEW", 18, 10 * E8)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, rates=KINKED_RATES)
    market.add("DAI", 18, E8)
    for symbol, amount in (("WETH", 1_000 * ETHER), ("USDC", 10**12), ("DAI", 10**24)):
        market.supply(LENDER, symbol, amount)
    return market


@pytest.fixture
def isolation(market, deploy) -> Deployed:
    """NEW is isolated at $100,000; dollars may be borrowed against it."""
    isolation = deploy(market.chain, "Isolation", OWNER, market.pool, ZERO_ADDRESS)
    isolation.send(OWNER, "setIsolated", market.token("NEW"), CEILING_BASE)
    for symbol in ("USDC", "DAI"):
        isolation.send(OWNER, "setBorrowableInIsolation", market.token(symbol), True)
    market.pool.send(OWNER, "setModules", isolation, ZERO_ADDRESS, ZERO_ADDRESS)
    return isolation


def enter(market: LendingMarket, isolation: Deployed, user: str, tokens: int) -> None:
    """Supply NEW and enter."""
    market.supply(user, "NEW", tokens * ETHER)
    isolation.send(user, "enter", market.token("NEW"))


def test_isolated_collateral_counts_only_for_who_entered(market, isolation):
    market.supply(BORROWER, "NEW", 1_000 * ETHER)
    assert market.pool.read("accountData", BORROWER).liquidationThresholdBps == 0
    usdc = market.token("USDC")
    assert market.pool.send_error(BORROWER, "borrow", usdc, 10**6).startswith("BorrowExceedsLtv(")
    new = market.token("NEW")
    assert isolation.send(BORROWER, "enter", new) == [
        ("IsolationEntered", {"user": BORROWER, "collateral": new.address})
    ]
    market.pool.send(BORROWER, "borrow", usdc, 7_500 * 10**6)


def test_nothing_else_counts_in_isolation(market, isolation):
    enter(market, isolation, BORROWER, 1_000)
    market.supply(BORROWER, "WETH", 100 * ETHER)
    data = market.pool.read("accountData", BORROWER)
    assert data.collateralBase == 210_000 * E8
    assert data.ltvBps == 75 * 10_000 // 210 * 10 // 100
    isolation.send(BORROWER, "enter", ZERO_ADDRESS)
    assert market.pool.read("accountData", BORROWER).ltvBps == 75 * 200_000 * 100 // 210_000


def test_supplying_for_another_does_not_isolate_it(market, isolation):
    market.supply(BORROWER, "WETH", 100 * ETHER)
    market.borrow(BORROWER, "USDC", 100_000 * 10**6)
    before = market.health(BORROWER)
    market.fund(DONOR, "NEW", ETHER)
    market.pool.send(DONOR, "supply", market.token("NEW"), ETHER, BORROWER)
    assert market.health(BORROWER) == before


def test_only_what_is_allowed_is_borrowed(market, isolation):
    enter(market, isolation, BORROWER, 1_000)
    weth = market.token("WETH")
    error = market.pool.send_error(BORROWER, "borrow", weth, ETHER)
    assert error == f"NotBorrowableInIsolation({weth.address})"


def test_debt_that_is_not_allowed_bars_isolation(market, isolation):
    market.supply(BORROWER, "WETH", 100 * ETHER)
    market.borrow(BORROWER, "WETH", ETHER)
    weth = market.token("WETH")
    error = isolation.send_error(BORROWER, "enter", market.token("NEW"))
    assert error == f"NotBorrowableInIsolation({weth.address})"


def test_the_ceiling_holds_for_all_together(market, isolation):
    for user in (BORROWER, DONOR):
        enter(market, isolation, user, 10_000)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 60_000 * 10**6)
    market.pool.send(DONOR, "borrow", market.token("DAI"), 40_000 * ETHER)
    new = market.token("NEW")
    assert isolation.read("isolatedDebtBase", new) == CEILING_BASE
    error = market.pool.send_error(DONOR, "borrow", market.token("DAI"), 1)
    assert error == f"DebtCeilingExceeded({new.address}, {CEILING_BASE + 1}, {CEILING_BASE})"
    market.fund(BORROWER, "USDC", 0)
    market.pool.send(BORROWER, "repay", market.token("USDC"), 10_000 * 10**6, BORROWER)
    market.pool.send(DONOR, "borrow", market.token("DAI"), 10_000 * ETHER)


def test_entering_with_debt_meets_the_ceiling(market, isolation):
    enter(market, isolation, BORROWER, 10_000)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 60_000 * 10**6)
    market.supply(DONOR, "NEW", 10_000 * ETHER)
    market.supply(DONOR, "WETH", 100 * ETHER)
    market.pool.send(DONOR, "borrow", market.token("DAI"), 40_001 * ETHER)
    new = market.token("NEW")
    assert isolation.send_error(DONOR, "enter", new).startswith(f"DebtCeilingExceeded({new.address}, ")
    market.fund(DONOR, "DAI", 0)
    market.pool.send(DONOR, "repay", market.token("DAI"), ETHER, DONOR)
    isolation.send(DONOR, "enter", new)


def test_interest_counts_and_may_pass_the_ceiling(market, isolation):
    enter(market, isolation, BORROWER, 100_000)
    market.supply(DONOR, "WETH", 10_000 * ETHER)
    market.pool.send(DONOR, "borrow", market.token("USDC"), 890_000 * 10**6)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 100_000 * 10**6)
    market.wait(30 * 86_400)
    new, debt = market.token("NEW"), market.debt("USDC", BORROWER)
    assert isolation.read("isolatedDebtBase", new) == debt * 100 > CEILING_BASE
    assert market.pool.send_error(BORROWER, "borrow", market.token("USDC"), 1).startswith("DebtCeilingExceeded(")
    market.fund(BORROWER, "USDC", debt)
    market.pool.send(BORROWER, "repay", market.token("USDC"), UINT256_MAX, BORROWER)
    assert isolation.read("isolatedDebtBase", new) == 0


def test_isolation_is_left_only_in_good_health(market, isolation):
    enter(market, isolation, BORROWER, 1_000)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 7_000 * 10**6)
    assert isolation.send_error(BORROWER, "enter", ZERO_ADDRESS) == f"HealthFactorTooLow(0, {WAD})"
    market.supply(BORROWER, "WETH", 10 * ETHER)
    isolation.send(BORROWER, "enter", ZERO_ADDRESS)
    assert isolation.read("isolatedDebtBase", market.token("NEW")) == 0


def test_bad_choices(market, isolation):
    weth, new = market.token("WETH"), market.token("NEW")
    assert isolation.send_error(BORROWER, "enter", weth) == f"NotIsolated({weth.address})"
    assert isolation.send_error(BORROWER, "enter", ZERO_ADDRESS) == f"IsolationUnchanged({ZERO_ADDRESS})"
    isolation.send(BORROWER, "enter", new)
    assert isolation.send_error(BORROWER, "enter", new) == f"IsolationUnchanged({new.address})"
    assert isolation.send_error(DONOR, "setIsolated", new, 0) == f"OwnableUnauthorizedAccount({DONOR})"


def assert_books(market: LendingMarket, isolation: Deployed, users: list[str]) -> None:
    """Hold the books against scaled debts in the pool."""
    symbols = list(market.assets)
    words = market.pool.read("scaledBalances", users)
    new = market.token("NEW")
    for i, symbol in enumerate(symbols):
        at = [k * 2 * len(symbols) + len(symbols) + i for k in range(len(users))]
        inside = [isolation.read("collateralOf", user) == new.address for user in users]
        expected = sum(words[one] for one, isolated in zip(at, inside, strict=True) if isolated)
        assert isolation.read("scaledDebtAgainst", new, market.token(symbol)) == expected


def test_books_follow_every_way_a_debt_changes(market, isolation):
    """Borrowing, repayment by anybody, liquidation with and without a loss, and leaving."""
    users, random = [BORROWER, DONOR], Random(3)
    for user in users:
        enter(market, isolation, user, 4_000)
        for symbol, unit in (("USDC", 10**6), ("DAI", ETHER)):
            market.pool.send(user, "borrow", market.token(symbol), random.randint(1_000, 10_000) * unit)
            assert_books(market, isolation, users)
    market.wait(86_400 * 200)
    market.fund(LENDER, "USDC", 10**9)
    market.pool.send(LENDER, "repay", market.token("USDC"), 500 * 10**6, DONOR)
    assert_books(market, isolation, users)
    market.set_price("NEW", 4 * E8)
    while market.health(BORROWER) < WAD and market.debt("USDC", BORROWER):
        market.liquidate("NEW", "USDC")
        assert_books(market, isolation, users)
    market.set_price("NEW", E8 // 10)
    while market.supplied("NEW", DONOR):
        market.liquidate("NEW", "DAI" if market.debt("DAI", DONOR) else "USDC", user=DONOR)
        assert_books(market, isolation, users)
    assert market.state("USDC").deficit and market.debt("USDC", DONOR) == 0
    market.supply(BORROWER, "WETH", 100 * ETHER)
    isolation.send(BORROWER, "enter", ZERO_ADDRESS)
    assert_books(market, isolation, users)


def test_positions_from_before_the_rule_are_booked_as_they_enter_or_by_sync(market, deploy):
    """A pool may be composed with the rule after accounts have borrowed."""
    isolation = deploy(market.chain, "Isolation", OWNER, market.pool, ZERO_ADDRESS)
    new, usdc = market.token("NEW"), market.token("USDC")
    isolation.send(OWNER, "setIsolated", new, CEILING_BASE)
    isolation.send(OWNER, "setBorrowableInIsolation", usdc, True)
    market.supply(BORROWER, "NEW", 10_000 * ETHER)
    market.pool.send(BORROWER, "borrow", usdc, 30_000 * 10**6)
    isolation.send(BORROWER, "enter", new)
    assert_books(market, isolation, [BORROWER])
    market.pool.send(BORROWER, "borrow", usdc, 5_000 * 10**6)
    assert isolation.read("isolatedDebtBase", new) == 30_000 * E8
    isolation.send(DONOR, "sync", BORROWER)
    assert isolation.read("isolatedDebtBase", new) == 35_000 * E8
    assert (
        isolation.read("scaledDebtAgainst", new, usdc) * market.state("USDC").borrowIndexRay // RAY == 35 * 10**9
    )
    market.pool.send(OWNER, "setModules", isolation, ZERO_ADDRESS, ZERO_ADDRESS)
    assert_books(market, isolation, [BORROWER])


def test_what_counts_for_nothing_is_liquidated_even_under_a_guard(revm, deploy):
    """An account whose collateral became isolated without its doing: health 0, threshold 0."""
    guard = deploy(revm, "ToxicityGuard", deploy(revm, "ConfiguredBonus"), 0)
    pool = deploy(revm, "LendingPool", OWNER, deploy(revm, "WholePosition", guard, False), 0)
    market = LendingMarket(revm, deploy, pool)
    market.add("NEW", 18, 10 * E8)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "NEW", 1_000 * ETHER)
    market.borrow(BORROWER, "USDC", 5_000 * 10**6)
    isolation = deploy(revm, "Isolation", OWNER, pool, ZERO_ADDRESS)
    isolation.send(OWNER, "setIsolated", market.token("NEW"), CEILING_BASE)
    pool.send(OWNER, "setModules", isolation, ZERO_ADDRESS, ZERO_ADDRESS)
    assert market.health(BORROWER) == 0
    event, _ = market.liquidate("NEW", "USDC")
    assert event["seizedAssets"] == 5_000 * ETHER * 105 // 1_000
