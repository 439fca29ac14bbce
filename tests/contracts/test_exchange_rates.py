"""Exchange rates of staked tokens, their cap with its two ways of being updated, and prices made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.reference.feeds import capped_rate_wad, grown_down
from sim.units import BPS, E8, SECONDS_PER_YEAR, WAD
from tests.deployed import Deployed
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source
from tests.lending import DONOR, OWNER, START_S

STEWARD = ACCOUNTS.address(33)
DAY_S = 86_400
GROWTH_BPS, MIN_DELAY_S, MAX_AGE_S, STEP_BPS, PERIOD_S = 968, 7 * DAY_S, 180 * DAY_S, 300, 3 * DAY_S
RATE_WAD, SNAPSHOT_WAD = 12 * WAD // 10, 12 * WAD // 10


@pytest.fixture
def rate(revm, deploy) -> Deployed:
    """A rate of 1.2 that grows by 3 % a year."""
    revm.begin(START_S)
    return deploy(revm, "StakingRate", OWNER, RATE_WAD, 300)


def capped(
    rate: Deployed, deploy, separately=False, age_s=10 * DAY_S, ratio_wad=SNAPSHOT_WAD, **changes
) -> Deployed:
    """Deploy Aave's cap for wstETH over a rate, with a snapshot of an age."""
    params = {
        "growth": GROWTH_BPS,
        "delay": MIN_DELAY_S,
        "age": MAX_AGE_S,
        "step": STEP_BPS,
        "period": PERIOD_S,
        "separately": separately,
    }
    at_s = rate.chain.timestamp_s - age_s
    return deploy(rate.chain, "CappedRate", rate, STEWARD, tuple((params | changes).values()), ratio_wad, at_s)


class TestStakingRate:
    def test_grows_by_a_line_and_falls_when_slashed(self, rate):
        assert rate.read("rateWad") == RATE_WAD
        rate.chain.begin(START_S + SECONDS_PER_YEAR)
        assert rate.read("rateWad") == 1_236 * WAD // 1_000
        assert rate.read("line") == (RATE_WAD, START_S, 300)
        events = rate.send(OWNER, "slash", 1_000)
        after = 1_236 * WAD // 1_000 * 9 // 10
        line = {"rateWad": after, "growthBpsPerYear": 300}
        assert events == [
            ("LineSet", line),
            ("Slashed", {"lossBps": 1_000, "beforeWad": 1_236 * WAD // 1_000, "afterWad": after}),
        ]
        assert rate.read("rateWad") == after
        rate.send(OWNER, "setLine", WAD, 0)
        rate.chain.begin(START_S + 2 * SECONDS_PER_YEAR)
        assert rate.read("rateWad") == WAD

    def test_only_the_owner_changes_it(self, rate):
        for call in (("slash", 1), ("setLine", WAD, 0)):
            assert rate.send_error(DONOR, *call) == f"OwnableUnauthorizedAccount({DONOR})"

    def test_bounds(self, rate, deploy, artifacts):
        assert rate.send_error(OWNER, "slash", BPS) == f"RateOutOfRange(lossBps, {BPS}, {BPS - 1})"
        assert rate.send_error(OWNER, "setLine", 0, 0) == "RateOutOfRange(rateWad, 0, 1)"
        assert rate.send_error(OWNER, "setLine", 10**27 + 1, 0).startswith("RateOutOfRange(rateWad")
        assert rate.send_error(OWNER, "setLine", WAD, 10**6 + 1).startswith("RateOutOfRange(growthBpsPerYear")
        with pytest.raises(DeployReverted):
            deploy(rate.chain, "StakingRate", OWNER, 0, 0)


class TestCappedRate:
    @given(
        snapshot=st.integers(1, 2 * WAD),
        age_s=st.integers(0, 400 * DAY_S),
        growth_bps=st.integers(0, 5_000),
        wait_s=st.integers(0, 400 * DAY_S),
        slashed_bps=st.integers(0, 9_999),
    )
    def test_is_the_lower_of_rate_and_line(self, rate, deploy, snapshot, age_s, growth_bps, wait_s, slashed_bps):
        before = rate.chain.snapshot()
        cap = capped(rate, deploy, age_s=age_s, ratio_wad=snapshot, growth=growth_bps)
        rate.send(OWNER, "slash", slashed_bps)
        rate.chain.begin(rate.chain.timestamp_s + wait_s)
        live = rate.read("rateWad")
        used = cap.read("rateWad")
        assert used == capped_rate_wad(live, snapshot, growth_bps, age_s + wait_s)
        assert cap.read("isCapped") == (used < live)
        assert 0 < used <= live
        rate.chain.revert(before)

    def test_a_fall_passes_at_once(self, rate, deploy):
        cap = capped(rate, deploy)
        rate.send(OWNER, "slash", 5_000)
        assert cap.read("rateWad") == RATE_WAD // 2

    def test_a_rise_is_cut_to_the_line(self, rate, deploy):
        cap = capped(rate, deploy)
        rate.send(OWNER, "setLine", 2 * WAD, 0)
        assert cap.read("rateWad") == cap.read("capWad") == grown_down(SNAPSHOT_WAD, GROWTH_BPS, 10 * DAY_S)
        assert cap.read("isCapped")

    def test_an_update_within_its_bounds(self, rate, deploy):
        cap = capped(rate, deploy)
        at_s, ratio_wad = START_S - MIN_DELAY_S, SNAPSHOT_WAD * 103 // 100
        event = {"ratioWad": ratio_wad, "atS": at_s, "givenWad": ratio_wad}
        assert cap.send(STEWARD, "update", ratio_wad, at_s) == [("SnapshotSet", event)]
        assert cap.read("snapshot") == (ratio_wad, at_s, START_S)
        error = cap.send_error(STEWARD, "update", ratio_wad, at_s + 1, at_s=START_S + PERIOD_S - 1)
        assert error == f"UpdateTooSoon({PERIOD_S - 1}, {PERIOD_S})"
        cap.send(STEWARD, "update", ratio_wad, at_s + 1, at_s=START_S + PERIOD_S)

    def test_too_large_a_step_is_refused_whole(self, rate, deploy):
        cap = capped(rate, deploy)
        at_s = START_S - MIN_DELAY_S
        for percent, limit in ((104, 103), (96, 97)):
            ratio_wad = SNAPSHOT_WAD * percent // 100
            error = cap.send_error(STEWARD, "update", ratio_wad, at_s)
            assert error == f"StepTooLarge({ratio_wad}, {SNAPSHOT_WAD * limit // 100})"
        assert cap.read("snapshot") == (SNAPSHOT_WAD, START_S - 10 * DAY_S, 0)

    def test_limited_separately_the_ratio_is_cut_and_the_time_is_not(self, rate, deploy):
        cap = capped(rate, deploy, separately=True, age_s=200 * DAY_S, ratio_wad=WAD)
        at_s = START_S - MIN_DELAY_S
        assert not cap.read("isCapped") or cap.read("capWad") < RATE_WAD
        (event,) = cap.send(STEWARD, "update", RATE_WAD, at_s)
        assert event[1] == {"ratioWad": 103 * WAD // 100, "atS": at_s, "givenWad": RATE_WAD}
        assert cap.read("rateWad") == grown_down(103 * WAD // 100, GROWTH_BPS, MIN_DELAY_S) < RATE_WAD

    def test_refusals(self, rate, deploy):
        cap = capped(rate, deploy)
        now_s, good = START_S, START_S - MIN_DELAY_S
        assert cap.send_error(DONOR, "update", RATE_WAD, good) == f"NotSteward({DONOR}, {STEWARD})"
        refused = {
            (RATE_WAD, now_s + 1): f"SnapshotInFuture({now_s + 1}, {now_s})",
            (RATE_WAD, good + 1): f"SnapshotTooYoung({MIN_DELAY_S - 1}, {MIN_DELAY_S})",
            (RATE_WAD, now_s - MAX_AGE_S - 1): f"SnapshotTooOld({MAX_AGE_S + 1}, {MAX_AGE_S})",
            (RATE_WAD, now_s - 10 * DAY_S): f"SnapshotNotNewer({now_s - 10 * DAY_S}, {now_s - 10 * DAY_S})",
            (0, good): f"StepTooLarge(0, {SNAPSHOT_WAD * 97 // 100})",
        }
        for arguments, name in refused.items():
            assert cap.send_error(STEWARD, "update", *arguments) == name

    def test_constructor_refuses_what_makes_no_sense(self, rate, deploy, artifacts):
        refused = {
            "CapOutOfRange(maxAgeS, 1, 604800)": {"age": 1},
            f"CapOutOfRange(maxStepBps, {BPS + 1}, {BPS})": {"step": BPS + 1},
            f"RatioOutOfRange(0, {10**27})": {"ratio_wad": 0},
            f"SnapshotInFuture({START_S + 5}, {START_S})": {"age_s": -5},
        }
        for name, changes in refused.items():
            with pytest.raises(DeployReverted) as caught:
                capped(rate, deploy, **changes)
            assert artifacts.decoder.decode_error(caught.value.data) == name


class TestRatioFeed:
    @pytest.fixture
    def source(self, rate, deploy) -> Source:
        source = Source(rate.chain, deploy, OWNER)
        source.report(2_000 * E8, age_s=40)
        return source

    def test_is_price_times_rate_with_the_price_s_times(self, rate, source, deploy):
        feed = deploy(rate.chain, "RatioFeed", source.feed, rate)
        assert feed.read("latestRoundData") == (1, 2_400 * E8, START_S - 40, START_S - 40, 1)
        names = ("decimals", "rate", "inner", "description")
        expected = [8, rate.address, source.feed.address, "odd, times an exchange rate"]
        assert [feed.read(name) for name in names] == expected
        rate.send(OWNER, "slash", 5_000)
        assert feed.read("latestRoundData")[1] == 1_200 * E8

    @given(price=st.integers(1, INT128_MAX), ratio_wad=st.integers(1, 10**27))
    def test_every_product_is_exact_or_refused(self, rate, source, deploy, price, ratio_wad):
        before = rate.chain.snapshot()
        feed = deploy(rate.chain, "RatioFeed", source.feed, rate)
        source.report(price)
        rate.send(OWNER, "setLine", ratio_wad, 0)
        expected = price * ratio_wad // WAD
        if 0 < expected <= INT128_MAX:
            assert feed.read("latestRoundData")[1] == expected
        else:
            assert feed.read_error("latestRoundData") == f"UnusableRate({price}, {ratio_wad})"
        rate.chain.revert(before)

    def test_bad_sources(self, rate, source, deploy):
        feed = deploy(rate.chain, "RatioFeed", source.feed, rate)
        for price in NO_PRICES:
            source.report(price)
            assert feed.read_error("latestRoundData") == f"InvalidAnswer({price})"
        source.set(E8, START_S, START_S + 1)
        assert feed.read_error("latestRoundData") == f"FutureDated({START_S + 1}, {START_S})"
        source.report(E8)
        for mode in (Mode.FAILS_BIG, Mode.BURNS_GAS):
            source.turn(mode)
            feed.read_error("latestRoundData")
        source.turn(Mode.RETURNS_BIG)
        assert feed.read("latestRoundData")[1] == 12 * E8 // 10

    def test_has_the_decimals_of_its_source(self, rate, deploy):
        source = Source(rate.chain, deploy, OWNER, decimals=18)
        source.report(2_000 * WAD)
        feed = deploy(rate.chain, "RatioFeed", source.feed, rate)
        assert (feed.read("decimals"), feed.read("latestRoundData")[1]) == (18, 2_400 * WAD)


def raw(chain, runtime: str) -> str:
    """Deploy a few opcodes that answer whatever they are asked."""
    code = bytes.fromhex(runtime)
    return chain.deploy(
        ACCOUNTS.address(0), bytes.fromhex(f"60{len(code):02x}600a5f3960{len(code):02x}5ff3") + code
    )


def rate_of(chain, word: int) -> str:
    """Deploy a rate that is always `word`."""
    return raw(chain, f"7f{word:064x}5f5260205ff3")


class TestHostileRates:
    """A rate is a contract of somebody else's."""

    @pytest.mark.parametrize("word", [0, 2**127, 2**255, 2**256 - 1])
    def test_a_rate_of_which_no_price_can_be_made(self, revm, deploy, word):
        revm.begin(START_S)
        source = Source(revm, deploy, OWNER)
        source.report(E8)
        feed = deploy(revm, "RatioFeed", source.feed, rate_of(revm, word))
        assert feed.read_error("latestRoundData") == f"UnusableRate({E8}, {word})"

    @pytest.mark.parametrize(
        "runtime", ["5f5ffd", "fe", "5f5ff3"], ids=["reverts", "burns all gas", "says nothing"]
    )
    def test_a_rate_that_does_not_answer(self, revm, deploy, runtime):
        revm.begin(START_S)
        source = Source(revm, deploy, OWNER)
        source.report(E8)
        rate = raw(revm, runtime)
        feed = deploy(revm, "RatioFeed", source.feed, rate)
        assert feed.read_error("latestRoundData") is not None
        cap = deploy(revm, "CappedRate", rate, STEWARD, (968, 0, 1, 0, 0, False), WAD, START_S)
        assert cap.read_error("rateWad") is not None
        assert cap.read("capWad") == WAD, "what the cap is does not depend on it"

    def test_a_cap_bounds_any_rate(self, revm, deploy):
        revm.begin(START_S)
        for word, used in ((2**256 - 1, WAD), (0, 0)):
            live = rate_of(revm, word)
            cap = deploy(revm, "CappedRate", live, STEWARD, (968, 0, 1, 0, 0, False), WAD, START_S)
            assert cap.read("rateWad") == used
