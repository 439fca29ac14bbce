"""The moving average of a feed: its formula over random histories, its times, and a source that dies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import DeployReverted
from sim.reference.feeds import smoothed_down
from sim.units import E8
from tests.deployed import Deployed
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source
from tests.lending import DONOR, OWNER, START_S

TIME_CONSTANT_S = 600


@pytest.fixture
def source(revm, deploy) -> Source:
    """A source that said 2,000 half a minute ago."""
    revm.begin(START_S)
    source = Source(revm, deploy, OWNER)
    source.report(2_000 * E8, age_s=30)
    return source


@pytest.fixture
def smoothed(source, deploy) -> Deployed:
    """The average, with a first price."""
    feed = deploy(source.odd.chain, "SmoothedFeed", source.feed, TIME_CONSTANT_S)
    feed.send(DONOR, "poke")
    return feed


def test_begins_with_the_first_price(source, deploy, artifacts):
    feed = deploy(source.odd.chain, "SmoothedFeed", source.feed, TIME_CONSTANT_S)
    assert feed.read_error("latestRoundData") == "NoRound()"
    assert feed.read("due")
    event = ("PriceStored", {"price": 2_000 * E8, "average": 2_000 * E8})
    assert feed.send(DONOR, "poke") == [event]
    assert feed.read("latestRoundData") == (1, 2_000 * E8, START_S - 30, START_S - 30, 1)
    assert feed.read("stored") == (2_000 * E8, 2_000 * E8, START_S)
    assert not feed.read("due") and feed.send_error(DONOR, "poke") == "NotDue()"
    assert [feed.read(name) for name in ("timeConstantS", "description")] == [600, "odd, smoothed"]
    with pytest.raises(DeployReverted) as caught:
        deploy(source.odd.chain, "SmoothedFeed", source.feed, 0)
    assert artifacts.decoder.decode_error(caught.value.data) == "ParameterOutOfRange(timeConstantS, 0, 1)"


def test_a_step_arrives_by_and_by(source, smoothed):
    chain = source.odd.chain
    source.report(1_000 * E8)
    smoothed.send(DONOR, "poke")
    assert smoothed.read("latestRoundData")[1] == 2_000 * E8, "nothing moves within a block"
    for after_s, expected in ((600, 1_367.879441), (1_800, 1_049.787068), (86_400, 1_000)):
        chain.begin(START_S + after_s)
        assert smoothed.read("latestRoundData")[1] / E8 == pytest.approx(expected, abs=1e-6)


def test_a_push_within_a_block_counts_only_if_it_is_stored_and_until_the_next(source, smoothed):
    chain = source.odd.chain
    for price in (8_000 * E8, 2_000 * E8):
        source.report(price)
        smoothed.send(DONOR, "poke")
    chain.begin(START_S + 12)
    assert smoothed.read("latestRoundData")[1] == 2_000 * E8
    source.report(8_000 * E8)
    smoothed.send(DONOR, "poke")
    source.report(2_000 * E8)
    chain.begin(START_S + 24)
    pushed = smoothed.read("latestRoundData")[1]
    assert pushed == smoothed_down(2_000 * E8, 8_000 * E8, 12, TIME_CONSTANT_S)
    assert pushed / E8 == pytest.approx(2_000 + 6_000 * 0.0198013, abs=0.01)


@given(
    steps=st.lists(
        st.tuples(
            st.one_of(st.integers(1, INT128_MAX), st.sampled_from(NO_PRICES)),
            st.integers(0, 600),
            st.integers(0, 5_000),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_follows_its_mirror_within_all_it_stored_with_the_times_of_the_last(source, smoothed, steps):
    chain = source.odd.chain
    before = chain.snapshot()
    average = price = 2_000 * E8
    at_s, times, stored = START_S, (START_S - 30,) * 2, [price]
    for answer, age_s, wait_s, poked in steps:
        chain.begin(chain.timestamp_s + wait_s)
        now_s = chain.timestamp_s
        source.report(answer, age_s)
        fresh = 0 < answer <= INT128_MAX and (answer, now_s - age_s) != (price, times[0])
        assert smoothed.read("due") == fresh
        if poked:
            assert smoothed.try_send(DONOR, "poke").ok == fresh
            if fresh:
                average = smoothed_down(average, price, now_s - at_s, TIME_CONSTANT_S)
                price, at_s, times = answer, now_s, (now_s - age_s,) * 2
                stored.append(price)
        found = smoothed.read("latestRoundData")
        assert found[1] == smoothed_down(average, price, now_s - at_s, TIME_CONSTANT_S)
        assert found[2:4] == times
        assert min(stored) <= found[1] <= max(stored)
    chain.revert(before)


@pytest.mark.parametrize("mode", [Mode.FAILS_BIG, Mode.BURNS_GAS])
def test_answers_over_a_dead_source_and_ages(source, smoothed, mode):
    source.turn(mode)
    source.odd.chain.begin(START_S + 86_400)
    assert smoothed.read("latestRoundData") == (1, 2_000 * E8, START_S - 30, START_S - 30, 1)
    assert not smoothed.read("due") and smoothed.send_error(DONOR, "poke") == "NotDue()"


def test_cannot_be_re_entered(source, smoothed):
    source.report(1_000 * E8)
    source.turn(Mode.CALLS, smoothed, smoothed.encode("poke"))
    assert len(smoothed.send(DONOR, "poke")) == 1
    source.turn(Mode.HONEST)
    source.set(E8, START_S, START_S + 1)
    assert not smoothed.read("due"), "a round of the future does not count"
