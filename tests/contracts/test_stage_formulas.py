"""Formulas of the stages of a perpetual market equal their mirrors on random inputs; parts of a loss are exact."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import stages
from sim.units import BPS
from tests.batch import assert_equal_mirror, exposed
from tests.perp_draws import UNITS, amount, price, signed
from tests.signed import on_words, to_words


def part(random: Random) -> tuple[int, ...]:
    before, weight, after = amount(random), random.choice([0, amount(random)]), amount(random)
    total = before + weight + after + 1
    return random.choice([total, random.randint(0, total), amount(random)]), before, weight, total


def chord(random: Random) -> tuple[int, ...]:
    low = amount(random)
    return low, amount(random), low + amount(random), amount(random) + 1


FORMULAS = {
    "partOf": (part, stages.part_of),
    "sizeWadDown": (lambda r: (amount(r), price(r), r.choice(UNITS)), stages.size_wad_down),
    "chordWadDown": (chord, stages.chord_wad_down),
    "sliceWad": (lambda r: (amount(r), amount(r), amount(r)), stages.slice_wad),
    "limitQuoteDown": (lambda r: to_words((signed(r), r.randint(0, BPS))), on_words(stages.limit_quote_down)),
}


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedStageMath"), function, *FORMULAS[function])


WEIGHTS = st.lists(st.tuples(st.integers(0, 10**14), st.integers(0, 10**14)), max_size=12)


@given(weights=WEIGHTS, loss=st.integers(0, 3 * 10**15))
def test_a_loss_is_shared_exactly_profits_first(weights, loss):
    profits, margins = [one for one, _ in weights], [one for _, one in weights]
    parts = list(exposed("ExposedStageMath").read("sharedLoss", loss, profits, margins))
    assert parts == stages.shared_loss(loss, profits, margins)
    assert sum(parts) == min(loss, sum(profits) + sum(margins))
    assert all(paid <= profit + margin for paid, profit, margin in zip(parts, profits, margins, strict=True))
    if loss <= sum(profits):
        assert all(
            abs(paid * sum(profits) - loss * own) <= sum(profits) for paid, own in zip(parts, profits, strict=True)
        )
    else:
        assert all(paid >= profit for paid, profit in zip(parts, profits, strict=True))


@given(
    low=st.integers(0, 10**24),
    width=st.integers(1, 10**24),
    spare=st.integers(0, 10**15),
    missing=st.integers(1, 10**15),
)
def test_a_chord_crosses_zero_between_its_ends(low, width, spare, missing):
    found = stages.chord_wad_down(low, spare, low + width, missing)
    assert low <= found < low + width
    assert (spare + missing) * (found - low) <= spare * width
