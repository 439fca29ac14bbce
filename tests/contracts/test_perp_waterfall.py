"""The waterfall of a perpetual market, stage by stage, and what a stage may do to the books."""

from __future__ import annotations

import pytest

from sim.units import E8, WAD
from tests.lending import OWNER, REPORTER
from tests.perps import ALICE, BOB, CAROL, CROSS, USD, new_perp_market

ETH = WAD
TAKE_OVER, PAY, DELEVERAGE, SOCIALISE = 1, 2, 3, 4


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH from $ 2,000 with $ 1,000: maintenance 6 %, initial 10 %, bankrupt at $ 1,800."""
    made = new_perp_market(revm, deploy)
    made.pay_in(ALICE, 1_000 * USD)
    made.trade(ALICE, "ETH", 5 * ETH)
    return made


def test_what_the_book_does_not_take_at_bankruptcy_is_taken_over_there(perps):
    vault = perps.stage(TAKE_OVER)
    perps.pay_in(vault.address, 10_000 * USD, payer=OWNER)
    perps.waterfall(vault)
    perps.price("ETH", 1_850 * E8)
    perps.book(spread_bps=1_000)
    event = perps.liquidate(ALICE, "ETH")
    assert (event["bookWad"], event["stagesWad"]) == (0, 5 * ETH)
    assert event["bankruptcyE8"] == 1_800 * E8
    assert perps.state(ALICE).equityQuote == 0
    held = perps.position(vault, "ETH")
    assert (held.sizeWad, held.entryQuote) == (5 * ETH, -9_000 * USD)
    assert perps.state(vault).equityQuote == 10_250 * USD
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_what_a_stage_takes_over_owes_funding_from_then_on(perps):
    """Its position is new: funding of the time before is not its own."""
    perps.add("ETH", 0, fundingIntervalS=28_800)
    perps.price("ETH", 2_020 * E8, index_e8=2_000 * E8)
    perps.wait(1)
    perps.market.send(BOB, "accrueFunding", perps.instruments["ETH"])
    perps.wait(28_800)
    vault = perps.stage(TAKE_OVER)
    perps.pay_in(vault.address, 10_000 * USD, payer=OWNER)
    perps.waterfall(vault)
    perps.price("ETH", 1_850 * E8)
    perps.book(most_wad=0)
    perps.liquidate(ALICE, "ETH")
    assert perps.size(vault, "ETH") == 5 * ETH
    assert perps.state(vault).cashQuote == 10_000 * USD
    perps.market.send(BOB, "settle", perps.pricing, CROSS)
    assert perps.totals().fundingPotQuote == 0
    perps.require_conserved()


def test_the_book_takes_the_part_that_it_can_at_or_above_bankruptcy(perps):
    """A price that falls 2 % with every ETH: at $ 1,850 a part of 5 is above $ 1,800."""
    perps.price("ETH", 1_850 * E8)
    perps.book(per_whole_bps=200)
    event = perps.liquidate(ALICE, "ETH")
    assert 0 < event["bookWad"] < 5 * ETH
    assert event["bookWad"] + event["stagesWad"] == 5 * ETH
    part = event["bookWad"]
    quote = perps.pricing.read("quoteTrade", perps.instruments["ETH"], -part)
    assert quote >= part * 1_800 * USD // ETH
    step = 5 * ETH // 4096
    more = perps.pricing.read("quoteTrade", perps.instruments["ETH"], -(part + step))
    assert more < (part + step) * 1_800 * USD // ETH
    perps.require_conserved()


def test_a_stage_without_margin_takes_nothing(perps):
    vault = perps.stage(TAKE_OVER)
    perps.pay_in(vault.address, 1, payer=OWNER)
    perps.waterfall(vault)
    perps.price("ETH", 1_750 * E8)
    event = perps.liquidate(ALICE, "ETH")
    assert perps.market.artifacts.decoder.decode_error(vault.read("outcome")).startswith("InsufficientMargin(")
    assert event["stagesWad"] == 5 * ETH, "closed in the book by force"
    assert perps.of("ETH").badDebtQuote == 250 * USD
    perps.require_conserved()


def test_a_fund_pays_what_is_missing_to_close_in_the_book(perps):
    fund = perps.stage(PAY)
    perps.quote.send(OWNER, "mint", fund, 1_000 * USD)
    perps.waterfall(fund)
    perps.price("ETH", 1_750 * E8)
    perps.liquidate(ALICE, "ETH")
    assert perps.quote.read("balanceOf", fund) == 750 * USD
    assert perps.size(ALICE, "ETH") == 0
    assert (perps.cash(ALICE), perps.totals().badDebtQuote) == (0, 0)
    perps.require_conserved()


def test_a_fund_that_is_short_closes_its_part_and_the_rest_is_deleveraged_at_bankruptcy(perps):
    perps.pay_in(BOB, 10_000 * USD)
    perps.trade(BOB, "ETH", -10 * ETH)
    fund, queue = perps.stage(PAY), perps.stage(DELEVERAGE)
    perps.quote.send(OWNER, "mint", fund, 100 * USD)
    perps.waterfall(fund, queue)
    perps.price("ETH", 1_750 * E8)
    perps.liquidate(ALICE, "ETH")
    assert perps.quote.read("balanceOf", fund) == 0
    assert perps.size(ALICE, "ETH") == 0
    assert perps.cash(ALICE) == 0
    assert perps.size(BOB, "ETH") == -7 * ETH, "100 of 250 missing: 2 of 5 in the book, 3 by who is short"
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_a_socialised_loss_is_charged_to_positions_and_closes_in_the_book(perps):
    perps.pay_in(BOB, 10_000 * USD)
    perps.pay_in(CAROL, 10_000 * USD)
    perps.trade(BOB, "ETH", -10 * ETH)
    stage = perps.stage(SOCIALISE)
    perps.waterfall(stage)
    perps.price("ETH", 1_750 * E8)
    before = {one: perps.state(one).equityQuote for one in (BOB, perps.pricing.address)}
    perps.liquidate(ALICE, "ETH")
    lost = sum(before[one] - perps.state(one).equityQuote for one in before)
    assert lost == 250 * USD
    assert perps.cash(CAROL) == 10_000 * USD
    assert (perps.cash(ALICE), perps.totals().badDebtQuote) == (0, 0)
    perps.require_conserved()


def test_without_stages_the_loss_is_booked_withdrawals_wait_and_anybody_may_cover_it(perps):
    perps.rules(gated=True)
    perps.pay_in(BOB, 100 * USD)
    perps.price("ETH", 1_750 * E8)
    perps.liquidate(ALICE, "ETH")
    assert perps.of("ETH").badDebtQuote == perps.totals().badDebtQuote == 250 * USD
    assert perps.cash(ALICE) == 0
    perps.require_conserved()
    assert perps.withdraw_error(BOB, 1) == f"WithdrawalsWait({250 * USD}, 0)"
    eth = perps.instruments["ETH"]
    assert perps.market.send_error(BOB, "moveCash", CROSS, eth, 1).startswith("WithdrawalsWait(")
    perps.fund(CAROL, 250 * USD)
    assert perps.market.send_error(CAROL, "coverBadDebt", eth, 250 * USD + 1).startswith("ExceedsShortfall(")
    perps.market.send(CAROL, "coverBadDebt", eth, 250 * USD)
    perps.withdraw(BOB, 100 * USD)
    perps.require_conserved()


def test_stages_are_asked_about_booked_bad_debt_too(perps):
    perps.price("ETH", 1_750 * E8)
    perps.liquidate(ALICE, "ETH")
    perps.price("ETH", 2_000 * E8)
    perps.pay_in(BOB, 1_000 * USD)
    perps.trade(BOB, "ETH", ETH)
    fund, stage = perps.stage(PAY), perps.stage(SOCIALISE)
    perps.quote.send(OWNER, "mint", fund, 100 * USD)
    perps.waterfall(fund, stage)
    perps.market.send(CAROL, "resolveBadDebt", perps.instruments["ETH"])
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_withdrawals_wait_once_an_insolvent_account_is_shown(perps):
    perps.rules(gated=True, gate_s=600)
    perps.pay_in(BOB, 100 * USD)
    assert perps.market.send_error(CAROL, "gateWithdrawals", ALICE, CROSS) == f"NothingToResolve({1_000 * USD})"
    perps.price("ETH", 1_750 * E8)
    perps.market.send(CAROL, "gateWithdrawals", ALICE, CROSS)
    assert perps.withdraw_error(BOB, 1).startswith("WithdrawalsWait(")
    perps.wait(600)
    perps.withdraw(BOB, 1)


def test_a_book_without_an_offer_leaves_the_position_and_says_so(perps):
    perps.price("ETH", 1_850 * E8)
    perps.book(most_wad=0)
    assert perps.liquidate_error(ALICE, "ETH") == "NothingLiquidated()"
    queue = perps.stage(DELEVERAGE)
    perps.waterfall(queue)
    maker = perps.state(perps.pricing).equityQuote
    event = perps.liquidate(ALICE, "ETH")
    assert event["stagesWad"] == 5 * ETH, "the maker, who is short, is deleveraged at the bankruptcy price"
    assert perps.state(perps.pricing).equityQuote == maker + 250 * USD
    perps.require_conserved()


def test_the_maker_is_liquidated_without_a_book(revm, deploy):
    perps = new_perp_market(revm, deploy, maker_usd=1_000)
    perps.pay_in(ALICE, 1_000 * USD)
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.price("ETH", 2_150 * E8)
    assert perps.state(perps.pricing).equityQuote == 250 * USD
    assert perps.liquidate_error(perps.pricing, "ETH") == "NothingLiquidated()"
    perps.waterfall(perps.stage(DELEVERAGE))
    perps.liquidate(perps.pricing, "ETH")
    assert (perps.size(ALICE, "ETH"), perps.size(perps.pricing, "ETH")) == (0, 0)
    assert perps.cash(ALICE) == 2_000 * USD, "deleveraged at the maker's bankruptcy price of 2,200"
    perps.require_conserved()


def test_the_book_offers_no_more_than_the_makers_capital_carries(revm, deploy):
    perps = new_perp_market(revm, deploy, maker_usd=1_000)
    perps.pay_in(ALICE, 2_000 * USD)
    perps.pay_in(BOB, 3_000 * USD)
    perps.trade(ALICE, "ETH", 10 * ETH // 2)
    perps.trade(BOB, "ETH", -10 * ETH // 2)
    perps.trade(ALICE, "ETH", 10 * ETH // 2)
    perps.trade(BOB, "ETH", -10 * ETH // 2)
    perps.price("ETH", 1_830 * E8)
    event = perps.liquidate(ALICE, "ETH")
    assert 0 < event["bookWad"] < 10 * ETH
    state = perps.state(perps.pricing)
    assert state.openingQuote >= state.initialQuote
    perps.require_conserved()


def test_a_deficit_that_collateral_leaves_behind_is_resolved_after_the_position_is_gone(perps):
    """Debt behind collateral whose price falls: the account has no position, and lacks money all the same."""
    token, feed = perps.add_collateral(100 * E8)
    perps.back(token, ALICE, 10 * 10**9)
    perps.price("ETH", 1_700 * E8)
    perps.trade(ALICE, "ETH", -5 * ETH)
    assert perps.cash(ALICE) == -500 * USD
    assert perps.market.send_error(BOB, "resolveDeficit", ALICE, CROSS) == f"NothingToResolve({300 * USD})"
    feed.send(REPORTER, "pushRound", 50 * E8, perps.chain.timestamp_s)
    fund = perps.stage(PAY)
    perps.quote.send(OWNER, "mint", fund, 60 * USD)
    perps.waterfall(fund)
    perps.market.send(BOB, "resolveDeficit", ALICE, CROSS)
    assert perps.quote.read("balanceOf", fund) == 0
    assert perps.of("ETH").badDebtQuote == 40 * USD
    assert perps.state(ALICE).equityQuote == 0
    perps.fund(CAROL, 1_000 * USD, spender=perps.collateral)
    perps.collateral.send(CAROL, "buy", ALICE, token, 2**255)
    assert perps.cash(ALICE) == 0
    perps.require_conserved()
