"""Inequality of haircuts, and what an equal one leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.perps.fairness import beyond_equal_quote, gini

SHARES = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=12)
AMOUNTS = st.lists(st.integers(1, 10**12), min_size=1, max_size=12)


def test_gini_by_hand():
    assert gini([0.25, 0.25, 0.25]) == 0
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    # Pairs differ by 1, 3 and 2: 2 (1 + 3 + 2) / (2 * 9 * 7/3) = 12 / 42.
    assert gini([1, 2, 4]) == pytest.approx(12 / 42)
    assert gini([]) is None
    assert gini([0.0, 0.0]) is None


@given(SHARES, st.floats(0.1, 10))
def test_gini_does_not_change_with_scale_and_stays_below_one(shares, scale):
    value = gini(shares)
    if value is None:
        return
    assert 0 <= value <= 1 - 1 / len(shares) + 1e-9
    assert gini([share * scale for share in shares]) == pytest.approx(value, abs=1e-6)


@given(SHARES)
def test_gini_is_half_the_mean_difference_over_the_mean(shares):
    value = gini(shares)
    if value is None:
        return
    count, total = len(shares), sum(shares)
    pairs = sum(abs(x - y) for x in shares for y in shares)
    assert value == pytest.approx(pairs / (2 * count * total), abs=1e-9)


def test_a_queue_takes_beyond_an_equal_haircut_and_pro_rata_does_not():
    profits = {"a": 800, "b": 400, "c": 50}
    assert beyond_equal_quote({"a": 350, "b": 400}, profits, 750) == 160
    assert beyond_equal_quote({"a": 480, "b": 240, "c": 30}, profits, 750) == 0


def test_who_has_no_profit_has_no_part_in_it():
    assert beyond_equal_quote({"z": 10}, {"a": 100, "z": -5}, 10) == 10


@given(AMOUNTS, st.data())
def test_beyond_equal_lies_between_nothing_and_what_was_taken(profits, data):
    named = {str(i): profit for i, profit in enumerate(profits)}
    cuts = {name: data.draw(st.integers(0, profit)) for name, profit in named.items()}
    taken = sum(cuts.values())
    beyond = beyond_equal_quote(cuts, named, taken)
    assert 0 <= beyond <= taken
    equal = {name: -(-profit * taken // sum(profits)) for name, profit in named.items()}
    assert beyond_equal_quote(equal, named, taken) == 0
