"""Liquidation on LendingPool beyond the vectors: shares, cash, insurance, losses, order of checks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sim.units import E8, UINT256_MAX, WAD
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, START_S, LendingMarket, new_market

ETH = 10**18
USD = 10**6


@pytest.fixture
def market(revm, deploy):
    """BORROWER with 10 WETH at $2,000 and debts of 12,000 USDC and 2,000 DAI."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.add("DAI", 18, E8)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 12_000 * USD)
    market.borrow(BORROWER, "DAI", 2_000 * ETH)
    return market


def call(market: LendingMarket, amount: int = UINT256_MAX, shares: bool = False) -> tuple:
    return market.token("WETH"), market.token("USDC"), BORROWER, amount, shares


def insure(market: LendingMarket, deploy, assets: int, cap: int):
    """Return a fund for USDC with `assets` from DONOR and a cap for the pool."""
    fund = deploy(market.chain, "InsuranceFund", market.token("USDC"), "Fund", "FUND", OWNER)
    fund.send(OWNER, "setProtocol", market.pool, cap)
    market.pool.send(OWNER, "setInsuranceFund", fund)
    if assets:
        market.fund(DONOR, "USDC", assets, spender=fund)
        fund.send(DONOR, "deposit", assets, DONOR)
    return fund


def test_a_healthy_account_is_left_alone(market):
    health = market.health(BORROWER)
    expected = f"HealthFactorNotBelowThreshold({health}, {WAD})"
    assert market.pool.read_error("previewLiquidation", *call(market)) == expected
    market.set_price("WETH", 1_750 * E8)
    assert market.health(BORROWER) == WAD
    assert market.pool.read_error("previewLiquidation", *call(market)).endswith(f"({WAD}, {WAD})")
    market.set_price("WETH", 1_750 * E8 - 1)
    market.pool.read("previewLiquidation", *call(market))


def test_the_pair_must_exist(market):
    market.set_price("WETH", 1_500 * E8)
    weth, usdc, dai = (market.token(one) for one in ("WETH", "USDC", "DAI"))
    error = market.pool.read_error("previewLiquidation", usdc, dai, BORROWER, 1, False)
    assert error == f"CollateralCannotBeLiquidated({usdc.address})"
    error = market.pool.read_error("previewLiquidation", weth, weth, BORROWER, 1, False)
    assert error == f"NoDebt({weth.address}, {BORROWER})"


def test_amounts_that_round_to_nothing(market):
    market.set_price("WETH", 1_500 * E8)
    error = market.pool.read_error("previewLiquidation", *call(market, amount=0))
    assert error == f"AmountRoundsToZero({market.token('USDC').address}, 0)"
    market.add("HEAVY", 6, 10**9 * E8)
    market.supply(BORROWER, "HEAVY", 1)
    arguments = (market.token("HEAVY"), market.token("USDC"), BORROWER, 1, False)
    market.set_price("WETH", 100 * E8)
    error = market.pool.read_error("previewLiquidation", *arguments)
    assert error == f"AmountRoundsToZero({market.token('HEAVY').address}, 0)"


@pytest.mark.parametrize("shares", [False, True])
def test_preview_is_what_happens(market, shares):
    market.set_price("WETH", 1_700 * E8)
    preview = market.pool.read("previewLiquidation", *call(market, shares=shares))
    event, _ = market.liquidate("WETH", "USDC", receive_shares=shares)
    assert preview.repaid == event["repaidAssets"] == 7_000 * USD
    assert preview.protocolFee == event["protocolFeeAssets"]
    received = market.supplied if shares else market.balance
    assert received("WETH", LIQUIDATOR) == preview.seizedToLiquidator
    assert (event["collateralPriceBase"], event["debtPriceBase"]) == (1_700 * E8, E8)
    assert event["healthBeforeWad"] < WAD < event["healthAfterWad"] == market.health(BORROWER)


def test_shares_work_without_cash(market):
    """At full utilisation only a liquidator who takes shares can act."""
    market.supply(DONOR, "USDC", 30_000 * USD)
    market.pool.send(DONOR, "borrow", market.token("WETH"), 10 * ETH)
    assert market.state("WETH").cash == 0
    market.set_price("WETH", 1_600 * E8)
    error = market.pool.read_error("previewLiquidation", *call(market))
    assert error.startswith("InsufficientCash(")
    market.fund(LIQUIDATOR, "USDC", 7_000 * USD)
    assert market.pool.send_error(LIQUIDATOR, "liquidate", *call(market)) == error
    before = market.supplied("WETH", BORROWER)
    event, _ = market.liquidate("WETH", "USDC", receive_shares=True)
    taken = market.supplied("WETH", LIQUIDATOR) + market.state("WETH").treasuryAccrued
    assert before - market.supplied("WETH", BORROWER) == taken == event["seizedAssets"]


def test_collateral_and_debt_may_be_one_asset(revm, deploy):
    """The repayment raises the cash before the seizure is paid out of it."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "USDC", 10_000 * USD)
    market.borrow(BORROWER, "USDC", 7_000 * USD)
    market.borrow(BORROWER, "WETH", ETH // 4)
    market.supply(LENDER, "WETH", 9 * ETH)
    market.pool.send(LENDER, "borrow", market.token("USDC"), 2_800 * USD)
    assert market.state("USDC").cash == 200 * USD
    market.set_price("WETH", 4_800 * E8)
    event, _ = market.liquidate("USDC", "USDC")
    assert 1.049 < event["seizedAssets"] / event["repaidAssets"] < 1.051
    assert market.state("USDC").cash == market.balance("USDC", market.pool)


def test_losses_are_booked_in_every_reserve(market):
    market.set_price("WETH", 1_000 * E8)
    event, events = market.liquidate("WETH", "USDC")
    created = {values["asset"]: values["amount"] for name, values in events if name == "DeficitCreated"}
    # 10 WETH repay 10,000 / 1.05, rounded up.
    left = 12_000 * USD - 9_523_809_524
    assert created == {market.token("USDC").address: left, market.token("DAI").address: 2_000 * ETH}
    assert (market.state("USDC").deficit, market.state("DAI").deficit) == (left, 2_000 * ETH)
    assert market.pool.read("accountData", BORROWER).debtBase == 0
    assert event["healthAfterWad"] == UINT256_MAX
    assert market.state("USDC").totalSupplied == 12_000 * USD


def test_anyone_may_cover_a_deficit(market):
    market.set_price("WETH", 1_000 * E8)
    market.liquidate("WETH", "USDC")
    dai, deficit = market.token("DAI"), 2_000 * ETH
    market.fund(DONOR, "DAI", deficit)
    assert (
        market.pool.send_error(DONOR, "coverDeficit", dai, deficit + 1)
        == f"ExceedsDeficit({deficit + 1}, {deficit})"
    )
    assert market.pool.send_error(DONOR, "coverDeficit", dai, 0) == f"AmountRoundsToZero({dai.address}, 0)"
    events = market.pool.send(DONOR, "coverDeficit", dai, deficit)
    covered = next(values for name, values in events if name == "DeficitCovered")
    assert covered == {"asset": dai.address, "payer": DONOR, "amount": deficit}
    state = market.state("DAI")
    assert (state.deficit, state.cash) == (0, market.balance("DAI", market.pool))


@pytest.mark.parametrize(
    ("assets", "cap", "drawn"),
    [(5_000, 5_000, 2_476_190_476), (5_000, 1_000, 1_000 * USD), (700, 5_000, 700 * USD), (0, 1, 0)],
)
def test_insurance_is_drawn_first(market, deploy, assets, cap, drawn):
    fund = insure(market, deploy, assets * USD, cap * USD)
    market.set_price("WETH", 1_000 * E8)
    _, events = market.liquidate("WETH", "USDC")
    assert market.state("USDC").deficit == 2_476_190_476 - drawn
    assert market.state("DAI").deficit == 2_000 * ETH
    assert market.balance("USDC", market.pool) == market.state("USDC").cash
    seen = next(values for name, values in events if name == "DeficitDrawn")
    assert (seen["protocol"], seen["requested"]) == (market.pool.address, 2_476_190_476)
    assert (seen["drawn"], seen["capLeft"], seen["assetsBefore"]) == (drawn, cap * USD - drawn, assets * USD)
    covered = [values["amount"] for name, values in events if name == "DeficitCovered"]
    assert covered == ([drawn] if drawn else [])
    assert fund.read("totalAssets") == assets * USD - drawn


def test_a_fund_must_list_the_pool_first(market, deploy):
    fund = deploy(market.chain, "InsuranceFund", market.token("USDC"), "Fund", "FUND", OWNER)
    assert market.pool.send_error(OWNER, "setInsuranceFund", fund) == f"FundNotReady({fund.address})"
    fund.send(OWNER, "setProtocol", market.pool, 1)
    market.pool.send(OWNER, "setInsuranceFund", fund)
    assert market.pool.read("insuranceFund", market.token("USDC")) == fund.address
    market.pool.send(OWNER, "removeInsuranceFund", market.token("USDC"))
    assert int(market.pool.read("insuranceFund", market.token("USDC")), 16) == 0


@pytest.mark.parametrize(
    ("parameters", "allowed"), [((0, 0, 0, 0), False), ((10_001, 0, 0, 0), False), ((10_000, 0, 0, 0), True)]
)
def test_terms_have_bounds(revm, deploy, parameters, allowed):
    arguments = (deploy(revm, "ConfiguredBonus"), False, parameters)
    if allowed:
        assert deploy(revm, "TotalDebtCloseFactor", *arguments).read("closeFactorBps") == 10_000
        return
    with pytest.raises(Exception, match="reverted"):
        deploy(revm, "TotalDebtCloseFactor", *arguments)


@pytest.mark.parametrize(
    ("fee_on_seized", "fee_bps", "net"), [(True, 280, "1.04976"), (False, 1_000, "1.072"), (False, 10_000, "1")]
)
def test_what_the_protocols_fee_is_a_share_of(fee_on_seized, fee_bps, net, revm, deploy):
    """Compound v2 keeps 2.8 % of all that is seized at 1.08 and pays 1.0498 out; Aave keeps a share of the .08."""
    revm.begin(START_S)
    terms = deploy(revm, "WholePosition", deploy(revm, "ConfiguredBonus"), fee_on_seized)
    market = LendingMarket(revm, deploy, deploy(revm, "LendingPool", OWNER, terms, 0))
    market.add("WETH", 18, 2_000 * E8, liquidationBonusBps=800, protocolFeeBps=fee_bps)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 14_000 * USD)
    market.set_price("WETH", 1_600 * E8)
    event, _ = market.liquidate("WETH", "USDC", amount=8_000 * USD)
    received = event["seizedAssets"] - event["protocolFeeAssets"]
    assert event["seizedAssets"] == 5 * ETH * 108 // 100
    assert received == int(5 * ETH * Decimal(net)) == market.balance("WETH", LIQUIDATOR)
    assert market.state("WETH").treasuryAccrued == event["protocolFeeAssets"]
