"""Formulas of perpetuals equal their mirrors on 10,000 random inputs each; prices of bankruptcy, liquidation."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import bankruptcy, funding, impact, margin_tiers
from sim.reference.bankruptcy import PositionAtMark
from sim.reference.funding import AdaptiveFunding
from sim.units import BPS, E8, WAD
from tests.batch import assert_equal_mirror, exposed, wide
from tests.perp_draws import UNITS, amount, from_tier_words, position, price, signed, size, tier_words, tiers
from tests.signed import from_word, on_words, to_words


def tiered(random: Random) -> list[int]:
    """A notional, often about a floor, and brackets."""
    some = tiers(random)
    notional = random.choice([amount(random), *(tier.floor_quote + random.randint(-1, 1) for tier in some)])
    return [max(notional, 0), *tier_words(some)]


def adaptive(random: Random) -> tuple[int, ...]:
    decay_skew, stable_skew = sorted((random.randint(0, WAD), random.randint(0, WAD)))
    floor, cap = sorted((wide(random, 60), wide(random, 60)))
    params = (wide(random, 60), wide(random, 60), stable_skew, decay_skew, floor, cap)
    skew = random.choice([-1, 1]) * random.choice([0, stable_skew, decay_skew, random.randint(0, WAD)])
    rate = random.choice([-1, 1]) * random.randint(0, cap)
    return to_words((rate, skew, wide(random, 40), wide(random, 20) + 1, *params))


FORMULAS = {
    "tierOf": (tiered, lambda n, *w: margin_tiers.tier_of(n, from_tier_words(w))),
    "maintenanceQuoteUp": (tiered, lambda n, *w: margin_tiers.maintenance_quote_up(n, from_tier_words(w))),
    "initialQuoteUp": (lambda r: (amount(r), r.randint(1, BPS)), margin_tiers.initial_quote_up),
    "scaledInitialQuoteUp": (
        lambda r: (amount(r), amount(r), amount(r), *sorted((amount(r), amount(r)))),
        margin_tiers.scaled_initial_quote_up,
    ),
    "bankruptcyE8": (position, on_words(lambda *w: bankruptcy.bankruptcy_e8(PositionAtMark(*w)))),
    "liquidationE8": (
        lambda r: (*position(r), r.choice([0, amount(r)]), *tier_words(tiers(r))),
        on_words(lambda *w: bankruptcy.liquidation_e8(PositionAtMark(*w[:4]), w[4], from_tier_words(w[5:]))),
    ),
    "equityShareDown": (
        lambda r: (to_words((signed(r),))[0], part := amount(r), part + amount(r) + 1),
        on_words(bankruptcy.equity_share_down),
    ),
    "premiumWad": (lambda r: (price(r), price(r)), on_words(funding.premium_wad)),
    "clampedRateWad": (
        lambda r: to_words((signed(r, 64), signed(r, 60), wide(r, 60), wide(r, 64))),
        on_words(funding.clamped_rate_wad),
    ),
    "skewWad": (lambda r: (r.choice([0, amount(r)]), r.choice([0, amount(r)])), on_words(funding.skew_wad)),
    "adaptiveRateWad": (
        adaptive,
        on_words(lambda *w: funding.adaptive_rate_wad(*w[:4], AdaptiveFunding(*w[4:]))),
    ),
    "growthTruncated": (
        lambda r: to_words((signed(r, 69), wide(r, 96), wide(r, 40), wide(r, 20) + 1)),
        on_words(funding.growth_truncated),
    ),
    "paymentQuoteUp": (
        lambda r: to_words((size(r), signed(r, 200), r.choice(UNITS))),
        on_words(funding.payment_quote_up),
    ),
    "executionE8": (
        lambda r: to_words((price(r), size(r), wide(r, 60))),
        on_words(impact.execution_e8),
    ),
    "shortfallQuoteUp": (
        lambda r: to_words((size(r), price(r), price(r), r.choice(UNITS))),
        on_words(impact.shortfall_quote_up),
    ),
}
"""How inputs of a function are drawn, and its mirror, both in words."""


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedPerpMath"), function, *FORMULAS[function])


def value_down(held: int, price_e8: int, unit: int) -> int:
    return held * price_e8 // unit


@given(random=st.randoms(use_true_random=False))
def test_a_close_at_the_bankruptcy_price_leaves_nothing_and_no_deficit(random):
    held, equity, mark, unit = map(from_word, position(random))
    found = bankruptcy.bankruptcy_e8(PositionAtMark(held, equity, mark, unit))
    left = equity + value_down(held, found, unit) - value_down(held, mark, unit)
    if found > 0 or held > 0:
        assert left >= 0
    if found > 0:
        assert left <= abs(held) // unit + 2
    if found == 0 and held < 0:
        assert equity + value_down(held, 0, unit) - value_down(held, mark, unit) <= abs(held) // unit + 1


@given(random=st.randoms(use_true_random=False))
def test_an_account_is_above_its_maintenance_margin_beyond_its_liquidation_price_only(random):
    held, equity, mark, unit = map(from_word, position(random))
    some, other = tiers(random), random.choice([0, amount(random)])
    found = bankruptcy.liquidation_e8(PositionAtMark(held, equity, mark, unit), other, some)

    def spare(price_e8: int) -> Fraction:
        notional = Fraction(abs(held) * price_e8, unit)
        margin = max(notional * t.maintenance_bps / BPS - t.deduction_quote for t in some)
        return equity + Fraction(held * (price_e8 - mark), unit) - margin - other

    safer = 1 if held > 0 else -1
    if found > 0:
        assert spare(found) >= 0 and spare(found - safer) < 0
    elif held > 0:
        assert spare(0) >= 0
    else:
        assert spare(1) < 0


@given(equity=st.integers(-(10**12), 10**12), margins=st.lists(st.integers(1, 10**12), min_size=1, max_size=6))
def test_shares_of_a_cross_account_are_never_more_than_it_has(equity, margins):
    shares = [bankruptcy.equity_share_down(equity, margin, sum(margins)) for margin in margins]
    assert equity - len(margins) < sum(shares) <= equity


def test_impact_is_against_the_trader_and_a_sale_does_not_go_below_nothing():
    assert impact.execution_e8(E8, 1, 1) == E8 + 1
    assert impact.execution_e8(E8, -1, 1) == E8 - 1
    assert impact.execution_e8(E8, -3 * WAD, E8) == 0
