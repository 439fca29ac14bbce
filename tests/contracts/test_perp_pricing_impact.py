"""Trades at an index with the impact of open interest: its mirror, pool and caps, and prices that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import DeployReverted
from sim.reference.perp_pricing import MAX_SIZE_WAD, ImpactParams, OracleImpactPricing
from sim.units import E8, WAD
from tests.feeds import NO_PRICES, Mode
from tests.lending import OWNER
from tests.perp_pricing import INDEX_E8, INSTRUMENT, KEEPER, NOBODY, OTHER, QUOTE_DECIMALS, TRADER, USD, Book

PARAMS = ImpactParams(5 * 10**7, 10**8, 50, 0)
"""Half of what an imbalance costs comes back to who repairs it; at most 0.5 %; liquidations at the index."""
MAX_AGE_S = 3_600


def set_params(book: Book, params: ImpactParams = PARAMS, max_age_s: int = MAX_AGE_S) -> None:
    words = params.favourable_wad, params.adverse_wad, params.favourable_cap_bps, params.liquidation_cap_bps
    book.pricing.send(OWNER, "setInstrument", INSTRUMENT, (book.source.feed.address, max_age_s, *words))


@pytest.fixture
def book(revm, deploy) -> Book:
    book = Book.build(revm, deploy, "OracleImpactPricing")
    set_params(book)
    return book


def pool(book: Book) -> int:
    return book.pricing.read("impactPoolQuote", INSTRUMENT)


def test_size_costs_nothing_but_the_imbalance_that_it_makes(book):
    """1,000 ETH are two million: 10^-10 of their square is $400, which half of comes back for the way home."""
    assert book.mid_e8 == INDEX_E8
    assert book.trade(TRADER, 1_000 * WAD) == -(2_000_000 + 400) * USD
    assert pool(book) == 400 * USD and book.pricing.read("netWad", INSTRUMENT) == 1_000 * WAD
    assert book.mid_e8 == 2_000 * E8 + 2_000 * E8 * 3 // 10_000, "the mean of 4 and 2 bps of premium"
    assert book.trade(OTHER, -1_000 * WAD) == (2_000_000 + 200) * USD
    assert pool(book) == 200 * USD
    assert book.mid_e8 == INDEX_E8


def test_all_that_a_trader_pays_or_gets_is_the_maker_s(book):
    book.trade(TRADER, 1_000 * WAD + 7)
    book.trade(OTHER, -300 * WAD - 3)
    traders = [book.position(owner) for owner in (TRADER, OTHER)]
    maker = book.position(book.pricing)
    assert [sum(column) + own for column, own in zip(zip(*traders, strict=True), maker, strict=True)] == [0, 0]
    exact = -(1_000 * WAD + 7 - 300 * WAD - 3) * INDEX_E8 * USD // (WAD * E8)
    assert pool(book) <= sum(entry for _, entry in traders) * -1 + exact <= pool(book) + 2, "impact, and rounding"


def test_what_a_trade_gets_is_capped_and_within_the_pool(book):
    book.trade(TRADER, 100_000 * WAD)
    filled = pool(book)
    assert filled == 4_000_000 * USD
    one = book.pricing.read("impactQuote", INSTRUMENT, -WAD, False)
    assert one == 2_000 * USD * 50 // 10_000, "the formula has $40"
    book.source.report(2 * INDEX_E8)
    assert book.pricing.read("impactQuote", INSTRUMENT, -WAD, False) == 4_000 * USD * 50 // 10_000
    set_params(book, ImpactParams(10**8, 10**8, 5_000, 0))
    got = book.trade(TRADER, -100_000 * WAD) - 400_000_000 * USD
    assert got == filled and pool(book) == 0, "at twice the index the formula gives four times as much"
    assert book.trade(TRADER, -1) == 0, "and from here on imbalance is paid for anew"


def test_a_liquidation_pays_its_cap_and_no_more(book):
    book.trade(TRADER, 1_000 * WAD)
    assert book.pricing.read("impactQuote", INSTRUMENT, -500 * WAD, False) > 0
    assert book.liquidate(TRADER, -500 * WAD) == 1_000_000 * USD, "none, either way"
    assert book.liquidate(TRADER, -1_500 * WAD) == 3_000_000 * USD
    set_params(book, ImpactParams(5 * 10**7, 10**8, 50, 2))
    assert book.liquidate(TRADER, -1_000 * WAD) == 2_000_000 * USD - 400 * USD
    assert book.trade(TRADER, -1_000 * WAD) == 2_000_000 * USD - (9 - 4) * 400 * USD


def test_a_sale_never_costs_money(book):
    """At a factor of a millionth, the next dollar is given away once half a million are sold."""
    set_params(book, ImpactParams(0, 10**12, 0, 0))
    assert book.trade(TRADER, -250 * WAD) == 250 * 2_000 * USD // 2
    assert book.trade(TRADER, -1_000 * WAD) == 0
    assert pool(book) == (250_000 + 2_000_000) * USD
    assert book.mid_e8 == 1
    assert book.trade(TRADER, -1) == 0
    assert book.liquidate(TRADER, -WAD) == 2_000 * USD
    assert book.trade(TRADER, 1_251 * WAD) < 0


@pytest.mark.parametrize("answer", NO_PRICES)
def test_no_trade_at_no_price(book, answer):
    book.source.report(answer)
    found = book.trade_error(TRADER, WAD)
    assert found.lower() == f"InvalidIndex({INSTRUMENT}, {answer})".lower()
    assert book.pricing.read_error("midE8", INSTRUMENT) == found
    assert book.pricing.read_error("heldMidE8", INSTRUMENT) == found
    assert book.pricing.read_error("quoteLiquidation", INSTRUMENT, WAD) == found


def test_no_trade_at_a_price_too_high_too_low_too_old_or_of_tomorrow(book):
    now_s = book.chain.timestamp_s
    for answer, age_s in ((10**20 + 1, 0), (INDEX_E8, -1)):
        book.source.set(answer, now_s - age_s, now_s - age_s)
        assert book.trade_error(TRADER, WAD).startswith("InvalidIndex(")
    book.source.report(10**20)
    assert book.trade(TRADER, 1) == -2, "a millionth of a dollar, and impact that rounds up to another"
    book.source.report(INDEX_E8, MAX_AGE_S)
    book.trade(TRADER, WAD)
    book.source.report(INDEX_E8, MAX_AGE_S + 1)
    assert book.trade_error(TRADER, WAD).lower() == f"StaleIndex({INSTRUMENT}, 3601, 3600)".lower()
    set_params(book, max_age_s=0)
    book.source.report(INDEX_E8, 10**9)
    book.trade(TRADER, WAD)


@pytest.mark.parametrize("mode", [Mode.FAILS_BIG, Mode.BURNS_GAS])
def test_a_hostile_index_is_no_index(book, mode):
    book.source.turn(mode)
    assert book.trade_error(TRADER, WAD).lower() == f"InvalidIndex({INSTRUMENT}, 0)".lower()


def test_an_index_that_answers_a_megabyte_costs_nothing_and_one_that_calls_changes_nothing(book):
    book.source.turn(Mode.RETURNS_BIG)
    book.pricing.read_error("quoteTrade", INSTRUMENT, WAD)
    book.source.turn(Mode.CALLS, book.pricing, book.pricing.encode("trade", INSTRUMENT, WAD))
    assert book.trade(TRADER, WAD) < 0
    assert book.position(TRADER)[0] == WAD


@pytest.mark.parametrize("size", [0, MAX_SIZE_WAD + 1, -MAX_SIZE_WAD - 1, 2**255 - 1, -(2**255)])
def test_sizes_that_are_none(book, size):
    assert book.trade_error(TRADER, size) == f"SizeOutOfRange({size}, {MAX_SIZE_WAD})"


def test_the_largest_sizes_and_prices_do_not_overflow(book):
    set_params(book, ImpactParams(WAD, WAD, 5_000, 10_000))
    book.source.report(10**20)
    assert book.trade(TRADER, MAX_SIZE_WAD) < 0
    assert book.trade_error(TRADER, 1) == f"SizeOutOfRange(1, {MAX_SIZE_WAD})"
    assert book.mid_e8 > 10**20 and book.liquidate(TRADER, -MAX_SIZE_WAD) > 0


def test_only_the_market_trades_and_only_the_owner_sets(book, deploy, artifacts):
    for function in ("trade", "tradeLiquidation"):
        found = book.pricing.send_error(TRADER, function, INSTRUMENT, WAD)
        assert found.lower() == f"NotMarket({TRADER})".lower()
    assert book.pricing.send_error(OWNER, "setMarket", TRADER).startswith("MarketAlreadySet(")
    fields = (book.source.feed.address, 0, 1, 1, 50, 0)
    for function, *args in (("setMarket", TRADER), ("setInstrument", INSTRUMENT, fields)):
        assert book.pricing.send_error(TRADER, function, *args).startswith("OwnableUnauthorizedAccount")
    unknown = book.pricing.read_error("midE8", OTHER)
    assert unknown.lower() == f"UnpricedInstrument({OTHER})".lower()
    with pytest.raises(DeployReverted) as caught:
        deploy(book.chain, "OracleImpactPricing", 19, OWNER)
    assert artifacts.decoder.decode_error(caught.value.data) == "ParameterOutOfRange(quoteDecimals, 19, 18)"
    assert book.pricing.read("market") == book.positions.address
    assert book.pricing.read("quoteDecimals") == QUOTE_DECIMALS
    assert tuple(book.pricing.read("params", INSTRUMENT))[1:] == (MAX_AGE_S, 5 * 10**7, 10**8, 50, 0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((0, 0, WAD + 1, 0, 0), f"adverseWad, {WAD + 1}, {WAD}"),
        ((0, 11, 10, 0, 0), "favourableWad, 11, 10"),
        ((0, 0, 0, 5_001, 0), "favourableCapBps, 5001, 5000"),
        ((0, 0, 0, 0, 10_001), "liquidationCapBps, 10001, 10000"),
    ],
)
def test_parameters_have_bounds(book, fields, expected):
    found = book.pricing.send_error(OWNER, "setInstrument", INSTRUMENT, (book.source.feed.address, *fields))
    assert found == f"ParameterOutOfRange({expected})"


def test_a_feed_with_too_many_decimals_is_refused(book):
    odd = book.deploy(book.chain, "OddFeed", 19)
    found = book.pricing.send_error(OWNER, "setInstrument", INSTRUMENT, (odd.address, 0, 0, 0, 0, 0))
    assert found == "IndexDecimals(19, 18)"


def test_before_a_market_is_set_there_is_a_mid_and_no_trade(book):
    other = book.deploy(book.chain, "OracleImpactPricing", 6, OWNER)
    other.send(OWNER, "setInstrument", INSTRUMENT, (book.source.feed.address, 0, 1, 1, 0, 0))
    assert other.read("midE8", INSTRUMENT) == INDEX_E8
    assert other.send_error(OWNER, "trade", INSTRUMENT, WAD).startswith("NotMarket(")
    assert other.read("market").lower() == NOBODY


def test_the_imbalance_is_the_market_s_not_the_sum_of_trades(book):
    """A stage closes 400 of the long against the maker: the rest is what impact is paid for."""
    book.trade(TRADER, 1_000 * WAD)
    book.positions.send(OWNER, "transfer", book.pricing, TRADER, INSTRUMENT, -400 * WAD, 800_000 * USD)
    assert book.pricing.read("netWad", INSTRUMENT) == 600 * WAD
    assert book.trade(TRADER, -600 * WAD) == 1_200_000 * USD + 72 * USD
    assert book.mid_e8 == INDEX_E8


def test_what_is_pushed_and_pulled_back_within_a_block_was_never_held(book):
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (INDEX_E8, 0)
    book.trade(TRADER, 1_000 * WAD)
    assert book.mid_e8 > INDEX_E8 and book.pricing.read("heldMidE8", INSTRUMENT) == (INDEX_E8, 0)
    started_s = book.chain.timestamp_s
    book.wait(12)
    pushed = book.mid_e8
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (pushed, started_s)
    book.trade(OTHER, -3_000 * WAD)
    book.trade(OTHER, 1_000 * WAD)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (pushed, started_s)
    book.wait(1)
    assert book.pricing.read("heldMidE8", INSTRUMENT) == (book.mid_e8, started_s + 12)


@given(
    params=st.builds(
        lambda a, b, cap, forced: ImpactParams(min(a, b), max(a, b), cap, forced),
        st.integers(0, 10**12),
        st.integers(0, 10**12),
        st.integers(0, 5_000),
        st.integers(0, 10_000),
    ),
    steps=st.lists(
        st.tuples(
            st.one_of(st.integers(-(10**24), 10**24), st.integers(-5, 5)).filter(bool),
            st.integers(1, 10**14),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_follows_its_mirror_and_pays_out_only_what_was_paid_in(book, params, steps):
    before = book.chain.snapshot()
    set_params(book, params)
    mirror = OracleImpactPricing(params, QUOTE_DECIMALS)
    paid = 0
    for size, index_e8, forced in steps:
        book.source.report(index_e8)
        expected, impact = mirror.quote(size, index_e8, forced)
        mirror.trade(size, index_e8, forced)
        assert (book.liquidate if forced else book.trade)(TRADER, size) == expected
        assert (expected >= 0) == (size < 0) or expected == 0
        paid -= impact
        assert pool(book) == mirror.pool_quote == paid >= 0
        assert book.mid_e8 == mirror.mid_e8(index_e8)
    assert [a + b for a, b in zip(book.position(TRADER), book.position(book.pricing), strict=True)] == [0, 0]
    book.chain.revert(before)


@given(
    start=st.integers(-(10**24), 10**24),
    sizes=st.lists(st.integers(-(10**24), 10**24).filter(bool), min_size=1, max_size=5),
    index_e8=st.integers(1, 10**14),
)
def test_a_round_trip_at_one_index_never_gains_whatever_came_before(book, start, sizes, index_e8):
    before = book.chain.snapshot()
    book.source.report(index_e8)
    if start:
        book.trade(OTHER, start)
    back = -sum(sizes)
    for size in [*sizes, *([back] if back else [])]:
        book.trade(TRADER, size)
    size, entry = book.position(TRADER)
    assert size == 0 and entry <= 0
    book.chain.revert(before)


def test_a_keeper_cannot_set_anything(book):
    assert book.pricing.send_error(KEEPER, "transferOwnership", KEEPER).startswith("OwnableUnauthorizedAccount")
