"""Rule: intervals are the same at every call, hold the mean, and stay within the values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.intervals import bootstrap_interval

values = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12)


@given(values)
def test_an_interval_stays_within_its_values_and_repeats(sample):
    low, high = bootstrap_interval(sample)
    assert min(sample) <= low <= high <= max(sample)
    assert bootstrap_interval(sample) == (low, high)


def test_equal_values_have_no_width():
    assert bootstrap_interval([0.1, 0.1, 0.1]) == (0.1, 0.1)
    assert bootstrap_interval([7]) == (7, 7)


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        bootstrap_interval([])


def test_two_values_give_their_range():
    """A quarter of the resamples is each value alone, far more than the tails cut off."""
    assert bootstrap_interval([1.0, 3.0]) == (1.0, 3.0)


def test_many_values_approach_the_normal_interval():
    sample = list(np.random.default_rng(1).normal(10, 2, 400))
    low, high = bootstrap_interval(sample)
    half = 1.96 * np.std(sample) / 20
    assert low == pytest.approx(np.mean(sample) - half, abs=0.03)
    assert high == pytest.approx(np.mean(sample) + half, abs=0.03)
