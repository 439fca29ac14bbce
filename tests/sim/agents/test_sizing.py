"""Sizes are the roots that their docstrings state, to the unit, and agree with the published closed forms."""

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.sizing import (
    PoolView,
    arbitrage_purchase,
    arbitrage_sale,
    largest_sale_at,
    most_profitable_repayment,
)
from sim.reference.constant_product import amount_out_down
from sim.units import BPS

RESERVES = st.integers(10**6, 10**27)
FEES = st.sampled_from([0, 1, 30, 100, 1_000])
PRICES = st.tuples(st.integers(1, 10**12), st.integers(1, 10**12))
DEPTHS = st.none() | st.integers(1, 10**20)


def sale(q: int, x: int, y: int, fee_bps: int) -> Fraction:
    """Exact output of a sale, without the floor."""
    after_fee = Fraction(q * (BPS - fee_bps), BPS)
    return after_fee * y / (x + after_fee) if q else Fraction(0)


@given(
    repaid=st.integers(10**6, 10**14),
    seized=st.integers(10**6, 10**24),
    x=RESERVES,
    y=RESERVES,
    fee_bps=FEES,
    flash_bps=st.integers(0, 100),
    other=st.integers(1, 10**14),
)
def test_no_other_repayment_is_more_profitable(repaid, seized, x, y, fee_bps, flash_bps, other):
    def profit(r: Fraction) -> Fraction:
        q = r * seized / repaid * Fraction(BPS - fee_bps, BPS)
        return q * y / (x + q) - r * Fraction(BPS + flash_bps, BPS)

    best = most_profitable_repayment(repaid, seized, x, y, fee_bps, flash_bps)
    # One unit of the root is this much debt; the maximum of the concave profit lies within it.
    step = Fraction(repaid * BPS, seized * (BPS - fee_bps)) + 1
    if not best <= other <= best + step:
        assert profit(Fraction(other)) <= max(profit(Fraction(best)), profit(best + step))


@pytest.mark.parametrize(("bonus_bps", "fee_bps"), [(500, 30), (100, 30), (800, 0), (500, 0)])
def test_profit_maximum_and_break_even_at_a_fair_oracle(bonus_bps, fee_bps):
    """Oracle at the pool's price: best sale √(γ(1+b)) − 1 of the reserve after fee, zero profit at δ*."""
    x = y = 10**24
    debt = 10**24
    seized = debt * (BPS + bonus_bps) // BPS
    keep, gain = 1 - fee_bps / BPS, 1 + bonus_bps / BPS
    repaid = most_profitable_repayment(debt, seized, x, y, fee_bps, 0)
    assert repaid * gain * keep / x == pytest.approx(sqrt(keep * gain) - 1, rel=1e-12)
    delta = (gain * keep - 1) / keep
    at_limit = int(delta * x)
    cost = at_limit / gain
    assert amount_out_down(at_limit, x, y, fee_bps) == pytest.approx(cost, rel=1e-9)


def test_published_limits_of_a_profitable_sale():
    """At f = 0.3 %: a bonus of 5 % pays for 4.70 % of the reserve, one of 1 % for 0.70 %."""
    for bonus, published in ((0.05, 0.0470), (0.01, 0.0070)):
        assert round(((1 + bonus) * 0.997 - 1) / 0.997, 4) == published


@given(price=PRICES, x=RESERVES, y=RESERVES, fee_bps=FEES)
def test_largest_sale_reaches_the_average_price_and_one_unit_more_does_not(price, x, y, fee_bps):
    p = Fraction(*price)
    q = largest_sale_at(price, x, y, fee_bps)
    assert q == 0 or sale(q, x, y, fee_bps) >= p * q
    assert sale(q + 1, x, y, fee_bps) < p * (q + 1)


@given(price=PRICES, depth=DEPTHS, x=RESERVES, y=RESERVES, fee_bps=FEES)
def test_arbitrage_sale_stops_where_marginal_prices_meet(price, depth, x, y, fee_bps):
    p, keep = Fraction(*price), Fraction(BPS - fee_bps, BPS)

    def gains(q: int) -> bool:
        """Whether unit q sells in the pool for at least what it costs outside."""
        left = Fraction(1) if depth is None else 1 - q * p / depth
        return left > 0 and keep * x * y * left >= p * (x + keep * q) ** 2

    q = arbitrage_sale(price, depth, x, y, fee_bps)
    assert q == 0 or gains(q)
    assert not gains(q + 2)


@given(price=PRICES, depth=DEPTHS, x=RESERVES, y=RESERVES, fee_bps=FEES)
def test_arbitrage_purchase_stops_where_marginal_prices_meet(price, depth, x, y, fee_bps):
    p, keep = Fraction(*price), Fraction(BPS - fee_bps, BPS)

    def gains(d: int) -> bool:
        """Whether unit d costs at most in the pool what it sells for outside."""
        more = Fraction(1) if depth is None else 1 + d * p / depth
        return d < x and x * y * more <= keep * p * (x - d) ** 2

    d = arbitrage_purchase(price, depth, x, y, fee_bps)
    assert d < x
    assert d == 0 or gains(d)
    assert not gains(d + 2)


@given(x=RESERVES, y=RESERVES, amounts=st.lists(st.integers(1, 10**20), min_size=1, max_size=5), fee_bps=FEES)
def test_selling_moves_the_reserves_by_what_was_traded(x, y, amounts, fee_bps):
    pool = PoolView("WETH", "USDC", {"WETH": x, "USDC": y}, fee_bps)
    received = [pool.sell("WETH", amount) for amount in amounts]
    sold = sum(a for a, out in zip(amounts, received, strict=True) if out)
    assert pool.reserves == {"WETH": x + sold, "USDC": y - sum(received)}
    assert pool.reserves["WETH"] * pool.reserves["USDC"] >= x * y
