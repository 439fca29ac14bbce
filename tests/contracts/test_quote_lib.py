"""Formulas of layers over feeds equal their mirrors on 10,000 random inputs each and stay within what they mix."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import quotes
from sim.reference.quotes import Round
from sim.units import BPS, E8
from tests.batch import assert_equal_mirror, exposed, wide

MOST = 9
PRICES = st.one_of(st.integers(1, 2**127 - 1), st.integers(1, 10**12))
DECIMALS = st.integers(0, 18)


def price(random: Random) -> int:
    return wide(random, 126) + 1


def decimals(random: Random) -> int:
    return random.choice([0, 6, 8, 18, random.randint(0, 18)])


def near(random: Random) -> tuple[int, ...]:
    """A price on, near or far from a band around an anchor of other decimals."""
    of, at = decimals(random), decimals(random)
    anchor, band = price(random), random.choice([0, 2_000, BPS, random.randint(0, BPS)])
    edge = anchor * (BPS + random.choice([-band, 0, band])) * 10**of // (BPS * 10**at) + random.randint(-1, 1)
    return random.choice([price(random), max(edge, 1)]), of, anchor, at, band


def several(random: Random) -> list[int]:
    """A count and nine rounds, often with equal answers."""
    few = [price(random) for _ in range(3)]
    answers = [random.choice([price(random), *few]) for _ in range(MOST)]
    times = [wide(random, 40) for _ in range(2 * MOST)]
    return [random.randint(1, MOST), *answers, *times]


def median_words(count: int, *words: int) -> tuple[int, ...]:
    columns = [words[at : at + count] for at in range(0, 3 * MOST, MOST)]
    answer, started_at_s, updated_at_s = quotes.median_down([Round(*row) for row in zip(*columns, strict=True)])
    return updated_at_s, answer, started_at_s, updated_at_s


@pytest.mark.parametrize(
    ("function", "draw", "mirror"),
    [
        ("rescaledDown", lambda r: (price(r), decimals(r), decimals(r)), quotes.rescaled_down),
        ("anchoredDown", near, quotes.anchored_down),
        ("medianDown", several, median_words),
    ],
)
def test_equals_its_mirror(function, draw, mirror):
    assert_equal_mirror(exposed("ExposedQuotes"), function, draw, mirror)


@given(price=PRICES, decimals=DECIMALS, anchor=PRICES, at=DECIMALS, band_bps=st.integers(0, BPS))
def test_an_anchored_price_lies_in_the_band_and_between_price_and_anchor(price, decimals, anchor, at, band_bps):
    """In exact terms: multiplied out, nothing is rounded. Only the least unit can lie below the band."""
    result = quotes.anchored_down(price, decimals, anchor, at, band_bps)
    scaled, unit = result * BPS * 10**at, BPS * 10**at
    assert scaled <= anchor * (BPS + band_bps) * 10**decimals
    assert scaled > anchor * (BPS - band_bps) * 10**decimals - unit
    exact = [price * unit, anchor * BPS * 10**decimals]
    assert min(exact) - unit < scaled <= max(exact)


@given(rounds=st.lists(st.builds(Round, PRICES, st.integers(0, 10**9), st.integers(1, 10**9)), min_size=1))
def test_a_median_has_as_many_below_as_above_and_times_of_the_middle(rounds):
    median = quotes.median_down(rounds)
    answers = [one.answer for one in rounds]
    assert 2 * sum(one < median.answer for one in answers) <= len(rounds)
    assert 2 * sum(one > median.answer for one in answers) <= len(rounds)
    assert min(answers) <= median.answer <= max(answers)
    assert any(median.updated_at_s == one.updated_at_s for one in rounds)
    if median.answer in answers and len(rounds) % 2:
        assert any(one.answer == median.answer and one[1:] == median[1:] for one in rounds)


def test_the_band_of_compound_in_2020():
    """1.30 reported, 1.10 on the anchor, 20 %: within; 1.40 counts as 1.32 and 0.80 as 0.88."""
    anchored = [quotes.anchored_down(reported * E8 // 100, 8, 1_100_000, 6, 2_000) for reported in (130, 140, 80)]
    assert anchored == [130 * E8 // 100, 132 * E8 // 100, 88 * E8 // 100]
