"""SplitLib equals its mirror on 10,000 inputs each, and tells a constant-product pool by two steps."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import split as reference
from tests.batch import assert_equal_mirror, exposed, wide
from tests.split import pool_quote

AMOUNT_BITS = 128


def stretch(random: Random) -> tuple[int, int, int]:
    """A step and two outputs: of a pool, of a straight or bent one, or of none that is concave."""
    step = wide(random, AMOUNT_BITS - 1)
    first = wide(random, AMOUNT_BITS - 1)
    second = random.choice([first * 2, first, first + wide(random, first.bit_length()), wide(random, AMOUNT_BITS)])
    return random.choice([(step, first, second), (step, first, second), (0, 0, 0)])


def three(random: Random) -> tuple[int, ...]:
    return *stretch(random), *stretch(random), *stretch(random), wide(random, AMOUNT_BITS)


FORMULAS = {
    "reserves": (stretch, lambda *words: reference.reserves(reference.Stretch(*words))),
    "geometricMeanDown": (lambda r: (wide(r, 255), wide(r, 255)), reference.geometric_mean_down),
    "equalised": (
        three,
        lambda *words: tuple(
            reference.equalised([reference.Stretch(*words[i : i + 3]) for i in (0, 3, 6)], words[9])
        ),
    ),
}


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedSplit"), function, *FORMULAS[function])


def test_two_steps_tell_the_reserves_of_a_pool():
    """X = 1,000 tokens over 1 − 0.3 %, y = 2,000,000 tokens, from what 1 and 2 tokens bring."""
    quote = pool_quote(1_000 * 10**18, 2_000_000 * 10**18, 30)
    x, y = reference.reserves(reference.Stretch(10**18, quote(10**18), quote(2 * 10**18)))
    assert x == pytest.approx(1_000 * 10**18 / 0.997, rel=1e-12)
    assert y == pytest.approx(2_000_000 * 10**18, rel=1e-12)


def test_all_is_given_out_and_nothing_twice():
    random = Random(3)
    for _ in range(2_000):
        stretches = [reference.Stretch(*stretch(random)) for _ in range(random.randint(1, 8))]
        amount = wide(random, AMOUNT_BITS)
        legs = reference.equalised(stretches, amount)
        assert min(legs) >= 0 and sum(legs) in (0, amount)


def piecewise(slopes: list[int], width: int, capacity: int) -> reference.Quote:
    """Quote that is concave if the slopes fall: each holds over `width`, the last one on; 0 beyond `capacity`."""

    def quote(amount: int) -> int:
        if amount > capacity:
            return 0
        out, left = 0, amount
        for slope in slopes[:-1]:
            out += slope * min(left, width)
            left -= min(left, width)
        return out + slopes[-1] * left

    return quote


ANY_VENUES = st.lists(
    st.builds(
        piecewise,
        st.lists(st.integers(0, 10**6), min_size=1, max_size=5),
        st.integers(1, 10**6),
        st.integers(0, 10**8),
    ),
    min_size=1,
    max_size=5,
)
CONCAVE_VENUES = st.lists(
    st.builds(
        lambda slopes, width: piecewise(sorted(slopes, reverse=True), width, 10**9),
        st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
        st.integers(1, 10**6),
    ),
    min_size=2,
    max_size=3,
)


@given(venues=ANY_VENUES, amount=st.integers(1, 10**8))
def test_whatever_venues_quote_a_division_is_whole_and_no_worse_than_one_venue(venues, amount):
    """Dearer with size, refusing, or not concave: what is carried out was quoted, and beats each alone."""
    division = reference.divide(venues, amount)
    alone = max(quote(amount) for quote in venues)
    if division is None:
        assert alone == 0
        return
    assert sum(division.amounts_in) == amount
    quoted = [quote(leg) if leg else 0 for quote, leg in zip(venues, division.amounts_in, strict=True)]
    assert list(division.amounts_out) == quoted
    assert division.total_out >= alone


@given(venues=CONCAVE_VENUES, amount=st.integers(16, 10**7))
def test_no_division_into_parts_pays_more_where_prices_fall_with_size(venues, amount):
    part = amount // (2 * reference.PARTS) * 2
    best = max(
        sum(quote(count * part) for quote, count in zip(venues, counts, strict=True))
        for counts in product(range(reference.PARTS + 1), repeat=len(venues))
        if sum(counts) == reference.PARTS
    )
    assert reference.divide(venues, amount).total_out >= best
