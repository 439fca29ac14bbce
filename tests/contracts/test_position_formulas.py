"""Formulas of perpetual positions equal their mirrors on 10,000 random inputs each, and what they keep."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import positions
from sim.units import WAD
from tests.batch import assert_equal_mirror, exposed
from tests.perp_draws import UNITS, amount, price, signed, size, tiers
from tests.perps import UNIT, new_perp_market
from tests.signed import from_word, to_words


def changes(random: Random) -> tuple[int, ...]:
    """A position and a trade, often one that closes it all, or a share of it."""
    held = random.choice([0, size(random)])
    delta = random.choice([size(random), -held, -held // 3, -2 * held]) or 1
    return to_words((held, signed(random), delta, signed(random)))


FORMULAS = {
    "mulDivFloor": (
        lambda r: to_words((signed(r), amount(r), amount(r) + 1)),
        lambda x, y, d: from_word(x) * y // d % 2**256,
    ),
    "notionalUp": (
        lambda r: to_words((size(r), price(r), r.choice(UNITS))),
        lambda held, *rest: positions.notional_up(from_word(held), *rest),
    ),
    "changed": (changes, lambda *words: to_words(positions.changed(*map(from_word, words)))),
}


@pytest.mark.parametrize("function", FORMULAS)
def test_mirror(function):
    assert_equal_mirror(exposed("ExposedPositions"), function, *FORMULAS[function])


def test_requirement_is_that_of_the_brackets(revm, deploy):
    perps = new_perp_market(revm, deploy, maker_usd=0)
    for seed in range(20):
        random = Random(seed)
        some, share, mark = tiers(random), random.randint(1, 10_000), price(random)
        perps.add("ETH", 0, tiers=some, maintenanceShareBps=share)
        perps.price("ETH", mark)
        held = abs(size(random))
        found = perps.market.read("requirement", perps.instruments["ETH"], held)
        assert tuple(found) == positions.requirement_up(held, mark, UNIT, some, share)


@given(
    held=st.integers(-(10**30), 10**30),
    entry=st.integers(-(10**24), 10**24),
    delta=st.integers(-(10**30), 10**30).filter(bool),
    quote=st.integers(-(10**24), 10**24),
)
def test_a_change_conserves_and_a_closed_position_leaves_no_entry(held, entry, delta, quote):
    change = positions.changed(held, entry if held else 0, delta, quote)
    assert change.entry_quote + change.realised_quote == (entry if held else 0) + quote
    if change.size_wad == 0:
        assert change.entry_quote == 0
    if not positions.reduces(held, delta):
        assert change.realised_quote == 0


def test_the_rest_keeps_its_entry_price():
    held = positions.changed(3 * WAD, -6_000, -WAD, 2_100)
    assert held == (2 * WAD, -4_000, 100)
    across = positions.changed(WAD, -2_000, -3 * WAD, 6_600)
    assert across == (-2 * WAD, 4_400, 200)
