"""Formulas of feeds equal their mirrors, on 10,000 random inputs each, and keep what their names promise."""

from __future__ import annotations

import math
from random import Random

import pytest

from sim.reference import feeds
from sim.units import SECONDS_PER_YEAR, WAD
from tests.batch import assert_equal_mirror, exposed, wide

PRICE_BITS, TIME_BITS = 127, 40


def price(random: Random) -> int:
    return wide(random, PRICE_BITS) + 1


def held(random: Random) -> tuple[int, ...]:
    times = sorted(wide(random, TIME_BITS) for _ in range(4))
    return *(price(random) for _ in range(3)), *times, wide(random, TIME_BITS) + 1


FORMULAS = {
    "grownDown": (lambda r: (wide(r, 127), wide(r, 20), wide(r, TIME_BITS)), feeds.grown_down),
    "marginUp": (lambda r: (price(r), wide(r, 16)), feeds.margin_up),
    "gapBpsDown": (lambda r: (price(r), price(r)), feeds.gap_bps_down),
    "smoothedDown": (
        lambda r: (price(r), price(r), wide(r, TIME_BITS), wide(r, 32) + 1),
        feeds.smoothed_down,
    ),
    "windowMeanDown": (held, lambda *w: feeds.window_mean_down(w[:3], w[3:6], *w[6:])),
}
"""How inputs of a function are drawn, and its mirror."""


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedFeedMath"), function, *FORMULAS[function])


def test_growth_is_linear_and_whole_after_a_year():
    assert feeds.grown_down(12 * WAD // 10, 300, SECONDS_PER_YEAR) == 1_236 * WAD // 1_000
    assert feeds.grown_down(12 * WAD // 10, 300, SECONDS_PER_YEAR // 2) == 1_218 * WAD // 1_000


def test_an_average_has_come_all_the_way_but_for_an_eth_after_its_time_constant():
    assert feeds.smoothed_down(2 * WAD, WAD, 600, 600) == pytest.approx(WAD + WAD / math.e, rel=1e-15)
    assert feeds.smoothed_down(2 * WAD, WAD, 0, 600) == 2 * WAD
    assert feeds.smoothed_down(2 * WAD, WAD, 10**6, 600) == WAD


def test_averages_stay_between_their_two_prices():
    random = Random(3)
    for _ in range(2_000):
        pair = price(random), price(random)
        found = feeds.smoothed_down(*pair, wide(random, TIME_BITS), wide(random, 32) + 1)
        assert min(pair) <= found <= max(pair)
        words = held(random)
        assert min(words[:3]) <= feeds.window_mean_down(words[:3], words[3:6], *words[6:]) <= max(words[:3])
