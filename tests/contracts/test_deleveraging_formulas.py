"""Scores and shares of deleveraging equal their mirrors on 10,000 random inputs each."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import deleveraging
from sim.reference.deleveraging import Candidate, IndexForm
from tests.batch import assert_equal_mirror, exposed, wide
from tests.signed import on_words, to_words

MOST = 6
WORDS = len(Candidate._fields)


def signed(random: Random, bits: int) -> int:
    return random.choice([-1, 1]) * wide(random, bits)


def candidate(random: Random) -> tuple[int, ...]:
    """A position with numbers that fit together, or any."""
    notional = wide(random, 100)
    entry = random.choice([signed(random, 100), -notional * random.randint(0, 200) // 100, notional])
    equity = random.choice([signed(random, 100), notional * random.randint(0, 300) // 100])
    size = random.choice([-1, 1]) * (wide(random, 111) + 1)
    return to_words((wide(random, 160), 0, size, entry, equity, notional, wide(random, 100)))


def of_candidate(mirror):
    """Return a mirror of a candidate and more as one of words."""
    return on_words(lambda *words: mirror(Candidate(*words[:WORDS]), *words[WORDS:]))


def padded(values: list[int]) -> list[int]:
    return [*values, *[0] * (MOST - len(values))]


def two_prices(random: Random) -> tuple[int, int]:
    """A mark price, and one from nothing to twice that."""
    mark = wide(random, 63) + 1
    return mark, mark * random.randint(0, 20_000) // 10_000


def queue(random: Random) -> tuple[int, ...]:
    closable = [wide(random, 111) for _ in range(random.randint(1, MOST))]
    target = random.choice([wide(random, 111), random.randint(0, sum(closable)), sum(closable)])
    most = random.choice([0, 1, 3, len(closable), 500])
    return target, random.randrange(len(closable)), most, len(closable), *padded(closable)


def shares(random: Random) -> tuple[int, ...]:
    """Weights and limits in the order of the score, or in any."""
    rows = [
        (random.choice([0, wide(random, 110)]), random.choice([0, wide(random, 111)]))
        for _ in range(random.randint(1, MOST))
    ]
    if random.random() < 0.8:
        rows.sort(key=lambda row: -deleveraging.density_e36(*row))
    closable = [most for _, most in rows]
    target = random.choice([wide(random, 111), random.randint(0, sum(closable)), sum(closable)])
    return target, len(rows), *padded([weight for weight, _ in rows]), *padded(closable)


FORMULAS = {
    "profitQuote": (candidate, of_candidate(deleveraging.profit_quote)),
    "returnLeverageWad": (candidate, of_candidate(deleveraging.return_leverage_wad)),
    "walletReturnWad": (
        lambda r: (*candidate(r), wide(r, 95) + 1),
        of_candidate(deleveraging.wallet_return_wad),
    ),
    "indexWad": (
        lambda r: (*candidate(r), r.choice([*IndexForm])),
        of_candidate(deleveraging.index_wad),
    ),
    "densityE36": (lambda r: (wide(r, 127), wide(r, 111)), on_words(deleveraging.density_e36)),
    "closableWadDown": (
        lambda r: (*candidate(r), *to_words((signed(r, 100),)), *two_prices(r)),
        of_candidate(deleveraging.closable_wad_down),
    ),
    "queued": (
        queue,
        lambda target, start, most, count, *closable: tuple(
            padded(deleveraging.queued(target, closable[:count], start, most))
        ),
    ),
    "shared": (
        shares,
        lambda target, count, *rest: tuple(
            padded(deleveraging.shared(target, rest[:count], rest[MOST : MOST + count]))
        ),
    ),
}
"""How inputs of a function are drawn, and its mirror, both in words."""


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedDeleveraging"), function, *FORMULAS[function])


ROWS = st.lists(st.tuples(st.integers(1, 10**24), st.integers(1, 10**24)), min_size=1, max_size=12).map(
    lambda rows: sorted(rows, key=lambda row: -deleveraging.density_e36(*row))
)


def parted(rows: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [weight for weight, _ in rows], [most for _, most in rows]


@given(rows=ROWS, target=st.integers(0, 10**26))
def test_shares_are_water_filling(rows, target):
    """Nobody above what may be closed, all asked for is given, and below the level only who gives all."""
    weights, closable = parted(rows)
    found = deleveraging.shared(target, weights, closable)
    assert sum(found) == min(target, sum(closable))
    assert all(0 <= one <= most for one, most in zip(found, closable, strict=True))
    if target < sum(closable):
        levels = [
            (share, weight)
            for share, weight, most in zip(found, weights, closable, strict=True)
            if share < most - len(rows)
        ]
        for (share, weight), (other, other_weight) in pairwise(levels):
            off = len(rows) * (weight + other_weight)
            assert abs(share * other_weight - other * weight) <= off
        for share, weight, most in zip(found, weights, closable, strict=True):
            if share == most and levels:
                level_share, level_weight = levels[0]
                assert share * level_weight <= level_share * weight + len(rows) * (weight + level_weight)


@given(rows=ROWS, target=st.integers(0, 10**25), more=st.integers(0, 10**24))
def test_nobody_gives_less_when_more_is_needed(rows, target, more):
    """But for a unit an entry, by which shares are rounded."""
    weights, closable = parted(rows)
    fewer = deleveraging.shared(target, weights, closable)
    greater = deleveraging.shared(target + more, weights, closable)
    assert all(after >= before - len(rows) for before, after in zip(fewer, greater, strict=True))


@given(rows=ROWS, target=st.integers(0, 10**25), factor=st.integers(1, 10**6))
def test_the_unit_of_account_does_not_matter(rows, target, factor):
    weights, closable = parted(rows)
    found = deleveraging.shared(target, weights, closable)
    scaled = deleveraging.shared(target, [weight * factor for weight in weights], closable)
    assert all(abs(a - b) <= len(rows) for a, b in zip(found, scaled, strict=True))
