"""Every pure function of the lending libraries equals its mirror in sim.reference, on random inputs."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import units
from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.reference import lending, rates
from tests.deployed import Deployed

AMOUNTS = st.integers(0, 10**30)
PRICES = st.integers(1, 10**16)
DECIMALS = st.sampled_from([6, 8, 18])
UNITS = DECIMALS.map(lambda decimals: 10**decimals)
BPS = st.integers(0, units.BPS)
RAYS = st.integers(1, 10**31)


@cache
def _deployed(name: str, *args: object) -> Deployed:
    artifacts, chain = load_artifacts(), RevmChain()
    init_code = artifacts[name].encode_constructor(*args)
    return Deployed(chain, artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))


def on_chain(function: str, *args: object) -> object:
    return _deployed("ExposedLendingMath").read(function, *args)


@pytest.mark.parametrize(
    ("solidity", "mirror"),
    [
        ("rayMulDown", units.ray_mul_down),
        ("rayMulUp", units.ray_mul_up),
        ("rayDivDown", units.ray_div_down),
        ("rayDivUp", units.ray_div_up),
    ],
)
@given(x=AMOUNTS, y=RAYS)
def test_ray_arithmetic(solidity, mirror, x, y):
    assert on_chain(solidity, x, y) == mirror(x, y)


@pytest.mark.parametrize(
    ("solidity", "mirror"),
    [
        ("bpsMulDown", units.bps_mul_down),
        ("bpsMulUp", units.bps_mul_up),
        ("bpsMulHalfUp", units.bps_mul_half_up),
        ("bpsDivHalfUp", units.bps_div_half_up),
        ("bpsDivUp", units.bps_div_up),
    ],
)
@given(x=AMOUNTS, bps=st.integers(1, 30_000))
def test_bps_arithmetic(solidity, mirror, x, bps):
    assert on_chain(solidity, x, bps) == mirror(x, bps)


@pytest.mark.parametrize(
    ("solidity", "mirror"),
    [
        ("valueDown", units.value_base_down),
        ("valueUp", units.value_base_up),
        ("assetsDown", units.amount_from_base_down),
    ],
)
@given(amount=AMOUNTS, price=PRICES, decimals=DECIMALS)
def test_values(solidity, mirror, amount, price, decimals):
    assert on_chain(solidity, amount, price, 10**decimals) == mirror(amount, decimals, price)


@given(collaterals=st.lists(st.tuples(AMOUNTS, BPS), max_size=4), debt=AMOUNTS)
def test_health_factor(collaterals, debt):
    sums = (sum(base for base, _ in collaterals), debt, 0, sum(base * bps for base, bps in collaterals))
    expected = lending.health_factor_wad_down(collaterals, debt)
    assert on_chain("healthFactorWadDown", sums) == expected


@given(
    st.builds(
        lending.SeizureInput,
        debt_assets=AMOUNTS,
        collateral_balance=AMOUNTS,
        debt_price_base=PRICES,
        debt_unit=UNITS,
        collateral_price_base=PRICES,
        collateral_unit=UNITS,
        bonus_bps=st.integers(0, 10_000),
        protocol_fee_bps=BPS,
        fee_on_seized=st.booleans(),
    )
)
def test_seizure(given_input):
    expected = lending.seize(given_input)
    words = [getattr(given_input, name) for name in given_input.__slots__]
    result = on_chain("seize", words)
    assert tuple(result) == (
        expected.repaid_assets,
        expected.seized_assets,
        expected.protocol_fee_assets,
    )


@given(
    params=st.builds(rates.RateParams, st.integers(1, 9_999), *[st.integers(0, 30_000)] * 3),
    cash=AMOUNTS,
    debt=AMOUNTS,
    deficit=AMOUNTS,
    factor=BPS,
)
def test_kinked_rates(params, cash, debt, deficit, factor):
    words = [getattr(params, name) for name in params.__slots__]
    borrow = rates.borrow_rate_ray_up(params, cash, debt)
    assert on_chain("borrowRateRayUp", words, cash, debt) == borrow
    supply = rates.supply_rate_ray_down(borrow, cash, debt, deficit, factor)
    assert on_chain("supplyRateRayDown", borrow, cash, debt, deficit, factor) == supply


@given(rate=st.integers(0, 10 * units.RAY), elapsed=st.integers(0, 10 * units.SECONDS_PER_YEAR))
def test_growth_factors(rate, elapsed):
    assert on_chain("linearFactorRayDown", rate, elapsed) == rates.linear_factor_ray_down(rate, elapsed)
    assert on_chain("compoundFactorRayUp", rate, elapsed) == rates.compound_factor_ray_up(rate, elapsed)


def test_kink_is_where_aave_has_it():
    """Aave V3: base at no use, base + slope 1 at the optimum, all three at full use."""
    params = rates.RateParams(9_000, 100, 270, 8_000)
    assert rates.borrow_rate_ray_up(params, 100, 0) == units.ray_from_bps(100)
    assert rates.borrow_rate_ray_up(params, 10, 90) == units.ray_from_bps(370)
    assert rates.borrow_rate_ray_up(params, 0, 90) == units.ray_from_bps(8_370)
