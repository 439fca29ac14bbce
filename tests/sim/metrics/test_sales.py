"""Moves of a price and the limits they cross."""

import pytest

from sim.metrics.sales import Moves
from sim.metrics.timeline import block_start


def moves(*prices: tuple[int, int]) -> Moves:
    found = Moves()
    for i, (before, after) in enumerate(prices):
        found.add((i, 0, 0), before, after, 100 + i)
    return found


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [(100, 99, False), (100, 98, True), (99, 98, True), (98, 97, False), (98, 100, False)],
)
def test_a_fall_crosses_from_the_limit_or_above_to_below_it(before, after, crossed):
    assert (moves((before, after)).last_crossing(99.0, True, block_start(1)) is not None) == crossed


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [(98, 99, False), (98, 100, True), (99, 100, True), (100, 101, False), (100, 98, False)],
)
def test_a_rise_crosses_from_the_limit_or_below_to_above_it(before, after, crossed):
    assert (moves((before, after)).last_crossing(99.0, False, block_start(1)) is not None) == crossed


def test_the_last_crossing_before_the_observation_counts():
    found = moves((100, 98), (98, 100), (100, 97), (97, 101), (101, 96))
    assert found.last_crossing(99.0, True, block_start(4)) == 2
    assert found.last_crossing(99.0, True, block_start(2)) == 0
    assert found.last_crossing(99.0, True, block_start(0)) is None


def test_the_largest_impact_is_in_logs_and_in_one_direction():
    found = moves((100, 90), (50, 44), (44, 80), (80, 79))
    assert found.largest(True, block_start(0), block_start(9))[1] == 1
    assert found.largest(False, block_start(0), block_start(9))[1] == 2
    assert found.largest(True, block_start(2), block_start(3)) is None


def test_a_price_of_nothing_has_no_log_impact():
    assert moves((100, 0), (0, 100)).largest(True, block_start(0), block_start(9)) is None
