"""Trades along a virtual curve: its mirror, its pegs and what they cost, and depths that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.perp_pricing import MAX_SIZE_WAD, VirtualAmmPricing
from sim.units import E8, WAD
from tests.feeds import NO_PRICES, Mode
from tests.lending import OWNER
from tests.perp_pricing import INDEX_E8, INSTRUMENT, OTHER, QUOTE_DECIMALS, TRADER, USD, Book

DEPTH_WAD = 10**6 * WAD
"""A million dollars against 500 ETH."""
INT256_MAX = 2**255 - 1


def open_curve(book: Book, depth_wad: int = DEPTH_WAD, max_age_s: int = 3_600) -> None:
    book.pricing.send(OWNER, "openCurve", INSTRUMENT, book.source.feed, max_age_s, depth_wad)


def repeg(book: Book, depth_wad: int = DEPTH_WAD, limit: int = INT256_MAX) -> int:
    cost = book.pricing.read("previewRepeg", INSTRUMENT, depth_wad)[0]
    book.pricing.send(OWNER, "repeg", INSTRUMENT, depth_wad, limit)
    return cost


def set_depth(book: Book, depth_wad: int, limit: int = INT256_MAX) -> int:
    cost = book.pricing.read("previewDepth", INSTRUMENT, depth_wad)[0]
    book.pricing.send(OWNER, "setDepth", INSTRUMENT, depth_wad, limit)
    return cost


def curve(book: Book) -> tuple[int, ...]:
    return tuple(book.pricing.read("curve", INSTRUMENT))


@pytest.fixture
def book(revm, deploy) -> Book:
    book = Book.build(revm, deploy, "VirtualAmmPricing")
    open_curve(book)
    return book


def test_begins_at_the_index_and_moves_with_trades(book):
    assert book.mid_e8 == INDEX_E8 and curve(book) == (500 * WAD, DEPTH_WAD, 500 * WAD, 500 * WAD)
    assert book.trade(TRADER, 50 * WAD) == -111_111_111_112
    assert book.mid_e8 == 246_913_580_246
    assert curve(book)[2:] == (450 * WAD, 500 * WAD)
    book.source.report(INDEX_E8 // 2)
    assert book.mid_e8 == 246_913_580_246, "whatever the index does"
    assert book.trade(OTHER, -50 * WAD) == 111_111_111_111
    assert book.mid_e8 == INDEX_E8
    assert book.position(book.pricing) == (0, 1), "what rounding leaves is the maker's"


def test_goes_on_without_an_index_and_is_not_pegged_without_one(book):
    for answer in NO_PRICES:
        book.source.report(answer)
        assert book.trade(TRADER, WAD) < 0
        found = book.pricing.send_error(OWNER, "repeg", INSTRUMENT, DEPTH_WAD, INT256_MAX)
        assert found.lower() == f"InvalidIndex({INSTRUMENT}, {answer})".lower()
    book.source.report(INDEX_E8, 3_601)
    found = book.pricing.send_error(OWNER, "repeg", INSTRUMENT, DEPTH_WAD, INT256_MAX)
    assert found.lower() == f"StaleIndex({INSTRUMENT}, 3601, 3600)".lower()
    book.source.turn(Mode.BURNS_GAS)
    assert book.trade(TRADER, -WAD) > 0
    assert book.pricing.read_error("indexE8", INSTRUMENT).startswith("InvalidIndex(")


def test_a_trade_cannot_empty_the_curve_or_leave_the_range_of_prices(book):
    limit = 500 * WAD
    for size in (limit, limit + 1, MAX_SIZE_WAD):
        assert book.trade_error(TRADER, size) == f"InsufficientDepth({size}, {limit})"
    assert book.trade_error(TRADER, limit - 1) == f"InsufficientDepth({limit - 1}, {limit})", "10^20 and more"
    huge = 10**27
    assert book.trade_error(TRADER, -huge) == f"InsufficientDepth({-huge}, {limit})", "a price of 0"
    assert book.trade(TRADER, 499 * WAD) == -499_000_000 * USD
    assert book.mid_e8 == 500_000_000 * E8


@pytest.mark.parametrize("size", [0, MAX_SIZE_WAD + 1, 2**255 - 1, -(2**255)])
def test_sizes_that_are_none(book, size):
    assert book.trade_error(TRADER, size) == f"SizeOutOfRange({size}, {MAX_SIZE_WAD})"


def test_depths_that_are_none(revm, deploy):
    book = Book.build(revm, deploy, "VirtualAmmPricing")
    for function in ("midE8", "heldMidE8", "indexE8"):
        found = book.pricing.read_error(function, INSTRUMENT)
        assert found.lower() == f"UnpricedInstrument({INSTRUMENT})".lower()
    assert book.trade_error(TRADER, WAD).startswith("UnpricedInstrument(")
    for depth in (0, INDEX_E8 - 1, 10**36 + 1, 2**256 - 1):
        found = book.pricing.send_error(OWNER, "openCurve", INSTRUMENT, book.source.feed, 0, depth)
        assert found == f"ParameterOutOfRange(depthWad, {depth}, {10**36})"
    book.source.report(1)
    found = book.pricing.send_error(OWNER, "openCurve", INSTRUMENT, book.source.feed, 0, 10**26)
    assert found == f"ParameterOutOfRange(depthWad, {10**26}, {10**36})", "more base than there can be"
    open_curve(book, 10**25)
    assert book.mid_e8 == 1
    found = book.pricing.send_error(OWNER, "openCurve", INSTRUMENT, book.source.feed, 0, 10**25)
    assert found.lower() == f"CurveExists({INSTRUMENT})".lower()
    for answer in NO_PRICES:
        book.source.report(answer)
        found = book.pricing.send_error(OWNER, "openCurve", OTHER, book.source.feed, 0, DEPTH_WAD)
        assert found.lower() == f"InvalidIndex({OTHER}, {answer})".lower()


def test_only_the_market_trades_and_only_the_owner_pegs(book):
    for function in ("trade", "tradeLiquidation"):
        assert book.pricing.send_error(OWNER, function, INSTRUMENT, WAD).startswith("NotMarket(")
    for function, *args in (
        ("openCurve", OTHER, book.source.feed, 0, DEPTH_WAD),
        ("repeg", INSTRUMENT, DEPTH_WAD, 0),
        ("setDepth", INSTRUMENT, DEPTH_WAD, 0),
    ):
        assert book.pricing.send_error(TRADER, function, *args).startswith("OwnableUnauthorizedAccount")


def test_a_peg_costs_nothing_where_traders_are_as_long_as_short(book):
    book.trade(TRADER, 50 * WAD)
    book.trade(OTHER, -50 * WAD)
    book.source.report(INDEX_E8 // 2)
    assert repeg(book, 2 * DEPTH_WAD, 0) == 0
    assert book.mid_e8 == INDEX_E8 // 2
    assert curve(book) == (2_000 * WAD, 2 * DEPTH_WAD, 2_000 * WAD, 2_000 * WAD)
    won = book.trade(TRADER, -50 * WAD) + book.trade(OTHER, 50 * WAD)
    assert won == -1, "both leave, and the maker has lost nothing"


def test_a_peg_after_a_rally_pays_the_longs_and_books_what_that_costs(book):
    """50 long at 2,469; the index has risen to 3,000, where closing pays 136,363 and not 111,111."""
    cost = -book.trade(TRADER, 50 * WAD)
    book.source.report(3_000 * E8)
    fair = 1_500_000 * WAD
    found = book.pricing.send_error(OWNER, "repeg", INSTRUMENT, fair, 25_252 * USD)
    assert found == f"RepegTooDear({136_363_636_363 - 111_111_111_111}, {25_252 * USD})"
    assert repeg(book, fair, 25_253 * USD) == 136_363_636_363 - 111_111_111_111
    assert book.pricing.read("repegCostQuote", INSTRUMENT) == 25_252_525_252
    assert book.mid_e8 == 3_000 * E8
    assert curve(book) == (500 * WAD, fair, 500 * WAD, 550 * WAD)
    assert book.trade(TRADER, -50 * WAD) == 136_363_636_363
    assert book.position(book.pricing) == (0, cost - 136_363_636_363), "what was booked, less a unit of rounding"
    assert curve(book)[2] == curve(book)[3]


def test_a_peg_against_the_traders_is_the_maker_s_gain(book):
    book.trade(TRADER, -100 * WAD)
    before = book.pricing.read("quoteTrade", INSTRUMENT, 100 * WAD)
    book.source.report(3_000 * E8)
    cost = repeg(book, 1_500_000 * WAD, 0)
    assert cost == book.pricing.read("quoteTrade", INSTRUMENT, 100 * WAD) - before < 0
    found = book.pricing.send_error(OWNER, "repeg", INSTRUMENT, 200_000 * WAD, INT256_MAX)
    assert found.startswith("ParameterOutOfRange(depthWad, "), "fewer than the shorts have to buy"


def test_a_peg_counts_with_the_position_that_the_market_has(book):
    """A stage has closed 20 of the 50 against the maker; the curve moves only when it is pegged again."""
    book.trade(TRADER, 50 * WAD)
    mid = book.mid_e8
    book.positions.send(OWNER, "transfer", book.pricing, TRADER, INSTRUMENT, -20 * WAD, 45_000 * USD)
    assert book.mid_e8 == mid and curve(book)[3] - curve(book)[2] == 50 * WAD
    assert book.pricing.read("netWad", INSTRUMENT) == 30 * WAD
    repeg(book)
    assert curve(book)[3] - curve(book)[2] == 30 * WAD and book.mid_e8 == INDEX_E8
    book.trade(TRADER, -30 * WAD)
    assert curve(book)[2] == curve(book)[3]


def test_what_is_pushed_and_pulled_back_within_a_block_was_never_held(book):
    started_s = book.chain.timestamp_s
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (INDEX_E8, 0)
    book.trade(TRADER, 50 * WAD)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (INDEX_E8, 0)
    book.wait(12)
    held = book.pricing.read("heldMidE8", INSTRUMENT)
    assert held == (246_913_580_246, started_s)
    book.trade(OTHER, 100 * WAD)
    book.source.report(INDEX_E8 * 3)
    repeg(book)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == held
    book.wait(12)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (INDEX_E8 * 3, started_s + 12)


def test_depth_leaves_and_returns_at_the_mid_that_holds(book):
    """50 long at 2,469, far from an index of 1,000: closing them pays 111,111, and on a shallower curve 99,010."""
    book.trade(TRADER, 50 * WAD)
    mid = book.mid_e8
    book.source.report(1_000 * E8)
    before, shallow, deep = curve(book), DEPTH_WAD // 2, 2 * DEPTH_WAD
    gain = set_depth(book, shallow, -1)
    assert book.pricing.read("quoteTrade", INSTRUMENT, -50 * WAD) == 99_009_900_989 == 111_111_111_111 + gain
    assert book.mid_e8 == mid, "whatever the index says"
    assert curve(book)[1] == shallow // mid * mid and curve(book)[3] - curve(book)[2] == 50 * WAD
    cost = book.pricing.read("previewDepth", INSTRUMENT, deep)[0]
    found = book.pricing.send_error(OWNER, "setDepth", INSTRUMENT, deep, cost - 1)
    assert found == f"RepegTooDear({cost}, {cost - 1})"
    book.pricing.send(OWNER, "setDepth", INSTRUMENT, deep, cost)
    assert book.pricing.read("repegCostQuote", INSTRUMENT) == gain + cost > 0 and book.mid_e8 == mid
    back = set_depth(book, before[2] * mid // E8)
    assert 0 <= -(gain + cost + back) <= 2, "the depth of before, but for the mid's ninth decimal"
    assert [abs(a - b) * 10**9 < a for a, b in zip(before[2:], curve(book)[2:], strict=True)] == [True, True]


def test_depth_goes_on_without_an_index_and_costs_nothing_at_no_net_position(book):
    book.trade(TRADER, 50 * WAD)
    book.trade(OTHER, -50 * WAD)
    book.source.turn(Mode.BURNS_GAS)
    assert set_depth(book, 10 * DEPTH_WAD, 0) == 0
    assert curve(book) == (5_000 * WAD, 10 * DEPTH_WAD, 5_000 * WAD, 5_000 * WAD)
    assert book.mid_e8 == INDEX_E8


def test_depths_that_do_not_hold_the_traders_are_refused(book):
    book.trade(TRADER, -100 * WAD)
    mid, before = book.mid_e8, curve(book)
    for depth in (0, 100 * mid * WAD // E8, 10**36 + 1, 2**256 - 1):
        found = book.pricing.send_error(OWNER, "setDepth", INSTRUMENT, depth, INT256_MAX)
        assert found == f"ParameterOutOfRange(depthWad, {depth}, {10**36})"
    assert curve(book) == before
    found = book.pricing.send_error(OWNER, "setDepth", OTHER, DEPTH_WAD, INT256_MAX)
    assert found.lower() == f"UnpricedInstrument({OTHER})".lower()


def test_a_depth_changes_neither_the_mid_that_was_held_nor_since_when(book):
    book.trade(TRADER, 50 * WAD)
    book.wait(12)
    held = book.pricing.read("heldMidE8", INSTRUMENT)
    set_depth(book, 2 * DEPTH_WAD)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == held
    book.wait(12)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == held


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.integers(-(10**24), 10**24).filter(bool), st.just(0)),
        st.tuples(st.just("trade"), st.integers(-9, 9).filter(bool), st.just(0)),
        st.tuples(st.just("repeg"), st.integers(0, 10**28), st.integers(1, 10**14)),
        st.tuples(st.just("set_depth"), st.integers(0, 10**28), st.just(0)),
    ),
    min_size=1,
    max_size=12,
)


def require_refused(book: Book, kind: str, size: int) -> None:
    if kind == "trade":
        assert book.trade_error(TRADER, size).startswith("InsufficientDepth(")
        return
    function = {"repeg": "repeg", "set_depth": "setDepth"}[kind]
    found = book.pricing.send_error(OWNER, function, INSTRUMENT, size, INT256_MAX)
    assert found.startswith(("ParameterOutOfRange(depthWad", "InsufficientDepth("))


@given(depth=st.integers(10**15, 10**28), index_e8=st.integers(1, 10**14), steps=STEPS)
def test_follows_its_mirror_and_its_reserves_say_the_sum_of_all_positions(revm, deploy, depth, index_e8, steps):
    before = revm.snapshot()
    book = Book.build(revm, deploy, "VirtualAmmPricing")
    book.source.report(index_e8)
    try:
        mirror = VirtualAmmPricing(depth, index_e8, QUOTE_DECIMALS)
    except ValueError:
        found = book.pricing.send_error(OWNER, "openCurve", INSTRUMENT, book.source.feed, 0, depth)
        assert found == f"ParameterOutOfRange(depthWad, {depth}, {10**36})"
        return
    open_curve(book, depth, 0)
    for at, (kind, size, price) in enumerate(steps):
        if kind == "repeg":
            book.source.report(price)
        try:
            expected = getattr(mirror, kind)(size, *([price] if kind == "repeg" else []))
        except ValueError:
            require_refused(book, kind, size)
            continue
        if kind == "trade":
            assert book.trade((TRADER, OTHER)[at % 2], size) == expected
            assert expected <= 0 if size > 0 else expected >= 0
        else:
            assert {"repeg": repeg, "set_depth": set_depth}[kind](book, size) == expected
        assert book.mid_e8 == mirror.mid_e8
        found = curve(book)
        assert found[2] == mirror.curve.reserve_wad
        sizes, entries = zip(*(book.position(owner) for owner in (TRADER, OTHER, book.pricing)), strict=True)
        assert found[3] - found[2] == sizes[0] + sizes[1] == -sizes[2]
        assert sum(entries) == 0
    assert book.pricing.read("repegCostQuote", INSTRUMENT) == mirror.repeg_cost_quote
    revm.revert(before)


@given(
    start=st.integers(-(10**23), 10**23),
    sizes=st.lists(st.integers(-(10**20), 10**20).filter(bool), min_size=1, max_size=5),
)
def test_a_round_trip_never_gains_and_comes_back_to_the_same_reserve(book, start, sizes):
    before = book.chain.snapshot()
    book.pricing.send(OWNER, "repeg", INSTRUMENT, 10**27, 0)
    if start:
        book.trade(OTHER, start)
    reserve = curve(book)[2]
    back = -sum(sizes)
    for size in [*sizes, *([back] if back else [])]:
        book.trade(TRADER, size)
    size, entry = book.position(TRADER)
    assert size == 0 and -len(sizes) - 1 <= entry <= 0, "a unit of rounding each"
    assert curve(book)[2] == reserve
    book.chain.revert(before)
