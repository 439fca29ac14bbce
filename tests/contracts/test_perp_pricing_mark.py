"""The mark of a perpetual: its mirror, what moves it and what does not, and indices that are none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.perp_mark import MarkParams, MedianMark, Observed
from sim.units import E8, WAD
from tests.deployed import Deployed
from tests.feeds import NO_PRICES, Mode
from tests.lending import OWNER
from tests.perp_pricing import INDEX_E8, INSTRUMENT, KEEPER, OTHER, TRADER, Book

BLOCK_S = 12
PARAMS = MarkParams()
DEPTH_WAD = 10**6 * WAD


class Marked:
    """A mark over a pricing, and its mirror, which is told all that the contract is."""

    def __init__(self, book: Book, params: MarkParams = PARAMS, max_age_s: int = 0) -> None:
        self.book, self.params, self.max_age_s = book, params, max_age_s
        self.contract: Deployed = book.deploy(book.chain, "MedianMark", OWNER)
        self.set()

    def set(self) -> None:
        windows = (self.params.premium_window_s, self.params.short_window_s, self.params.long_window_s)
        words = (*windows, self.params.spacing_s, self.params.clamp_bps)
        feed, mids = self.book.source.feed.address, self.book.pricing.address
        self.contract.send(OWNER, "setInstrument", INSTRUMENT, (feed, self.max_age_s, mids, *words))
        self.mirror = MedianMark(self.params)

    @property
    def now(self) -> tuple[int, Observed]:
        return self.book.chain.timestamp_s, Observed(*self.contract.read("observed", INSTRUMENT))

    def poke(self) -> None:
        self.mirror.poke(*self.now)
        self.contract.send(KEEPER, "poke", INSTRUMENT)

    @property
    def parts(self) -> tuple[int, int, int]:
        """What the mark is made of, the same in the mirror."""
        found = tuple(self.contract.read("parts", INSTRUMENT))
        assert found == self.mirror.parts(*self.now)
        return found

    @property
    def mark_e8(self) -> int:
        """The mark, the same in the mirror and within its parts."""
        found = self.contract.read("markE8", INSTRUMENT)
        assert found == self.mirror.mark_e8(*self.now) == sorted(self.parts)[1]
        return found

    def run(self, seconds: int, index_e8: int = 0) -> None:
        """Let blocks pass, with a poke in each and an index that is reported anew."""
        for _ in range(seconds // BLOCK_S):
            self.book.wait(BLOCK_S)
            self.book.source.report(index_e8 or self.book.source.round.answer)
            if self.mirror.due(self.book.chain.timestamp_s):
                self.poke()


def virtual(revm, deploy, quote_decimals: int = 6) -> Book:
    book = Book.build(revm, deploy, "VirtualAmmPricing", quote_decimals)
    book.pricing.send(OWNER, "openCurve", INSTRUMENT, book.source.feed, 0, DEPTH_WAD)
    return book


@pytest.fixture
def marked(revm, deploy) -> Marked:
    """A mark over a virtual curve that has stood at the index for an hour."""
    marked = Marked(virtual(revm, deploy))
    marked.poke()
    marked.run(3_600)
    return marked


def test_begins_at_the_index_with_the_first_record(revm, deploy):
    marked = Marked(virtual(revm, deploy))
    assert marked.contract.read_error("markE8", INSTRUMENT).lower() == f"NoRecord({INSTRUMENT})".lower()
    assert marked.contract.read("due", INSTRUMENT)
    event = marked.contract.send(KEEPER, "poke", INSTRUMENT)
    values = {"midE8": INDEX_E8, "indexE8": INDEX_E8, "ratioWad": WAD, "averageWad": WAD}
    assert event == [("MidRecorded", {"instrument": INSTRUMENT, **values})]
    assert not marked.contract.read("due", INSTRUMENT)
    assert marked.contract.send_error(KEEPER, "poke", INSTRUMENT) == "RecordTooSoon(0, 12)"
    assert marked.contract.read("markE8", INSTRUMENT) == INDEX_E8
    assert tuple(marked.contract.read("params", INSTRUMENT))[3:] == (900, 15, 1_800, 12, 500)
    marked.book.wait(11)
    assert marked.contract.send_error(KEEPER, "poke", INSTRUMENT) == "RecordTooSoon(11, 12)"
    marked.set()
    assert marked.contract.read_error("markE8", INSTRUMENT).startswith("NoRecord("), "a history anew"


def test_nothing_within_a_block_moves_the_mark_then_or_later(marked):
    """Bought, recorded, sold: the record is of the mid before the block."""
    book, before = marked.book, marked.mark_e8
    book.wait(BLOCK_S)
    for size in (400 * WAD, -600 * WAD, 200 * WAD):
        book.trade(TRADER, size)
        assert marked.mark_e8 == before and set(marked.parts) == {INDEX_E8}
        if size == 400 * WAD:
            assert book.mid_e8 == 25 * INDEX_E8
            marked.poke()
    for _ in range(3):
        book.wait(BLOCK_S)
        assert set(marked.parts) == {INDEX_E8}


def test_a_mid_that_is_pushed_and_left_is_followed_within_the_long_window(marked):
    """The short mean is there at once and the premium is capped: the long mean is in the middle."""
    book = marked.book
    book.trade(TRADER, 50 * WAD)
    pushed = book.mid_e8
    assert pushed / INDEX_E8 == pytest.approx(1.2346, abs=1e-4)
    seen = []
    for seconds in (12, 12, 900 - 24, 900):
        marked.run(seconds)
        seen.append(marked.mark_e8)
        premium, short, long_ = marked.parts
        assert premium <= INDEX_E8 * 105 // 100 and premium <= long_ <= short
        assert seen[-1] == long_
    assert marked.parts[1] == marked.parts[2] == pushed
    rises = [price / INDEX_E8 - 1 for price in seen]
    assert rises == pytest.approx([0.234568 * part for part in (12 / 1_800, 24 / 1_800, 0.5, 1)], abs=1e-6)
    assert marked.parts[0] / INDEX_E8 == pytest.approx(1 + 0.05 * (1 - math.exp(-2)), rel=1e-9)


def test_an_index_that_jumps_is_followed_by_a_median_of_which_two_parts_stand(marked):
    """Nobody trades the virtual curve: the mark stays with it, and only its premium knows of the index."""
    marked.run(BLOCK_S, INDEX_E8 // 2)
    premium, short, long_ = marked.parts
    assert (short, long_) == (INDEX_E8, INDEX_E8) and premium < INDEX_E8 * 51 // 100
    assert marked.mark_e8 == INDEX_E8


def test_a_mark_over_a_pricing_at_the_index_follows_it_within_the_short_window(revm, deploy):
    book = Book.build(revm, deploy, "OracleImpactPricing")
    book.pricing.send(OWNER, "setInstrument", INSTRUMENT, (book.source.feed.address, 0, 10**8, 10**8, 50, 0))
    marked = Marked(book)
    marked.poke()
    marked.run(1_800)
    assert set(marked.parts) == {INDEX_E8}
    marked.run(24, INDEX_E8 * 9 // 10)
    premium, short, long_ = marked.parts
    assert premium == short == INDEX_E8 * 9 // 10 < long_
    assert marked.mark_e8 == INDEX_E8 * 9 // 10


@pytest.mark.parametrize("answer", NO_PRICES)
def test_no_mark_at_no_index(marked, answer):
    marked.book.wait(BLOCK_S)
    marked.book.source.report(answer)
    expected = f"InvalidIndex({INSTRUMENT}, {answer})".lower()
    for function in ("markE8", "indexE8", "parts", "observed"):
        assert marked.contract.read_error(function, INSTRUMENT).lower() == expected
    assert not marked.contract.read("due", INSTRUMENT)
    assert marked.contract.send_error(KEEPER, "poke", INSTRUMENT).lower() == expected
    marked.book.source.report(INDEX_E8)
    assert marked.contract.read("due", INSTRUMENT) and marked.mark_e8 == INDEX_E8


def test_no_mark_at_an_old_index(revm, deploy):
    marked = Marked(virtual(revm, deploy), max_age_s=600)
    marked.poke()
    marked.book.wait(600)
    assert marked.mark_e8 == INDEX_E8
    marked.book.wait(1)
    expected = f"StaleIndex({INSTRUMENT}, 601, 600)".lower()
    assert marked.contract.read_error("markE8", INSTRUMENT).lower() == expected
    assert not marked.contract.read("due", INSTRUMENT)
    unknown = marked.contract.read_error("markE8", OTHER)
    assert unknown.lower() == f"UnpricedInstrument({OTHER})".lower()
    assert not marked.contract.read("due", OTHER)


@pytest.mark.parametrize("mode", [Mode.FAILS_BIG, Mode.BURNS_GAS])
def test_a_hostile_index_is_no_index(marked, mode):
    marked.book.wait(BLOCK_S)
    marked.book.source.turn(mode)
    assert not marked.contract.read("due", INSTRUMENT)
    assert marked.contract.read_error("markE8", INSTRUMENT).lower() == f"InvalidIndex({INSTRUMENT}, 0)".lower()


def test_an_index_that_calls_back_cannot_record(marked):
    marked.book.wait(BLOCK_S)
    marked.book.source.turn(Mode.CALLS, marked.contract, marked.contract.encode("poke", INSTRUMENT))
    assert len(marked.contract.send(KEEPER, "poke", INSTRUMENT)) == 1


def test_a_long_pause_counts_each_mid_for_as_long_as_it_stood(marked):
    """Nobody pokes for an hour, in the middle of which one trade was made: both means know when."""
    book = marked.book
    book.wait(3_000)
    book.trade(TRADER, 50 * WAD)
    pushed = book.mid_e8
    book.wait(600)
    premium, short, long_ = marked.parts
    assert (short, long_) == (pushed, (INDEX_E8 * 1_200 + pushed * 600) // 1_800)
    assert premium / INDEX_E8 == pytest.approx(1 + 0.05 * (1 - math.exp(-600 / 900)), rel=1e-9)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((900, 15, 1_800, 12, 10_000), "clampBps, 10000, 9999"),
        ((0, 15, 1_800, 12, 500), "premiumWindowS, 0, 1"),
        ((900, 0, 1_800, 12, 500), "shortWindowS, 0, 1"),
        ((900, 1_801, 1_800, 12, 500), "shortWindowS, 1801, 1800"),
        ((900, 15, 1_800, 0, 500), "spacingS, 0, 1"),
        ((900, 15, 1_800, 16, 500), "spacingS, 16, 15"),
        ((900, 15, 65_535, 1, 500), "longWindowS, 65536, 65535"),
    ],
)
def test_parameters_have_bounds(marked, words, expected):
    params = (marked.book.source.feed.address, 0, marked.book.pricing.address, *words)
    found = marked.contract.send_error(OWNER, "setInstrument", INSTRUMENT, params)
    assert found == f"ParameterOutOfRange({expected})"
    assert marked.contract.send_error(KEEPER, "setInstrument", INSTRUMENT, params).startswith("OwnableUnauth")


SIZES = st.integers(-300, 300).map(lambda percent: percent * WAD)
STEPS = st.lists(
    st.tuples(st.integers(0, 40), SIZES, st.booleans(), st.integers(E8, 10**5 * E8)),
    min_size=1,
    max_size=25,
)


@given(
    params=st.builds(
        lambda premium, short, longer, spacing, clamp: MarkParams(
            premium, short, short + longer, min(spacing, short), clamp
        ),
        st.integers(1, 900),
        st.integers(1, 60),
        st.integers(0, 240),
        st.integers(1, 30),
        st.integers(0, 9_999),
    ),
    steps=STEPS,
)
def test_follows_its_mirror_within_all_mids_and_indices_that_counted(revm, deploy, params, steps):
    before = revm.snapshot()
    marked = Marked(virtual(revm, deploy), params)
    book = marked.book
    marked.poke()
    mids = [INDEX_E8]
    for wait_s, size, poked, index_e8 in steps:
        book.wait(wait_s)
        book.source.report(index_e8)
        mids.append(book.mid_e8)
        if size and book.positions.try_send(OWNER, "trade", book.pricing, TRADER, INSTRUMENT, size).ok:
            mids.append(book.mid_e8)
        due = marked.mirror.due(book.chain.timestamp_s)
        assert marked.contract.read("due", INSTRUMENT) == due
        if poked and due:
            marked.poke()
        premium, short, long_ = marked.parts
        assert min(mids) <= short <= max(mids) and min(mids) <= long_ <= max(mids)
        assert abs(premium - index_e8) <= index_e8 * params.clamp_bps // 10_000 + 1
        assert min(premium, short, long_) <= marked.mark_e8 <= max(premium, short, long_)
    revm.revert(before)
