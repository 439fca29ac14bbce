"""Rule: a power book pays the integral of its density, whatever the steps, and refills by its half-life."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.books import MAX_RISE, PowerBook
from sim.market.outside import OutsideMarket
from sim.market.paths import ExogenousPath, LogLinear
from sim.scenario.outside import Asset, ConstantPath, PowerDepth

MID = 2_000.0
DEPTH_USD = 1e6
FIRST_PERCENT = DEPTH_USD / MID
GAMMAS = st.floats(0, 1)
PERCENTS = st.floats(0.001, 60)
DISPLACEMENTS = st.floats(-0.6, 3.0)


def power(gamma: float, displacement: float = 0.0, permanent_share_bps=3_000, half_life_s=60.0) -> PowerBook:
    depth = PowerDepth(
        kind="power",
        depth_usd_per_pct=DEPTH_USD,
        gamma=gamma,
        permanent_share_bps=permanent_share_bps,
        refill_half_life_s=half_life_s,
    )
    return PowerBook.at(depth, displacement)


def trade(book: PowerBook, tokens: float) -> tuple[float, float]:
    fill = book.fill(tokens, MID)
    book.take(fill)
    return fill.value_usd, fill.price_after_usd


def tokens_for(percent: float, gamma: float) -> float:
    return FIRST_PERCENT * percent ** (1 + gamma)


@given(GAMMAS, PERCENTS)
def test_x_percent_take_x_to_the_one_plus_gamma_times_the_first(gamma, percent):
    for sign in (1, -1):
        value, after = trade(power(gamma), sign * tokens_for(percent, gamma))
        assert after == pytest.approx(MID * (1 - sign * percent / 100), rel=1e-9)
        mean = 1 - sign * percent / 100 * (1 + gamma) / (2 + gamma)
        assert value == pytest.approx(tokens_for(percent, gamma) * MID * mean, rel=1e-9)


@given(GAMMAS, st.floats(0.01, 60), st.booleans())
def test_the_value_is_the_integral_of_price_over_the_density(gamma, percent, sells):
    """Kappa |p - m|^gamma per unit of price, with kappa fixed by what the first percent takes."""
    kappa = FIRST_PERCENT * (1 + gamma) / (0.01 * MID) ** (1 + gamma)
    far, sign = MID * percent / 100, -1 if sells else 1
    steps = (np.arange(4_000) + 0.5) / 4_000
    distance, width = far * steps**2, 2 * far * steps / 4_000
    tokens = kappa * distance**gamma * width
    got, after = trade(power(gamma), -sign * float(tokens.sum()))
    assert got == pytest.approx(float(((MID + sign * distance) * tokens).sum()), rel=1e-5)
    assert after == pytest.approx(MID + sign * far, rel=1e-5)


@given(GAMMAS, DISPLACEMENTS, st.floats(-5e4, 5e4), st.floats(-5e4, 5e4))
def test_trades_add_up_whatever_their_steps(gamma, displacement, first, second):
    """Selling in two steps is selling at once; with steps of both signs, cash is what the net trade pays."""
    whole, parts = power(gamma, displacement), power(gamma, displacement)

    def cash(book, tokens):
        value, after = trade(book, tokens)
        return math.copysign(value, tokens) if value else 0.0, after

    lowest = MID / MAX_RISE * 1.01
    (one, _), (two, after) = cash(parts, first), cash(parts, second)
    at_once, same = cash(whole, first + second)
    inside = min(power(gamma, displacement).fill(max(first, 0), MID).price_after_usd, after) > lowest
    if inside:
        assert one + two == pytest.approx(at_once, rel=1e-9, abs=1e-6 * (abs(one) + abs(two)) + 1e-3)
        assert after == pytest.approx(same, rel=1e-7)


@given(GAMMAS, DISPLACEMENTS, st.floats(0.1, 1e7), st.booleans())
def test_a_round_trip_at_once_gains_nothing(gamma, displacement, tokens, sells_first):
    book = power(gamma, displacement)
    sign = 1 if sells_first else -1
    out, _ = trade(book, sign * tokens)
    back, _ = trade(book, -sign * tokens)
    gain = out - back if sells_first else back - out
    assert gain <= 1e-9 * (out + back) + 1e-6


@given(GAMMAS, DISPLACEMENTS, st.floats(0.1, 1e5), st.floats(1.01, 3))
def test_more_sold_brings_more_at_a_lower_price(gamma, displacement, tokens, times):
    less, more = power(gamma, displacement).fill(tokens, MID), power(gamma, displacement).fill(times * tokens, MID)
    assert more.value_usd >= less.value_usd * (1 - 1e-12) and more.price_after_usd <= less.price_after_usd
    assert more.value_usd / times <= less.value_usd * (1 + 1e-12), "the mean price falls"
    before = power(gamma, displacement).price_usd(MID)
    assert less.price_after_usd * tokens * (1 - 1e-9) - 1e-6 <= less.value_usd <= before * tokens * (1 + 1e-9)


def test_gamma_zero_is_linear_and_gamma_one_the_square_root():
    linear = [MID - trade(power(0), k * FIRST_PERCENT)[1] for k in (1, 2, 4)]
    assert linear == pytest.approx([20, 40, 80])
    root = [MID - trade(power(1), k * FIRST_PERCENT)[1] for k in (1, 4, 16)]
    assert root == pytest.approx([20, 40, 80])


def test_bids_end_and_what_lies_beyond_gets_nothing():
    """Linear impact: 100 times the first percent would take the price to nothing; it stops at a thousandth."""
    book = power(0)
    value, after = trade(book, 1e9)
    assert after == pytest.approx(MID / MAX_RISE)
    assert value == pytest.approx(100 * DEPTH_USD / 2, rel=1e-4)
    assert trade(book, 1e9)[0] == 0.0


def test_a_purchase_beyond_the_bound_pays_it_for_the_rest():
    book = power(0)
    within = 100 * (MAX_RISE - 1) * FIRST_PERCENT
    whole = book.fill(-within, MID)
    assert whole.price_after_usd == pytest.approx(MAX_RISE * MID)
    more = book.fill(-within - 5, MID)
    assert more.price_after_usd == pytest.approx(MAX_RISE * MID)
    assert more.value_usd - whole.value_usd == pytest.approx(5 * MAX_RISE * MID, rel=1e-6)


@given(GAMMAS, st.floats(-0.5, 1.0), st.integers(0, 10_000), st.floats(1, 600), st.integers(1, 5))
def test_what_is_not_permanent_halves_with_every_half_life(gamma, move, share_bps, half_life_s, half_lives):
    """Measured from the new mid, which is where the permanent share of the move in log leaves it."""
    book = power(gamma, 0.0, share_bps, half_life_s)
    sold = -math.copysign(tokens_for(100 * abs(move), gamma), move)
    trade(book, sold)
    assert book.price_usd(MID) == pytest.approx(MID * (1 + move), rel=1e-9)
    mid = MID * (1 + move) ** (share_bps / 10_000)
    gap = MID * (1 + move) - mid
    book.fade(half_lives * half_life_s)
    assert book.mid_usd(MID) == pytest.approx(mid, rel=1e-9)
    assert book.price_usd(MID) - mid == pytest.approx(gap * 0.5**half_lives, rel=1e-6, abs=1e-6)
    again = book.price_usd(MID)
    book.fade(0)
    assert book.price_usd(MID) == again, "no time, no change"
    book.fade(half_life_s)
    assert book.mid_usd(MID) == pytest.approx(mid, rel=1e-9), "only trades move it"


@given(GAMMAS, DISPLACEMENTS, st.sampled_from([-0.02, 0.02]))
def test_tokens_to_a_price_take_it_there(gamma, displacement, change):
    book = power(gamma, displacement)
    before = book.price_usd(MID)
    tokens = book.tokens_to(change, MID)
    assert book.fill(-math.copysign(tokens, change), MID).price_after_usd == pytest.approx(before * (1 + change))


def outside(**depth) -> OutsideMarket:
    model = PowerDepth(kind="power", depth_usd_per_pct=DEPTH_USD, **depth)
    asset = Asset(decimals=18, price=ConstantPath(price_usd=MID), depth=model)
    return OutsideMarket({"WETH": asset}, {"WETH": ExogenousPath(LogLinear([(0, MID)]))})


def test_the_outside_market_trades_it_in_units_and_keeps_the_quote():
    market = outside(gamma=1.0, permanent_share_bps=0)
    amount = round(4 * FIRST_PERCENT * 1e18)
    quote = market.quote("WETH", amount)
    assert market.price_e8("WETH") == MID * 1e8
    assert market.trade("WETH", amount) == quote
    assert quote.price_after_e8 == market.price_e8("WETH") == 1_960 * 10**8
    market.advance(60)
    assert market.price_e8("WETH") == 1_980 * 10**8
    market.shock("WETH", -5_000)
    assert market.price_e8("WETH") == 990 * 10**8, "the displacement is a share of the mid"


def test_depth_is_what_takes_the_price_two_percent_away():
    market = outside(gamma=0.5)
    sell, buy = market.depths_units()["WETH"]
    assert market.quote("WETH", sell).price_after_e8 == pytest.approx(1_960 * 10**8, abs=1)
    assert market.quote("WETH", -buy).price_after_e8 == pytest.approx(2_040 * 10**8, abs=1)
    market.trade("WETH", sell)
    assert market.depths_units()["WETH"][0] > sell, "deeper bids stand further away"
    assert market.depths_units()["WETH"][1] == pytest.approx(sell, rel=0.03), "asks below the mid"


@given(
    GAMMAS,
    st.integers(0, 10_000),
    st.lists(st.floats(-2_000, 2_000), min_size=1, max_size=5),
    st.floats(-900, 900),
)
def test_mid_and_price_are_all_that_a_trader_needs_to_see(gamma, share_bps, trades, tokens):
    """Whatever trades came before: a book with this mid and displacement fills the next one alike."""
    book = power(gamma, 0.0, share_bps)
    for amount in trades:
        trade(book, amount)
        book.fade(12)
    mid = book.mid_usd(MID)
    seen = power(gamma, book.price_usd(MID) / mid - 1).fill(tokens, mid)
    fill = book.fill(tokens, MID)
    assert seen.value_usd == pytest.approx(fill.value_usd, rel=1e-6, abs=0.01)
    assert seen.price_after_usd == pytest.approx(fill.price_after_usd, rel=1e-6)
