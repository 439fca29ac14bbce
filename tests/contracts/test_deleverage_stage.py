"""DeleverageStage: winners are closed in a verified order, at the price that was chosen; nobody else pays."""

from __future__ import annotations

import pytest

from sim.units import E8
from tests.perps import ALICE, BOB, CAROL, KEEPER, USD, new_perp_market
from tests.stages import (
    BANKRUPTCY_E8,
    BYSTANDER,
    ETH,
    INDEX,
    PREVIOUS_MARK,
    STAKER,
    deleverage_stage,
    fund_stage,
    named,
    new_fund,
    open_interest,
)

MARK_E8 = 1_700 * E8
SHORTS = ((BOB, 3 * ETH), (CAROL, 2 * ETH))
"""BOB has more leverage than CAROL and so comes first in a queue."""


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH and bankrupt, BOB and CAROL are short, BYSTANDER has cash; the book offers nothing."""
    made = new_perp_market(revm, deploy)
    open_interest(made, shorts=SHORTS)
    made.pay_in(BYSTANDER, 50_000 * USD)
    made.book(most_wad=0)
    made.price("ETH", MARK_E8)
    return made


def ranked(*owners: str) -> list[tuple[str, bool]]:
    return [(owner, False) for owner in owners]


def liquidation(perps, *owners: str) -> tuple:
    return "liquidate", *perps.liquidate_args(ALICE, "ETH")[1:], ranked(*owners)


def test_winners_are_closed_at_the_bankruptcy_price(perps):
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    equity = {one: perps.state(one).equityQuote for one in (BOB, CAROL, BYSTANDER)}
    events = stage.send(KEEPER, *liquidation(perps, BOB, CAROL))
    closed = named(events, "Deleveraged")
    assert [(one["owner"], one["sizeWad"], one["haircutQuote"]) for one in closed] == [
        (BOB, 3 * ETH, 300 * USD),
        (CAROL, 2 * ETH, 200 * USD),
    ]
    assert {one["fillE8"] for one in closed} == {BANKRUPTCY_E8}
    assert {one["markE8"] for one in closed} == {MARK_E8}
    assert [perps.size(one, "ETH") for one in (ALICE, BOB, CAROL)] == [0, 0, 0]
    assert perps.state(BOB).equityQuote == equity[BOB] - 300 * USD
    assert perps.state(CAROL).equityQuote == equity[CAROL] - 200 * USD
    assert perps.state(BYSTANDER).equityQuote == equity[BYSTANDER]
    assert perps.cash(ALICE) == perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_only_as_much_as_is_left_is_closed(perps):
    """A fund pays for a fifth of the way first and the book closes that; the queue's last keeps the rest."""
    fund = fund_stage(perps, new_fund(perps, 100 * USD))
    stage = deleverage_stage(perps)
    perps.book()
    perps.waterfall(fund, stage)
    stage.send(KEEPER, *liquidation(perps, BOB, CAROL))
    assert [perps.size(one, "ETH") for one in (ALICE, BOB, CAROL)] == [0, 0, -ETH]
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_pro_rata_closes_the_same_share_of_everyone(perps):
    stage = deleverage_stage(perps, "CappedProRata", 0)
    fund = fund_stage(perps, new_fund(perps, 100 * USD))
    perps.book()
    perps.waterfall(fund, stage)
    found = [
        receipt
        for order in ((BOB, CAROL), (CAROL, BOB))
        if (receipt := stage.try_send(KEEPER, *liquidation(perps, *order))).ok
    ]
    assert len(found) == 1, "one order is right"
    assert [perps.size(one, "ETH") for one in (ALICE, BOB, CAROL)] == [0, -3 * ETH // 5, -2 * ETH // 5]
    perps.require_conserved()


@pytest.mark.parametrize(
    ("owners", "error"),
    [
        ((BOB,), "RankingIncomplete(1, 2)"),
        ((), "RankingIncomplete(0, 2)"),
        ((CAROL, BOB), "RankingOutOfOrder(1, "),
        ((BOB, BOB), "RankingDuplicate(1, "),
        ((BOB, BYSTANDER), "RankingStale(1, "),
        ((BOB, ALICE), "RankingStale(1, "),
        ((BOB, CAROL, STAKER), "RankingStale(2, "),
    ],
)
def test_a_wrong_ranking_is_refused(perps, owners, error):
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    assert stage.send_error(KEEPER, *liquidation(perps, *owners)).startswith(error)
    assert perps.size(ALICE, "ETH") == 5 * ETH


def test_a_ranking_that_has_become_stale_is_refused(perps):
    """CAROL closes ahead of the liquidation; the ranking made before no longer is one."""
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    perps.book()
    perps.trade(CAROL, "ETH", 2 * ETH)
    perps.book(most_wad=0)
    assert stage.send_error(KEEPER, *liquidation(perps, BOB, CAROL)).startswith("RankingStale(1, ")
    maker = perps.maker("ETH")
    assert stage.send_error(KEEPER, *liquidation(perps, BOB)) == "RankingIncomplete(1, 2)"
    orders = [(BOB, maker), (maker, BOB)]
    assert [stage.try_send(KEEPER, *liquidation(perps, *one)).ok for one in orders].count(True) == 1


def test_a_liquidation_that_comes_so_far_needs_a_ranking(perps):
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    assert perps.liquidate_error(ALICE, "ETH") == f"RankingMissing({perps.instruments['ETH']})"
    stage.send(KEEPER, *liquidation(perps, BOB, CAROL))
    assert perps.size(ALICE, "ETH") == 0


def test_a_ranking_serves_one_liquidation(perps):
    """STAKER is long and bankrupt too; of the shorts CAROL alone is left, in a ranking that is shorter."""
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    perps.book()
    perps.price("ETH", 2_000 * E8)
    for account, deposit, size_wad in ((STAKER, 400 * USD, 2 * ETH), (CAROL, USD, -2 * ETH)):
        perps.pay_in(account, deposit)
        perps.trade(account, "ETH", size_wad)
    perps.book(most_wad=0)
    perps.price("ETH", MARK_E8)
    events = stage.send(KEEPER, *liquidation(perps, CAROL, BOB))
    assert [(one["owner"], one["sizeWad"]) for one in named(events, "Deleveraged")] == [
        (CAROL, 4 * ETH),
        (BOB, ETH),
    ]
    assert perps.liquidate_error(STAKER, "ETH").startswith("RankingMissing(")
    stage.send(KEEPER, "liquidate", *perps.liquidate_args(STAKER, "ETH")[1:], ranked(BOB))
    assert [perps.size(one, "ETH") for one in (STAKER, BOB, CAROL)] == [0, 0, 0]
    perps.require_conserved()


def test_the_book_comes_before(perps):
    """Where the book closes within the equity no ranking is looked at."""
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    perps.book()
    perps.price("ETH", 1_810 * E8)
    stage.send(KEEPER, *liquidation(perps))
    assert perps.size(ALICE, "ETH") == 0
    assert [perps.size(one, "ETH") for one in (BOB, CAROL)] == [-3 * ETH, -2 * ETH]


def test_the_fee_is_the_keeper_s(perps):
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    perps.add("ETH", 0, liquidationFeeBps=50)
    perps.book()
    perps.price("ETH", 1_830 * E8)
    stage.send(KEEPER, *liquidation(perps))
    fee = perps.quote.read("balanceOf", KEEPER)
    assert fee > 0
    assert perps.cash(stage) == 0
    perps.require_conserved()


def test_a_fee_that_has_to_wait_is_claimed_later(perps):
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    perps.add("ETH", 0, liquidationFeeBps=50)
    perps.book()
    perps.price("ETH", 1_830 * E8)
    perps.rules(gated=True, gate_s=100)
    perps.pay_in(STAKER, 200 * USD)
    perps.trade(STAKER, "BTC", ETH // 25)
    perps.price("BTC", 40_000 * E8)
    perps.market.send(BYSTANDER, "gateWithdrawals", STAKER, perps.slot(None))
    events = stage.send(KEEPER, *liquidation(perps))
    owed = named(events, "FeeOwed")[0]["amountQuote"]
    assert owed == stage.read("feeOwedQuote", KEEPER) > 0
    perps.wait(101)
    stage.send(BYSTANDER, "claimFee", KEEPER)
    assert perps.quote.read("balanceOf", KEEPER) == owed
    assert stage.read("feeOwedQuote", KEEPER) == 0
    perps.require_conserved()


def test_at_another_price_the_rest_is_left_to_others(perps):
    """At the index (1,720) winners give 20 of 100 an ETH; what is missing, 80 times 5, the fund pays."""
    fund = new_fund(perps, 1_000 * USD)
    stage = deleverage_stage(perps, fill=INDEX)
    perps.price("ETH", MARK_E8, index_e8=1_720 * E8)
    perps.waterfall(stage, fund_stage(perps, fund))
    events = stage.send(KEEPER, *liquidation(perps, BOB, CAROL))
    assert [one["haircutQuote"] for one in named(events, "Deleveraged")] == [60 * USD, 40 * USD]
    assert fund.read("totalAssets") == 600 * USD
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_the_previous_mark_is_the_last_of_an_earlier_time(perps):
    stage = deleverage_stage(perps, fill=PREVIOUS_MARK)
    perps.waterfall(stage)
    instrument = perps.instruments["ETH"]
    for price in (1_795, 1_780):
        perps.price("ETH", price * E8)
        stage.send(BYSTANDER, "noteMark", instrument)
    perps.wait(3)
    perps.price("ETH", 1_720 * E8)
    stage.send(BYSTANDER, "noteMark", instrument)
    perps.price("ETH", MARK_E8)
    events = stage.send(KEEPER, *liquidation(perps, BOB, CAROL))
    assert {one["fillE8"] for one in named(events, "Deleveraged")} == {1_780 * E8}
    assert tuple(stage.read("notedMarks", instrument)) == (MARK_E8, 1_780 * E8, perps.chain.timestamp_s)
    assert perps.totals().badDebtQuote == 5 * 20 * USD
    perps.require_conserved()


def test_without_an_earlier_mark_the_present_one_counts(perps):
    stage = deleverage_stage(perps, fill=PREVIOUS_MARK)
    perps.waterfall(stage)
    events = stage.send(KEEPER, *liquidation(perps, BOB, CAROL))
    assert {one["fillE8"] for one in named(events, "Deleveraged")} == {MARK_E8}
    assert perps.totals().badDebtQuote == 500 * USD


def test_under_no_policy_nobody_is_closed(perps):
    stage = deleverage_stage(perps, "NoDeleveraging")
    perps.waterfall(stage)
    perps.book()
    stage.send(KEEPER, *liquidation(perps))
    assert [perps.size(one, "ETH") for one in (ALICE, BOB, CAROL)] == [0, -3 * ETH, -2 * ETH]
    assert perps.totals().badDebtQuote == 500 * USD


def test_candidates_are_what_the_market_knows(perps):
    stage = deleverage_stage(perps)
    found = stage.read("candidates", perps.instruments["ETH"], ranked(BOB, BYSTANDER))
    assert (found[0].sizeWad, found[0].entryQuote) == (-3 * ETH, 6_000 * USD)
    assert (found[0].equityQuote, found[0].notionalQuote) == (10_900 * USD - 1, 5_100 * USD)
    assert found[1].sizeWad == 0
    assert stage.read("capacity", perps.instruments["ETH"]) == 5 * 1_700 * USD


def test_isolated_accounts_are_ranked_by_their_slot(revm, deploy):
    perps = new_perp_market(revm, deploy)
    perps.pay_in(ALICE, 1_000 * USD, isolated="ETH")
    perps.trade(ALICE, "ETH", 5 * ETH, isolated=True)
    perps.pay_in(BOB, 10_000 * USD, isolated="ETH")
    perps.trade(BOB, "ETH", -5 * ETH, isolated=True)
    perps.pay_in(BOB, 10_000 * USD)
    perps.book(most_wad=0)
    perps.price("ETH", MARK_E8)
    stage = deleverage_stage(perps)
    perps.waterfall(stage)
    arguments = perps.liquidate_args(ALICE, "ETH", isolated=True)[1:]
    assert stage.send_error(KEEPER, "liquidate", *arguments, [(BOB, False)]).startswith("RankingStale(0, ")
    stage.send(KEEPER, "liquidate", *arguments, [(BOB, True)])
    assert perps.size(BOB, "ETH", isolated=True) == 0
    assert perps.cash(BOB) == 10_000 * USD
    perps.require_conserved()
