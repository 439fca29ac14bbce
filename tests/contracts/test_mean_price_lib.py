"""MeanPriceLib equals its mirror on 10,000 random inputs of each function."""

from __future__ import annotations

from random import Random

import pytest

from sim.reference import mean_price
from tests.batch import assert_equal_mirror, exposed, wide

WORD = 2**256
HOUR_S = 3_600


def word(value: int) -> int:
    """Return a signed integer as the chain writes it."""
    return value % WORD


def signed(value: int) -> int:
    return value - WORD if value >> 255 else value


def interval(random: Random) -> tuple[int, int]:
    whole = wide(random, 32) + 1
    return random.randint(0, whole), whole


def scales(random: Random) -> tuple[int, int]:
    return 10 ** random.randint(0, 36), 10 ** random.randint(0, 18)


def sums(random: Random) -> tuple[int, int]:
    """Two sums, the later of which may have passed 2^256."""
    before = random.choice([wide(random, 256), WORD - 1 - wide(random, 200)])
    return before, (before + wide(random, 255)) % WORD


def log_sum(random: Random) -> int:
    return random.choice([-1, 1]) * wide(random, 100)


def mean_log(random: Random) -> tuple[int, int]:
    """A sum of logarithms of prices within UQ112x112, and its seconds."""
    elapsed_s = wide(random, 32) + 1
    return word(random.randint(-41 * 10**18, 113 * 10**18) * elapsed_s), elapsed_s


FORMULAS = {
    "sumAfter": (
        lambda random: (wide(random, 256), wide(random, 224), wide(random, 32)),
        mean_price.sum_after,
    ),
    "added": (sums, mean_price.added),
    "sumWithinDown": (lambda random: (*sums(random), *interval(random)), mean_price.sum_within_down),
    "logSumWithin": (
        lambda random: (word(log_sum(random)), word(log_sum(random)), *interval(random)),
        lambda a, b, *part: word(mean_price.log_sum_within(signed(a), signed(b), *part)),
    ),
    "arithmeticNearest": (
        lambda random: (wide(random, 224) * (s := wide(random, 32) + 1), s, *scales(random)),
        mean_price.arithmetic_nearest,
    ),
    "logAdded": (
        lambda random: (wide(random, 224) * (s := wide(random, 32) + 1) + wide(random, 20), s),
        lambda *row: word(mean_price.log_added(*row)),
    ),
    "geometricNearest": (
        lambda random: (*mean_log(random), *scales(random)),
        lambda total, *row: mean_price.geometric_nearest(signed(total), *row),
    ),
}


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedMeanPrice"), function, *FORMULAS[function])
