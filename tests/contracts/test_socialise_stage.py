"""SocialiseStage: a loss falls on profits first, then on margins, to the unit, and on open positions alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.revm import RevmChain
from sim.reference.stages import shared_loss
from sim.units import E8
from tests.perps import ALICE, BOB, CAROL, KEEPER, USD, new_perp_market
from tests.stages import (
    BYSTANDER,
    ETH,
    STAKER,
    deleverage_stage,
    fund_stage,
    named,
    new_fund,
    open_interest,
    vault,
)

SHORTS = ((BOB, 3 * ETH), (CAROL, 2 * ETH))


@pytest.fixture
def perps(revm, deploy):
    made = new_perp_market(revm, deploy)
    open_interest(made, shorts=SHORTS)
    made.pay_in(BYSTANDER, 50_000 * USD)
    return made


def stage_of(perps):
    return perps.deploy(perps.chain, "SocialiseStage", perps.market)


def test_profits_bear_a_loss_in_proportion(perps):
    stage = stage_of(perps)
    perps.waterfall(stage)
    perps.price("ETH", 1_700 * E8)
    equity = {one: perps.state(one).equityQuote for one in (BOB, CAROL, BYSTANDER)}
    events = perps.market.send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    shared = named(events, "LossShared")[0]
    assert (shared["missingQuote"], shared["sharedQuote"], shared["accounts"]) == (500 * USD, 500 * USD, 2)
    assert perps.state(BOB).equityQuote == equity[BOB] - 300 * USD
    assert perps.state(CAROL).equityQuote == equity[CAROL] - 200 * USD
    assert perps.state(BYSTANDER).equityQuote == equity[BYSTANDER]
    assert (perps.size(BOB, "ETH"), perps.size(CAROL, "ETH")) == (-3 * ETH, -2 * ETH)
    assert perps.size(ALICE, "ETH") == perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_beyond_all_profits_margins_bear_it(perps):
    """BOB and CAROL took their profits at 1,700 and are short again; STAKER is long since then and loses.

    At 1,600 ALICE lacks 1,000. Profits are 300, 200 and the maker's 100; the other 400 fall on initial margins, a
    tenth of the notional of 3, 2 and 1 ETH, and on the 70 that STAKER has left.
    """
    perps.price("ETH", 1_700 * E8)
    for account, size_wad in SHORTS:
        perps.trade(account, "ETH", size_wad)
        perps.trade(account, "ETH", -size_wad)
    perps.pay_in(STAKER, 170 * USD)
    perps.trade(STAKER, "ETH", ETH)
    stage = stage_of(perps)
    perps.waterfall(stage)
    perps.price("ETH", 1_600 * E8)
    payers = (BOB, CAROL, STAKER, perps.maker("ETH"))
    equity = {one: perps.state(one).equityQuote for one in payers}
    assert stage.read("capacity", perps.instruments["ETH"]) == (600 + 480 + 320 + 70 + 160) * USD
    perps.liquidate(ALICE, "ETH")
    lost = [equity[one] - perps.state(one).equityQuote for one in payers]
    by_profit, by_margin = (300, 200, 0, 100), (480, 320, 70, 160)
    exact = [(won + 400 * own / 1_030) * USD for won, own in zip(by_profit, by_margin, strict=True)]
    assert lost == pytest.approx(exact, abs=1)
    assert sum(lost) == 1_000 * USD
    perps.require_conserved()


@given(
    sizes=st.lists(st.integers(10**15, 10**19), min_size=1, max_size=4),
    deposits=st.lists(st.integers(3_000, 30_000), min_size=4, max_size=4),
    price=st.integers(200, 1_790),
    lent=st.integers(0, 3_000),
)
@settings(max_examples=15)
def test_the_parts_are_those_of_the_mirror_and_nothing_is_created_or_lost(
    sizes, deposits, price, lent, artifacts, deploy
):
    """Traders of both sides beside the bankrupt one; a bystander's account stays as it is."""
    with RevmChain() as chain:
        perps = new_perp_market(chain, deploy)
        open_interest(perps, shorts=((BOB, 5 * ETH),))
        perps.pay_in(BYSTANDER, 1_000 * USD)
        for i, size_wad in enumerate(sizes):
            account = (CAROL, STAKER, KEEPER, perps.maker("BTC"))[i]
            if account == perps.maker("BTC"):
                continue
            perps.pay_in(account, deposits[i] * USD)
            perps.trade(account, "ETH", -size_wad if i % 2 else size_wad % (5 * ETH) + 10**15)
        stage = stage_of(perps)
        perps.waterfall(stage)
        perps.price("ETH", price * E8)
        listed = perps.market.read("holders", perps.instruments["ETH"])
        holders = list(zip(listed[0], listed[1], strict=True))
        before = {one: perps.market.read("accountState", *one) for one in holders}
        held = {one: perps.market.read("position", *one, perps.instruments["ETH"]) for one in holders}
        events = perps.market.send(BYSTANDER, *perps.liquidate_args(ALICE, "ETH"))
        found = named(events, "LossShared")
        parts = {(e["fromOwner"], e["fromSlot"]): e["amountQuote"] for e in named(events, "LossSocialised")}
        missing = found[0]["missingQuote"]
        profits, margins = [], []
        for one in holders:
            worth = max(before[one].equityQuote, 0) if one[0] != ALICE else 0
            profit = held[one].sizeWad * price * E8 // 10**20 + held[one].entryQuote
            profits.append(min(max(profit, 0), worth))
            initial = perps.market.read("requirement", perps.instruments["ETH"], abs(held[one].sizeWad))[1]
            margins.append(min(initial, worth - profits[-1]))
        expected = shared_loss(missing, profits, margins)
        assert [parts.get(one, 0) for one in holders] == expected
        assert sum(parts.values()) == found[0]["sharedQuote"]
        assert perps.cash(BYSTANDER) == 1_000 * USD
        perps.require_conserved()


def test_who_causes_a_loss_is_not_asked_to_share_it(perps):
    """Worth 250 at the mark, ALICE is short of what a book 12 % below it takes: 860, more than 750 of profits."""
    perps.waterfall(stage_of(perps))
    perps.price("ETH", 1_850 * E8)
    perps.book(spread_bps=1_200)
    events = perps.market.send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    assert {one["fromOwner"] for one in named(events, "LossSocialised")} == {BOB, CAROL}
    assert sum(one["amountQuote"] for one in named(events, "LossSocialised")) == 860 * USD
    assert perps.size(ALICE, "ETH") == perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_booked_bad_debt_is_shared_later(perps):
    perps.price("ETH", 1_700 * E8)
    perps.liquidate(ALICE, "ETH")
    assert perps.of("ETH").badDebtQuote == 500 * USD
    perps.waterfall(stage_of(perps))
    equity = perps.state(BYSTANDER).equityQuote
    perps.market.send(KEEPER, "resolveBadDebt", perps.instruments["ETH"])
    assert perps.of("ETH").badDebtQuote == 0
    assert perps.state(BYSTANDER).equityQuote == equity
    perps.require_conserved()


def test_who_closes_ahead_of_a_loss_does_not_pay_it(perps):
    """Positions, not cash, make liable: that is why withdrawals wait and the maker inherits."""
    perps.price("ETH", 1_700 * E8)
    perps.trade(BOB, "ETH", 3 * ETH)
    perps.waterfall(stage_of(perps))
    equity = perps.state(BOB).equityQuote
    perps.liquidate(ALICE, "ETH")
    assert perps.state(BOB).equityQuote == equity
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_an_account_that_cannot_be_valued_freezes_nobody(perps):
    for account, size_wad in ((CAROL, ETH // 10), (STAKER, -ETH // 10)):
        perps.pay_in(account, 10_000 * USD)
        perps.trade(account, "BTC", size_wad)
    perps.waterfall(stage_of(perps))
    perps.price("ETH", 1_700 * E8)
    perps.price("BTC", 0)
    cash = perps.cash(CAROL)
    perps.liquidate(ALICE, "ETH")
    assert perps.cash(CAROL) == cash
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_only_the_market_asks(perps):
    stage = stage_of(perps)
    shortfall = (ALICE, perps.slot(None), perps.instruments["ETH"], 0, 0, 0, 1)
    assert stage.send_error(BYSTANDER, "absorb", shortfall) == f"NotMarket({BYSTANDER})"


def test_all_stages_in_order(perps):
    """Vault up to its cap, fund up to its cap, winners' positions, and what an index fill leaves, by sharing."""
    made = vault(perps, 10_000 * USD, cap=1_700 * USD)
    fund = new_fund(perps, 100 * USD)
    adl = deleverage_stage(perps, fill=2)
    stages = (made, fund_stage(perps, fund), adl, stage_of(perps))
    perps.waterfall(*stages)
    perps.price("ETH", 1_700 * E8, index_e8=1_750 * E8)
    arguments = perps.liquidate_args(ALICE, "ETH")[1:]
    events = adl.send(KEEPER, "liquidate", *arguments, [(BOB, False), (CAROL, False)])
    asked = named(events, "StageAsked")
    assert [one["stage"] for one in asked] == [one.address for one in stages]
    assert asked[0]["closedWad"] == ETH
    assert asked[1]["paidQuote"] == 100 * USD
    assert asked[2]["closedWad"] == 3 * ETH
    assert asked[3]["paidQuote"] == 3 * 50 * USD
    assert perps.size(ALICE, "ETH") == perps.totals().badDebtQuote == perps.cash(ALICE) == 0
    perps.require_conserved()


def test_the_book_first_and_all_stages_in_order(perps):
    """In one liquidation: the book above 1,800, the vault, a short fund, winners at 1,750, the rest shared."""
    perps.book(per_whole_bps=150)
    fund = new_fund(perps, 50 * USD)
    adl = deleverage_stage(perps, fill=2)
    stages = (vault(perps, 10_000 * USD, cap=1_830 * USD), fund_stage(perps, fund), adl, stage_of(perps))
    perps.waterfall(*stages)
    perps.price("ETH", 1_830 * E8, index_e8=1_750 * E8)
    hand = perps.deploy(perps.chain, "Deleverager")
    events = hand.send(KEEPER, "liquidate", adl, *perps.liquidate_args(ALICE, "ETH")[1:])
    done, asked = named(events, "Liquidated")[0], named(events, "StageAsked")
    assert [one["stage"] for one in asked] == [one.address for one in stages]
    assert (done["bookWad"], done["stagesWad"]) == (1_092_529_296_875_000_000, 3_907_470_703_125_000_000)
    assert [one["closedWad"] for one in asked] == [ETH, 0, 1_902_247_339_404_492_514, 0]
    assert [one["paidQuote"] for one in asked] == [0, 50 * USD, 0, 42_410_037]
    assert perps.size(ALICE, "ETH") == perps.totals().badDebtQuote == perps.cash(ALICE) == 0
    perps.require_conserved()
