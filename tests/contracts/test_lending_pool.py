"""LendingPool: configuration, supply and debt, prices, flash loans, cash. Liquidation has its own file."""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.units import E8, RAY, UINT256_MAX, WAD
from tests.lending import BORROWER, DONOR, KINKED_RATES, LENDER, OWNER, REPORTER, new_market

STRANGER = ACCOUNTS.address(9)
ETH = 10**18
USD = 10**6


@pytest.fixture
def market(revm, deploy):
    """WETH at $2,000 (LTV 75 %, LT 80 %) and USDC, with a flash fee of 5 bps."""
    market = new_market(revm, deploy, flash_fee_bps=5)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    return market


@pytest.fixture
def indebted(market):
    """BORROWER with 10 WETH and a debt of 10,000 USDC, out of 50,000 from LENDER."""
    market.supply(LENDER, "USDC", 50_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 10_000 * USD)
    return market


# Configuration


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("liquidationThresholdBps", 10_000),
        ("ltvBps", 8_000),
        ("protocolFeeBps", 10_000),
        ("reserveFactorBps", 10_000),
    ],
)
def test_configuration_bounds(market, name, limit):
    token = market.token("WETH")
    config = market.assets["WETH"].config | {name: limit + 1}
    expected = f"ParameterOutOfRange({name}, {limit + 1}, {limit})"
    assert market.pool.send_error(OWNER, "setReserveConfig", token, config, False) == expected


@pytest.mark.parametrize(
    "rates", [(0, 0, 0, 0), (10_000, 0, 0, 0), (9_000, 0, 11, 10), (9_000, 1, 50_000, 50_000)]
)
def test_rate_bounds(revm, artifacts, deploy, rates):
    with pytest.raises(DeployReverted) as reverted:
        deploy(revm, "KinkedRateModel", rates)
    assert "RateOutOfRange(" in str(artifacts.decoder.decode_error(reverted.value.data))


def test_toxic_bonus_needs_consent(market):
    """LT·(1+b) = 1 is allowed; above it liquidation could lower health from 1 on."""
    token, config = market.token("WETH"), market.assets["WETH"].config
    market.pool.send(OWNER, "setReserveConfig", token, config | {"liquidationBonusBps": 2_500}, False)
    toxic = config | {"liquidationBonusBps": 2_501}
    error = market.pool.send_error(OWNER, "setReserveConfig", token, toxic, False)
    assert error == "ToxicConfig(100008000, 100000000)"
    market.pool.send(OWNER, "setReserveConfig", token, toxic, True)
    stored = market.pool.read("reserveConfig", token)
    assert stored.liquidationBonusBps == 2_501


def test_configuration_is_the_owners(market):
    token, config = market.token("WETH"), market.assets["WETH"].config
    refused = f"OwnableUnauthorizedAccount({STRANGER})"
    assert market.pool.send_error(STRANGER, "setReserveConfig", token, config, False) == refused
    assert market.pool.send_error(STRANGER, "addReserve", token, config, False) == refused
    assert market.pool.send_error(STRANGER, "setInsuranceFund", token) == refused
    assert market.pool.send_error(STRANGER, "removeInsuranceFund", token) == refused
    assert market.pool.send_error(STRANGER, "withdrawTreasury", token, 1, STRANGER) == refused


def test_a_reserve_is_added_once(market, deploy):
    token, config = market.token("WETH"), market.assets["WETH"].config
    error = market.pool.send_error(OWNER, "addReserve", token, config, False)
    assert error == f"ReserveExists({token.address})"
    wide = deploy(market.chain, "AssetToken", "W", "W", 19, OWNER)
    error = market.pool.send_error(OWNER, "addReserve", wide, config, False)
    assert error.endswith(", 19, 18)")
    listed = market.pool.read("reservesList")
    assert listed == [market.token("WETH").address, market.token("USDC").address]


@pytest.mark.parametrize("function", ["supply", "withdraw", "repay"])
def test_unknown_reserve(market, function):
    error = market.pool.send_error(BORROWER, function, STRANGER, 1, BORROWER)
    assert error == f"UnknownReserve({STRANGER})"


# Supply and debt


def test_supply_and_withdraw(market):
    market.supply(BORROWER, "WETH", 10 * ETH)
    assert market.supplied("WETH", BORROWER) == 10 * ETH == market.balance("WETH", market.pool)
    events = market.pool.send(BORROWER, "withdraw", market.token("WETH"), 4 * ETH, STRANGER)
    assert market.balance("WETH", STRANGER) == 4 * ETH
    withdrawn = next(values for name, values in events if name == "Withdrawn")
    assert withdrawn == {
        "asset": market.token("WETH").address,
        "user": BORROWER,
        "to": STRANGER,
        "amount": 4 * ETH,
    }
    error = market.pool.send_error(BORROWER, "withdraw", market.token("WETH"), 6 * ETH + 1, BORROWER)
    assert error == f"InsufficientBalance({6 * ETH + 1}, {6 * ETH})"
    market.pool.send(BORROWER, "withdraw", market.token("WETH"), UINT256_MAX, BORROWER)
    assert market.pool.read("scaledBalances", [BORROWER]) == [0] * 4


def test_supply_and_repay_for_another(indebted):
    indebted.fund(DONOR, "WETH", ETH)
    indebted.pool.send(DONOR, "supply", indebted.token("WETH"), ETH, BORROWER)
    assert indebted.supplied("WETH", BORROWER) == 11 * ETH
    indebted.fund(DONOR, "USDC", 20_000 * USD)
    indebted.pool.send(DONOR, "repay", indebted.token("USDC"), 4_000 * USD, BORROWER)
    assert indebted.debt("USDC", BORROWER) == 6_000 * USD
    events = indebted.pool.send(DONOR, "repay", indebted.token("USDC"), 16_000 * USD, BORROWER)
    repaid = next(values for name, values in events if name == "Repaid")
    assert (repaid["payer"], repaid["amount"]) == (DONOR, 6_000 * USD)
    assert indebted.balance("USDC", DONOR) == 10_000 * USD
    assert indebted.health(BORROWER) == UINT256_MAX
    error = indebted.pool.send_error(DONOR, "repay", indebted.token("USDC"), 1, BORROWER)
    assert error == f"NoDebt({indebted.token('USDC').address}, {BORROWER})"


def test_borrowing_is_bounded_by_ltv(market):
    market.supply(LENDER, "USDC", 50_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 15_000 * USD)
    error = market.pool.send_error(BORROWER, "borrow", market.token("USDC"), 1)
    assert error == f"BorrowExceedsLtv({15_000 * E8 + 100}, {15_000 * E8})"
    data = market.pool.read("accountData", BORROWER)
    assert (data.collateralBase, data.debtBase) == (20_000 * E8, 15_000 * E8)
    assert (data.ltvBps, data.liquidationThresholdBps) == (7_500, 8_000)
    assert data.healthFactorWad == 16 * WAD // 15


def test_withdrawal_keeps_health_at_one(indebted):
    weth = indebted.token("WETH")
    error = indebted.pool.send_error(BORROWER, "withdraw", weth, 3_750_000_000_000_000_001, BORROWER)
    assert error.startswith("HealthFactorTooLow(99999")
    indebted.pool.send(BORROWER, "withdraw", weth, 3_750_000_000_000_000_000, BORROWER)
    assert indebted.health(BORROWER) == WAD


def test_collateral_of_several_reserves_counts_by_its_own_terms(indebted):
    indebted.add("WBTC", 8, 50_000 * E8, ltvBps=5_000, liquidationThresholdBps=6_000)
    indebted.add("NOTE", 6, E8, ltvBps=0, liquidationThresholdBps=0)
    indebted.supply(BORROWER, "WBTC", 10**8)
    before = indebted.pool.read("accountData", BORROWER)
    indebted.supply(BORROWER, "NOTE", 10**12)
    data = indebted.pool.read("accountData", BORROWER)
    assert data == before
    assert data.collateralBase == 70_000 * E8
    assert data.liquidationThresholdBps == (20_000 * 8_000 + 50_000 * 6_000) // 70_000
    assert data.healthFactorWad == 46 * WAD // 10


def test_cash_bounds_payouts(indebted):
    usdc = indebted.token("USDC")
    error = indebted.pool.send_error(LENDER, "withdraw", usdc, UINT256_MAX, LENDER)
    assert error == f"InsufficientCash({50_000 * USD}, {40_000 * USD})"
    indebted.supply(BORROWER, "WETH", 100 * ETH)
    error = indebted.pool.send_error(BORROWER, "borrow", usdc, 40_000 * USD + 1)
    assert error == f"InsufficientCash({40_000 * USD + 1}, {40_000 * USD})"


def test_a_reserve_may_refuse_new_debt(indebted):
    usdc = indebted.token("USDC")
    config = indebted.assets["USDC"].config | {"borrowable": False}
    indebted.pool.send(OWNER, "setReserveConfig", usdc, config, False)
    assert indebted.pool.send_error(BORROWER, "borrow", usdc, 1) == f"NotBorrowable({usdc.address})"
    indebted.fund(BORROWER, "USDC", USD)
    indebted.pool.send(BORROWER, "repay", usdc, USD, BORROWER)


@pytest.mark.parametrize("function", ["supply", "withdraw", "repay"])
def test_nothing_is_not_an_amount(indebted, function):
    symbol = "USDC" if function == "repay" else "WETH"
    token = indebted.token(symbol)
    error = indebted.pool.send_error(BORROWER, function, token, 0, BORROWER)
    assert error == f"AmountRoundsToZero({token.address}, 0)"


def test_donations_move_neither_rates_nor_indexes(revm, deploy):
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, rates=KINKED_RATES)
    market.supply(LENDER, "USDC", 50_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 10_000 * USD)
    before = market.state("USDC")
    market.fund(DONOR, "USDC", 10**12)
    market.token("USDC").send(DONOR, "transfer", market.pool, 10**12)
    assert market.state("USDC") == before
    market.fund(BORROWER, "USDC", 1)
    market.supply(BORROWER, "USDC", 1)
    assert market.state("USDC").cash == before.cash + 1
    assert market.balance("USDC", market.pool) == before.cash + 1 + 10**12


# Prices


@pytest.mark.parametrize(
    ("decimals", "answer", "base"),
    [(8, 123_456_789, 123_456_789), (6, 1_234_567, 123_456_700), (18, 1_234_567_890_123_456_789, 123_456_789)],
)
def test_prices_are_scaled_to_eight_decimals(market, deploy, decimals, answer, base):
    feed = deploy(market.chain, "PriceFeed", decimals, "WETH / USD", REPORTER)
    feed.send(REPORTER, "pushRound", answer, market.chain.timestamp_s)
    config = market.assets["WETH"].config | {"feed": feed.address}
    market.pool.send(OWNER, "setReserveConfig", market.token("WETH"), config, False)
    assert market.pool.read("priceBase", market.token("WETH")) == base == market.state("WETH").priceBase


def test_a_price_below_eight_decimals_is_invalid(market, deploy):
    feed = deploy(market.chain, "PriceFeed", 18, "DUST / USD", REPORTER)
    feed.send(REPORTER, "pushRound", 10**10 - 1, market.chain.timestamp_s)
    weth = market.token("WETH")
    config = market.assets["WETH"].config | {"feed": feed.address}
    market.pool.send(OWNER, "setReserveConfig", weth, config, False)
    assert market.pool.read_error("priceBase", weth) == f"InvalidPrice({weth.address}, {10**10 - 1})"
    assert market.state("WETH").priceBase == 0


def test_stale_prices_stop_whoever_needs_them(indebted):
    weth, usdc = indebted.token("WETH"), indebted.token("USDC")
    config = indebted.assets["WETH"].config | {"maxPriceAgeS": 3_600}
    indebted.pool.send(OWNER, "setReserveConfig", weth, config, False)
    indebted.wait(3_600 - (indebted.chain.timestamp_s - indebted.state("WETH").priceUpdatedAt))
    indebted.pool.read("priceBase", weth)
    indebted.wait(1)
    stale = "StalePrice(3601, 3600)"
    assert indebted.pool.read_error("priceBase", weth) == stale
    assert indebted.pool.read_error("accountData", BORROWER) == stale
    assert indebted.pool.send_error(BORROWER, "withdraw", weth, 1, BORROWER) == stale
    assert indebted.pool.send_error(BORROWER, "borrow", usdc, 1) == stale
    arguments = (weth, usdc, BORROWER, UINT256_MAX, False)
    assert indebted.pool.read_error("previewLiquidation", *arguments) == stale
    assert indebted.state("WETH").priceBase == 2_000 * E8
    # Repaying and supplying only help, and who owes nothing may leave.
    indebted.fund(BORROWER, "USDC", USD)
    indebted.pool.send(BORROWER, "repay", usdc, USD, BORROWER)
    indebted.supply(DONOR, "WETH", ETH)
    indebted.pool.send(DONOR, "withdraw", weth, UINT256_MAX, DONOR)


# Flash loans


def test_flash_loan_terms(indebted):
    usdc = indebted.token("USDC")
    assert indebted.pool.read("maxFlashLoan", usdc) == 40_000 * USD
    assert indebted.pool.read("maxFlashLoan", STRANGER) == 0
    assert indebted.pool.read("flashFee", usdc, 1_000 * USD) == 500_000
    assert indebted.pool.read("flashFee", usdc, 1) == 1
    assert indebted.pool.read_error("flashFee", STRANGER, 1) == f"UnknownReserve({STRANGER})"


def test_a_flash_loan_needs_a_borrower_that_answers(indebted, deploy):
    usdc = indebted.token("USDC")
    liquidator = deploy(indebted.chain, "FlashLiquidator")
    arguments = (liquidator, usdc, 40_000 * USD + 1, b"")
    error = indebted.pool.send_error(STRANGER, "flashLoan", *arguments)
    assert error == f"InsufficientCash({40_000 * USD + 1}, {40_000 * USD})"
    assert not indebted.pool.try_send(STRANGER, "flashLoan", STRANGER, usdc, USD, b"").ok
    assert indebted.state("USDC").cash == 40_000 * USD


def test_indexes_start_at_one(market):
    state = market.state("USDC")
    assert (state.liquidityIndexRay, state.borrowIndexRay) == (RAY, RAY)
    assert (state.supplyRateRay, state.totalSupplied, state.totalDebt, state.deficit) == (0, 0, 0, 0)
