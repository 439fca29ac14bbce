"""Who bears a loss: the account's books, a deficit, the suppliers; insurance first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.base import ZERO_ADDRESS
from sim.chain.revm import RevmChain
from sim.units import E8, RAY, UINT256_MAX
from tests.lending import BORROWER, DONOR, LENDER, OWNER, new_market

ETH = 10**18
USD = 10**6


@pytest.fixture
def market(revm, deploy):
    """LENDER with 30,000 USDC and BORROWER with 10 WETH at $2,000 and a debt of 15,000; nobody pays interest."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(LENDER, "USDC", 30_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 15_000 * USD)
    return market


def choose(market, policy) -> None:
    market.pool.send(OWNER, "setModules", ZERO_ADDRESS, ZERO_ADDRESS, policy)


def insure(market, deploy, assets: int) -> None:
    fund = deploy(market.chain, "InsuranceFund", market.token("USDC"), "Fund", "FUND", OWNER)
    fund.send(OWNER, "setProtocol", market.pool, assets)
    market.pool.send(OWNER, "setInsuranceFund", fund)
    market.fund(DONOR, "USDC", assets, spender=fund)
    fund.send(DONOR, "deposit", assets, DONOR)


def lose(market) -> tuple[int, list]:
    """Liquidate at $1,050: 10,500 of collateral repay 10,000 of 15,000; return the loss and the events."""
    market.set_price("WETH", 1_050 * E8)
    liquidation, events = market.liquidate("WETH", "USDC")
    assert liquidation["repaidAssets"] == 10_000 * USD
    return 5_000 * USD, events


def test_without_a_policy_a_loss_is_a_deficit(market):
    loss, events = lose(market)
    assert market.state("USDC").deficit == loss
    assert market.debt("USDC", BORROWER) == 0
    assert market.supplied("USDC", LENDER) == 30_000 * USD
    assert [name for name, _ in events if name in ("DeficitCreated", "LossSocialised")] == ["DeficitCreated"]


def test_a_loss_that_is_left_stays_debt_of_its_account(market, deploy):
    choose(market, deploy(market.chain, "LeaveLosses"))
    loss, events = lose(market)
    state = market.state("USDC")
    assert (state.deficit, state.totalDebt, market.debt("USDC", BORROWER)) == (0, loss, loss)
    assert not [name for name, _ in events if name == "DeficitCreated"]
    weth, usdc = market.token("WETH"), market.token("USDC")
    error = market.pool.read_error("previewLiquidation", weth, usdc, BORROWER, 1, False)
    assert error == f"CollateralCannotBeLiquidated({weth.address})"
    market.fund(DONOR, "USDC", loss)
    market.pool.send(DONOR, "repay", usdc, UINT256_MAX, BORROWER)
    assert market.state("USDC").totalDebt == 0


def test_a_socialised_loss_falls_on_all_suppliers_in_proportion(market, deploy):
    choose(market, deploy(market.chain, "SocialiseLosses"))
    market.supply(DONOR, "USDC", 10_000 * USD)
    loss, events = lose(market)
    # 5,000 of 40,000: an eighth.
    assert market.supplied("USDC", LENDER) == 26_250 * USD
    assert market.supplied("USDC", DONOR) == 8_750 * USD
    state = market.state("USDC")
    assert (state.deficit, state.totalSupplied) == (0, state.cash + state.totalDebt)
    social = next(values for name, values in events if name == "LossSocialised")
    assert (social["amount"], social["indexRay"]) == (loss, RAY * 7 // 8)


def test_who_withdraws_first_escapes_a_socialised_loss(market, deploy):
    choose(market, deploy(market.chain, "SocialiseLosses"))
    market.supply(DONOR, "USDC", 10_000 * USD)
    market.pool.send(DONOR, "withdraw", market.token("USDC"), UINT256_MAX, DONOR)
    lose(market)
    assert market.supplied("USDC", LENDER) == 25_000 * USD - 1  # five sixths, rounded down twice


def test_insurance_pays_before_suppliers_do(market, deploy):
    choose(market, deploy(market.chain, "SocialiseLosses"))
    insure(market, deploy, 2_000 * USD)
    lose(market)
    assert market.supplied("USDC", LENDER) == 27_000 * USD
    assert market.state("USDC").deficit == 0


def test_a_loss_of_nearly_all_claims_leaves_the_reserve_alive(market, deploy):
    choose(market, deploy(market.chain, "SocialiseLosses"))
    market.pool.send(LENDER, "withdraw", market.token("USDC"), 15_000 * USD, LENDER)
    market.set_price("WETH", 1_000)
    liquidation, _ = market.liquidate("WETH", "USDC")
    # Ten WETH at a thousandth of a cent repay 95 millionths of a dollar, rounded up to 96.
    assert (liquidation["repaidAssets"], market.supplied("USDC", LENDER)) == (96, 96)
    market.supply(DONOR, "USDC", 1_000 * USD)
    # A scaled unit is worth little now, and a balance rounds down by less than one of its own units.
    assert market.supplied("USDC", DONOR) == 1_000 * USD


@settings(max_examples=40)
@given(st.integers(10**6, 10**15), st.integers(10**6, 10**15), st.integers(101, 1_400))
def test_claims_never_exceed_what_backs_them(deploy, first, second, price):
    market = new_market(RevmChain(), deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    choose(market, deploy(market.chain, "SocialiseLosses"))
    market.supply(LENDER, "USDC", first)
    market.supply(DONOR, "USDC", second)
    debt = (first + second) * 9 // 10
    market.supply(BORROWER, "WETH", debt * 10**12 * 100 // (2_000 * 74))
    market.borrow(BORROWER, "USDC", debt)
    market.set_price("WETH", price * E8)
    market.liquidate("WETH", "USDC")
    state = market.state("USDC")
    assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit
    claims = market.supplied("USDC", LENDER) + market.supplied("USDC", DONOR)
    assert claims <= state.totalSupplied
