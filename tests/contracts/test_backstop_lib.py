"""BackstopLib equals its mirror on 10,000 random inputs per function, and is what Compound III does."""

from __future__ import annotations

from dataclasses import astuple
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.backstop import FACTOR_UNIT, Pair, cost_up, credit_down, price_factor, sold_down
from sim.units import BPS, E8

INPUTS, PER_CALL = 10_000, 500
FUNCTIONS = {
    "creditDown": lambda assets, pair, _, factor: credit_down(assets, pair, factor),
    "soldDown": lambda assets, pair, storefront, factor: sold_down(assets, pair, price_factor(storefront, factor)),
    "costUp": lambda assets, pair, storefront, factor: cost_up(assets, pair, price_factor(storefront, factor)),
}


def random_input(rng: Random) -> tuple[int, Pair, int, int]:
    """Return amount, pair, storefront factor and liquidation factor."""
    prices = [int(10 ** rng.uniform(2, 14)) for _ in range(2)]
    units = [10 ** rng.choice([0, 6, 8, 18]) for _ in range(2)]
    pair = Pair(prices[0], units[0], prices[1], units[1])
    return int(10 ** rng.uniform(0, 28)), pair, rng.randrange(BPS), rng.randrange(1, BPS + 1)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_equal_to_the_mirror_on_random_inputs(function, revm, deploy):
    exposed, rng = deploy(revm, "ExposedBackstop"), Random(21)
    for _ in range(INPUTS // PER_CALL):
        inputs = [random_input(rng) for _ in range(PER_CALL)]
        words = [(assets, astuple(pair), storefront, factor) for assets, pair, storefront, factor in inputs]
        assert exposed.read(function, words) == [FUNCTIONS[function](*one) for one in inputs]


def test_half_of_a_penalty_of_five_percent():
    """A storefront factor of 50 % and a liquidation factor of 95 % sell 2.5 % below the oracle."""
    assert price_factor(5_000, 9_500) == 97_500_000
    pair = Pair(2_000 * E8, 10**18, E8, 10**6)
    assert cost_up(10**18, pair, price_factor(5_000, 9_500)) == 1_950 * 10**6
    assert sold_down(1_950 * 10**6, pair, price_factor(5_000, 9_500)) == 10**18
    assert credit_down(10**18, pair, 9_500) == 1_900 * 10**6


@given(paid=st.integers(0, 10**24), price=st.integers(1, 10**13), factor=st.integers(1, FACTOR_UNIT))
def test_what_a_payment_buys_costs_no_more(paid, price, factor):
    pair = Pair(price, 10**18, E8, 10**6)
    sold = sold_down(paid, pair, factor)
    assert cost_up(sold, pair, factor) <= paid
    assert cost_up(sold + 1, pair, factor) > paid
