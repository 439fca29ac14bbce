"""Cash of perpetual accounts: isolation, moves, hostile tokens, collateral."""

from __future__ import annotations

import pytest

from sim.units import E8, UINT256_MAX, WAD
from tests.lending import OWNER, REPORTER, START_S
from tests.perps import ALICE, BOB, CAROL, CROSS, USD, new_perp_market

ETH = WAD


@pytest.fixture
def perps(revm, deploy):
    """A market with ALICE's and BOB's 1,000 USDC."""
    made = new_perp_market(revm, deploy)
    made.pay_in(ALICE, 1_000 * USD)
    made.pay_in(BOB, 1_000 * USD)
    return made


# Isolated accounts


def test_losses_of_an_isolated_account_do_not_touch_the_cross_account(perps):
    perps.pay_in(ALICE, 500 * USD, "ETH")
    perps.trade(ALICE, "ETH", 2 * ETH, isolated=True)
    perps.price("ETH", 1_000 * E8)
    assert perps.state(ALICE, "ETH").equityQuote == -1_500 * USD
    assert perps.state(ALICE).equityQuote == 1_000 * USD
    event = perps.liquidate(ALICE, "ETH", isolated=True)
    assert event["stagesWad"] == 2 * ETH
    assert perps.cash(ALICE, "ETH") == 0
    assert perps.of("ETH").badDebtQuote == 1_500 * USD
    assert perps.cash(ALICE) == 1_000 * USD
    perps.withdraw(ALICE, 1_000 * USD)
    perps.require_conserved()


def test_an_isolated_account_holds_only_its_instrument_and_does_not_count_collateral(perps):
    token, _ = perps.add_collateral()
    perps.back(token, ALICE, 10 * 10**9)
    assert perps.state(ALICE).collateralQuote == 800 * USD
    assert perps.state(ALICE, "ETH").collateralQuote == 0
    eth, btc = perps.instruments["ETH"], perps.instruments["BTC"]
    perps.pay_in(ALICE, 500 * USD, "ETH")
    assert perps.market.send_error(ALICE, "trade", eth, btc, 1, 0) == f"WrongSlot({eth}, {btc})"


def test_cash_moves_between_own_accounts_as_far_as_margin_allows(perps):
    eth = perps.instruments["ETH"]
    perps.market.send(ALICE, "moveCash", CROSS, eth, 400 * USD)
    perps.trade(ALICE, "ETH", ETH, isolated=True)
    assert perps.market.send_error(ALICE, "moveCash", eth, CROSS, 200 * USD + 1).startswith("InsufficientMargin(")
    perps.market.send(ALICE, "moveCash", eth, CROSS, 200 * USD)
    assert (perps.cash(ALICE), perps.cash(ALICE, "ETH")) == (800 * USD, 200 * USD)
    assert perps.market.send_error(ALICE, "moveCash", CROSS, eth, 800 * USD + 1).startswith("InsufficientMargin(")
    perps.require_conserved()


def test_nobody_withdraws_more_than_there_is(perps):
    assert perps.withdraw_error(ALICE, 1_000 * USD + 1).startswith("InsufficientMargin(")
    assert perps.withdraw_error(ALICE, 2**255).startswith("InsufficientHeld(")
    assert perps.withdraw_error(CAROL, 1).startswith("InsufficientMargin(")
    perps.withdraw(ALICE, UINT256_MAX)
    assert perps.quote.read("balanceOf", ALICE) == 1_000 * USD
    perps.require_conserved()


# Tokens


def test_donations_are_not_counted(perps):
    perps.quote.send(OWNER, "mint", perps.market, 7)
    perps.require_conserved(donated=7)


def test_a_quote_token_with_a_fee_is_refused(revm, deploy):
    revm.begin(START_S)
    fee = deploy(revm, "OddToken", "USDC", "USDC", 6, OWNER)
    perps = new_perp_market(revm, deploy, quote=fee, maker_usd=0)
    fee.send(OWNER, "setFee", 100)
    fee.send(OWNER, "mint", ALICE, 100)
    fee.send(ALICE, "approve", perps.market, 100)
    assert perps.market.send_error(ALICE, "deposit", 100, ALICE, CROSS) == f"ReceivedLess({fee.address}, 99, 100)"


def test_re_entry_finds_the_market_locked(revm, deploy):
    """A token that calls its holders lets nobody act between the books and the money."""
    revm.begin(START_S)
    token = deploy(revm, "CallbackToken", "USDC", "USDC", 6, OWNER)
    perps = new_perp_market(revm, deploy, quote=token)
    actor = deploy(revm, "ReentrantActor", OWNER)
    token.send(OWNER, "mint", actor, 1_000 * USD)

    def act(target, function, *args):
        actor.send(OWNER, "act", target.address, target.encode(function, *args))

    act(token, "approve", perps.market, UINT256_MAX)
    token.send(OWNER, "setHooked", actor, True)
    eth = perps.instruments["ETH"]
    attempts = (
        ("withdraw", 1, CROSS, actor),
        ("deposit", 1, actor, CROSS),
        ("trade", CROSS, eth, ETH, -(2**255)),
        ("moveCash", CROSS, eth, 1),
        ("liquidate", actor, CROSS, eth),
        ("settle", actor, CROSS),
        ("accrueFunding", eth),
        ("sendFundDues",),
        ("gateWithdrawals", actor, CROSS),
    )
    for function, *args in attempts:
        actor.send(OWNER, "arm", perps.market.address, perps.market.encode(function, *args))
        act(perps.market, "deposit", 100 * USD, actor, CROSS)
        act(perps.market, "withdraw", 50 * USD, CROSS, actor)
        outcome = perps.market.artifacts.decoder.decode_error(actor.read("outcome"))
        assert outcome == "ReentrancyGuardReentrantCall()", function
        assert (actor.read("attempts"), actor.read("successes")) == (2, 0)
        perps.require_conserved()


# Collateral


def test_collateral_counts_after_its_haircut_and_is_not_lent_against(perps):
    token, _ = perps.add_collateral()
    perps.back(token, ALICE, 10 * 10**9)
    state = perps.state(ALICE)
    assert (state.cashQuote, state.collateralQuote, state.equityQuote) == (1_000 * USD, 800 * USD, 1_800 * USD)
    perps.trade(ALICE, "ETH", 9 * ETH)
    error = perps.collateral.send_error(ALICE, "withdraw", token, 1, ALICE)
    assert error.startswith("InsufficientMargin(")
    perps.trade(ALICE, "ETH", -9 * ETH)
    assert perps.withdraw_error(ALICE, 1_000 * USD + 1) == "CashBelowZero(-1)"
    perps.collateral.send(ALICE, "withdraw", token, UINT256_MAX, ALICE)
    assert token.read("balanceOf", ALICE) == 10 * 10**9
    assert perps.collateral.read("totalAssets", token) == 0


def test_collateral_counts_before_any_cash_and_belongs_to_somebody(perps):
    token, _ = perps.add_collateral()
    perps.back(token, CAROL, 10**9)
    assert perps.state(CAROL).equityQuote == 80 * USD
    assert (CAROL, CROSS) in perps.accounts()
    perps.trade(CAROL, "ETH", ETH // 10)
    token.send(OWNER, "mint", BOB, 1)
    token.send(BOB, "approve", perps.collateral, 1)
    assert perps.collateral.send_error(BOB, "deposit", token, 1, CROSS).startswith("WrongSlot(")
    perps.require_conserved()


def test_a_collateral_without_a_valid_price_refuses_what_needs_one(perps):
    token, feed = perps.add_collateral()
    perps.back(token, ALICE, 10 * 10**9)
    perps.wait(3_601)
    stale = f"StaleCollateralPrice({token.address}, 3601, 3600)"
    assert perps.trade_error(ALICE, "ETH", ETH) == stale
    assert perps.withdraw_error(ALICE, 1) == stale
    perps.pay_in(ALICE, 1)
    feed.send(REPORTER, "pushRound", 50 * E8, perps.chain.timestamp_s)
    assert perps.state(ALICE).collateralQuote == 400 * USD
    odd = perps.deploy(perps.chain, "AssetToken", "ODD", "ODD", 18, OWNER)
    empty = perps.deploy(perps.chain, "PriceFeed", 8, "ODD / USD", REPORTER)
    perps.collateral.send(OWNER, "setCollateral", odd, (empty.address, 0, 0, 0, 0))
    perps.back(odd, BOB, 1)
    assert perps.withdraw_error(BOB, 1) == f"InvalidCollateralPrice({odd.address})"


def test_caps_bounds_and_unknown_collateral(perps):
    token, feed = perps.add_collateral(capAssets=10)
    perps.back(token, ALICE, 10)
    token.send(OWNER, "mint", ALICE, 1)
    error = perps.collateral.send_error(ALICE, "deposit", token, 1, ALICE)
    assert error == f"CollateralCapExceeded({token.address}, 11, 10)"
    error = perps.collateral.send_error(OWNER, "setCollateral", token, (feed.address, 100, 101, 0, 0))
    assert error.startswith("CollateralOutOfRange(")
    for unknown in (perps.quote, perps.market):
        error = perps.collateral.send_error(ALICE, "deposit", unknown, 1, ALICE)
        assert error == f"UnknownCollateral({unknown.address})"
    error = perps.collateral.send_error(OWNER, "setCollateral", perps.quote, (feed.address, 0, 0, 0, 0))
    assert error == f"UnknownCollateral({perps.quote.address})"
    error = perps.collateral.send_error(ALICE, "withdraw", token, 11, ALICE)
    assert error == "InsufficientCollateral(11, 10)"
    assert perps.collateral.send_error(BOB, "withdraw", token, 1, BOB) == "InsufficientCollateral(1, 0)"


def test_collateral_of_an_account_in_debt_is_sold_at_the_discount_up_to_the_debt(perps):
    token, _ = perps.add_collateral()
    perps.back(token, ALICE, 10 * 10**9)
    perps.fund(CAROL, 5_000 * USD, spender=perps.collateral)

    def error():
        return perps.collateral.send_error(CAROL, "buy", ALICE, token, UINT256_MAX)

    assert error() == f"CollateralNotForSale({1_000 * USD})"
    perps.trade(ALICE, "ETH", 8 * ETH)
    perps.price("ETH", 1_830 * E8)
    perps.trade(ALICE, "ETH", -ETH)
    assert perps.state(ALICE).cashQuote == 830 * USD
    perps.trade(ALICE, "ETH", -7 * ETH)
    assert perps.cash(ALICE) == -360 * USD
    before = perps.state(ALICE).equityQuote
    perps.collateral.send(CAROL, "buy", ALICE, token, UINT256_MAX)
    bought = token.read("balanceOf", CAROL)
    assert bought == 10 * 10**9 * 360 // 950, "$ 95 each"
    assert perps.cash(ALICE) == 0
    assert perps.state(ALICE).equityQuote > before
    assert perps.quote.read("balanceOf", CAROL) == 4_640 * USD
    perps.require_conserved()
