"""The circuit breaker: band, limit state, halt and gap, by examples and against its mirror on random histories."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import DeployReverted
from sim.reference.price_band import HALTED, KEPT, LIMITED, OPEN, PriceBand
from sim.units import E8
from tests.deployed import Deployed
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source
from tests.lending import DONOR, OWNER, START_S

BAND_BPS, WINDOW_S, LIMIT_S, HALT_S = 500, 300, 15, 300
PARAMS = (BAND_BPS, WINDOW_S, LIMIT_S, HALT_S)


@pytest.fixture
def source(revm, deploy) -> Source:
    """A source that says 2,000."""
    revm.begin(START_S)
    source = Source(revm, deploy, OWNER)
    source.report(2_000 * E8)
    return source


@pytest.fixture
def band(source, deploy) -> Deployed:
    """Limit-up limit-down's parameters, with a first price."""
    band = deploy(source.odd.chain, "PriceBand", source.feed, PARAMS)
    band.send(DONOR, "poke")
    return band


def move(source: Source, price: int, after_s: int = 0) -> int:
    """Report a price some seconds from now."""
    source.odd.chain.begin(source.odd.chain.timestamp_s + after_s)
    source.report(price)
    return source.odd.chain.timestamp_s


class TestBand:
    def test_without_a_first_price_there_is_no_answer(self, source, deploy):
        band = deploy(source.odd.chain, "PriceBand", source.feed, PARAMS)
        assert band.read_error("latestRoundData") == "NoRound()"
        assert band.read("band") == (0, 0, 0)
        assert band.read("due")
        band.send(DONOR, "poke")
        assert band.read("latestRoundData") == (1, 2_000 * E8, START_S, START_S, 1)
        assert band.read("band") == (2_000 * E8, 1_900 * E8, 2_100 * E8)
        assert tuple(band.read("params")) == PARAMS
        assert band.read("description") == "odd, within a band"
        assert not band.read("due") and band.send_error(DONOR, "poke") == "NotDue()"

    def test_within_the_band_the_price_passes(self, source, band):
        for price in (1_900 * E8, 2_100 * E8):
            source.report(price)
            assert band.read("latestRoundData")[1] == price

    def test_beyond_it_the_edge_counts_and_a_return_in_time_ends_it(self, source, band):
        source.report(1_800 * E8)
        assert band.read("latestRoundData")[1] == 1_900 * E8, "also before anybody pokes"
        (limit,) = band.send(DONOR, "poke")
        assert limit == ("LimitReached", {"price": 1_800 * E8, "edge": 1_900 * E8, "mean": 2_000 * E8})
        assert tuple(band.read("state")) == (LIMITED, START_S)
        move(source, 1_950 * E8, LIMIT_S - 1)
        (left,) = band.send(DONOR, "poke")
        assert left[0] == "LimitLeft" and left[1]["price"] == 1_950 * E8
        assert band.read("state")[0] == OPEN

    def test_halt_and_gap(self, source, band):
        source.report(1_800 * E8)
        band.send(DONOR, "poke")
        now_s = move(source, 1_700 * E8, LIMIT_S)
        until_s = now_s + HALT_S
        assert band.read_error("latestRoundData") == f"Halted({until_s})", "also before anybody pokes"
        (halt,) = band.send(DONOR, "poke")
        assert halt == ("HaltBegun", {"lastPrice": 1_900 * E8, "untilS": until_s})
        assert tuple(band.read("state")) == (HALTED, until_s)
        assert not band.read("due") and band.send_error(DONOR, "poke") == "NotDue()"
        move(source, 1_615 * E8, HALT_S - 1)
        assert band.read_error("latestRoundData") == f"Halted({until_s})"
        move(source, 1_615 * E8, 1)
        assert band.read("latestRoundData")[1] == 1_615 * E8
        (resumed,) = band.send(DONOR, "poke")
        assert resumed == ("Resumed", {"lastPrice": 1_900 * E8, "firstPrice": 1_615 * E8, "gapBps": 1_500})
        assert band.read("band")[0] == 1_615 * E8, "no memory of what was before the halt"

    def test_a_halt_that_nobody_saw_is_made_up_for(self, source, band):
        source.report(1_800 * E8)
        band.send(DONOR, "poke")
        move(source, 1_700 * E8, LIMIT_S + HALT_S)
        assert band.read("latestRoundData")[1] == 1_700 * E8
        assert [name for name, _ in band.send(DONOR, "poke")] == ["HaltBegun", "Resumed"]

    def test_a_slow_fall_passes(self, source, band):
        for step in range(1, 60):
            price = 2_000 * E8 * (1_000 - 5 * step) // 1_000
            move(source, price, 60)
            if band.read("due"):
                band.send(DONOR, "poke")
            assert band.read("latestRoundData")[1] == price

    @pytest.mark.parametrize(
        ("params", "error"),
        [
            ((0, 300, 15, 300), "bandBps, 0, 1"),
            ((10_000, 300, 15, 300), "bandBps, 10000, 9999"),
            ((500, 0, 15, 300), "windowS, 0, 1"),
        ],
    )
    def test_refuses_bad_parameters(self, source, deploy, artifacts, params, error):
        with pytest.raises(DeployReverted) as caught:
            deploy(source.odd.chain, "PriceBand", source.feed, params)
        assert artifacts.decoder.decode_error(caught.value.data) == f"ParameterOutOfRange({error})"

    def test_bad_sources(self, source, band):
        for price in NO_PRICES:
            source.report(price)
            assert band.read_error("latestRoundData") == f"InvalidAnswer({price})"
            assert not band.read("due") and band.send_error(DONOR, "poke") == "NotDue()"
        source.set(E8, START_S, START_S + 1)
        assert band.read_error("latestRoundData") == f"FutureDated({START_S + 1}, {START_S})"
        source.report(2_000 * E8)
        for mode in (Mode.FAILS_BIG, Mode.BURNS_GAS):
            source.turn(mode)
            assert not band.read("due") and band.send_error(DONOR, "poke") == "NotDue()"
            band.read_error("latestRoundData")
            assert band.read("state")[0] == OPEN
        source.report(2_050 * E8)
        source.turn(Mode.CALLS, band, band.encode("poke"))
        assert [name for name, _ in band.send(DONOR, "poke")] == [], "a read cannot come back and write"
        assert band.read("latestRoundData")[1] == 2_050 * E8


PRICES = st.one_of(st.integers(1_500 * E8, 2_500 * E8), st.integers(1, INT128_MAX), st.integers(1, 30))


@given(
    steps=st.lists(st.tuples(PRICES, st.sampled_from([0, 1, 12, 15, 60, 301, 700]), st.booleans()), max_size=25)
)
def test_follows_its_mirror_and_never_leaves_what_it_saw(source, band, steps):
    chain = source.odd.chain
    before = chain.snapshot()
    mirror = PriceBand(*PARAMS)
    mirror.poke(2_000 * E8, START_S)
    for price, wait_s, poked in steps:
        now_s = move(source, price, wait_s)
        status, answer, _ = mirror.assess(price, now_s)
        if status == HALTED:
            assert band.read_error("latestRoundData").startswith("Halted")
        else:
            _, found, started_at_s, updated_at_s, _ = band.read("latestRoundData")
            history = [one for one, _ in mirror.seen] if status == LIMITED else []
            assert found == answer and min(history + [price]) <= found <= max(history + [price])
            assert (started_at_s, updated_at_s) == (now_s, now_s)
        assert band.read("state")[0] == status
        if poked and band.read("due"):
            gaps = [args["gapBps"] for name, args in band.send(DONOR, "poke") if name == "Resumed"]
            gap = mirror.poke(price, now_s)
            assert gaps == ([] if gap is None else [gap])
        else:
            assert poked is False or band.send_error(DONOR, "poke") == "NotDue()"
    chain.revert(before)


def test_more_changes_than_are_kept_shorten_the_window(source, band):
    mirror, random = PriceBand(*PARAMS), Random(5)
    mirror.poke(2_000 * E8, START_S)
    for _ in range(KEPT + 20):
        price = random.randint(1_990 * E8, 2_010 * E8)
        now_s = move(source, price, 1)
        band.send(DONOR, "poke")
        mirror.poke(price, now_s)
    assert band.read("band")[0] == mirror.mean(source.odd.chain.timestamp_s)
