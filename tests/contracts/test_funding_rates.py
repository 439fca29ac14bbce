"""Funding: clamped and adaptive rates, long pauses, and what a whole book pays in sum."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import funding
from sim.reference.bankruptcy import quote_unit
from sim.reference.funding import AdaptiveFunding
from sim.units import E8, WAD
from tests.batch import exposed

USD = 10**6
PERCENT = WAD // 100
EIGHT_HOURS_S = 8 * 3_600

BINANCE = (PERCENT // 100, 5 * PERCENT // 100, 75 * PERCENT)


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        ("0", ".01"),
        (".01", ".01"),
        (".06", ".01"),
        (".1", ".05"),
        ("-.04", ".01"),
        ("-.05", "0"),
        ("-1", "-.95"),
    ],
)
def test_within_the_clamp_it_is_interest(premium, rate):
    """Per cent in eight hours: premium + clamp(.01 − premium, ±.05)."""
    found = funding.clamped_rate_wad(int(Fraction(premium) * PERCENT), *BINANCE)
    assert found == Fraction(rate) * PERCENT


def test_capped():
    assert funding.clamped_rate_wad(5 * WAD, *BINANCE) == 75 * PERCENT
    assert funding.clamped_rate_wad(-5 * WAD, *BINANCE) == -75 * PERCENT


GMX = AdaptiveFunding(
    ramp_wad=8 * 90 * PERCENT,
    decay_wad=90 * PERCENT,
    stable_skew_wad=4 * PERCENT,
    decay_skew_wad=2 * PERCENT,
    floor_wad=PERCENT,
    cap_wad=90 * PERCENT,
)
"""Per year and day: from 0 to 90 % in 3 hours at full skew, a floor of 1 %."""


def test_adaptive_rate_ramps_to_its_cap_in_three_hours_and_holds_and_decays():
    day = 86_400

    def after(rate: int, skew: int, hours: float) -> int:
        return funding.adaptive_rate_wad(rate, skew, int(hours * 3_600), day, GMX)

    assert after(0, WAD, 3) == 90 * PERCENT == -after(0, -WAD, 3)
    assert after(0, WAD, 1.5) == 45 * PERCENT
    assert after(0, WAD // 2, 3) == 45 * PERCENT
    assert after(45 * PERCENT, 3 * PERCENT, 24) == 45 * PERCENT
    assert after(45 * PERCENT, PERCENT, 4) == 30 * PERCENT
    assert after(45 * PERCENT, PERCENT, 24) == 0
    assert after(0, 0, 24) == 0
    assert after(1, 3 * PERCENT, 1) == PERCENT
    assert after(45 * PERCENT, -WAD, 1.5) == 0
    assert after(45 * PERCENT, -WAD, 10**6) == -90 * PERCENT


@given(
    rate=st.integers(-(10**21), 10**21),
    price_e8=st.integers(1, 2**96),
    pieces=st.lists(st.integers(0, 2**35), min_size=1, max_size=8),
)
def test_a_long_pause_is_the_sum_of_its_parts_and_nothing_overflows(rate, price_e8, pieces):
    """Index: less than 1e-26 of quote per base lost at each settlement."""
    whole = funding.growth_truncated(rate, price_e8, sum(pieces), EIGHT_HOURS_S)
    parts = sum(funding.growth_truncated(rate, price_e8, piece, EIGHT_HOURS_S) for piece in pieces)
    assert abs(whole - parts) < len(pieces)
    assert abs(whole) < 2**255


def test_a_pause_of_a_thousand_years_on_chain():
    args = (PERCENT, 100_000 * E8, 1_000 * 365 * 86_400, EIGHT_HOURS_S)
    found = exposed("ExposedPerpMath").read("growthTruncated", *args)
    assert found == PERCENT * 100_000 * E8 * 1_000 * 365 * 3
    paid = exposed("ExposedPerpMath").read("paymentQuoteUp", WAD, found, quote_unit(6))
    assert paid == 1_000 * 365 * 3 * 1_000 * USD


@given(
    sizes=st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=12),
    growth=st.integers(-(10**45), 10**45),
    decimals=st.sampled_from([0, 6, 8, 18]),
)
def test_over_a_book_funding_is_zero_sum_but_for_dust_below_a_unit_a_position(sizes, growth, decimals):
    book = [*sizes, -sum(sizes)]
    dust = sum(funding.payment_quote_up(held, growth, quote_unit(decimals)) for held in book)
    assert 0 <= dust < len(book)


def test_no_side_no_skew():
    assert funding.skew_wad(0, 0) == 0
    assert (funding.skew_wad(5, 0), funding.skew_wad(0, 5), funding.skew_wad(5, 5)) == (WAD, -WAD, 0)
