"""Formulas of pricing and mark of perpetuals equal their mirrors, and keep what their names promise."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import perp_mark, perp_pricing
from sim.reference.perp_pricing import MAX_PRICE_E8, MAX_SIZE_WAD
from sim.units import E8, WAD
from tests.batch import assert_equal_mirror, exposed, wide

WORD = 2**256
SIZE_BITS, PRICE_BITS, FACTOR_BITS = 109, 66, 59


def word(value: int) -> int:
    return value % WORD


def signed(value: int) -> int:
    return value - WORD if value >> 255 else value


def size(random: Random) -> int:
    return min(wide(random, SIZE_BITS), MAX_SIZE_WAD)


def either(random: Random) -> int:
    return word(size(random) * random.choice([-1, 1]))


def price(random: Random) -> int:
    return min(wide(random, PRICE_BITS) + 1, MAX_PRICE_E8)


def decimals(random: Random) -> int:
    return random.choice([0, 2, 6, 8, 18])


def factors(random: Random) -> tuple[int, int]:
    return tuple(sorted((wide(random, FACTOR_BITS), wide(random, FACTOR_BITS))))


def near(random: Random) -> tuple[int, int]:
    """Two imbalances, one in two times close to each other."""
    before = signed(either(random))
    after = before + random.randint(-3, 3) if random.random() < 0.5 else signed(either(random))
    return word(before), word(after)


def curve(random: Random) -> tuple[int, int]:
    return size(random) + 1, wide(random, 119) + 1


def moved(random: Random) -> tuple[int, ...]:
    base, quote = curve(random)
    start = max(base + random.randint(-base // 2, base), 1)
    end = start + random.randint(-3, 3) if random.random() < 0.5 else size(random)
    return base, quote, start, max(end, 1), decimals(random)


def unsigned(mirror):
    return lambda *words: word(mirror(*words))


FORMULAS = {
    "impactQuoteDown": (
        lambda r: (*near(r), price(r), *factors(r), decimals(r)),
        lambda b, a, *rest: word(perp_pricing.impact_quote_down(signed(b), signed(a), *rest)),
    ),
    "cappedImpact": (
        lambda r: (either(r), size(r), size(r)),
        lambda impact, *limits: word(perp_pricing.capped_impact(signed(impact), *limits)),
    ),
    "skewedMidE8Down": (
        lambda r: (either(r), price(r), *factors(r)),
        lambda net, *rest: perp_pricing.skewed_mid_e8_down(signed(net), *rest),
    ),
    "peggedReserves": (lambda r: (wide(r, 119), price(r)), perp_pricing.pegged_reserves),
    "spotE8Down": (lambda r: (*curve(r), size(r) + 10**9), perp_pricing.spot_e8_down),
    "movedQuoteDown": (moved, unsigned(perp_pricing.moved_quote_down)),
    "clampedRatioWadDown": (
        lambda r: (wide(r, 127) + 1, price(r), r.randint(0, 9_999)),
        perp_mark.clamped_ratio_wad_down,
    ),
    "premiumPriceE8Down": (lambda r: (price(r), wide(r, 61)), perp_mark.premium_price_e8_down),
    "sumAfterBoth": (
        lambda r: (wide(r, 190), wide(r, 128), wide(r, 32), wide(r, 128), wide(r, 32)),
        perp_mark.sum_after_both,
    ),
    "medianOfThree": (lambda r: tuple(r.choice([price(r), 5]) for _ in range(3)), perp_mark.median_of_three),
}
"""How inputs of a function are drawn, and its mirror, both in words."""

SIZES = st.integers(-MAX_SIZE_WAD, MAX_SIZE_WAD)
PRICES = st.integers(1, MAX_PRICE_E8)
FACTORS = st.tuples(st.integers(0, WAD), st.integers(0, WAD)).map(sorted)
DECIMALS = st.sampled_from([0, 2, 6, 18])


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedPerpPricing"), function, *FORMULAS[function])


def test_a_million_more_of_imbalance_costs_fifty_dollars_at_gmx_s_factor():
    factors = 5 * 10**7, 5 * 10**7
    thousand_at_1000 = 1_000 * WAD, 1_000 * E8
    assert perp_pricing.impact_quote_down(0, *thousand_at_1000, *factors, 6) == -50 * 10**6
    assert perp_pricing.impact_quote_down(1_000 * WAD, 2_000 * WAD, 1_000 * E8, *factors, 6) == -150 * 10**6
    assert perp_pricing.impact_quote_down(1_000 * WAD, 0, 1_000 * E8, *factors, 6) == 50 * 10**6
    assert perp_pricing.impact_quote_down(1_000 * WAD, -1_000 * WAD, 1_000 * E8, *factors, 6) == 0
    assert perp_pricing.skewed_mid_e8_down(1_000 * WAD, 1_000 * E8, *factors) == 100_010_000_000
    assert perp_pricing.skewed_mid_e8_down(-1_000 * WAD, 1_000 * E8, *factors) == 99_990_000_000


@given(before=SIZES, after=SIZES, price_e8=PRICES, factors=FACTORS, quote_decimals=DECIMALS)
def test_impact_is_never_above_what_the_formula_says(before, after, price_e8, factors, quote_decimals):
    favourable, adverse = factors
    values = [Fraction(abs(size_) * price_e8, WAD * E8) for size_ in (before, after)]
    if before * after < 0:
        exact = values[0] ** 2 * favourable - values[1] ** 2 * adverse
    else:
        exact = (values[0] ** 2 - values[1] ** 2) * (favourable if values[1] <= values[0] else adverse)
    exact *= Fraction(10**quote_decimals, WAD)
    found = perp_pricing.impact_quote_down(before, after, price_e8, favourable, adverse, quote_decimals)
    assert found <= exact
    # One unit of the value's 8 decimals either way, and one of the result.
    assert exact - found <= 2 + 3 * max(*values, 1) * Fraction(adverse * 10**quote_decimals, WAD * E8) * 2


@given(sizes=st.lists(SIZES, min_size=1, max_size=6), price_e8=PRICES, factors=FACTORS, quote_decimals=DECIMALS)
def test_no_way_back_to_where_one_started_pays(sizes, price_e8, factors, quote_decimals):
    path = [*sizes, sizes[0]]
    total = sum(
        perp_pricing.impact_quote_down(a, b, price_e8, *factors, quote_decimals)
        for a, b in zip(path, path[1:], strict=False)
    )
    assert total <= 0


@given(depth=st.integers(1, 10**36), price_e8=PRICES)
def test_a_curve_opens_at_the_index_exactly_and_within_its_depth(depth, price_e8):
    base, quote = perp_pricing.pegged_reserves(depth, price_e8)
    assert quote <= depth < quote + price_e8
    if base:
        assert perp_pricing.spot_e8_down(base, quote, base) == price_e8


@given(
    base=st.integers(1, MAX_SIZE_WAD),
    quote=st.integers(1, 10**36),
    path=st.lists(st.integers(1, 2 * MAX_SIZE_WAD), min_size=1, max_size=6),
    quote_decimals=DECIMALS,
)
def test_a_virtual_trade_is_never_better_than_exact_and_no_round_trip_gains(base, quote, path, quote_decimals):
    k, unit = base * quote, Fraction(10**quote_decimals, WAD)
    total = 0
    for start, end in zip([base, *path], [*path, base], strict=True):
        found = perp_pricing.moved_quote_down(base, quote, start, end, quote_decimals)
        exact = (Fraction(k, start) - Fraction(k, end)) * unit
        assert exact - 3 <= found <= max(exact, 0 if end >= start else exact)
        total += found
    assert total <= 0


def test_a_virtual_trade_of_a_tenth_of_the_reserve_by_hand():
    """500 base against a million: 50 cost k / 450 - 10^6 = 111,111.1, and selling brings it back."""
    base, quote = perp_pricing.pegged_reserves(10**6 * WAD, 2_000 * E8)
    assert (base, quote) == (500 * WAD, 10**6 * WAD)
    assert perp_pricing.moved_quote_down(base, quote, 500 * WAD, 450 * WAD, 6) == -111_111_111_112
    assert perp_pricing.moved_quote_down(base, quote, 450 * WAD, 500 * WAD, 6) == 111_111_111_111
    assert perp_pricing.spot_e8_down(base, quote, 450 * WAD) == 246_913_580_246
