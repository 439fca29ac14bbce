"""Caps of a reserve: they bind new supply and new debt, and neither interest, repayment nor liquidation."""

from __future__ import annotations

import pytest

from sim.units import E8, UINT256_MAX
from tests.lending import BORROWER, DONOR, KINKED_RATES, LENDER, LendingMarket, new_market

ETHER = 10**18
SUPPLY_CAP = 100 * ETHER
BORROW_CAP = 100_000 * 10**6
YEAR_S = 365 * 86_400


@pytest.fixture
def market(revm, deploy) -> LendingMarket:
    """At most 100 ether supplied and $100,000 borrowed."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8, supplyCapAssets=SUPPLY_CAP, rates=KINKED_RATES)
    market.add("USDC", 6, E8, borrowCapAssets=BORROW_CAP, rates=(9_000, 2_000, 0, 0))
    market.supply(LENDER, "USDC", 10**12)
    return market


def test_supply_up_to_the_cap_and_no_further(market):
    market.supply(BORROWER, "WETH", SUPPLY_CAP)
    weth = market.token("WETH")
    market.fund(DONOR, "WETH", ETHER)
    error = market.pool.send_error(DONOR, "supply", weth, 1, DONOR)
    assert error == f"CapExceeded({weth.address}, {SUPPLY_CAP + 1}, {SUPPLY_CAP})"
    market.pool.send(BORROWER, "withdraw", weth, ETHER, BORROWER)
    market.pool.send(DONOR, "supply", weth, ETHER, DONOR)


def test_debt_up_to_the_cap_and_no_further(market):
    market.supply(BORROWER, "WETH", SUPPLY_CAP)
    usdc = market.token("USDC")
    market.pool.send(BORROWER, "borrow", usdc, BORROW_CAP)
    error = market.pool.send_error(BORROWER, "borrow", usdc, 1)
    assert error == f"CapExceeded({usdc.address}, {BORROW_CAP + 1}, {BORROW_CAP})"
    market.fund(BORROWER, "USDC", 0)
    market.pool.send(BORROWER, "repay", usdc, 10**6, BORROWER)
    market.pool.send(BORROWER, "borrow", usdc, 10**6)


def test_interest_may_carry_debt_and_supply_above_their_caps(market):
    """Only what is new is refused."""
    market.supply(BORROWER, "WETH", SUPPLY_CAP)
    market.supply(DONOR, "USDC", 10**12)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), BORROW_CAP)
    market.pool.send(DONOR, "borrow", market.token("WETH"), 50 * ETHER)
    market.wait(YEAR_S)
    assert market.state("USDC").totalDebt > BORROW_CAP
    assert market.state("WETH").totalSupplied > SUPPLY_CAP
    assert market.pool.send_error(DONOR, "borrow", market.token("USDC"), 1).startswith("CapExceeded(")
    market.fund(DONOR, "WETH", 10**6)
    assert market.pool.send_error(DONOR, "supply", market.token("WETH"), 10**6, DONOR).startswith("CapExceeded(")
    market.fund(BORROWER, "USDC", 10**12)
    market.pool.send(BORROWER, "repay", market.token("USDC"), UINT256_MAX, BORROWER)
    market.pool.send(BORROWER, "withdraw", market.token("WETH"), ETHER, BORROWER)


@pytest.mark.parametrize("receive_shares", [False, True])
def test_liquidation_knows_no_cap(market, receive_shares):
    """Both reserves are above their caps: debt by interest, supply since shares change hands."""
    market.supply(BORROWER, "WETH", SUPPLY_CAP)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), BORROW_CAP)
    market.wait(YEAR_S)
    market.set_price("WETH", 1_300 * E8)
    event, _ = market.liquidate("WETH", "USDC", receive_shares=receive_shares)
    assert event["repaidAssets"] and event["seizedAssets"]


def test_no_cap_where_it_is_zero(market):
    market.add("DAI", 18, E8)
    market.supply(LENDER, "DAI", 10**30)
    market.supply(BORROWER, "WETH", SUPPLY_CAP)
    market.pool.send(BORROWER, "borrow", market.token("DAI"), 150_000 * ETHER)
