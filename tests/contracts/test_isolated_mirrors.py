"""Every pure function of isolated markets equals its mirror in sim.reference, on 10,000 random inputs each."""

from __future__ import annotations

import random
from functools import cache
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.reference import adaptive_curve, isolated
from sim.units import SECONDS_PER_YEAR, WAD
from tests.deployed import Deployed

INPUTS = 10_000
BATCH = 500


@cache
def _exposed() -> Deployed:
    artifacts, chain = load_artifacts(), RevmChain()
    address = chain.deploy(ACCOUNTS.address(0), artifacts["ExposedIsolatedMath"].encode_constructor())
    return Deployed(chain, artifacts, "ExposedIsolatedMath", address)


def wide(rng: random.Random, bits: int) -> int:
    """Draw a number whose size, and not its value, is uniform."""
    return rng.getrandbits(rng.randint(0, bits))


def agree(function, draw, mirror, *first):
    """Compare `function(*first, rows)` with `mirror(row)` row by row."""
    rng = random.Random(function)
    for _ in range(INPUTS // BATCH):
        rows = [draw(rng) for _ in range(BATCH)]
        answers = _exposed().read(function, *first, rows)
        for row, answer in zip(rows, answers, strict=True):
            expected = mirror(row)
            given = tuple(answer) if isinstance(expected, tuple) else answer
            assert given == expected, row


def test_shares():
    def draw(rng):
        return [wide(rng, 110), wide(rng, 100), wide(rng, 120)]

    def mirror(row):
        return (
            isolated.to_assets_down(*row),
            isolated.to_assets_up(*row),
            isolated.to_shares_down(*row),
            isolated.to_shares_up(*row),
        )

    agree("conversions", draw, mirror)


def test_health():
    def draw(rng):
        return [wide(rng, 100), wide(rng, 100), wide(rng, 140), rng.randrange(WAD)]

    def mirror(row):
        collateral, debt, price, lltv = row
        health = isolated.health_factor_wad_down(collateral, debt, price, lltv)
        return isolated.max_debt_down(collateral, price, lltv), health

    agree("health", draw, mirror)


def test_incentive():
    agree("incentives", lambda rng: rng.randrange(WAD), isolated.incentive_factor_wad_down)


def test_seizure():
    def draw(rng):
        asked = [wide(rng, 100) + 1, 0]
        rng.shuffle(asked)
        borrowed, shares = wide(rng, 100), wide(rng, 120)
        price = 2**60 + wide(rng, 140)
        return [*asked, borrowed, shares, price, rng.randint(WAD, 115 * WAD // 100)]

    def mirror(row):
        seized, shares, assets, total_shares, price, incentive = row
        totals = isolated.MarketTotals(0, 0, assets, total_shares)
        done = isolated.seizure(seized, shares, totals, price, incentive)
        return done.repaid_assets, done.repaid_shares, done.seized_assets

    agree("seizures", draw, mirror)


def test_interest():
    def draw(rng):
        return [wide(rng, 110), wide(rng, 40), wide(rng, 32)]

    agree("interest", draw, lambda row: isolated.interest_up(*row))


@given(
    assets=st.integers(0, 10**28),
    rate=st.integers(0, 3 * 10**11),
    gaps=st.lists(st.integers(0, 10**6), min_size=1, max_size=30),
)
def test_many_steps_never_give_less_than_one(assets, rate, gaps):
    owed = assets
    for gap in gaps:
        owed += isolated.interest_up(owed, rate, gap)
    at_once = assets + isolated.interest_up(assets, rate, sum(gaps))
    assert at_once <= owed
    x = rate * sum(gaps) / WAD
    assert owed - at_once <= len(gaps) * exp(x) + assets * x**4 / 24 * exp(x) * (1 + 1e-9)


def test_pre_liquidation():
    def draw(rng):
        first, ltv, last = sorted(rng.sample(range(WAD), 3))
        low, high = sorted((wide(rng, 62), wide(rng, 62)))
        return [ltv, first, last, low, high]

    def mirror(row):
        distance = isolated.distance_wad_down(*row[:3])
        return distance, isolated.interpolate_wad_down(*row[3:], distance)

    agree("preLiquidations", draw, mirror)


def test_exponential():
    def draw(rng):
        return rng.choice((-1, 1)) * min(wide(rng, 67), 100 * WAD)

    agree("exponentials", draw, adaptive_curve.exp_wad)


@pytest.mark.parametrize("x", [-40, -10, -1, -0.001, 0, 1e-6, 0.5, 1, 7.6, 50, 100])
def test_the_exponential_is_one(x):
    assert adaptive_curve.exp_wad(int(x * WAD)) / WAD == pytest.approx(exp(x), rel=1e-14, abs=1e-18)


def test_adaptive_curve():
    params = adaptive_curve.CurveParams()
    words = [getattr(params, name) for name in params.__slots__]

    def draw(rng):
        supplied = wide(rng, 100)
        rate = rng.choice((0, rng.randint(params.min_rate_wad, params.max_rate_wad)))
        return [supplied, rng.randint(0, supplied), rate, wide(rng, 32)]

    def mirror(row):
        supplied, borrowed, rate, elapsed = row
        used = adaptive_curve.utilisation_wad_down(supplied, borrowed)
        error = adaptive_curve.error_wad(params, used)
        mean, end = adaptive_curve.adapt(params, rate, error, elapsed)
        return used, error, mean, end, adaptive_curve.rate_wad(params, mean, error)

    agree("curves", draw, mirror, words)


def test_the_curve_is_morphos():
    """A quarter of the rate at no use, four times it at full use; e**(50 t) at full use, down to 0.1 % a year."""
    params = adaptive_curve.CurveParams()
    start = params.initial_rate_wad
    assert adaptive_curve.rate_wad(params, start, -WAD) == start // 4
    assert adaptive_curve.rate_wad(params, start, WAD) == 4 * start
    week = 7 * 86_400
    _, end = adaptive_curve.adapt(params, start, WAD, week)
    assert end / start == pytest.approx(exp(50 * week / SECONDS_PER_YEAR), rel=1e-9)
    assert adaptive_curve.adapt(params, start, -WAD, 2**40)[1] == params.min_rate_wad
    assert adaptive_curve.adapt(params, start, WAD, 2**40)[1] == params.max_rate_wad
