"""Deleveraging: rankings are verified on chain, and each policy takes what its rule says, of winners only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from random import Random

import pytest

from sim.chain.base import Block, DeployReverted, Transaction
from sim.reference import deleveraging
from sim.reference.deleveraging import Candidate
from sim.units import E8, WAD
from tests.deleveraging import INSTRUMENT, POLICIES, Event, account
from tests.deployed import Deployed

EVENT = Event(10, 100, 95)
"""Ten are closed at 95 while the mark price is 100."""
ROUNDED = 10
"""Wads of base that sums over a few accounts may differ by."""
GAS_PER_CANDIDATE = 12_000


def longs(random: Random, count: int = 8) -> list[Candidate]:
    """Draw winners and losers who are long, at a mark price of 100."""
    return [
        account(
            owner,
            Fraction(random.randint(1, 10**6), 10**5),
            Fraction(random.randint(50, 130)),
            Fraction(random.randint(10**5, 10**9), 10**6),
            100,
            slot=random.choice([0, 7]),
        )
        for owner in random.sample(range(1, 10**6), count)
    ]


def scaled(one: Candidate, fields: Iterable[str], factor: int) -> Candidate:
    """Return a candidate some of whose numbers are larger."""
    return one._replace(**{field: getattr(one, field) * factor for field in fields})


def capacity(policy: Deployed, candidates: Iterable[Candidate]) -> int:
    """Return what winners can give at the event's price: by shares, no more than their profit."""
    total = 0
    for one in candidates:
        profit = deleveraging.profit_quote(one)
        limit = min(one.equity_quote, profit) if policy.type.name == "CappedProRata" else one.equity_quote
        total += deleveraging.closable_wad_down(one, limit, 100 * E8, 95 * E8) if profit > 0 else 0
    return total


@pytest.fixture(params=POLICIES)
def policy(request, revm, deploy):
    """Return each policy that closes someone."""
    return POLICIES[request.param](deploy, revm)


class TestRankings:
    def test_one_left_out(self, policy):
        ranking = EVENT.ranked(policy, longs(Random(1)))
        assert EVENT.refusal(policy, ranking[1:], 8) == "RankingIncomplete(7, 8)"
        assert EVENT.refusal(policy, [], 1) == "RankingIncomplete(0, 1)"

    def test_one_too_many(self, policy):
        ranking = EVENT.ranked(policy, longs(Random(1)))
        assert EVENT.refusal(policy, ranking, 7) == "RankingIncomplete(8, 7)"

    @pytest.mark.parametrize("twice", [0, 3, 7])
    def test_one_named_twice_in_place_of_another(self, policy, twice):
        ranking = EVENT.ranked(policy, longs(Random(2)))
        doubled = sorted([*ranking[: twice + 1], *ranking[twice:]][:9], key=ranking.index)
        spared = doubled[:-1] if twice < 7 else doubled[1:]
        assert EVENT.refusal(policy, spared).startswith("RankingDuplicate(")

    def test_two_swapped(self, policy):
        ranking = EVENT.ranked(policy, longs(Random(3)))
        for i in range(7):
            swapped = [*ranking[:i], ranking[i + 1], ranking[i], *ranking[i + 2 :]]
            assert EVENT.refusal(policy, swapped).startswith("RankingOutOfOrder(")

    def test_a_tie_is_settled_by_the_account_and_by_nobody_s_choice(self, policy):
        alike = [account(owner, 2, 80, 100, 100, slot) for owner, slot in [(5, 0), (5, 7), (6, 0)]]
        assert EVENT.ranked(policy, alike[::-1]) == alike
        assert EVENT.refusal(policy, [alike[1], alike[0], alike[2]]).startswith("RankingOutOfOrder(1, ")
        assert EVENT.refusal(policy, [alike[0], alike[2], alike[1]]).startswith("RankingOutOfOrder(2, ")

    def test_one_whose_position_is_gone_or_turned(self, policy):
        ranking = EVENT.ranked(policy, longs(Random(4)))
        for size in (0, -WAD):
            stale = [*ranking[:-1], ranking[-1]._replace(size_wad=size)]
            assert EVENT.refusal(policy, stale).startswith("RankingStale(7, ")
        gone = [ranking[0]._replace(size_wad=0), *ranking[1:]]
        assert EVENT.refusal(policy, gone).startswith("RankingStale(0, ")

    @pytest.mark.parametrize("kind", ["return x leverage", "profit x leverage"])
    def test_a_ranking_from_before_a_price_moved(self, revm, deploy, kind):
        """The market fills in what it reads now; the keeper's order is of before."""
        policy = POLICIES[kind](deploy, revm)
        before = [account(1, 10, 90, 200, 100), account(2, 10, 95, 60, 100)]
        now = {1: account(1, 10, 90, 155, "95.5"), 2: account(2, 10, 95, 15, "95.5")}
        stale = [now[one.owner] for one in Event(10, 100, 95).ranked(policy, before)]
        assert [one.owner for one in stale] == [2, 1]
        assert Event(10, "95.5", 95).refusal(policy, stale).startswith("RankingOutOfOrder(1, ")

    def test_is_refused_where_the_mirror_refuses(self, policy):
        """Entries of a small book in any order, with gaps, repeats and positions that are gone or turned."""
        random, seen = Random(8), set()
        for _ in range(60):
            book = longs(random, 4)
            ranking = EVENT.ranked(policy, book)
            if random.random() < 0.8:
                ranking = random.choices(book, k=random.choice([3, 4, 4]))
                ranking.sort(key=book.index if random.random() < 0.3 else EVENT.ranked(policy, book).index)
            if random.random() < 0.2:
                at = random.randrange(len(ranking))
                ranking[at] = ranking[at]._replace(size_wad=random.choice([0, -1]))
            scores = policy.read("scores", EVENT.words(ranking))
            try:
                deleveraging.require_ranked(ranking, scores, len(book))
            except ValueError as error:
                expected = re.match(r"\w+", str(error)).group()
                assert EVENT.refusal(policy, ranking, len(book)).startswith(f"{expected}(")
                seen.add(expected)
            else:
                assert len(policy.read("allocate", EVENT.words(ranking, len(book)))) == len(book)
                seen.add("accepted")
        assert {"accepted", "RankingIncomplete", "RankingDuplicate", "RankingStale"} <= seen


class TestAllocations:
    def test_sum_is_what_is_closed_and_only_winners_give(self, policy):
        for seed in range(20):
            random = Random(seed)
            candidates = longs(random)
            event = Event(Fraction(random.randint(1, 60 * 10**6), 10**6), 100, 95, seed)
            closed = event.closed(policy, candidates)
            assert sum(closed.values()) == min(event.words([])[1], capacity(policy, candidates))
            for one in candidates:
                if deleveraging.profit_quote(one) <= 0:
                    assert closed[one.owner] == 0

    def test_nobody_falls_below_nothing(self, policy):
        """A winner of 100 with an equity of 10 at a price that is worse by 5 can give 2, and no more is taken."""
        thin = [account(1, 100, 99, 10, 100), account(2, 3, 90, 100, 100), account(3, 5, 60, -1, 100)]
        assert Event(50, 100, 95).closed(policy, thin) == {1: 2 * WAD, 2: 3 * WAD, 3: 0}

    def test_at_a_price_no_worse_than_the_mark_price_a_winner_gives_all(self, policy):
        thin = [account(1, 100, 99, 10, 100), account(2, 3, 90, 100, 100)]
        assert Event(103, 100, 100).closed(policy, thin) == {1: 100 * WAD, 2: 3 * WAD}
        assert Event(103, 100, 101).closed(policy, thin) == {1: 100 * WAD, 2: 3 * WAD}

    def test_shorts_against_a_bankrupt_long(self, policy):
        shorts = [account(1, -4, 150, 300, 100), account(2, -4, 90, 300, 100), account(3, -1, 110, "2.5", 100)]
        closed = Event(6, 100, 105).closed(policy, shorts)
        assert closed == {1: 4 * WAD, 2: 0, 3: WAD // 2}

    def test_nothing_to_close_and_nobody_there(self, policy):
        assert Event(0, 100, 95).closed(policy, [account(1, 2, 80, 100, 100)]) == {1: 0}
        assert policy.read("allocate", EVENT.words([])) == []

    def test_whole_book_is_scored_as_its_mirror(self, revm, deploy):
        candidates = longs(Random(9), 30)
        scored = {
            "return x leverage": deleveraging.return_leverage_wad,
            "wallet return": lambda one: deleveraging.wallet_return_wad(one, 10**6),
            "profit x leverage": lambda one: deleveraging.index_wad(
                one, deleveraging.IndexForm.PROFIT_TIMES_LEVERAGE
            ),
        }
        for kind, mirror in scored.items():
            found = POLICIES[kind](deploy, revm).read("scores", EVENT.words(candidates))
            assert found == [mirror(one) for one in candidates]


class TestCappedProRata:
    """Splitting, scale and size of the need: what makes the rule the only one of its kind."""

    @pytest.fixture(params=[0, 1], ids=["profit", "size"])
    def shares(self, request, revm, deploy):
        return deploy(revm, "CappedProRata", request.param)

    def test_an_account_that_splits_gives_the_same(self, shares):
        for seed in range(10):
            quarters = longs(Random(seed))
            candidates = [scaled(one, one._fields[2:], 4) for one in quarters]
            parts = [one._replace(owner=one.owner * 10 + i) for one in quarters for i in range(4)]
            whole, split = EVENT.closed(shares, candidates), EVENT.closed(shares, parts)
            for owner, gives in whole.items():
                assert abs(sum(split[owner * 10 + i] for i in range(4)) - gives) <= 4 * ROUNDED

    def test_splitting_into_accounts_of_less_leverage_defeats_a_queue(self, revm, deploy):
        """What the rule is held against: by moving equity, the same position ranks last."""
        queue = deploy(revm, "ReturnLeverageQueue")
        rival = account(3, 10, 80, 300, 100)
        assert EVENT.closed(queue, [account(1, 10, 80, 200, 100), rival]) == {1: 10 * WAD, 3: 0}
        split = [account(1, 5, 80, 190, 100), account(2, 5, 80, 160, 100), rival]
        assert EVENT.closed(queue, split) == {1: 0, 2: 0, 3: 10 * WAD}

    def test_the_unit_of_account_does_not_matter(self, shares):
        candidates = longs(Random(5))
        quote = [field for field in candidates[0]._fields if field.endswith("_quote")]
        dearer = [scaled(one, quote, 1_000) for one in candidates]
        before, after = EVENT.closed(shares, candidates), EVENT.closed(shares, dearer)
        # What may be closed is known to a unit of the quote token.
        assert all(abs(before[owner] - after[owner]) <= 10**12 for owner in before)

    def test_all_of_it_a_thousand_times_larger(self, shares):
        candidates = longs(Random(6))
        larger = [scaled(one, one._fields[2:], 1_000) for one in candidates]
        before, after = EVENT.closed(shares, candidates), Event(10_000, 100, 95).closed(shares, larger)
        assert all(abs(1_000 * before[owner] - after[owner]) <= 1_000 * ROUNDED for owner in before)

    def test_who_needs_more_takes_no_less_of_anyone(self, shares):
        candidates = longs(Random(7))
        last = dict.fromkeys((one.owner for one in candidates), 0)
        for size in range(1, 40):
            closed = Event(size, 100, 95).closed(shares, candidates)
            assert all(closed[owner] >= last[owner] - ROUNDED for owner in closed)
            last = closed

    @pytest.mark.parametrize(("share_of", "gives"), [(0, {1: 2, 2: 4}), (1, {1: 3, 2: 3})])
    def test_shares_of_profit_or_of_size(self, revm, deploy, share_of, gives):
        """Two positions of one size, one of which has won twice as much."""
        candidates = [account(1, 10, 80, 1_000, 100), account(2, 10, 60, 1_000, 100)]
        closed = Event(6, 100, 95).closed(deploy(revm, "CappedProRata", share_of), candidates)
        assert closed == {owner: size * WAD for owner, size in gives.items()}

    def test_the_same_share_of_all_but_of_those_with_less_to_give(self, shares):
        """All win 20 a base; account 2 can bear 1 of 10. It gives that, and the others the same half of theirs."""
        candidates = [
            account(1, 20, 80, 1_000, 100),
            account(2, 10, 80, 5, 100),
            account(3, 2, 80, 1_000, 100),
        ]
        assert Event(12, 100, 95).closed(shares, candidates) == {1: 10 * WAD, 2: WAD, 3: WAD}

    def test_nobody_gives_more_than_the_profit(self, shares, revm, deploy):
        """A winner of 100 longs at 99 loses 5 each: 20 take all the profit. A queue goes on to the equity."""
        candidates = [account(1, 100, 99, 1_000, 100), account(2, 3, 80, 1_000, 100)]
        assert Event(103, 100, 95).closed(shares, candidates) == {1: 20 * WAD, 2: 3 * WAD}
        queue = deploy(revm, "ReturnLeverageQueue")
        assert Event(103, 100, 95).closed(queue, candidates) == {1: 100 * WAD, 2: 3 * WAD}


class TestRandomStart:
    def test_every_account_is_a_start_by_some_seed_and_the_same_by_the_same(self, revm, deploy):
        policy = deploy(revm, "RandomStart", 500, True)
        candidates = [account(owner, 10, 80, 1_000, 100) for owner in range(1, 6)]
        starts = set()
        for seed in range(40):
            closed = Event(15, 100, 95, seed).closed(policy, candidates)
            first = next(owner for owner, size in closed.items() if size == 10 * WAD)
            assert closed[first % 5 + 1] == 5 * WAD
            starts.add(first)
            assert Event(15, 100, 95, seed).closed(policy, candidates) == closed
        assert starts == {1, 2, 3, 4, 5}

    def test_at_most_so_many_are_looked_at(self, revm, deploy):
        policy = deploy(revm, "RandomStart", 2, True)
        candidates = [account(owner, 10, 80, 1_000, 100) for owner in range(1, 6)]
        assert sum(Event(40, 100, 95).closed(policy, candidates).values()) == 20 * WAD

    def test_losing_positions_give_as_well_where_they_are_not_spared(self, revm, deploy):
        losers = [account(1, 10, 120, 1_000, 100), account(2, 10, 120, 10, 100)]
        assert Event(15, 100, 95).closed(deploy(revm, "RandomStart", 500, True), losers) == {1: 0, 2: 0}
        assert Event(15, 100, 95).closed(deploy(revm, "RandomStart", 500, False), losers) == {
            1: 10 * WAD,
            2: 2 * WAD,
        }


def test_none_closes_nobody_and_asks_for_no_ranking(revm, deploy):
    policy = deploy(revm, "NoDeleveraging")
    assert policy.read("allocate", EVENT.words([], 3)) == []
    assert set(EVENT.closed(policy, longs(Random(1))).values()) == {0}


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("WalletReturnQueue", (0,)), ("WalletReturnQueue", (2**96,)), ("RandomStart", (0, True))],
)
def test_parameters_out_of_range(revm, artifacts, kind, arguments):
    with pytest.raises(DeployReverted) as refused:
        revm.deploy(INSTRUMENT, artifacts[kind].encode_constructor(*arguments))
    assert artifacts.decoder.decode_error(refused.value.data).startswith("DeleveragingOutOfRange(")


@pytest.mark.parametrize("count", [250, 500])
def test_the_work_grows_with_the_book_and_not_with_its_square(policy, count):
    """Each takes less than 12,000 gas in a book of 500, its numbers in the call included."""
    candidates = longs(Random(count), count)
    data = policy.encode("allocate", Event(count, 100, 95).words(Event(count, 100, 95).ranked(policy, candidates)))
    call = Transaction(INSTRUMENT, policy.address, data, GAS_PER_CANDIDATE * count)
    assert policy.chain.execute(Block(policy.chain.timestamp_s, [call]))[0].ok
