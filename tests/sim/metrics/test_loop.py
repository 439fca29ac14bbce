"""Closed forms of the loop: against their definitions, their printed values and each other."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.loop import (
    amplification_predicted,
    chain_length,
    critical_sale,
    fixed_point_fall,
    gain_from_amplification,
    reproduction_number,
)

SHOCK_LOG = -math.log(0.98)
gains = st.floats(0.0, 3.0)
shocks = st.floats(1e-4, 1.0)


@pytest.mark.parametrize(("sale", "fee", "length"), [(10, 0, 249), (6, 0, 69), (5.1, 0, 6), (4.9, 0, 1)])
def test_chain_lengths_without_a_fee(sale, fee, length):
    assert chain_length(sale, 1_000, 0.01, fee) == length
    assert chain_length(sale, 1_000, 0.01, fee, rungs=3) == min(length, 3)


@pytest.mark.parametrize(("sale", "length"), [(10, 248), (6, 68)])
def test_chain_lengths_with_a_fee(sale, length):
    assert chain_length(sale, 1_000, 0.01, 0.003) == length


@given(st.floats(1.0, 1e6), st.floats(1e-4, 0.5), st.floats(0.01, 2.0).filter(lambda r: abs(r - 1) > 1e-9))
def test_a_second_rung_falls_exactly_above_the_critical_sale(reserve, spacing, ratio):
    sale = critical_sale(reserve, spacing) * ratio
    assert (reproduction_number(sale, reserve, spacing) > 1) == (ratio > 1)
    assert (chain_length(sale, reserve, spacing, rungs=2) == 2) == (ratio > 1)


@given(shocks, gains)
def test_the_fall_is_a_fixed_point(shock, gain):
    fall = fixed_point_fall(shock, gain)
    assert fall >= shock
    assert fall == pytest.approx(shock + 2 * math.log1p(gain * fall / 2), rel=1e-9)


@given(shocks, gains, gains)
def test_the_fall_grows_with_the_gain(shock, one, other):
    low, high = sorted((one, other))
    assert fixed_point_fall(shock, low) <= fixed_point_fall(shock, high) * (1 + 1e-12)


@pytest.mark.parametrize(("gain", "printed"), [(0.1, "1.111"), (0.2, "1.250"), (0.5, "1.990"), (0.8, "4.66")])
def test_amplification_table(gain, printed):
    decimals = len(printed.partition(".")[2])
    assert round(amplification_predicted(SHOCK_LOG, gain), decimals) == float(printed)


@pytest.mark.parametrize("gain", [0.0, 0.3, 0.9])
def test_small_shocks_amplify_by_one_over_one_minus_the_gain(gain):
    assert amplification_predicted(1e-7, gain) == pytest.approx(1 / (1 - gain), rel=1e-4)
    assert gain_from_amplification(amplification_predicted(1e-7, gain)) == pytest.approx(gain, abs=1e-4)


def test_no_amplification_no_gain():
    assert gain_from_amplification(None) is None
    assert gain_from_amplification(1.0) == 0.0
