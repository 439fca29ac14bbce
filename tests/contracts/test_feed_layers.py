"""Layers over feeds one by one: what they are made of, what they refuse, events, decimals, stacks."""

from __future__ import annotations

import pytest

from sim.chain.base import Block, DeployReverted, Transaction
from sim.reference.quotes import Round
from sim.units import E8
from tests.deployed import as_address
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source, answer_of
from tests.lending import DONOR, OWNER, REPORTER, START_S

HOP_S = 3_600


@pytest.fixture
def source(revm, deploy) -> Source:
    """A source of eight decimals that says 1, now."""
    revm.begin(START_S)
    source = Source(revm, deploy, OWNER)
    source.report(E8)
    return source


@pytest.fixture
def push(revm, deploy):
    """A real push feed with a first round at 1."""
    revm.begin(START_S)
    feed = deploy(revm, "PriceFeed", 8, "DAI / USD", REPORTER)
    feed.send(REPORTER, "pushRound", E8, START_S - 30)
    return feed


def median_of(deploy, sources, ages=None, decimals=8, quorum=2, keeps=True):
    """Deploy a median."""
    feeds = [one.feed if isinstance(one, Source) else one for one in sources]
    ages = [0] * len(feeds) if ages is None else ages
    chain = sources[0].odd.chain if isinstance(sources[0], Source) else sources[0].chain
    return deploy(chain, "MedianFeed", feeds, ages, decimals, quorum, keeps, "DAI / USD, median")


def wait(chain, seconds: int) -> int:
    chain.begin(chain.timestamp_s + seconds)
    return chain.timestamp_s


class TestEveryLayer:
    @pytest.mark.parametrize(
        ("name", "args", "what"),
        [
            ("DelayedFeed", [HOP_S], "delayed"),
            ("StalenessGuard", [60], "guarded"),
            ("LastGoodFeed", [60], "last good"),
            ("CappedFeed", [E8], "capped"),
            ("AnchoredFeed", ["itself", 2_000, 0, 0], "anchored"),
        ],
    )
    def test_is_a_feed_that_describes_itself(self, push, deploy, name, args, what):
        layer = deploy(push.chain, name, push, *[push if one == "itself" else one for one in args])
        if name == "DelayedFeed":
            layer.send(DONOR, "poke")
        assert [layer.read(one) for one in ("decimals", "version", "description", "inner")] == [
            8,
            1,
            f"DAI / USD, {what}",
            push.address,
        ]
        assert layer.read("latestRoundData") == (1, E8, START_S - 30, START_S, 1)
        assert layer.read("getRoundData", 1) == layer.read("latestRoundData")
        assert layer.read_error("getRoundData", 2) == "RoundNotFound(2, 1)"

    @pytest.mark.parametrize(
        ("name", "args", "error"),
        [
            ("DelayedFeed", [0], "hopS, 0, 1"),
            ("StalenessGuard", [0], "maxAgeS, 0, 1"),
            ("CappedFeed", [0], "cap, 0, 1"),
            ("AnchoredFeed", [8, 10_001, 0, 0], "bandBps, 10001, 10000"),
            ("AnchoredFeed", [19, 2_000, 0, 0], "anchorDecimals, 19, 18"),
        ],
    )
    def test_refuses_bad_parameters(self, revm, deploy, artifacts, source, name, args, error):
        if name == "AnchoredFeed":
            args = [deploy(revm, "OddFeed", args[0]), *args[1:]]
        with pytest.raises(DeployReverted) as caught:
            deploy(revm, name, source.feed, *args)
        assert artifacts.decoder.decode_error(caught.value.data) == f"ParameterOutOfRange({error})"

    @pytest.mark.parametrize(
        ("feeds", "ages", "decimals", "quorum", "error"),
        [
            ([], [], 8, 1, "sources, 0, 15"),
            ([8] * 16, [0] * 16, 8, 1, "sources, 16, 15"),
            ([8, 8], [0], 8, 1, "maxAgesS, 1, 2"),
            ([8, 8], [0, 0], 8, 0, "quorum, 0, 2"),
            ([8, 8], [0, 0], 8, 3, "quorum, 3, 2"),
            ([8, 8], [0, 0], 19, 1, "decimals, 19, 18"),
            ([8, 19], [0, 0], 8, 1, "decimals, 19, 18"),
        ],
    )
    def test_a_median_refuses_bad_parameters(self, revm, deploy, artifacts, feeds, ages, decimals, quorum, error):
        sources = [deploy(revm, "OddFeed", one) for one in feeds]
        with pytest.raises(DeployReverted) as caught:
            deploy(revm, "MedianFeed", sources, ages, decimals, quorum, True, "")
        assert artifacts.decoder.decode_error(caught.value.data) == f"ParameterOutOfRange({error})"


class TestDelayedFeed:
    def test_a_price_takes_effect_a_hop_later_with_its_own_times(self, push, deploy):
        delayed = deploy(push.chain, "DelayedFeed", push, HOP_S)
        assert delayed.read_error("latestRoundData") == "NoRound()"
        first_hop = START_S - START_S % HOP_S
        hop = {"current": E8, "next": E8, "hopStartedAt": first_hop}
        assert delayed.send(DONOR, "poke") == [("HopPassed", hop)]
        assert delayed.send_error(DONOR, "poke") == "NotDue()"

        push.send(REPORTER, "pushRound", 2 * E8, START_S)
        wait(push.chain, first_hop + HOP_S - START_S - 1)
        assert not delayed.read("due")
        wait(push.chain, 1)
        hop = {"current": E8, "next": 2 * E8, "hopStartedAt": first_hop + HOP_S}
        assert delayed.send(DONOR, "poke") == [("HopPassed", hop)]
        assert answer_of(delayed).answer == E8
        assert tuple(delayed.read("next")) == (2, 2 * E8, START_S, START_S)

        wait(push.chain, HOP_S + 700)
        delayed.send(DONOR, "poke")
        assert answer_of(delayed) == Round(2 * E8, START_S, START_S)
        assert delayed.read("hopStartedAt") == first_hop + 2 * HOP_S

    @pytest.mark.parametrize("answer", NO_PRICES)
    def test_without_a_valid_answer_below_both_values_stay(self, source, deploy, answer):
        delayed = deploy(source.odd.chain, "DelayedFeed", source.feed, HOP_S)
        delayed.send(DONOR, "poke")
        wait(source.odd.chain, 2 * HOP_S)
        source.report(answer)
        assert not delayed.read("due")
        assert delayed.send_error(DONOR, "poke") == "NotDue()"
        assert answer_of(delayed) == Round(E8, START_S, START_S)
        source.report(3 * E8)
        delayed.send(DONOR, "poke")
        assert (answer_of(delayed).answer, delayed.read("next").answer) == (E8, 3 * E8)


class TestStalenessGuard:
    def test_passes_on_until_too_old(self, source, deploy):
        guard = deploy(source.odd.chain, "StalenessGuard", source.feed, 600)
        wait(source.odd.chain, 600)
        assert answer_of(guard) == Round(E8, START_S, START_S)
        wait(source.odd.chain, 1)
        assert guard.read_error("latestRoundData") == "StalePrice(601, 600)"

    @pytest.mark.parametrize("answer", NO_PRICES)
    def test_refuses_what_is_no_price(self, source, deploy, answer):
        guard = deploy(source.odd.chain, "StalenessGuard", source.feed, 600)
        source.report(answer)
        assert guard.read_error("latestRoundData") == f"InvalidAnswer({answer})"

    @pytest.mark.parametrize(("started_s", "updated_s"), [(1, 0), (0, 1), (2**200, 0), (1, 2**255)])
    def test_refuses_the_future(self, source, deploy, started_s, updated_s):
        guard = deploy(source.odd.chain, "StalenessGuard", source.feed, 600)
        source.set(E8, START_S + started_s, START_S + updated_s)
        latest_s = START_S + max(started_s, updated_s)
        assert guard.read_error("latestRoundData") == f"FutureDated({latest_s}, {START_S})"

    def test_fails_as_the_feed_below(self, revm, deploy):
        revm.begin(START_S)
        empty = deploy(revm, "PriceFeed", 8, "empty", REPORTER)
        guard = deploy(revm, "StalenessGuard", empty, 600)
        assert guard.read_error("latestRoundData") == "NoRound()"


class TestLastGoodFeed:
    @pytest.mark.parametrize("mode", [Mode.FAILS_BIG, Mode.RETURNS_BIG, Mode.BURNS_GAS])
    def test_goes_on_with_what_was_kept(self, source, deploy, mode):
        feed = deploy(source.odd.chain, "LastGoodFeed", source.feed, 600)
        kept = {"roundId": 1, "answer": E8, "startedAt": START_S, "updatedAt": START_S}
        assert feed.send(DONOR, "poke") == [("RoundKept", kept)]
        wait(source.odd.chain, 60)
        source.report(2 * E8)
        assert answer_of(feed).answer == 2 * E8
        source.turn(mode)
        assert not feed.read("live")
        assert answer_of(feed) == Round(E8, START_S, START_S)
        assert feed.send_error(DONOR, "poke") == "NotDue()"

    def test_an_old_price_is_not_good_unless_any_age_is(self, source, deploy):
        feed, patient = (deploy(source.odd.chain, "LastGoodFeed", source.feed, age) for age in (600, 0))
        wait(source.odd.chain, 601)
        assert feed.read_error("latestRoundData") == "NoRound()"
        assert answer_of(patient) == Round(E8, START_S, START_S)
        assert [one.read("live") for one in (feed, patient)] == [False, True]


class TestAnchoredFeed:
    def anchored(self, source, deploy, anchor_decimals=6, otherwise=0, max_age_s=600):
        anchor = Source(source.odd.chain, deploy, OWNER, anchor_decimals)
        anchor.report(10**anchor_decimals, age_s=60)
        args = (source.feed, anchor.feed, 2_000, max_age_s, otherwise)
        return anchor, deploy(source.odd.chain, "AnchoredFeed", *args)

    @pytest.mark.parametrize(
        ("reported", "answer"), [(130, 120), (120, 120), (119, 119), (80, 80), (79, 80), (1, 80)]
    )
    def test_clamps_and_does_not_refuse(self, source, deploy, reported, answer):
        _, feed = self.anchored(source, deploy)
        source.report(reported * E8 // 100)
        at_s = START_S if reported == answer else START_S - 60
        assert answer_of(feed) == Round(answer * E8 // 100, at_s, at_s)

    @pytest.mark.parametrize("decimals", range(19))
    def test_the_anchor_may_have_any_decimals(self, source, deploy, decimals):
        _, feed = self.anchored(source, deploy, decimals)
        source.report(2 * E8)
        assert answer_of(feed).answer == 12 * E8 // 10

    @pytest.mark.parametrize("why", ["no price", "too old", "burns", "reverts", "rounds to nothing"])
    def test_without_an_anchor(self, source, deploy, why):
        source.report(2 * E8)
        for otherwise in (0, 1):
            anchor, feed = self.anchored(source, deploy, 18, otherwise)
            if why == "no price":
                anchor.report(NO_PRICES[2])
            elif why == "too old":
                anchor.report(10**18, age_s=601)
            elif why == "rounds to nothing":
                anchor.report(1)
            else:
                anchor.turn(Mode.BURNS_GAS if why == "burns" else Mode.FAILS_BIG)
            if otherwise == 0:
                assert feed.read_error("latestRoundData") == "NoAnchor()"
            else:
                assert answer_of(feed) == Round(2 * E8, START_S, START_S)

    @pytest.mark.parametrize("answer", NO_PRICES)
    def test_does_not_make_a_price_of_what_is_none(self, source, deploy, answer):
        _, feed = self.anchored(source, deploy, otherwise=1)
        source.report(answer)
        assert feed.read_error("latestRoundData") == f"InvalidAnswer({answer})"

    def test_needs_decimals_that_it_can_compare(self, revm, deploy, artifacts):
        with pytest.raises(DeployReverted) as caught:
            deploy(revm, "AnchoredFeed", deploy(revm, "OddFeed", 19), deploy(revm, "OddFeed", 8), 0, 0, 0)
        assert artifacts.decoder.decode_error(caught.value.data) == "ParameterOutOfRange(decimals, 19, 18)"


class TestCappedFeed:
    @pytest.mark.parametrize(("reported", "answer"), [(130, 104), (104, 104), (103, 103), (88, 88)])
    def test_hides_what_goes_up_and_lets_a_depeg_pass(self, source, deploy, reported, answer):
        feed = deploy(source.odd.chain, "CappedFeed", source.feed, 104 * E8 // 100)
        source.report(reported * E8 // 100, age_s=50)
        assert answer_of(feed) == Round(answer * E8 // 100, START_S - 50, START_S - 50)

    @pytest.mark.parametrize("answer", NO_PRICES)
    def test_refuses_what_is_no_price(self, source, deploy, answer):
        feed = deploy(source.odd.chain, "CappedFeed", source.feed, E8)
        source.report(answer)
        assert feed.read_error("latestRoundData") == f"InvalidAnswer({answer})"


class TestMedianFeed:
    def sources(self, chain, deploy, *decimals: int) -> list[Source]:
        chain.begin(START_S)
        return [Source(chain, deploy, OWNER, one) for one in decimals]

    def test_one_liar_does_not_move_it_out_of_the_others(self, revm, deploy):
        honest, also, liar = sources = self.sources(revm, deploy, 8, 6, 18)
        median = median_of(deploy, sources)
        honest.report(E8)
        also.report(1_001_000)
        for lie in (1, 10**18 + 5 * 10**14, INT128_MAX):
            liar.report(lie)
            assert E8 <= answer_of(median).answer <= 1_001 * 10**5

    def test_of_two_is_their_mean_rounded_down_and_as_old_as_the_older(self, revm, deploy):
        sources = self.sources(revm, deploy, 8, 8)
        median = median_of(deploy, sources)
        sources[0].report(E8, age_s=100)
        sources[1].report(E8 + 3, age_s=7)
        assert tuple(median.read("latestRoundData")) == (
            START_S - 100,
            E8 + 1,
            START_S - 100,
            START_S - 100,
            START_S - 100,
        )
        assert median.read("getRoundData", START_S - 100) == median.read("latestRoundData")
        assert median.read_error("getRoundData", 1) == f"RoundNotFound(1, {START_S - 100})"

    @pytest.mark.parametrize("decimals", range(19))
    def test_decimals_of_sources_and_answer_may_differ(self, revm, deploy, decimals):
        sources = self.sources(revm, deploy, decimals, 18, 0)
        for source in sources:
            source.report(7 * 10**source.decimals)
        for own in (0, decimals, 18):
            assert answer_of(median_of(deploy, sources, decimals=own)).answer == 7 * 10**own

    def test_a_price_that_does_not_fit_its_decimals_does_not_count(self, revm, deploy):
        sources = self.sources(revm, deploy, 0, 18, 18)
        fine, coarse = (median_of(deploy, sources, decimals=own) for own in (18, 0))
        sources[0].report(INT128_MAX)  # times 10^18: above 127 bits
        sources[1].report(10**17)  # of a whole: nothing
        sources[2].report(10**18)
        assert [one.read("validSources") for one in (fine, coarse)] == [2, 2]
        assert answer_of(fine).answer == (10**17 + 10**18) // 2
        assert answer_of(coarse).answer == (INT128_MAX + 1) // 2

    def test_without_quorum_the_last_good_one_or_an_error(self, revm, deploy):
        sources = self.sources(revm, deploy, 8, 8, 8)
        for source in sources:
            source.report(E8)
        keeping, bare = (median_of(deploy, sources, [600] * 3, keeps=keeps) for keeps in (True, False))
        kept = {"roundId": START_S, "answer": E8, "startedAt": START_S, "updatedAt": START_S}
        assert keeping.send(DONOR, "poke") == [("RoundKept", kept)]
        assert bare.send_error(DONOR, "poke") == "NotDue()"
        wait(revm, 601)
        sources[1].report(2 * E8)
        assert answer_of(keeping) == Round(E8, START_S, START_S)
        assert keeping.send_error(DONOR, "poke") == "NotDue()"
        assert bare.read_error("latestRoundData") == "QuorumNotMet(1, 2)"
        assert keeping.read("validSources") == 1

    @pytest.mark.parametrize("mode", [Mode.FAILS_BIG, Mode.RETURNS_BIG, Mode.BURNS_GAS])
    def test_a_hostile_source_does_not_stop_it_nor_what_stands_on_it(self, revm, deploy, mode):
        sources = self.sources(revm, deploy, 8, 8, 8)
        for i, source in enumerate(sources):
            source.report(E8 + i)
        sources[0].turn(mode)
        median = median_of(deploy, sources)
        assert answer_of(median).answer == E8 + 1
        over = deploy(revm, "LastGoodFeed", median, 0)
        assert over.read("live")
        delayed = deploy(revm, "DelayedFeed", deploy(revm, "LastGoodFeed", over, 0), HOP_S)
        delayed.send(DONOR, "poke")
        assert answer_of(delayed).answer == E8 + 1

    def test_a_source_that_reenters_changes_nothing(self, revm, deploy):
        sources = self.sources(revm, deploy, 8, 8, 8)
        for i, source in enumerate(sources):
            source.report(E8 + i)
        median = median_of(deploy, sources)
        for attempt in ("poke", "latestRoundData", "due"):
            sources[0].turn(Mode.CALLS, median, median.encode(attempt))
            assert answer_of(median).answer in {E8 + 1, (2 * E8 + 3) // 2}
            assert median.read("due")
        median.send(DONOR, "poke")

    def test_what_it_is_made_of(self, revm, deploy):
        sources = self.sources(revm, deploy, 8, 6)
        median = median_of(deploy, sources, [600, 0], 18, 1)
        expected = [
            (source.feed.address, source.decimals, age) for source, age in zip(sources, (600, 0), strict=True)
        ]
        assert [tuple(one) for one in median.read("sources")] == expected
        names = ("decimals", "version", "description", "quorum", "keepsLastGood")
        assert [median.read(name) for name in names] == [18, 1, "DAI / USD, median", 1, True]


class TestGas:
    """A caller who gives too little gas cannot make a feed believe that its source has failed."""

    def test_a_starved_poke_fails_as_a_whole(self, revm, deploy):
        revm.begin(START_S)
        sources = [Source(revm, deploy, OWNER) for _ in range(3)]
        for i, source in enumerate(sources):
            source.report(E8 + i)
        median = median_of(deploy, sources)
        guarded = deploy(revm, "DelayedFeed", deploy(revm, "LastGoodFeed", median, 0), HOP_S)
        for feed, good in ((median, E8 + 1), (guarded, E8 + 1)):
            outcomes = set()
            for gas in range(25_000, 400_000, 5_000):
                before = revm.snapshot()
                poke = Transaction(DONOR, as_address(feed), feed.encode("poke"), gas)
                done = revm.execute(Block(revm.timestamp_s, [poke]))[0].ok
                outcomes.add(done)
                if done:
                    assert answer_of(feed).answer == good, gas
                revm.revert(before)
            assert outcomes == {True, False}
