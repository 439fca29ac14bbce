"""Deleverager: a ranking made in the middle of the liquidation is right, whatever moved before it."""

from __future__ import annotations

from random import Random

import pytest
from eth_abi import encode

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import Block, Transaction
from sim.units import E8, WAD
from tests.contracts.test_perp_composition import Venue
from tests.deleveraging import POLICIES
from tests.deployed import Deployed
from tests.perps import ALICE, BOB, CAROL, KEEPER, USD, PerpMarket, new_perp_market
from tests.stages import (
    BANKRUPTCY,
    BYSTANDER,
    ETH,
    INDEX,
    PREVIOUS_MARK,
    STAKER,
    fund_stage,
    named,
    new_fund,
    open_interest,
    vault,
)

SHORTS = ((BOB, 3 * ETH), (CAROL, 2 * ETH))
EVERY_POLICY = POLICIES | {"none": lambda deploy, chain: deploy(chain, "NoDeleveraging")}
HIRER = ACCOUNTS.address(54)
GAS_PER_CANDIDATE = 100_000
"""Reading, ranking and closing one, at a mark that costs nothing to read; pro rata closes all of them."""
GAS_OF_BOOK = 500_000
"""What a liquidation takes that ends in the book."""


def stage_with(perps: PerpMarket, policy: str, fill: int = BANKRUPTCY) -> Deployed:
    """Deploy a stage by the name of its policy, the only one of the waterfall."""
    made = EVERY_POLICY[policy](perps.deploy, perps.chain)
    stage = perps.deploy(perps.chain, "DeleverageStage", perps.market, made, fill)
    perps.waterfall(stage)
    return stage


def liquidation(stage: Deployed, perps: PerpMarket, account: str = ALICE, isolated: bool = False) -> tuple:
    """Return function and arguments of a liquidation through the Deleverager."""
    return "liquidate", stage, *perps.liquidate_args(account, "ETH", isolated)[1:]


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH, BOB and CAROL are short, and KEEPER's hand is deployed."""
    made = new_perp_market(revm, deploy)
    open_interest(made, shorts=SHORTS)
    return made


@pytest.fixture
def hand(revm, deploy):
    return deploy(revm, "Deleverager")


def crowd(perps: PerpMarket, sign: int, count: int = 12) -> None:
    """Fill the book at many prices: cross and isolated accounts, several of one owner, other instruments, twins.

    ALICE is bankrupt at 2,000 - 300 * sign: long for a sign of 1, short for -1; the maker is on the other side.
    """
    random = Random(7)
    perps.pay_in(ALICE, 1_000 * USD)
    perps.trade(ALICE, "ETH", sign * 5 * ETH)
    for number in range(count):
        perps.price("ETH", random.randint(1_900, 2_100) * E8)
        owner = ACCOUNTS.address(70 + number * 2 // 3)
        isolated = number % 3 == 1
        side = 1 if number % 4 == 3 else -1
        size = side * sign * random.randint(1, 40) * ETH // 100
        perps.pay_in(owner, random.randint(400, 4_000) * USD, isolated="ETH" if isolated else None)
        perps.trade(owner, "ETH", size, isolated=isolated)
        if number % 5 == 0:
            perps.trade(owner, "BTC", ETH // 100)
    perps.price("ETH", 2_000 * E8)
    for number in (90, 91, 92):
        perps.pay_in(ACCOUNTS.address(number), 1_000 * USD)
        perps.trade(ACCOUNTS.address(number), "ETH", -sign * ETH // 10)
    assert perps.of("ETH").makerWad * sign < 0
    perps.book(most_wad=0)
    perps.price("ETH", (2_000 - 300 * sign) * E8, index_e8=(2_000 - 280 * sign) * E8)


class TestRanking:
    @pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
    @pytest.mark.parametrize("policy", EVERY_POLICY)
    def test_it_is_right_under_every_policy(self, revm, deploy, hand, policy, sign):
        """Cross and isolated candidates, the maker and equal scores among them."""
        perps = new_perp_market(revm, deploy)
        crowd(perps, sign)
        stage = stage_with(perps, policy)
        if policy == "none":
            error = hand.send_error(KEEPER, *liquidation(stage, perps))
            assert error == "NothingLiquidated()", "the ranking was taken, and nobody is closed"
            return
        events = hand.send(KEEPER, *liquidation(stage, perps))
        closed = named(events, "Deleveraged")
        assert sum(one["sizeWad"] for one in closed) == sign * 5 * ETH
        assert perps.size(ALICE, "ETH") == 0
        perps.require_conserved()

    @pytest.mark.parametrize("fill", [BANKRUPTCY, PREVIOUS_MARK, INDEX])
    @pytest.mark.parametrize("policy", ["pro rata of profit", "pro rata of size"])
    def test_it_is_right_where_scores_depend_on_the_fill_price(self, revm, deploy, hand, policy, fill):
        perps = new_perp_market(revm, deploy)
        crowd(perps, 1)
        stage = stage_with(perps, policy, fill)
        perps.price("ETH", 1_790 * E8)
        stage.send(BYSTANDER, "noteMark", perps.instruments["ETH"])
        perps.wait(3)
        perps.price("ETH", 1_700 * E8, index_e8=1_720 * E8)
        closed = named(hand.send(KEEPER, *liquidation(stage, perps)), "Deleveraged")
        assert {one["fillE8"] for one in closed} == {[1_800 * E8, 1_790 * E8, 1_720 * E8][fill]}
        assert perps.size(ALICE, "ETH") == 0
        perps.require_conserved()

    def test_isolated_accounts_are_liquidated_too(self, revm, deploy, hand):
        perps = new_perp_market(revm, deploy)
        perps.pay_in(ALICE, 1_000 * USD, isolated="ETH")
        perps.trade(ALICE, "ETH", 5 * ETH, isolated=True)
        for isolated in (None, "ETH"):
            perps.pay_in(BOB, 10_000 * USD, isolated=isolated)
            perps.trade(BOB, "ETH", -5 * ETH // 2, isolated=isolated is not None)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        stage = stage_with(perps, "random start")
        hand.send(KEEPER, *liquidation(stage, perps, isolated=True))
        assert [perps.size(BOB, "ETH", isolated) for isolated in (False, True)] == [0, 0]

    def test_an_owner_s_other_account_is_a_candidate_like_others(self, revm, deploy, hand):
        """ALICE's cross account is short against her isolated long."""
        perps = new_perp_market(revm, deploy)
        perps.pay_in(ALICE, 1_000 * USD, isolated="ETH")
        perps.trade(ALICE, "ETH", 5 * ETH, isolated=True)
        perps.pay_in(ALICE, 10_000 * USD)
        perps.trade(ALICE, "ETH", -5 * ETH)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        stage = stage_with(perps, "return x leverage")
        hand.send(KEEPER, *liquidation(stage, perps, isolated=True))
        assert [perps.size(ALICE, "ETH", isolated) for isolated in (False, True)] == [0, 0]

    def test_equal_scores_go_by_owner_and_slot(self, revm, deploy, hand):
        """Six alike; the queue takes them in the order of addresses, the cross account of each first."""
        perps = new_perp_market(revm, deploy)
        perps.pay_in(ALICE, 600 * USD)
        perps.trade(ALICE, "ETH", 3 * ETH)
        owners = [ACCOUNTS.address(number) for number in (70, 71, 72)]
        for owner in owners:
            for isolated in ("ETH", None):
                perps.pay_in(owner, 1_000 * USD, isolated=isolated)
                perps.trade(owner, "ETH", -ETH, isolated=isolated is not None)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        stage = stage_with(perps, "return x leverage")
        closed = named(hand.send(KEEPER, *liquidation(stage, perps)), "Deleveraged")
        first, second = sorted(owners, key=lambda one: int(one, 16))[:2]
        cross, eth = perps.slot(None), perps.instruments["ETH"]
        assert [(one["owner"], one["slot"]) for one in closed] == [(first, cross), (first, eth), (second, cross)]


class TestWhatMovesBefore:
    def test_trades_of_the_same_block_do_not_hinder_it(self, perps, hand):
        """CAROL closes and BYSTANDER opens ahead of it; a ranking that was made before is refused."""
        stage = stage_with(perps, "return x leverage")
        perps.pay_in(BYSTANDER, 5_000 * USD)
        perps.price("ETH", 1_700 * E8)
        perps.book(most_wad=49 * ETH // 10)
        ahead = [
            perps.market.transaction(CAROL, *perps.trade_args("ETH", 2 * ETH)),
            perps.market.transaction(BYSTANDER, *perps.trade_args("ETH", -ETH)),
        ]
        made_before = [(BOB, False), (CAROL, False)]
        late = stage.transaction(KEEPER, "liquidate", *perps.liquidate_args(ALICE, "ETH")[1:], made_before)
        ranked = hand.transaction(KEEPER, *liquidation(stage, perps))
        receipts = perps.chain.execute(Block(perps.chain.timestamp_s, [*ahead, late, ranked]))
        assert [one.ok for one in receipts] == [True, True, False, True]
        assert perps.size(ALICE, "ETH") == 0
        perps.require_conserved()

    def test_the_maker_changes_sides_in_the_middle(self, revm, deploy, hand):
        """The book takes part of ALICE's long first; the maker, short before, is long when candidates are read."""
        perps = new_perp_market(revm, deploy)
        perps.pay_in(ALICE, 1_000 * USD)
        perps.trade(ALICE, "ETH", 5 * ETH)
        perps.pay_in(BOB, 10_000 * USD)
        perps.trade(BOB, "ETH", -4 * ETH)
        perps.book(per_whole_bps=250)
        perps.price("ETH", 1_900 * E8)
        stage = stage_with(perps, "return x leverage")
        before = {perps.maker("ETH"): -ETH, BOB: -4 * ETH}
        assert {one: perps.size(one, "ETH") for one in before} == before
        for order in (list(before), list(before)[::-1]):
            error = stage.send_error(
                KEEPER, "liquidate", *perps.liquidate_args(ALICE, "ETH")[1:], [(one, False) for one in order]
            )
            assert error.startswith("RankingStale(")
        event = named(hand.send(KEEPER, *liquidation(stage, perps)), "Liquidated")[0]
        assert event["bookWad"] > ETH
        assert event["stagesWad"] > 0
        assert perps.size(perps.maker("ETH"), "ETH") > 0
        perps.require_conserved()

    @pytest.mark.parametrize("policy", ["index", "pro rata of profit"])
    def test_a_vault_and_a_fund_come_before(self, perps, hand, policy):
        stage = stage_with(perps, policy)
        backstop = vault(perps, 300 * USD)
        perps.waterfall(backstop, fund_stage(perps, new_fund(perps, 50 * USD)), stage)
        perps.price("ETH", 1_700 * E8)
        perps.book(spread_bps=10)
        events = hand.send(KEEPER, *liquidation(stage, perps))
        assert named(events, "PositionTaken")
        assert named(events, "FundDrawn")
        assert named(events, "Deleveraged")
        assert perps.size(ALICE, "ETH") == 0
        perps.require_conserved()

    @pytest.mark.parametrize("policy", ["return x leverage", "pro rata of profit", "index by side"])
    def test_real_prices_that_the_liquidation_moves(self, revm, deploy, hand, policy):
        """The book closes part at prices that fall with it and pays the maker; the rest is ranked after that."""
        venue = Venue(revm, deploy, "VirtualAmmPricing")
        perps, random = venue.perps, Random(3)
        perps.pay_in(ALICE, 3_000 * USD)
        perps.trade(ALICE, "ETH", 20 * ETH)
        for number in range(8):
            venue.move((1_990 + number) * E8)
            owner = ACCOUNTS.address(70 + number)
            perps.pay_in(owner, random.randint(2_000, 6_000) * USD)
            perps.trade(owner, "ETH", -random.randint(10, 40) * ETH // 10)
        stage = stage_with(perps, policy)
        perps.pay_in(BOB, 100_000 * USD)
        for _ in range(30):
            state = perps.state(ALICE)
            if state.equityQuote * 2 < state.maintenanceQuote:
                break
            venue.move(1_869 * E8)
            if size := venue.arbitrage_wad():
                perps.trade(BOB, "ETH", size)
        event = named(hand.send(KEEPER, *liquidation(stage, perps)), "Liquidated")[0]
        assert event["bookWad"] > 0
        assert event["stagesWad"] > 0
        assert perps.size(ALICE, "ETH") == 0
        perps.require_conserved()


class TestFee:
    @pytest.fixture(autouse=True)
    def paid(self, perps):
        """1 % of what the book closes, half of it for the fund."""
        perps.add("ETH", 0, liquidationFeeBps=100, fundShareBps=5_000)
        perps.price("ETH", 1_830 * E8)

    def test_nothing_to_rank_costs_no_ranking_and_pays_the_caller(self, perps, hand):
        stage = stage_with(perps, "return x leverage")
        call = hand.encode(*liquidation(stage, perps))
        receipt = perps.chain.execute(
            Block(perps.chain.timestamp_s, [Transaction(KEEPER, hand.address, call, GAS_OF_BOOK)])
        )[0]
        assert receipt.ok
        fee = named([hand.artifacts.decoder.decode(one) for one in receipt.logs], "Liquidated")[0]["feeQuote"]
        assert perps.quote.read("balanceOf", KEEPER) == fee - fee // 2 > 0
        assert perps.totals().fundDuesQuote == fee // 2
        assert [perps.quote.read("balanceOf", one) for one in (hand, stage)] == [0, 0]
        assert [perps.cash(one) for one in (hand, stage)] == [0, 0]
        perps.require_conserved()

    def test_what_a_liquidation_returns_is_what_the_caller_got(self, perps, hand):
        stage = stage_with(perps, "return x leverage")
        data = perps.chain.call(hand.address, hand.encode(*liquidation(stage, perps)), KEEPER)
        promised = hand.type.decode("liquidate", data)[1]
        hand.send(KEEPER, *liquidation(stage, perps))
        assert perps.quote.read("balanceOf", KEEPER) == promised

    def test_a_fee_that_has_to_wait_is_owed_to_the_caller(self, perps, hand):
        stage = stage_with(perps, "return x leverage")
        perps.rules(gated=True, gate_s=100)
        perps.pay_in(STAKER, 200 * USD)
        perps.trade(STAKER, "BTC", ETH // 25)
        perps.price("BTC", 40_000 * E8)
        perps.market.send(BYSTANDER, "gateWithdrawals", STAKER, perps.slot(None))
        owed = named(hand.send(KEEPER, *liquidation(stage, perps)), "FeeOwed")
        assert [one["keeper"] for one in owed] == [KEEPER]
        assert stage.read("feeOwedQuote", KEEPER) == owed[0]["amountQuote"] > 0
        perps.wait(101)
        stage.send(BYSTANDER, "claimFee", KEEPER)
        assert perps.quote.read("balanceOf", KEEPER) == owed[0]["amountQuote"]
        assert [perps.quote.read("balanceOf", one) for one in (hand, stage)] == [0, 0]
        perps.require_conserved()


class TestHostileUse:
    @pytest.fixture
    def stage(self, perps):
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        return stage_with(perps, "return x leverage")

    @pytest.fixture
    def liar(self, perps):
        """A keeper that is asked and says what it was told to."""
        return perps.deploy(perps.chain, "ReentrantActor", HIRER)

    @pytest.mark.parametrize(
        ("numbers", "error"),
        [
            ([0], "RankingIncomplete(1, 2)"),
            ([], "RankingIncomplete(0, 2)"),
            ([0, 1], "RankingOutOfOrder(1, "),
            ([0, 0], "RankingDuplicate(1, "),
            ([0, 1, 1], "RankingIncomplete(3, 2)"),
            ([0, 2], "UnknownCandidate(2, 2)"),
        ],
    )
    def test_a_ranker_that_lies_is_refused(self, perps, hand, stage, liar, numbers, error):
        answer = encode(["uint256[]"], [numbers])
        liar.send(HIRER, "setAnswer", hand.type.function("order").selector, answer)
        call = stage.encode("liquidateAsking", *perps.liquidate_args(ALICE, "ETH")[1:], KEEPER)
        assert liar.send_error(HIRER, "act", stage, call).startswith(error)
        assert perps.size(ALICE, "ETH") == 5 * ETH

    def test_a_ranker_changes_nothing_while_it_is_asked(self, perps, stage, liar):
        """It may only read: whoever wants to trade in between fails, and the liquidation with it."""
        liar.send(HIRER, "arm", stage, stage.encode("noteMark", perps.instruments["ETH"]))
        call = stage.encode("liquidateAsking", *perps.liquidate_args(ALICE, "ETH")[1:], KEEPER)
        assert not liar.try_send(HIRER, "act", stage, call).ok
        assert perps.size(ALICE, "ETH") == 5 * ETH

    def test_whoever_is_no_ranker_cannot_be_asked(self, perps, stage):
        call = ("liquidateAsking", *perps.liquidate_args(ALICE, "ETH")[1:], KEEPER)
        assert not stage.try_send(KEEPER, *call).ok
        perps.book()
        perps.price("ETH", 1_830 * E8)
        assert stage.try_send(KEEPER, *call).ok, "nobody is asked where the book closes all"
        perps.require_conserved()

    def test_a_false_stage_gets_nothing(self, perps, hand, stage, liar):
        """The hand holds nothing and acts in nobody's name, so that a stage of one's own is of no use."""
        answer = encode(["int256", "uint256"], [0, 0])
        liar.send(HIRER, "setAnswer", stage.type.function("liquidateAsking").selector, answer)
        liar.send(HIRER, "arm", stage, stage.encode("claimFee", hand.address))
        hand.send(KEEPER, *liquidation(liar, perps))
        assert perps.size(ALICE, "ETH") == 5 * ETH
        assert perps.quote.read("balanceOf", liar) == perps.quote.read("balanceOf", hand) == 0

    def test_a_ranking_does_not_outlive_its_liquidation(self, perps, hand, stage):
        perps.pay_in(STAKER, 400 * USD)
        perps.book()
        perps.price("ETH", 2_000 * E8)
        perps.trade(STAKER, "ETH", 2 * ETH)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        hand.send(KEEPER, *liquidation(stage, perps))
        assert perps.liquidate_error(STAKER, "ETH").startswith("RankingMissing(")
        assert stage.send_error(KEEPER, *perps.liquidate_args(STAKER, "ETH"), []).startswith(
            "RankingIncomplete(0, "
        )
        hand.send(KEEPER, *liquidation(stage, perps, STAKER))
        assert perps.size(STAKER, "ETH") == 0


@pytest.mark.parametrize("policy", ["return x leverage", "pro rata of profit"])
def test_a_book_of_a_hundred(revm, deploy, hand, policy):
    """Ranked, verified and half of it closed, within 10.5 million gas."""
    perps, random = new_perp_market(revm, deploy), Random(5)
    perps.pay_in(ALICE, 10_000 * USD)
    perps.trade(ALICE, "ETH", 50 * ETH)
    for number in range(100):
        owner = ACCOUNTS.address(100 + number)
        perps.pay_in(owner, random.randint(1_000, 3_000) * USD)
        perps.trade(owner, "ETH", -WAD)
    perps.book(most_wad=0)
    perps.price("ETH", 1_700 * E8)
    stage = stage_with(perps, policy)
    call = hand.encode(*liquidation(stage, perps))
    gas = GAS_OF_BOOK + 100 * GAS_PER_CANDIDATE
    assert perps.chain.execute(Block(perps.chain.timestamp_s, [Transaction(KEEPER, hand.address, call, gas)]))[
        0
    ].ok
    assert perps.size(ALICE, "ETH") == 0
    assert perps.of("ETH").shortWad == 50 * ETH
    perps.require_conserved()
