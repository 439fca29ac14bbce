"""Maintenance margin in brackets: continuous, convex, and the recorded brackets of a venue."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import margin_tiers
from sim.reference.margin_tiers import MarginTier, continuous_tiers
from sim.units import BPS
from tests.batch import exposed
from tests.perp_draws import MOST_TIERS, tier_words, tiers

USD = 10**6

BTC_2021 = [(0, 40), (50_000 * USD, 50), (250_000 * USD, 100), (1_000_000 * USD, 250)]
"""Binance's brackets of BTC in 2021: floor, maintenance rate; the last one up to 10 million."""


def test_brackets_of_2021():
    brackets = continuous_tiers(BTC_2021)
    assert [tier.deduction_quote for tier in brackets] == [0, 50 * USD, 1_300 * USD, 16_300 * USD]
    exposed("ExposedPerpMath").read("requireContinuous", brackets)
    for notional, margin in [
        (50_000, 200),
        (50_001, "200.005"),
        (250_000, 1_200),
        (1_000_000, 8_700),
        (10_000_000, 233_700),
    ]:
        words = tier_words(brackets)
        rows = [tuple(words[1 + 3 * i : 4 + 3 * i]) for i in range(MOST_TIERS)]
        found = exposed("ExposedPerpMath").read("maintenanceQuoteUp", notional * USD, words[0], rows)
        assert found == Fraction(margin) * USD


@pytest.mark.parametrize(
    ("some", "error"),
    [
        ([], "TiersWithoutStart()"),
        ([(1, 40, 0)], "TiersWithoutStart()"),
        ([(0, 40, 1)], "TiersWithoutStart()"),
        ([(0, 40, 0), (0, 50, 0)], "TierFloorNotRising(1, 0, 0)"),
        ([(0, 40, 0), (BPS, 50, 10), (BPS, 60, 20)], "TierFloorNotRising(2, 10000, 10000)"),
        ([(0, 40, 0), (BPS, 40, 0)], "TierRateOutOfRange(1, 40, 40)"),
        ([(0, 40, 0), (BPS, 10_000, 9_960)], "TierRateOutOfRange(1, 10000, 40)"),
        ([(0, 0, 0)], "TierRateOutOfRange(0, 0, 0)"),
        ([(0, 40, 0), (50_000, 50, 49)], "TierNotContinuous(1, 49, 50)"),
        ([(0, 40, 0), (50_000, 50, 51)], "TierNotContinuous(1, 51, 50)"),
        ([(0, 40, 0), (50_001, 50, 50)], "TierNotContinuous(1, 50, 50)"),
    ],
)
def test_brackets_that_jump_fall_or_start_late_are_refused(some, error):
    with pytest.raises(ValueError) as refused:
        margin_tiers.require_continuous([MarginTier(*one) for one in some])
    assert str(refused.value) == error
    assert exposed("ExposedPerpMath").read_error("requireContinuous", some) == error


@given(random=st.randoms(use_true_random=False), parts=st.lists(st.integers(0, 10**18), min_size=1, max_size=6))
def test_one_large_position_needs_at_least_the_margin_of_its_parts(random, parts):
    """But for the fractions of a unit by which each part is rounded up."""
    some = tiers(random)
    whole = margin_tiers.maintenance_quote_up(sum(parts), some)
    assert whole + len(parts) - 1 >= sum(margin_tiers.maintenance_quote_up(part, some) for part in parts)


def test_one_large_position_needs_more_margin_than_ten_small_ones():
    some = continuous_tiers(BTC_2021)
    whole = margin_tiers.maintenance_quote_up(10_000_000 * USD, some)
    assert whole == 233_700 * USD
    assert 10 * margin_tiers.maintenance_quote_up(1_000_000 * USD, some) == 87_000 * USD


@given(random=st.randoms(use_true_random=False))
def test_a_position_at_the_tick_of_a_bracket_needs_the_same_by_either(random):
    some = tiers(random)
    for index in range(1, len(some)):
        floor = some[index].floor_quote
        below = some[index - 1]
        at = margin_tiers.maintenance_quote_up(floor, some)
        assert at * BPS == floor * below.maintenance_bps - below.deduction_quote * BPS
        step = margin_tiers.maintenance_quote_up(floor + 1, some) - at
        assert 0 <= step <= 1 and at - margin_tiers.maintenance_quote_up(floor - 1, some) in (0, 1)


def test_initial_margin_follows_open_interest():
    """Of dYdX v4: 2 % of 1 M, half-way between caps of 20 and 50 M it is 51 %, from the upper cap on all."""
    asked = [
        margin_tiers.scaled_initial_quote_up(20_000, 10**6, interest * 10**6, 20 * 10**6, 50 * 10**6)
        for interest in (20, 35, 50, 60)
    ]
    assert asked == [20_000, 510_000, 10**6, 10**6]
    assert margin_tiers.initial_quote_up(12_000, 6_000) == 20_000
