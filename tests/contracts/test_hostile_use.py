"""Hostile use of a pool with honest tokens: donations, first depositor, self-liquidation, full use, dust."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX, WAD
from tests.hostile import CALLBACK, ETH, ONLOOKER, USD, Actor, Holdings, assert_backed, new_scene
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, new_market

RATES = (8_000, 100, 400, 6_000)


def order(market, user=BORROWER, amount: int = UINT256_MAX, shares: bool = False) -> tuple:
    return market.token("WETH"), market.token("USDC"), user, amount, shares


@pytest.mark.parametrize("amount", [1, 10**6, 10**15])
def test_donations_change_no_rate_and_no_share(revm, deploy, amount):
    """Cash is counted, not read from the token: a donation is nobody's, and nothing moves by it."""
    market = new_scene(revm, deploy)
    states = {symbol: market.state(symbol) for symbol in market.assets}
    before = Holdings.read(market)
    for symbol in market.assets:
        market.token(symbol).send(OWNER, "mint", market.pool, amount)
        assert market.state(symbol) == states[symbol]
    assert Holdings.read(market) == before
    market.pool.send(LENDER, "withdraw", market.token("USDC"), USD, LENDER)
    market.pool.send(LENDER, "supply", market.token("USDC"), USD, LENDER)
    after = market.state("USDC")
    assert (after.supplyRateRay, after.borrowRateRay) == (
        states["USDC"].supplyRateRay,
        states["USDC"].borrowRateRay,
    )
    assert Holdings.read(market) == before
    assert_backed(market, dict.fromkeys(market.assets, amount))


def test_donated_tokens_cannot_be_lent_flashed_or_withdrawn(revm, deploy):
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * ETH)
    usdc = market.token("USDC")
    usdc.send(OWNER, "mint", market.pool, 1_000 * USD)
    assert market.pool.read("maxFlashLoan", usdc) == 0
    assert market.pool.send_error(BORROWER, "borrow", usdc, 1) == "InsufficientCash(1, 0)"


@pytest.mark.parametrize("first", [1, 2, 1_000])
@pytest.mark.parametrize("donated_usd", [1, 1_000_000])
def test_the_first_depositor_cannot_inflate_shares(revm, deploy, first, donated_usd):
    """A tiny first supply and a large donation, or a large repayment of interest: the next one loses nothing."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, rates=RATES)
    market.supply(LIQUIDATOR, "USDC", first)
    market.token("USDC").send(OWNER, "mint", market.pool, donated_usd * USD)
    assert market.state("USDC").liquidityIndexRay == 10**27
    market.supply(LENDER, "USDC", 1_500)
    assert market.supplied("USDC", LENDER) == 1_500
    assert market.supplied("USDC", LIQUIDATOR) == first
    market.pool.send(LENDER, "withdraw", market.token("USDC"), UINT256_MAX, LENDER)
    assert market.balance("USDC", LENDER) == 1_500


def test_an_index_grown_on_one_unit_does_not_inflate(revm, deploy):
    """Full use at 1000 % for four years: the index grows with time alone, and a supply loses less than one index.

    At that rate an index outgrows its 128 bits in the fifth year, as Aave's would.
    """
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, rates=(8_000, 0, 0, 100_000), reserveFactorBps=0)
    market.supply(LIQUIDATOR, "USDC", 2)
    market.supply(BORROWER, "WETH", ETH)
    market.pool.send(BORROWER, "borrow", market.token("USDC"), 2)
    for _ in range(4):
        market.wait(365 * 86_400)
        market.pool.send(OWNER, "withdrawTreasury", market.token("USDC"), 0, OWNER)
    index = market.state("USDC").liquidityIndexRay // 10**27
    assert index > 10_000
    market.supply(LENDER, "USDC", 10**6 * USD)
    assert 10**6 * USD - index <= market.supplied("USDC", LENDER) <= 10**6 * USD
    assert_backed(market)


def test_self_liquidation_gains_nothing_and_costs_nobody(revm, deploy):
    """From its own account or another: the bonus comes out of its own collateral, the treasury takes its fee."""
    for liquidator in (BORROWER, LIQUIDATOR):
        market = new_scene(revm, deploy)
        market.fund(BORROWER, "USDC", 0)
        market.fund(liquidator, "USDC", 14_000 * USD)
        market.set_price("WETH", 1_700 * E8)
        before = Holdings.read(market)

        def worth(market=market):
            accounts = {BORROWER, LIQUIDATOR}
            weth = sum(market.balance("WETH", a) + market.supplied("WETH", a) for a in accounts)
            usdc = sum(market.balance("USDC", a) - market.debt("USDC", a) for a in accounts)
            return weth * 1_700 * USD // ETH + usdc

        mine = worth()
        market.pool.send(liquidator, "liquidate", *order(market))
        assert worth() < mine
        treasury = market.state("WETH").treasuryAccrued * 1_700 * USD // ETH
        assert mine - worth() in (treasury, treasury + 1)
        assert Holdings.read(market) == before
        assert_backed(market)


def test_self_liquidation_for_shares_leaves_the_account_no_better(revm, deploy):
    market = new_scene(revm, deploy)
    market.fund(BORROWER, "USDC", 14_000 * USD)
    market.set_price("WETH", 1_700 * E8)
    before, collateral = Holdings.read(market), market.supplied("WETH", BORROWER)
    market.pool.send(BORROWER, "liquidate", *order(market, shares=True))
    fee = market.state("WETH").treasuryAccrued
    assert market.supplied("WETH", BORROWER) in (collateral - fee, collateral - fee - 1)
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_borrower_cannot_gain_by_its_own_bad_debt_beyond_what_it_borrowed(revm, deploy):
    """Splitting accounts: liquidating oneself into a deficit is worth what walking away is, less the fee."""
    market = new_scene(revm, deploy)
    market.fund(LIQUIDATOR, "USDC", 14_000 * USD)
    market.set_price("WETH", 1_000 * E8)
    spent = market.balance("USDC", LIQUIDATOR)
    market.pool.send(LIQUIDATOR, "liquidate", *order(market))
    paid = spent - market.balance("USDC", LIQUIDATOR)
    gained = market.balance("WETH", LIQUIDATOR) * 1_000 * USD // ETH
    # He would own 10,000 dollars of collateral by repaying 14,000; by default he has at most as much for less.
    assert gained <= 10_000 * USD
    assert market.state("USDC").deficit == 14_000 * USD - paid
    assert gained - paid <= paid * 500 // 10_000


def test_at_full_use_shares_can_be_seized_and_tokens_cannot(revm, deploy):
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 14_000 * USD)
    market.supply(ONLOOKER, "USDC", 40_000 * USD)
    market.pool.send(ONLOOKER, "borrow", market.token("WETH"), 10 * ETH)
    assert market.state("WETH").cash == 0
    market.fund(LIQUIDATOR, "USDC", 20_000 * USD)
    market.set_price("WETH", 1_700 * E8)
    claims = market.supplied("USDC", ONLOOKER), market.debt("WETH", ONLOOKER)
    error = market.pool.send_error(LIQUIDATOR, "liquidate", *order(market))
    assert error.startswith("InsufficientCash(") and error.endswith(", 0)")
    assert market.pool.read_error("previewLiquidation", *order(market)) == error
    market.pool.send(LIQUIDATOR, "liquidate", *order(market, shares=True))
    seized = market.supplied("WETH", LIQUIDATOR)
    assert seized > 0
    error = market.pool.send_error(LIQUIDATOR, "withdraw", market.token("WETH"), seized, LIQUIDATOR)
    assert error == f"InsufficientCash({seized}, 0)"
    assert (market.supplied("USDC", ONLOOKER), market.debt("WETH", ONLOOKER)) == claims
    assert_backed(market)


@pytest.mark.parametrize("others", [0, 1])
def test_dust_of_value_blocks_the_write_off_and_dust_without_value_does_not(revm, deploy, others):
    """A wei of a second collateral that is worth nothing in base units counts for nothing; a cent of it does."""
    for dust, blocks in ((1, False), (10**13, True)):
        market = new_scene(revm, deploy, terms=(10_000, 0, 0, 0))
        market.add("DAI", 18, E8)
        market.supply(BORROWER, "DAI", dust)
        if others:
            market.supply(DONOR, "DAI", 10**20)
        market.set_price("WETH", 1_000 * E8)
        before = Holdings.read(market)
        market.liquidate("WETH", "USDC")
        state, left = market.state("USDC"), market.debt("USDC", BORROWER)
        assert (left > 0) is blocks and (state.deficit > 0) is not blocks
        if blocks:
            # Anyone clears it by taking the dust too: the debt is then written off.
            market.fund(LIQUIDATOR, "USDC", 10)
            dai = (market.token("DAI"), market.token("USDC"), BORROWER, UINT256_MAX, False)
            market.pool.send(LIQUIDATOR, "liquidate", *dai)
            assert market.debt("USDC", BORROWER) == 0
            assert market.state("USDC").deficit > 0
        assert Holdings.read(market) == before
        assert_backed(market)


def test_dust_given_to_a_victim_blocks_nothing_for_long(revm, deploy):
    """Anyone may supply for anyone: a cent given between the price and the liquidation only adds a liquidation."""
    market = new_scene(revm, deploy, terms=(10_000, 0, 0, 0))
    market.add("DAI", 18, E8)
    market.fund(DONOR, "DAI", 10**16)
    market.set_price("WETH", 1_000 * E8)
    market.pool.send(DONOR, "supply", market.token("DAI"), 10**16, BORROWER)
    market.liquidate("WETH", "USDC")
    assert market.state("USDC").deficit == 0 < market.debt("USDC", BORROWER)
    market.fund(LIQUIDATOR, "USDC", USD)
    dai = (market.token("DAI"), market.token("USDC"), BORROWER, UINT256_MAX, False)
    market.pool.send(LIQUIDATOR, "liquidate", *dai)
    assert market.state("USDC").deficit > 0 == market.debt("USDC", BORROWER)


def test_a_dust_remainder_is_refused_by_aave_s_terms(revm, deploy):
    """Leaving less than 1,000 dollars on either side on purpose is refused, so no dusty account comes to be."""
    market = new_scene(revm, deploy)
    market.fund(LIQUIDATOR, "USDC", 14_000 * USD)
    market.set_price("WETH", 1_000 * E8)
    for amount in (9_520 * USD, 9_000 * USD):
        error = market.pool.send_error(LIQUIDATOR, "liquidate", *order(market, amount=amount))
        assert error.startswith("MustNotLeaveDust(")
    market.pool.send(LIQUIDATOR, "liquidate", *order(market))
    assert market.debt("USDC", BORROWER) == 0


def test_many_small_steps_gain_no_more_than_one(revm, deploy):
    """Rounding favours the pool: a hundred supplies and withdrawals of odd amounts never pay."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, rates=RATES)
    market.supply(LENDER, "USDC", 1_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 900 * USD)
    market.wait(200 * 86_400)
    market.fund(LIQUIDATOR, "USDC", 1_000)
    for _ in range(100):
        market.pool.send(LIQUIDATOR, "supply", market.token("USDC"), 7, LIQUIDATOR)
        held = market.supplied("USDC", LIQUIDATOR)
        if held:
            market.pool.send(LIQUIDATOR, "withdraw", market.token("USDC"), held, LIQUIDATOR)
    assert market.balance("USDC", LIQUIDATOR) + market.supplied("USDC", LIQUIDATOR) <= 1_000
    assert_backed(market)


def test_a_flash_loan_leaves_nothing_behind(revm, deploy):
    """Everything in the pool, supplied back within the loan, or not returned: refused or without effect."""
    market = new_scene(revm, deploy)
    usdc, actor = market.token("USDC"), Actor(market)
    cash = market.state("USDC").cash
    before = Holdings.read(market)
    actor.fund("USDC", 0)
    refused = actor.act_error(market.pool, "flashLoan", actor.address, usdc, cash, b"")
    assert refused.startswith("FlashCallbackFailed(")
    actor.answer(CALLBACK.selector, CALLBACK.success)
    # Supplying the loan and paying it back needs the tokens twice.
    actor.arm(market.pool, "supply", usdc, cash, actor.address)
    error = actor.act_error(market.pool, "flashLoan", actor.address, usdc, cash, b"")
    assert error.startswith("ERC20InsufficientBalance(")
    actor.arm(market.pool, "withdraw", usdc, 1, actor.address)
    actor.act(market.pool, "flashLoan", actor.address, usdc, cash, b"")
    assert actor.tried == (1, 0)
    assert actor.outcome == "InsufficientBalance(1, 0)"
    assert Holdings.read(market) == before
    assert market.state("USDC").cash == cash
    assert_backed(market)


def test_only_an_unhealthy_account_can_be_touched_by_others(revm, deploy):
    market = new_scene(revm, deploy)
    market.fund(LIQUIDATOR, "USDC", 1_000 * USD)
    health = market.health(BORROWER)
    error = market.pool.send_error(LIQUIDATOR, "liquidate", *order(market))
    assert error == f"HealthFactorNotBelowThreshold({health}, {WAD})"
    assert market.pool.send_error(LIQUIDATOR, "setModules", *[ZERO_ADDRESS] * 3) == (
        f"OwnableUnauthorizedAccount({LIQUIDATOR})"
    )
