"""What a pool does for an execution: seizing, settling claims, crediting supply; nobody else may ask for it."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX, WAD
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, new_market

ETH = 10**18
USD = 10**6
EXECUTION = DONOR
"""An ordinary account in the execution's place: it may do whatever such a contract may."""


@pytest.fixture
def market(revm, deploy):
    """BORROWER with 10 WETH at $1,800 (from $2,000) and a debt of 15,000 of LENDER's 30,000 USDC: health 0.96."""
    market = new_market(revm, deploy, terms=(10_000, 0, 0, 0))
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(LENDER, "USDC", 30_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 15_000 * USD)
    market.pool.send(OWNER, "setModules", ZERO_ADDRESS, EXECUTION, ZERO_ADDRESS)
    market.set_price("WETH", 1_800 * E8)
    return market


def seizing(market, collateral: int, debt: int) -> tuple:
    return market.token("WETH"), market.token("USDC"), BORROWER, collateral, debt


def assert_backed(market) -> None:
    for symbol in market.assets:
        state = market.state(symbol)
        assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit + state.claims
        assert market.balance(symbol, market.pool) == state.cash


def test_with_an_execution_nobody_liquidates_directly(market):
    refused = f"ExecutionOnly({EXECUTION})"
    order = (market.token("WETH"), market.token("USDC"), BORROWER, UINT256_MAX, False)
    assert market.pool.send_error(LIQUIDATOR, "liquidate", *order) == refused
    assert market.pool.send_error(LIQUIDATOR, "seize", *seizing(market, 1, 1)) == refused
    assert market.pool.send_error(LIQUIDATOR, "settleClaim", market.token("USDC"), BORROWER, 0, 0) == refused
    assert market.pool.send_error(LIQUIDATOR, "creditSupply", market.token("USDC"), LIQUIDATOR, 1) == refused


def test_seizing_moves_collateral_and_debt(market):
    events = market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    state = market.state("USDC")
    assert (state.claims, state.totalDebt, state.deficit) == (15_000 * USD, 0, 0)
    assert market.balance("WETH", EXECUTION) == 10 * ETH
    assert market.supplied("USDC", LENDER) == 30_000 * USD
    liquidation = next(values for name, values in events if name == "Liquidation")
    assert (liquidation["repaidAssets"], liquidation["seizedAssets"]) == (15_000 * USD, 10 * ETH)
    assert (liquidation["liquidator"], liquidation["healthBeforeWad"]) == (EXECUTION, 96 * WAD // 100)
    assert liquidation["healthAfterWad"] == UINT256_MAX
    assert_backed(market)


def test_a_claim_bears_no_interest(market):
    market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    market.wait(365 * 86_400)
    assert market.state("USDC").claims == 15_000 * USD
    assert market.supplied("USDC", LENDER) == 30_000 * USD


def test_seizing_is_bounded_by_terms_and_balance(market, revm, deploy):
    assert market.pool.send_error(EXECUTION, "seize", *seizing(market, 1, 15_000 * USD + 1)) == (
        f"ExceedsOffer({15_000 * USD + 1}, {15_000 * USD})"
    )
    assert market.pool.send_error(EXECUTION, "seize", *seizing(market, 10 * ETH + 1, 1)) == (
        f"InsufficientBalance({10 * ETH + 1}, {10 * ETH})"
    )
    market.set_price("WETH", 2_000 * E8)
    error = market.pool.send_error(EXECUTION, "seize", *seizing(market, 1, 1))
    assert error.startswith("HealthFactorNotBelowThreshold(")


def test_all_collateral_for_a_part_of_the_debt_makes_the_rest_a_loss(market):
    market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 12_000 * USD))
    state = market.state("USDC")
    assert (state.claims, state.deficit, state.totalDebt) == (12_000 * USD, 3_000 * USD, 0)
    assert_backed(market)


def test_settling_pays_loses_and_gives_the_surplus_to_the_treasury(market):
    market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    market.fund(EXECUTION, "USDC", 20_000 * USD)
    usdc = market.token("USDC")
    market.pool.send(EXECUTION, "settleClaim", usdc, BORROWER, 9_000 * USD, 1_000 * USD)
    state = market.state("USDC")
    assert (state.claims, state.deficit, state.cash) == (5_000 * USD, 1_000 * USD, 24_000 * USD)
    market.pool.send(EXECUTION, "settleClaim", usdc, BORROWER, 5_500 * USD, 0)
    state = market.state("USDC")
    assert (state.claims, state.treasuryAccrued) == (0, 500 * USD)
    assert_backed(market)


def test_nobody_gives_up_more_than_is_owed(market):
    market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    receipt = market.pool.try_send(EXECUTION, "settleClaim", market.token("USDC"), BORROWER, 0, 15_000 * USD + 1)
    assert not receipt.ok


def test_a_lost_claim_is_socialised_where_the_policy_says_so(market, deploy):
    policy = deploy(market.chain, "SocialiseLosses")
    market.pool.send(OWNER, "setModules", ZERO_ADDRESS, EXECUTION, policy)
    market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    market.pool.send(EXECUTION, "settleClaim", market.token("USDC"), BORROWER, 0, 15_000 * USD)
    assert market.supplied("USDC", LENDER) == 15_000 * USD
    assert market.state("USDC").deficit == 0
    assert_backed(market)


def test_credited_supply_is_owed_by_the_execution(market):
    market.pool.send(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    market.pool.send(EXECUTION, "creditSupply", market.token("USDC"), BORROWER, 700 * USD)
    assert market.supplied("USDC", BORROWER) == 700 * USD
    assert market.state("USDC").claims == 15_700 * USD
    market.pool.send(BORROWER, "withdraw", market.token("USDC"), 700 * USD, BORROWER)
    assert_backed(market)


def test_collateral_that_is_lent_out_cannot_be_seized(market):
    market.supply(LIQUIDATOR, "USDC", 100_000 * USD)
    market.borrow(LIQUIDATOR, "WETH", 10 * ETH)
    error = market.pool.send_error(EXECUTION, "seize", *seizing(market, 10 * ETH, 15_000 * USD))
    assert error == f"InsufficientCash({10 * ETH}, 0)"


def test_only_the_owner_composes(market):
    error = market.pool.send_error(LIQUIDATOR, "setModules", ZERO_ADDRESS, LIQUIDATOR, ZERO_ADDRESS)
    assert error == f"OwnableUnauthorizedAccount({LIQUIDATOR})"
