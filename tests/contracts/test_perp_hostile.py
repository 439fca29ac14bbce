"""Hostile use of a perpetual market: refused by a named error or contained, and the figures say how far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.revm import RevmChain
from sim.units import E8
from tests.contracts.test_perp_composition import MAX_AGE_S, Venue
from tests.deployed import Deployed
from tests.perps import ALICE, BOB, CAROL, CROSS, KEEPER, USD, PerpMarket, new_perp_market
from tests.stages import (
    BANKRUPTCY,
    DEPOSITOR,
    ETH,
    INDEX,
    STAKER,
    deleverage_stage,
    named,
    open_interest,
    vault,
)

SHORTS = ((BOB, 3 * ETH), (CAROL, 2 * ETH))


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH from $ 2,000 with $ 1,000, BOB and CAROL are short 3 and 2."""
    made = new_perp_market(revm, deploy)
    open_interest(made, shorts=SHORTS)
    return made


def deleverage(perps: PerpMarket, stage: Deployed) -> list[tuple[str, dict]]:
    """Liquidate ALICE through the stage, ranked when it is asked; return the events."""
    hand = perps.deploy(perps.chain, "Deleverager")
    return hand.send(KEEPER, "liquidate", stage, *perps.liquidate_args(ALICE, "ETH")[1:])


class TestCounterparties:
    """A winner who has nothing, or next to nothing, stands in nobody's way."""

    @pytest.mark.parametrize("policy", ["ReturnLeverageQueue", "CappedProRata"])
    def test_a_winner_worth_less_than_nothing_gives_nothing_and_freezes_nobody(self, perps, policy):
        """BOB has won 900 in ETH and lost 12,500 in BTC; no fill better than the mark makes up for it."""
        perps.trade(BOB, "BTC", ETH)
        perps.price("BTC", 37_500 * E8)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8, index_e8=1_690 * E8)
        assert perps.state(BOB).equityQuote == -1_600 * USD
        stage = deleverage_stage(perps, policy, *([0] if policy == "CappedProRata" else []), fill=INDEX)
        perps.waterfall(stage)
        closed = named(deleverage(perps, stage), "Deleveraged")
        assert [(one["owner"], one["sizeWad"], one["haircutQuote"]) for one in closed] == [
            (CAROL, 2 * ETH, -20 * USD)
        ]
        assert [perps.size(one, "ETH") for one in (ALICE, BOB, CAROL)] == [3 * ETH, -3 * ETH, 0]
        perps.require_conserved()

    @given(
        size_wad=st.integers(10**17, 49 * 10**17),
        mark_e8=st.integers(1_600 * E8, 1_799 * E8),
        left=st.integers(1, 300 * USD),
        sign=st.sampled_from([1, -1]),
        fill=st.sampled_from([BANKRUPTCY, INDEX]),
    )
    def test_what_is_taken_of_the_last_equity_leaves_nobody_a_unit_below_nothing(
        self, size_wad, mark_e8, left, sign, fill, artifacts, deploy
    ):
        """BOB can bear a part only, of any size to the last decimal; ALICE is long, or short the mirror image."""
        with RevmChain() as chain:
            perps = new_perp_market(chain, deploy)
            perps.pay_in(ALICE, 1_000 * USD)
            perps.trade(ALICE, "ETH", sign * 5 * ETH)
            perps.pay_in(BOB, 10_000 * USD)
            perps.trade(BOB, "ETH", -sign * size_wad)
            perps.trade(BOB, "BTC", ETH)
            mark_e8 = mark_e8 if sign > 0 else 4_000 * E8 - mark_e8
            perps.price("ETH", mark_e8, index_e8=mark_e8 + sign * 7 * E8 // 3)
            perps.price("BTC", 50_000 * E8 - (perps.state(BOB).equityQuote - left) * 100)
            assert abs(perps.state(BOB).equityQuote - left) <= 1
            perps.book(most_wad=0)
            stage = deleverage_stage(perps, fill=fill)
            perps.waterfall(stage)
            deleverage(perps, stage)
            assert perps.state(BOB).equityQuote >= 0
            assert perps.size(ALICE, "ETH") * sign < 5 * ETH
            perps.require_conserved()

    def test_who_cannot_be_valued_gives_nothing_and_freezes_nobody(self, perps):
        """BOB holds BTC too, which has no price now; once it has one again, he is closed like others."""
        perps.add("BTC", 0, pricing=perps.deploy(perps.chain, "HandPricing", 6))
        other = Deployed(perps.chain, perps.market.artifacts, "HandPricing", perps.maker("BTC"))
        perps.pricing, eth = other, perps.pricing
        perps.price("BTC", 50_000 * E8)
        perps.configs["BTC"]["mark"] = other
        perps.add("BTC", 0)
        perps.pay_in(other.address, 10**6 * USD, payer=STAKER)
        perps.trade(BOB, "BTC", ETH // 100)
        perps.price("BTC", 0)
        perps.pricing = eth
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        stage = deleverage_stage(perps)
        perps.waterfall(stage)
        invalid = f"InvalidIndex({perps.instruments['BTC']}, 0)"
        assert perps.market.read_error("accountState", BOB, CROSS) == invalid
        assert [one["owner"] for one in named(deleverage(perps, stage), "Deleveraged")] == [CAROL]
        assert perps.size(ALICE, "ETH") == 3 * ETH, "what is left waits"
        perps.pricing = other
        perps.price("BTC", 50_000 * E8)
        perps.pricing = eth
        assert [one["owner"] for one in named(deleverage(perps, stage), "Deleveraged")] == [BOB]
        assert perps.size(ALICE, "ETH") == perps.totals().badDebtQuote == 0
        perps.require_conserved()

    def test_with_nobody_on_the_other_side_the_maker_is_closed(self, revm, deploy):
        """All are long: no short is there to rank but the maker, who has won what they have lost."""
        perps = new_perp_market(revm, deploy)
        open_interest(perps, shorts=())
        perps.pay_in(BOB, 10_000 * USD)
        perps.trade(BOB, "ETH", 3 * ETH)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        state = perps.of("ETH")
        assert (state.shortWad, state.shortCount, state.makerWad) == (0, 1, -8 * ETH)
        stage = deleverage_stage(perps, "CappedProRata", 1)
        perps.waterfall(stage)
        closed = named(deleverage(perps, stage), "Deleveraged")
        assert [(one["owner"], one["sizeWad"]) for one in closed] == [(perps.maker("ETH"), 5 * ETH)]
        assert perps.state(perps.pricing).equityQuote == (10_000_000 + 8 * 300 - 5 * 100) * USD
        assert perps.of("ETH").makerWad == -3 * ETH
        perps.require_conserved()


class TestPushedPrices:
    """Two accounts of one trader, as on Mango: one wins what the other does not have."""

    def test_what_a_pushed_curve_pays_on_paper_does_not_leave(self, revm, deploy):
        """BOB's short and ALICE's purchases push a curve of $ 5 million; held for an hour, the mark follows.

        ALICE has won 81,794 on paper and withdraws the 65,612 of her own that margin does not need. Closing takes
        the curve back: the two together have paid 819 of fees and got nothing.
        """
        venue = Venue(revm, deploy, "VirtualAmmPricing")
        perps = venue.perps
        for account in (ALICE, BOB):
            perps.pay_in(account, 100_000 * USD)
        perps.trade(BOB, "ETH", -100 * ETH)
        perps.trade(ALICE, "ETH", 300 * ETH)
        assert venue.mark.read("markE8", venue.eth) == 2_000 * E8, "nothing within the block"
        for _ in range(60):
            venue.move(2_000 * E8)
        assert venue.mark.read("markE8", venue.eth) // E8 == 2_362
        state = perps.state(ALICE)
        free = state.openingQuote - state.initialQuote
        assert ((state.equityQuote - state.openingQuote) // USD, free // USD) == (81_794, 65_612)
        assert perps.withdraw_error(ALICE, free + 1).startswith("InsufficientMargin(")
        perps.withdraw(ALICE, free)
        for account, size in ((ALICE, -300 * ETH), (BOB, 100 * ETH)):
            perps.trade(account, "ETH", size)
        left = sum(perps.cash(one) for one in (ALICE, BOB)) + free
        assert (200_000 * USD - left) // USD == 819
        perps.require_conserved()

    def test_what_a_pushed_index_pays_waits_for_whoever_covers_it(self, revm, deploy):
        """At an index pushed from 2,000 to 3,000 ALICE sells 100 ETH to the maker, which BOB cannot buy back.

        They brought 60,000 and would leave with 130,000. The liquidation books what BOB lacks, which makes
        withdrawals wait; before it, showing his account does.
        """
        perps = new_perp_market(revm, deploy)
        perps.rules(gated=True, gate_s=3_600)
        for account, size in ((ALICE, 100 * ETH), (BOB, -100 * ETH)):
            perps.pay_in(account, 30_000 * USD)
            perps.trade(account, "ETH", size)
        perps.price("ETH", 3_000 * E8)
        perps.trade(ALICE, "ETH", -100 * ETH)
        assert perps.cash(ALICE) == 130_000 * USD
        perps.market.send(KEEPER, "gateWithdrawals", BOB, CROSS)
        assert perps.withdraw_error(ALICE, 1).startswith("WithdrawalsWait(0, ")
        perps.liquidate(BOB, "ETH")
        perps.wait(3_600)
        assert perps.withdraw_error(ALICE, 1) == f"WithdrawalsWait({70_000 * USD}, {perps.chain.timestamp_s})"
        assert perps.state(perps.pricing).equityQuote == 10_000_000 * USD, "the maker is flat and has lost nothing"
        perps.fund(STAKER, 70_000 * USD)
        perps.market.send(STAKER, "coverBadDebt", perps.instruments["ETH"], 70_000 * USD)
        perps.withdraw(ALICE, 130_000 * USD)
        perps.require_conserved()


class TestTicks:
    """Brackets from $ 10,000 on: 6 % below, 10 % above, continuous."""

    @pytest.fixture
    def perps(self, revm, deploy):
        made = new_perp_market(revm, deploy)
        made.add("ETH", 0, tiers=[(0, 600, 0), (10_000 * USD, 1_000, 400 * USD)])
        return made

    def test_a_position_at_the_tick_needs_no_more_than_one_just_below(self, perps):
        """A unit of notional more is a unit of margin more, at most."""
        eth = perps.instruments["ETH"]
        needed = [perps.market.read("requirement", eth, 5 * ETH + off * 5 * 10**8) for off in (-1, 0, 1)]
        assert [notional - 10_000 * USD for notional, _, _ in needed] == [-1, 0, 1]
        assert [maintenance - 600 * USD for _, _, maintenance in needed] == [0, 0, 1]
        assert [initial - 1_000 * USD for _, initial, _ in needed] == [0, 0, 2]

    def test_crossing_the_tick_liquidates_nobody(self, perps):
        """A short of 5 ETH with 1,000 is safe at the tick; below its margin from 2,072.73 on."""
        perps.pay_in(ALICE, 1_000 * USD)
        perps.trade(ALICE, "ETH", -5 * ETH)
        for price in (2_000 * E8 - 1, 2_000 * E8, 2_000 * E8 + 1, 207_272_727_200):
            perps.price("ETH", price)
            assert perps.liquidate_error(ALICE, "ETH").startswith("NotLiquidatable(")
        perps.price("ETH", 207_272_727_300)
        assert perps.liquidate(ALICE, "ETH")["maintenanceQuote"] == 636_363_637
        perps.require_conserved()

    def test_one_large_position_needs_more_margin_than_the_same_in_ten_accounts(self, perps):
        """$ 100,000: 16,000 in one account, where ten need 1,000 each."""
        small = [ACCOUNTS.address(70 + i) for i in range(10)]
        for account in small:
            perps.pay_in(account, 1_000 * USD)
            perps.trade(account, "ETH", 5 * ETH)
        perps.pay_in(ALICE, 16_000 * USD - 1)
        assert (
            perps.trade_error(ALICE, "ETH", 50 * ETH) == f"InsufficientMargin({16_000 * USD - 1}, {16_000 * USD})"
        )
        perps.pay_in(ALICE, 1)
        perps.trade(ALICE, "ETH", 50 * ETH)
        perps.require_conserved()


class TestIndexOutages:
    def test_a_feed_that_stops_in_a_fall_refuses_liquidations_and_lets_traders_pay_in(self, revm, deploy):
        """The liquidation comes when the feed does, at the price of then."""
        venue = Venue(revm, deploy, "OracleImpactPricing")
        perps = venue.perps
        for account in (ALICE, BOB):
            perps.pay_in(account, 2_500 * USD)
            perps.trade(account, "ETH", 10 * ETH)
        venue.move(1_780 * E8)
        perps.wait(MAX_AGE_S + 1)
        books = perps.books()
        stale = f"StaleIndex({venue.eth}, {MAX_AGE_S + 1}, {MAX_AGE_S})"
        assert [perps.liquidate_error(one, "ETH") for one in (ALICE, BOB)] == [stale, stale]
        assert perps.books() == books
        perps.pay_in(BOB, 2_000 * USD)
        venue.move(1_780 * E8)
        event = perps.liquidate(ALICE, "ETH")
        assert event["markE8"] == pytest.approx(1_780 * E8, rel=1e-2)
        assert perps.liquidate_error(BOB, "ETH").startswith("NotLiquidatable(")
        perps.require_conserved()

    def test_without_an_index_to_fill_at_nobody_is_closed(self, perps):
        """The mark holds, the index does not: refused whole, and done once it is back."""
        stage = deleverage_stage(perps, fill=INDEX)
        perps.waterfall(stage)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8, index_e8=0)
        hand, books = perps.deploy(perps.chain, "Deleverager"), perps.books()
        call = (KEEPER, "liquidate", stage, *perps.liquidate_args(ALICE, "ETH")[1:])
        assert hand.send_error(*call) == f"InvalidIndex({perps.instruments['ETH']}, 0)"
        assert perps.books() == books
        perps.price("ETH", 1_700 * E8)
        hand.send(*call)
        assert perps.size(ALICE, "ETH") == 0
        perps.require_conserved()


def test_every_door_is_shut_ahead_of_a_loss(perps):
    """ALICE lacks 500, which BOB's and CAROL's profits of 1,500 shall bear: they leave by no account and no token.

    Before she is shown they leave with cash above their margin, never with the profit.
    """
    perps.rules(gated=True, gate_s=600)
    token, _ = perps.add_collateral(100 * E8)
    perps.back(token, BOB, 10**9)
    perps.price("ETH", 1_700 * E8)
    state = perps.state(CAROL)
    assert (state.equityQuote, state.openingQuote - state.initialQuote) == (10_600 * USD, 9_660 * USD)
    assert perps.withdraw_error(CAROL, 9_660 * USD + 1).startswith("InsufficientMargin(")
    backstop = vault(perps, 1_000 * USD)
    perps.market.send(KEEPER, "gateWithdrawals", ALICE, CROSS)
    wait = f"WithdrawalsWait(0, {perps.chain.timestamp_s + 600})"
    eth = perps.instruments["ETH"]
    assert perps.withdraw_error(CAROL, 1) == wait
    assert perps.market.send_error(CAROL, "moveCash", CROSS, eth, 1) == wait
    assert perps.collateral.send_error(BOB, "withdraw", token, 1, BOB) == wait
    assert backstop.read("maxRedeem", DEPOSITOR) == 0
    stage = perps.deploy(perps.chain, "SocialiseStage", perps.market)
    perps.waterfall(stage)
    perps.liquidate(ALICE, "ETH")
    assert perps.totals().badDebtQuote == 0
    assert perps.state(CAROL).equityQuote == 10_400 * USD
    perps.wait(600)
    perps.withdraw(CAROL, 1)
    perps.require_conserved()
