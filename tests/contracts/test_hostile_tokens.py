"""Tokens that are not what they seem, in a pool: what happens, and that nobody else's money moves."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX
from tests.hostile import CALLBACK, DEBTOR, ETH, ONLOOKER, USD, Actor, Holdings, assert_backed, new_scene
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, new_market

FEE_BPS = 100


def order(market, amount: int = UINT256_MAX, shares: bool = False) -> tuple:
    return market.token("WETH"), market.token("USDC"), BORROWER, amount, shares


def test_a_fee_on_transfer_is_refused_wherever_tokens_come_in(revm, deploy):
    """Supply, repay, liquidate, cover and flash loan name what is missing; the books never credit it."""
    market = new_scene(revm, deploy, token_type="OddToken")
    usdc, pool = market.token("USDC"), market.pool
    for account in (BORROWER, LIQUIDATOR):
        market.fund(account, "USDC", 20_000 * USD)
    usdc.send(OWNER, "setFee", FEE_BPS)
    before = Holdings.read(market)

    def refused(asked: int) -> str:
        return f"ReceivedLess({usdc.address}, {asked * 99 // 100}, {asked})"

    assert pool.send_error(BORROWER, "supply", usdc, 1_000 * USD, BORROWER) == refused(1_000 * USD)
    assert pool.send_error(BORROWER, "repay", usdc, 1_000 * USD, BORROWER) == refused(1_000 * USD)
    market.set_price("WETH", 1_700 * E8)
    assert pool.send_error(LIQUIDATOR, "liquidate", *order(market, 7_000 * USD)) == refused(7_000 * USD)
    usdc.send(OWNER, "setFee", 0)
    borrower = Actor(market)
    borrower.fund("USDC", 100 * USD)
    borrower.answer(CALLBACK.selector, CALLBACK.success)
    usdc.send(OWNER, "setFee", FEE_BPS)
    assert borrower.act_error(pool, "flashLoan", borrower.address, usdc, 50 * USD, b"") == refused(50 * USD)
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_fee_on_what_goes_out_is_borne_by_who_takes_it(revm, deploy):
    market = new_scene(revm, deploy, token_type="OddToken")
    market.token("USDC").send(OWNER, "setFee", FEE_BPS)
    before = Holdings.read(market)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 500 * USD)
    assert market.debt("USDC", BORROWER) == 14_500 * USD
    assert market.balance("USDC", BORROWER) == 14_000 * USD + 495 * USD
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_fund_refuses_a_fee_too(revm, deploy):
    market = new_scene(revm, deploy, token_type="OddToken")
    usdc = market.token("USDC")
    fund = deploy(revm, "InsuranceFund", usdc, "Fund", "FUND", OWNER)
    market.fund(DONOR, "USDC", 1_000 * USD, fund)
    fund.send(DONOR, "deposit", 500 * USD, DONOR)
    usdc.send(OWNER, "setFee", FEE_BPS)
    error = fund.send_error(DONOR, "deposit", 500 * USD, DONOR)
    assert error == f"ReceivedLess({usdc.address}, {495 * USD}, {500 * USD})"
    assert fund.read("totalAssets") == market.balance("USDC", fund) == 500 * USD


def test_a_token_that_answers_false_moves_nothing(revm, deploy):
    market = new_scene(revm, deploy, token_type="OddToken")
    usdc, pool = market.token("USDC"), market.pool
    market.fund(LIQUIDATOR, "USDC", 20_000 * USD)
    usdc.send(OWNER, "setAnswersFalse", True)
    before = Holdings.read(market)
    failed = f"SafeERC20FailedOperation({usdc.address})"
    assert pool.send_error(LIQUIDATOR, "supply", usdc, USD, LIQUIDATOR) == failed
    assert pool.send_error(BORROWER, "repay", usdc, USD, BORROWER) == failed
    assert pool.send_error(LENDER, "withdraw", usdc, USD, LENDER) == failed
    assert pool.send_error(BORROWER, "borrow", usdc, USD) == failed
    market.set_price("WETH", 1_700 * E8)
    assert pool.send_error(LIQUIDATOR, "liquidate", *order(market)) == failed
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_token_that_returns_nothing_works(revm, deploy):
    market = new_scene(revm, deploy, token_type="QuietToken")
    before = Holdings.read(market)
    market.supply(DONOR, "USDC", 1_000 * USD)
    market.pool.send(DONOR, "withdraw", market.token("USDC"), UINT256_MAX, DONOR)
    assert market.balance("USDC", DONOR) == 1_000 * USD
    market.set_price("WETH", 1_700 * E8)
    liquidation, _ = market.liquidate("WETH", "USDC")
    assert liquidation["repaidAssets"] == 7_000 * USD
    market.fund(BORROWER, "USDC", 0)
    market.pool.send(BORROWER, "repay", market.token("USDC"), UINT256_MAX, BORROWER)
    assert market.debt("USDC", BORROWER) == 0
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_paused_debt_token_stops_liquidations_but_not_the_other_asset(revm, deploy):
    market = new_scene(revm, deploy, token_type="StoppableToken")
    usdc, pool = market.token("USDC"), market.pool
    for account in (BORROWER, LIQUIDATOR):
        market.fund(account, "USDC", 20_000 * USD)
    market.set_price("WETH", 1_700 * E8)
    usdc.send(OWNER, "setPaused", True)
    before = Holdings.read(market)
    assert pool.send_error(LIQUIDATOR, "liquidate", *order(market)) == "TransfersPaused()"
    assert pool.send_error(BORROWER, "repay", usdc, USD, BORROWER) == "TransfersPaused()"
    assert pool.send_error(LENDER, "withdraw", usdc, USD, LENDER) == "TransfersPaused()"
    assert Holdings.read(market) == before
    pool.send(ONLOOKER, "withdraw", market.token("WETH"), 50 * ETH, ONLOOKER)
    assert market.balance("WETH", ONLOOKER) == 50 * ETH
    usdc.send(OWNER, "setPaused", False)
    market.liquidate("WETH", "USDC")
    assert_backed(market)


def test_a_paused_collateral_can_still_be_liquidated_for_shares(revm, deploy):
    market = new_scene(revm, deploy, hostile="WETH", token_type="StoppableToken")
    market.fund(LIQUIDATOR, "USDC", 20_000 * USD)
    market.set_price("WETH", 1_700 * E8)
    market.token("WETH").send(OWNER, "setPaused", True)
    before = Holdings.read(market)
    assert market.pool.send_error(LIQUIDATOR, "liquidate", *order(market)) == "TransfersPaused()"
    market.pool.send(LIQUIDATOR, "liquidate", *order(market, shares=True))
    assert market.supplied("WETH", LIQUIDATOR) > 0
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_blocked_liquidator_gets_nothing_and_hands_over_to_others(revm, deploy):
    """Blocked by the collateral he takes shares; blocked by the debt asset he cannot pay; another one can."""
    for blocked_by, shares_help in (("WETH", True), ("USDC", False)):
        market = new_scene(revm, deploy, hostile=blocked_by, token_type="StoppableToken")
        market.fund(LIQUIDATOR, "USDC", 20_000 * USD)
        market.fund(DONOR, "USDC", 20_000 * USD)
        market.set_price("WETH", 1_700 * E8)
        market.token(blocked_by).send(OWNER, "setBlocked", LIQUIDATOR, True)
        before, debt = Holdings.read(market), market.debt("USDC", BORROWER)
        blocked = f"AccountBlocked({LIQUIDATOR})"
        assert market.pool.send_error(LIQUIDATOR, "liquidate", *order(market)) == blocked
        assert market.debt("USDC", BORROWER) == debt
        receipt = market.pool.try_send(LIQUIDATOR, "liquidate", *order(market, 1_000 * USD, shares=True))
        assert receipt.ok is shares_help
        market.pool.send(DONOR, "liquidate", *order(market, 2_000 * USD))
        assert Holdings.read(market) == before
        assert_backed(market)


def test_a_blocked_borrower_is_liquidated_and_repaid_for_by_others(revm, deploy):
    market = new_scene(revm, deploy, token_type="StoppableToken")
    usdc = market.token("USDC")
    usdc.send(OWNER, "setBlocked", BORROWER, True)
    market.fund(DONOR, "USDC", 20_000 * USD)
    market.pool.send(DONOR, "repay", usdc, 1_000 * USD, BORROWER)
    market.set_price("WETH", 1_500 * E8)
    before = Holdings.read(market)
    market.liquidate("WETH", "USDC")
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_blocked_fund_leaves_the_pool_s_liquidation_undone_until_it_is_removed(revm, deploy):
    """The fund may give less, but it has to answer; the owner takes a broken one away."""
    market = new_scene(revm, deploy, token_type="StoppableToken")
    usdc = market.token("USDC")
    fund = deploy(revm, "InsuranceFund", usdc, "Fund", "FUND", OWNER)
    fund.send(OWNER, "setProtocol", market.pool, UINT256_MAX)
    market.pool.send(OWNER, "setInsuranceFund", fund)
    market.fund(DONOR, "USDC", 5_000 * USD, fund)
    fund.send(DONOR, "deposit", 5_000 * USD, DONOR)
    usdc.send(OWNER, "setBlocked", fund.address, True)
    market.fund(LIQUIDATOR, "USDC", 20_000 * USD)
    market.set_price("WETH", 1_000 * E8)
    before = Holdings.read(market)
    error = market.pool.send_error(LIQUIDATOR, "liquidate", *order(market))
    assert error == f"AccountBlocked({fund.address})"
    market.pool.send(OWNER, "removeInsuranceFund", usdc)
    market.pool.send(LIQUIDATOR, "liquidate", *order(market))
    assert market.state("USDC").deficit > 0
    assert Holdings.read(market) == before


@pytest.mark.parametrize("decimals", [0, 2, 6, 8, 18])
def test_decimals(revm, deploy, decimals):
    """A life of a position in a token of any decimals: books equal tokens, and nobody gains by rounding."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("ODD", decimals, 25 * E8, rates=(9_000, 100, 400, 6_000))
    unit = 10**decimals
    market.supply(LENDER, "ODD", 10_000 * unit)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "ODD", 600 * unit)
    market.wait(30 * 86_400)
    market.set_price("WETH", 1_700 * E8)
    liquidation, _ = market.liquidate("WETH", "ODD")
    if market.debt("ODD", BORROWER):
        market.fund(BORROWER, "ODD", 1_000 * unit)
        market.pool.send(BORROWER, "repay", market.token("ODD"), UINT256_MAX, BORROWER)
    value = liquidation["repaidAssets"] * 25 * E8 // unit
    assert liquidation["seizedAssets"] * 1_700 * E8 // ETH <= value * 105 // 100 + 1
    state = market.state("ODD")
    assert state.totalDebt == 0 and state.cash >= state.totalSupplied
    market.pool.send(LENDER, "withdraw", market.token("ODD"), UINT256_MAX, LENDER)
    assert market.balance("ODD", LENDER) >= 10_000 * unit
    assert_backed(market)


def test_more_than_18_decimals_are_refused(revm, deploy):
    market = new_market(revm, deploy)
    token = deploy(revm, "AssetToken", "FINE", "FINE", 24, OWNER)
    feed = deploy(revm, "PriceFeed", 8, "FINE / USD", OWNER)
    model = deploy(revm, "KinkedRateModel", (9_000, 0, 0, 0))
    config = (feed.address, model.address, 7_500, 8_000, 500, 0, 0, 0, True, 0, 0)
    error = market.pool.send_error(OWNER, "addReserve", token, config, False)
    assert error.startswith("ParameterOutOfRange(") and error.endswith(", 24, 18)")


def test_a_rebase_downwards_shows_at_once_and_takes_only_from_who_leaves_last(revm, deploy):
    """Unsupported: what the issuer takes is missing from the cash, which stays booked. Debts are as they were."""
    market = new_scene(revm, deploy, token_type="RebasingToken")
    usdc, cash = market.token("USDC"), market.state("USDC").cash
    before = Holdings.read(market)
    usdc.send(OWNER, "rebase", market.pool.address, 5_000)
    assert Holdings.read(market) == before
    assert market.state("USDC").cash == cash > market.balance("USDC", market.pool)
    market.pool.send(LENDER, "withdraw", usdc, cash // 2, LENDER)
    error = market.pool.send_error(ONLOOKER, "withdraw", usdc, 50_000 * USD, ONLOOKER)
    assert error.startswith("ERC20InsufficientBalance(")


def test_a_rebase_upwards_is_a_donation(revm, deploy):
    market = new_scene(revm, deploy, token_type="RebasingToken")
    before, state = Holdings.read(market), market.state("USDC")
    market.token("USDC").send(OWNER, "rebase", market.pool.address, 15_000)
    assert market.state("USDC") == state
    assert Holdings.read(market) == before
    assert_backed(market, {"USDC": state.cash // 2})


@pytest.mark.parametrize("hooked", ["sender", "receiver"])
def test_a_token_that_calls_back_works_and_finds_the_pool_locked(revm, deploy, hooked):
    market = new_scene(revm, deploy, token_type="CallbackToken")
    usdc, actor = market.token("USDC"), Actor(market)
    actor.fund("USDC", 10_000 * USD)
    usdc.send(OWNER, "setHooked", actor.address, True)
    before = Holdings.read(market)
    actor.arm(market.pool, "withdraw", usdc, UINT256_MAX, actor.address)
    if hooked == "sender":
        actor.act(market.pool, "supply", usdc, 10_000 * USD, actor.address)
    else:
        actor.act(market.pool, "supply", usdc, 10_000 * USD, actor.address)
        actor.arm(market.pool, "withdraw", usdc, UINT256_MAX, actor.address)
        actor.act(market.pool, "withdraw", usdc, 4_000 * USD, actor.address)
    assert actor.tried == (1, 0)
    assert actor.outcome == "ReentrancyGuardReentrantCall()"
    assert market.supplied("USDC", actor.address) + market.balance("USDC", actor.address) == 10_000 * USD
    assert Holdings.read(market) == before
    assert_backed(market)


def test_an_account_that_fails_when_it_receives_hurts_only_itself(revm, deploy):
    """A borrower cannot keep others from liquidating it: nothing is sent to it."""
    market = new_scene(revm, deploy, hostile="WETH", token_type="CallbackToken")
    market.token("WETH").send(OWNER, "setHooked", DEBTOR, True)
    error = market.pool.send_error(DEBTOR, "withdraw", market.token("WETH"), ETH, DEBTOR)
    assert error == "0x"
    market.set_price("WETH", 600 * E8)
    market.liquidate("WETH", "USDC", DEBTOR)
    assert_backed(market)


def test_nothing_is_sent_to_the_zero_address(revm, deploy):
    market = new_scene(revm, deploy)
    error = market.pool.send_error(LENDER, "withdraw", market.token("USDC"), USD, ZERO_ADDRESS)
    assert error == f"ERC20InvalidReceiver({ZERO_ADDRESS})"
