"""The curve of a band, on its exact mirror: edges, prices, slow conversion, and that no trade is free.

That the price within a band moves as the oracle's cubed over an edge squared is remembered of LLAMMA's paper, not
read in it; it follows from the curve that the library states, which is what these tests hold.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.reference import bands
from sim.units import WAD

ETHER = 10**36
BASE = 2_000 * WAD
AMPLIFICATIONS = st.sampled_from([2, 10, 50, 83, 100, 200])
USD_SCALE, ETH_SCALE = 10**30, 10**18


def edges(a: int, n: int = 0) -> tuple[int, int]:
    return bands.edge_wad_down(BASE, a, n), bands.edge_wad_down(BASE, a, n + 1)


@given(a=AMPLIFICATIONS, n=st.integers(-60, 60))
def test_edges_are_exact_to_the_wad(a, n):
    """Floor of base·((A−1)/A)ⁿ, or one less where 36 decimals of the power do not decide it."""
    exact = Fraction(BASE) * Fraction(a - 1, a) ** n
    assert int(exact) - bands.edge_wad_down(BASE, a, n) in (0, 1)


@given(a=AMPLIFICATIONS, n=st.integers(-50, 50), offset=st.integers(-1, 1))
def test_band_of_a_price(a, n, offset):
    price = bands.edge_wad_down(BASE, a, n) + offset
    found = bands.band_at_or_below(BASE, a, price)
    assert bands.edge_wad_down(BASE, a, found) <= price < bands.edge_wad_down(BASE, a, found - 1)


@given(
    a=AMPLIFICATIONS,
    x=st.integers(0, 10**12),
    y=st.integers(1, 10**24),
    offset=st.integers(-2_000, 2_000),
)
def test_curve_holds(a, x, y, offset):
    """(f + x)(g + y) = P·A²·y0² to 10⁻¹⁷, the precision of a single unit of collateral."""
    up, _ = edges(a)
    price = up + up * offset // 10_000
    depth = bands.depth_down(x * USD_SCALE, y * ETH_SCALE, price, up, a)
    f_x, g_y = bands.reserves_down(x * USD_SCALE, y * ETH_SCALE, price, up, a)
    assert f_x * g_y / (Fraction(price, WAD) * a * a * depth * depth) == pytest.approx(1, rel=1e-15)


@given(a=AMPLIFICATIONS, offset=st.integers(-3_000, 3_000), y=st.integers(10**6, 10**24))
def test_price_at_the_ends_is_oracle_cubed_over_edge_squared(a, offset, y):
    up, down = edges(a)
    price = up + up * offset // 10_000
    f, g = bands.reserves_down(0, y * ETH_SCALE, price, up, a)
    assert f * WAD // g == pytest.approx(bands.end_price_wad_down(price, up), rel=1e-9)
    f, g = bands.reserves_down(y * ETH_SCALE, 0, price, up, a)
    assert f * WAD // g == pytest.approx(bands.end_price_wad_down(price, down), rel=1e-9)


def test_ends_of_neighbours_meet():
    """The converted end of a band is the untouched end of the next: one price runs through all bands."""
    up, down = edges(100, 3)
    assert bands.end_price_wad_down(BASE, down) == bands.end_price_wad_down(BASE, edges(100, 4)[0])
    assert bands.end_price_wad_down(up, up) == up, (
        "at its upper edge a band that is all collateral asks the oracle's"
    )


def swap(
    trade: bands.BandTrade, x: int, y: int, up: int, down: int, amount: int
) -> tuple[int, int, bands.BandFill]:
    """Trade against a band of x and y smallest units; return what it holds then, and the fill."""
    if trade.sells_collateral:
        fill = bands.fill(trade, y, x, up, down, amount)
        return x - fill.out, y + fill.spent, fill
    fill = bands.fill(trade, x, y, up, down, amount)
    return x + fill.spent, y - fill.out, fill


def trade_at(price: int, sells: bool, a: int, fee: int = 0, limit: int = 0) -> bands.BandTrade:
    scales = (ETH_SCALE, USD_SCALE) if sells else (USD_SCALE, ETH_SCALE)
    return bands.BandTrade(sells, price, fee, a, *scales, limit)


@pytest.mark.parametrize("a", [10, 100])
@pytest.mark.parametrize("falling", [True, False])
def test_slow_conversion_is_at_the_geometric_mean_of_the_edges(a, falling):
    """Arbitraged at each of n prices a whole band converts at √(U·D), up to an error that shrinks as 1/n."""
    errors = []
    for steps in (50, 100, 200):
        up, down = edges(a)
        x, y = (0, 10**24) if falling else (10**18, 0)
        for i in range(steps + 1):
            price = up - (up - down) * (i if falling else steps - i) // steps
            x, y, _ = swap(trade_at(price, not falling, a, limit=price), x, y, up, down, 10**40)
        mean = sqrt(up * down) / WAD
        paid = x / 10**6 / 10**6 if falling else 10**12 / (y / 10**18)
        assert (y if falling else x) <= 10**12, "all of it but what the root's rounding leaves"
        errors.append(abs(paid / mean - 1))
    assert errors[0] < 2 / (50 * a)
    assert errors[2] < errors[1] * 0.55 < errors[0] * 0.55 * 0.55


@settings(max_examples=15)
@given(a=AMPLIFICATIONS, start=st.integers(0, 100))
def test_values_do_not_change_on_the_way(a, start):
    """x_down after a part of a slow fall is what it was before it: to 2/A per cent for a hundred steps."""
    up, down = edges(a)
    x, y = 0, 10**24
    before = bands.converted_down(0, y * ETH_SCALE, up, up, down, a)
    for i in range(start + 1):
        price = up - (up - down) * i // 100
        x, y, _ = swap(trade_at(price, False, a, limit=price), x, y, up, down, 10**40)
    after = bands.converted_down(x * USD_SCALE, y * ETH_SCALE, price, up, down, a)
    assert before * (1 - 2e-2 / a) <= after <= before * (1 + 1e-9)
    recovered = bands.recovered_down(x * USD_SCALE, y * ETH_SCALE, price, up, down, a)
    assert after == pytest.approx(recovered * sqrt(up * down) / WAD, rel=1e-9)


@given(
    a=AMPLIFICATIONS,
    offset=st.integers(-3_000, 3_000),
    x=st.integers(0, 10**12),
    y=st.integers(0, 10**24),
    moves=st.lists(st.tuples(st.booleans(), st.integers(1, 10**24)), min_size=1, max_size=6),
)
def test_no_round_trip_gains_at_a_constant_oracle(a, offset, x, y, moves):
    """Without any fee no trade makes a band shallower (y0 grows by rounding alone), and none pays when undone."""
    up, down = edges(a)
    price = up + up * offset // 10_000
    depth = bands.depth_down(x * USD_SCALE, y * ETH_SCALE, price, up, a)
    for sells, amount in moves:
        x, y, fill = swap(trade_at(price, sells, a), x, y, up, down, amount if sells else amount // 10**12)
        assert x >= 0 and y >= 0
        before, depth = depth, bands.depth_down(x * USD_SCALE, y * ETH_SCALE, price, up, a)
        assert depth >= before
        if fill.out and not fill.emptied:
            back = bands.fill(trade_at(price, not sells, a), *((x, y) if sells else (y, x)), up, down, fill.out)
            assert back.out <= fill.spent


@given(a=AMPLIFICATIONS, x=st.integers(1, 5), y=st.integers(1, 5), sells=st.booleans(), amount=st.integers(1, 20))
def test_dust_is_never_given_away(a, x, y, sells, amount):
    """Bands of a few units: nothing comes out for nothing, and a band bought out got its price."""
    up, down = edges(a)
    after_x, after_y, fill = swap(trade_at(up, sells, a), x, y, up, down, amount)
    assert (fill.out == 0) == (fill.spent == 0)
    assert after_x >= 0 and after_y >= 0
    depth = bands.depth_down(x * USD_SCALE, y * ETH_SCALE, up, up, a)
    assert bands.depth_down(after_x * USD_SCALE, after_y * ETH_SCALE, up, up, a) >= depth


def test_fee_of_a_step_fades_and_adds_up():
    price, fee = bands.step_down(1_900 * WAD, 2_000 * WAD, 0, 0)
    assert (price, fee) == (1_900 * WAD, WAD - (95 * 10**16) ** 3 // WAD**2)
    assert bands.step_down(1_900 * WAD, 2_000 * WAD, 0, 60)[1] == fee // 2
    assert bands.step_down(1_900 * WAD, 2_000 * WAD, 0, 120) == (1_900 * WAD, 0)
    assert bands.step_down(1_900 * WAD, 1_900 * WAD, fee, 30)[1] == fee * 90 // 120


def test_oracle_moves_by_a_quarter_at_most_within_the_window():
    assert bands.step_down(1_000 * WAD, 2_000 * WAD, 0, 119)[0] == 1_600 * WAD
    assert bands.step_down(9_000 * WAD, 2_000 * WAD, 0, 119)[0] == 2_500 * WAD
    assert bands.step_down(1_000 * WAD, 2_000 * WAD, 0, 120)[0] == 1_000 * WAD


def test_fee_is_a_quarter_of_the_gap():
    up, down = edges(100)
    price = up * 9 // 10
    high = bands.end_price_wad_down(price, down)
    assert price > high
    assert bands.gap_fee_wad_down(price, up, down) == (price - high) * WAD // (4 * price)
    assert bands.gap_fee_wad_down((up + down) // 2, up, down) == 0


@given(a=AMPLIFICATIONS, count=st.integers(4, 50), n=st.integers(-20, 20))
def test_conversion_of_a_loan_is_the_sum_over_its_bands(a, count, n):
    """√r·A(1 − rᴺ)/N per upper edge of the first band equals Σ√(Uᵢ·Dᵢ)/N."""
    total = sum(sqrt(up * down) for up, down in (edges(a, n + i) for i in range(count)))
    expected = total / count / edges(a, n)[0]
    assert bands.conversion_down(a, count) / bands.ONE == pytest.approx(expected, rel=1e-9)


@given(held=st.integers(0, 10**24), deposits=st.lists(st.integers(100, 10**24), min_size=1, max_size=5))
def test_shares_never_pay_more_than_the_band_holds(held, deposits):
    """Depositors who leave in any order get no more than they brought, and no more than there is."""
    total, owned = (held * bands.VIRTUAL_SHARES, []) if held else (0, [])
    for amount in deposits:
        shares = bands.shares_down(amount, held, total)
        owned.append((amount, shares))
        held, total = held + amount, total + shares
    for amount, shares in reversed(owned):
        out = bands.assets_down(shares, held, total)
        assert out <= min(amount, held)
        held, total = held - out, total - shares
