"""All layers over feeds that answer anything: each answers what its rule says, or fails with the error it names.

Three sources of different decimals report prices, no prices and the future, fail, burn gas and come back, while
time passes and anybody pokes. After every step each layer is held against its rule, written down once more here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.base import CallReverted
from sim.chain.revm import RevmChain
from sim.reference.quotes import Round, anchored_down, median_down, rescaled_down
from tests.deployed import Deployed, as_address
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source, answer_of
from tests.lending import OWNER, START_S

HOP_S, MAX_AGE_S, BAND_BPS, QUORUM = 3_600, 1_800, 2_000, 2
DECIMALS = (8, 6, 18)
CAP = 104 * 10**6
PRICES = st.one_of(st.integers(90 * 10**6, 130 * 10**6), st.integers(1, 200), st.integers(1, INT128_MAX))
Outcome = Round | str
"""A round, or the name of the error."""


class Site:
    """One chain for all examples."""

    def __init__(self) -> None:
        self.chain, self.artifacts = RevmChain(), load_artifacts()
        self.chain.begin(START_S)
        self.sources = [Source(self.chain, self.deploy, OWNER, decimals) for decimals in DECIMALS]
        first, second = (source.feed for source in self.sources[:2])
        feeds, ages = [source.feed for source in self.sources], [MAX_AGE_S, 0, MAX_AGE_S]
        self.layers = {
            "delayed": self.deploy(self.chain, "DelayedFeed", first, HOP_S),
            "guarded": self.deploy(self.chain, "StalenessGuard", first, MAX_AGE_S),
            "last good": self.deploy(self.chain, "LastGoodFeed", first, MAX_AGE_S),
            "capped": self.deploy(self.chain, "CappedFeed", first, CAP),
            "anchored": self.deploy(self.chain, "AnchoredFeed", first, second, BAND_BPS, MAX_AGE_S, 0),
            "anchored or not": self.deploy(self.chain, "AnchoredFeed", first, second, BAND_BPS, MAX_AGE_S, 1),
            "median": self.deploy(self.chain, "MedianFeed", feeds, ages, 8, QUORUM, True, "median"),
            "bare median": self.deploy(self.chain, "MedianFeed", feeds, ages, 8, QUORUM, False, "median"),
        }
        self.start = self.chain.snapshot()

    def deploy(self, chain: RevmChain, name: str, *args: object) -> Deployed:
        init_code = self.artifacts[name].encode_constructor(*[as_address(one) for one in args])
        return Deployed(chain, self.artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))


class Layers(RuleBasedStateMachine):
    """The sources, the rules of the layers, and what they remember."""

    site: Site

    @initialize(primed=st.sampled_from([True, True, False]))
    def begin(self, primed: bool) -> None:
        self.chain = self.site.chain
        self.before = self.chain.snapshot()
        self.sources, self.layers = self.site.sources, self.site.layers
        for source in self.sources:
            source.mode, source.round = Mode.HONEST, Round(0, 0, 0)
        self.told: list[set[Round]] = [{Round(0, 0, 0)} for _ in self.sources]
        self.hop_at_s = 0
        self.current = self.next = self.kept = self.kept_median = None
        if primed:
            self.recover()
            self.poke()

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.chain.revert(self.before)

    # What happens

    @rule(i=st.integers(0, 2), answer=PRICES, age_s=st.integers(0, 2 * MAX_AGE_S), seen_s=st.integers(0, 600))
    def report(self, i: int, answer: int, age_s: int, seen_s: int) -> None:
        """A price that is worth about the same in all decimals."""
        source, at_s = self.sources[i], self.chain.timestamp_s - age_s
        scaled = min(max(rescaled_down(answer, 8, source.decimals), 1), INT128_MAX)
        self.tell(source, Round(scaled, at_s - seen_s, at_s))

    @rule(i=st.integers(0, 2), answer=st.sampled_from(NO_PRICES))
    def report_no_price(self, i: int, answer: int) -> None:
        self.tell(self.sources[i], Round(answer, self.chain.timestamp_s, self.chain.timestamp_s))

    @rule(i=st.integers(0, 2), ahead_s=st.sampled_from([1, 600, 2**64, 2**255]), which=st.sampled_from([0, 1, 2]))
    def report_the_future(self, i: int, ahead_s: int, which: int) -> None:
        now_s = self.chain.timestamp_s
        times = [(now_s + ahead_s, now_s), (now_s, now_s + ahead_s), (now_s + ahead_s, now_s + ahead_s)][which]
        self.tell(self.sources[i], Round(100 * 10 ** self.sources[i].decimals, *times))

    @rule(i=st.integers(0, 2), mode=st.sampled_from([one for one in Mode if one is not Mode.CALLS]))
    def misbehave(self, i: int, mode: Mode) -> None:
        self.sources[i].turn(mode)

    @rule(i=st.integers(0, 2), which=st.sampled_from(["delayed", "last good", "median"]))
    def reenter(self, i: int, which: str) -> None:
        layer = self.layers[which]
        self.sources[i].turn(Mode.CALLS, layer, layer.encode("poke"))

    @rule(seconds=st.one_of(st.integers(1, 60), st.sampled_from([MAX_AGE_S, HOP_S, 3 * HOP_S])))
    def wait(self, seconds: int) -> None:
        self.chain.begin(self.chain.timestamp_s + seconds)

    @rule()
    def recover(self) -> None:
        """All sources answer about 1, now."""
        for i, source in enumerate(self.sources):
            source.turn(Mode.HONEST)
            now_s = self.chain.timestamp_s
            self.tell(source, Round((100 + i) * 10 ** (source.decimals - 2), now_s, now_s))

    @rule()
    def poke(self) -> None:
        """What is due succeeds, and what is not says so; afterwards there is nothing more to do."""
        for which in ("delayed", "last good", "median", "bare median"):
            layer = self.layers[which]
            if not layer.read("due"):
                assert layer.send_error(OWNER, "poke") == "NotDue()"
                continue
            layer.send(OWNER, "poke")
            assert not layer.read("due")
            self.remember(which)

    @rule(seconds=st.sampled_from([60, MAX_AGE_S, HOP_S]))
    def wait_recover_and_poke(self, seconds: int) -> None:
        self.wait(seconds)
        self.recover()
        self.poke()

    def tell(self, source: Source, told: Round) -> None:
        source.set(*told)
        self.told[self.sources.index(source)].add(told)

    def remember(self, which: str) -> None:
        if which == "delayed":
            now_s, read = self.chain.timestamp_s, self.seen(0)
            assert read is not None
            self.current, self.next = (read, read) if self.hop_at_s == 0 else (self.next, read)
            self.hop_at_s = now_s - now_s % HOP_S
        elif which == "last good":
            self.kept = self.seen(0, MAX_AGE_S)
        else:
            self.kept_median = self.median()

    # What the layers should answer

    def seen(self, i: int, max_age_s: int = 0) -> Round | None:
        """What a careful reader takes from a source."""
        source, now_s = self.sources[i], self.chain.timestamp_s
        if source.mode not in {Mode.HONEST, Mode.CALLS}:
            return None
        told = source.round
        valid = 0 < told.answer <= INT128_MAX and told.started_at_s <= now_s and 0 < told.updated_at_s <= now_s
        fresh = not max_age_s or now_s - told.updated_at_s <= max_age_s
        return told if valid and fresh else None

    def direct(self, max_age_s: int = 0) -> Outcome:
        """What a layer that reads the first source without care makes of it."""
        source, now_s = self.sources[0], self.chain.timestamp_s
        told = source.round
        if source.mode in {Mode.FAILS_BIG, Mode.BURNS_GAS}:
            return ""
        if not 0 < told.answer <= INT128_MAX:
            return f"InvalidAnswer({told.answer})"
        if max(told[1:]) > now_s:
            return f"FutureDated({max(told[1:])}, {now_s})"
        if max_age_s and now_s - told.updated_at_s > max_age_s:
            return f"StalePrice({now_s - told.updated_at_s}, {max_age_s})"
        return told

    def scaled(self) -> list[Round]:
        """Rounds that count for the median, with its decimals."""
        rounds = [self.seen(i, max_age_s) for i, max_age_s in enumerate([MAX_AGE_S, 0, MAX_AGE_S])]
        scaled = [
            one._replace(answer=rescaled_down(one.answer, decimals, 8))
            for one, decimals in zip(rounds, DECIMALS, strict=True)
            if one
        ]
        return [one for one in scaled if 0 < one.answer <= INT128_MAX]

    def median(self) -> Round | None:
        rounds = self.scaled()
        return median_down(rounds) if len(rounds) >= QUORUM else None

    def anchored(self, otherwise: Callable[[Round], Outcome]) -> Outcome:
        reported, anchor = self.direct(), self.seen(1, MAX_AGE_S)
        if isinstance(reported, str):
            return reported
        answer = anchored_down(reported.answer, 8, anchor.answer, 6, BAND_BPS) if anchor else 0
        if not 0 < answer <= INT128_MAX:
            return otherwise(reported)
        if answer == reported.answer:
            return reported
        return Round(answer, *map(min, reported[1:], anchor[1:]))

    def expected(self) -> dict[str, Outcome]:
        direct = self.direct()
        few = f"QuorumNotMet({len(self.scaled())}, {QUORUM})"
        return {
            "delayed": self.current or "NoRound()",
            "guarded": self.direct(MAX_AGE_S),
            "last good": self.seen(0, MAX_AGE_S) or self.kept or "NoRound()",
            "capped": direct if isinstance(direct, str) else direct._replace(answer=min(direct.answer, CAP)),
            "anchored": self.anchored(lambda _: "NoAnchor()"),
            "anchored or not": self.anchored(lambda reported: reported),
            "median": self.median() or self.kept_median or few,
            "bare median": self.median() or few,
        }

    # What holds

    @invariant()
    def each_answers_as_its_rule_says(self) -> None:
        found = {name: self.outcome(layer) for name, layer in self.layers.items()}
        expected = self.expected()
        assert found == expected

    def outcome(self, layer: Deployed) -> Outcome:
        try:
            return answer_of(layer)
        except CallReverted as error:
            return layer.artifacts.decoder.decode_error(error.data) if 4 <= len(error.data) < 1_000 else ""

    @invariant()
    def no_price_from_outside_and_none_made_younger(self) -> None:
        """An answer is what a source said then, or lies between things that sources said and is as old as one."""
        now_s = self.chain.timestamp_s
        for name in ("delayed", "last good", "guarded"):
            answer = self.outcome(self.layers[name])
            assert isinstance(answer, str) or answer in self.told[0]
        told = [
            one._replace(answer=rescaled_down(one.answer, source.decimals, 8))
            for source, rounds in zip(self.sources, self.told, strict=True)
            for one in rounds
            if 0 < one.answer <= INT128_MAX and max(one[1:]) <= now_s
        ]
        for name in ("median", "bare median", "anchored", "anchored or not"):
            answer = self.outcome(self.layers[name])
            if isinstance(answer, str):
                continue
            prices = [one.answer for one in told]
            assert min(prices) - 1 <= answer.answer <= max(prices)
            assert any(answer.updated_at_s == one.updated_at_s for one in told)

    @invariant()
    def due_never_fails(self) -> None:
        now_s = self.chain.timestamp_s
        due = [self.layers[name].read("due") for name in ("delayed", "last good", "median", "bare median")]
        median, read = self.median(), self.seen(0, MAX_AGE_S)
        assert due == [
            now_s >= self.hop_at_s + HOP_S and self.seen(0) is not None,
            read is not None and read != self.kept,
            median is not None and median != self.kept_median,
            False,
        ]
        assert self.layers["last good"].read("live") == (read is not None)
        assert self.layers["median"].read("validSources") == len(self.scaled())


def test_layers_over_feeds_that_answer_anything():
    class Machine(Layers):
        site = Site()

    run_state_machine_as_test(Machine, settings=settings(stateful_step_count=30))


def test_hops_begin_at_multiples_however_late_they_are_poked():
    """Poked at random moments, no two values take effect within the same hop, and each was read a poke earlier."""
    site = Site()
    source, delayed = site.sources[0], site.layers["delayed"]
    read: list[int] = []
    for i in range(60):
        site.chain.begin(site.chain.timestamp_s + (i * 977) % 1_500)
        source.report(10**8 + i)
        if delayed.try_send(OWNER, "poke").ok:
            read.append(site.chain.timestamp_s)
            expected = read[-2] if len(read) > 1 else read[-1]
            assert answer_of(delayed).updated_at_s == expected
    hops = [at_s // HOP_S for at_s in read]
    assert all(after > before for before, after in pairwise(hops))
    assert len(hops) > 8
