"""Rule: each conversion rounds as its name says, and text survives the way to units and back."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import units

UINT = st.integers(0, units.UINT256_MAX)
POSITIVE = st.integers(1, units.UINT256_MAX)


@given(UINT, UINT, POSITIVE)
def test_rounding_is_what_the_name_says(x, y, denominator):
    exact = Fraction(x * y, denominator)
    down = units.mul_div_down(x, y, denominator)
    up = units.mul_div_up(x, y, denominator)
    assert down <= exact < down + 1
    assert up - 1 < exact <= up


@given(UINT, UINT, st.integers(1, 2**128).map(lambda half: 2 * half))
def test_half_up_is_nearest_with_ties_upwards(x, y, denominator):
    nearest = units.mul_div_half_up(x, y, denominator)
    exact = Fraction(x * y, denominator)
    assert nearest - Fraction(1, 2) <= exact < nearest + Fraction(1, 2)


@pytest.mark.parametrize("family,scale", [("wad", units.WAD), ("ray", units.RAY), ("bps", units.BPS)])
@pytest.mark.parametrize("rounding", ["down", "up", "half_up"])
def test_named_scales_agree_with_mul_div(family, scale, rounding):
    general = getattr(units, f"mul_div_{rounding}")
    for x, y in [(0, 1), (1, 1), (7, scale - 1), (scale + 1, 3 * scale + 1)]:
        multiply = getattr(units, f"{family}_mul_{rounding}", None)
        divide = getattr(units, f"{family}_div_{rounding}")
        assert divide(x, y) == general(x, scale, y)
        if multiply is not None:
            assert multiply(x, y) == general(x, y, scale)


@given(st.integers(-(10**40), 10**40), st.integers(0, 27))
def test_text_round_trip_is_exact(amount, decimals):
    assert units.to_units(units.format_units(amount, decimals), decimals) == amount


@pytest.mark.parametrize("text", ["0.1234567", "x", "NaN", "Infinity", ""])
def test_text_that_is_not_an_exact_amount_is_refused(text):
    with pytest.raises(ValueError, match="amount is"):
        units.to_units(text, 6)


def test_negative_operands_are_refused():
    with pytest.raises(ValueError, match="negative"):
        units.mul_div_down(-1, 2, 3)


@given(st.floats(0, 1e12, allow_nan=False))
def test_a_float_is_quantised_to_the_nearest_unit(price):
    assert abs(Fraction(price) * units.E8 - units.price_to_e8(price)) <= Fraction(1, 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_float_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="not a finite number"):
        units.quantise(value, 8)


def test_values_and_prices():
    assert units.value_base_down(1_500_000, 6, 2 * units.E8) == 3 * units.E8
    assert units.value_base_up(1, 18, units.E8) == 1
    assert units.amount_from_base_down(3 * units.E8, 6, 2 * units.E8) == 1_500_000
    assert units.rescale_down(123_456_789, 8, 6) == 1_234_567
    assert units.ray_from_bps(30) == 3 * 10**24 and units.wad_from_bps(30) == 3 * 10**15
    assert units.from_units(1_500_000, 6) == 1.5
    assert units.to_units(Decimal("1.5"), 6) == 1_500_000
