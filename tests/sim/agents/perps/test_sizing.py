"""What brings a curve to a price, in closed form and by bisection, against the exact mirror of the curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.perps.sizing import curve_trade_wad, largest_trade_wad
from sim.protocols.perp_states import VirtualCurve
from sim.reference.perp_pricing import VirtualAmmPricing
from sim.units import E8, WAD

UNIT = 10**20
"""Of a quote token with six decimals."""


def pricing(price_usd: float, depth_tokens: int) -> VirtualAmmPricing:
    return VirtualAmmPricing(depth_tokens * WAD, int(price_usd * E8), 6)


def curve_of(one: VirtualAmmPricing) -> VirtualCurve:
    return VirtualCurve(*(getattr(one.curve, name) for name in VirtualCurve.__slots__))


CURVES = st.builds(pricing, st.floats(1, 50_000), st.integers(10**6, 10**9))


@given(CURVES, st.integers(-2_000, 2_000))
def test_the_closed_form_ends_at_the_price(one, change_bps):
    target = one.mid_e8 * (10_000 + change_bps) // 10_000
    size = curve_trade_wad(curve_of(one), target)
    if size:
        one.trade(size)
    assert one.mid_e8 == pytest.approx(target, abs=2, rel=1e-12)


@given(CURVES, st.integers(20, 2_000), st.sampled_from([1, -1]))
def test_bisection_finds_the_same(one, change_bps, side):
    target = one.mid_e8 * (10_000 + side * change_bps) // 10_000
    exact = abs(curve_trade_wad(curve_of(one), target))
    found = largest_trade_wad(one.quote, side, target, 3 * exact, UNIT)
    # The price of the last thousandth is that of its middle.
    assert found == pytest.approx(exact, rel=2e-3)
    assert largest_trade_wad(one.quote, side, target, exact // 2, UNIT) == exact // 2


@given(CURVES, st.integers(20, 2_000), st.sampled_from([1, -1]))
def test_nothing_is_worth_trading_beyond_the_target(one, change_bps, side):
    target = one.mid_e8 * (10_000 - side * change_bps) // 10_000
    most = one.curve.reserve_wad // 10
    found = largest_trade_wad(one.quote, side, target, most, UNIT)
    assert found * target // UNIT < 10**7, "a few dollars, of which a thousandth shows its rounding"


def test_what_has_no_price_is_not_traded():
    assert largest_trade_wad(lambda _: None, 1, 2_000 * E8, WAD, UNIT) == 0
