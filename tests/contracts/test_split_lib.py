"""SplitLib equals its mirror on 10,000 inputs each, and tells a constant-product pool by two steps."""

from __future__ import annotations

from random import Random

import pytest

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
