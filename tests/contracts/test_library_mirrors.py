"""Pure functions of the lending libraries equal their mirrors in sim.reference, on 10,000 random inputs each."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules
from random import Random

import pytest

from sim import reference, units
from sim.reference import lending, rates
from sim.reference.context import toxic_health_wad
from tests.batch import assert_equal_mirror, exposed, wide
from tests.conftest import ROOT

AMOUNT_BITS = 100
PRICE_BITS = 54
DECIMALS = [0, 2, 6, 8, 18]

NAMED_OTHERWISE = {
    "addCollateral": "sums over collateral are taken by the mirrors that need them",
    "addWeighted": "likewise",
    "amountInUp": "amount_in",
    "assetsDown": "units.amount_from_base_down",
    "byDiscountBpsDown": "sim.reference.bonus",
    "collateralValueDown": "part of max_debt_down",
    "fractionDown": "a division",
    "mulDivFloor": "a division of signed numbers",
    "targetBpsUp": "requirements.haircut_target_bps_up",
    "valueDown": "units.value_base_down",
    "valueUp": "units.value_base_up",
    "weightedDown": "requirements.tiered_weighted_down",
}


def amount(random: Random) -> int:
    return wide(random, AMOUNT_BITS)


def price(random: Random) -> int:
    return wide(random, PRICE_BITS) + 1


def ray(random: Random) -> int:
    return wide(random, 103) + 1


def bps(random: Random, most: int = units.BPS) -> int:
    return random.choice([0, most, random.randint(0, most)])


def valued(random: Random) -> tuple[int, int, int]:
    return amount(random), price(random), 10 ** random.choice(DECIMALS)


def decimals_of(unit: int) -> int:
    return len(str(unit)) - 1


def weighted(random: Random) -> tuple[int, int, int, int]:
    """AccountSums: one collateral with an LTV and a threshold, and a debt."""
    base, ltv, threshold = amount(random), bps(random), bps(random)
    return base, random.choice([0, amount(random)]), base * ltv, base * threshold


def health(base: int, debt: int, _ltv: int, threshold_weighted: int) -> int:
    return lending.health_factor_wad_down([(1, threshold_weighted)], debt)


def seizure(random: Random) -> tuple[int, ...]:
    unit = 10 ** random.choice(DECIMALS)
    other = 10 ** random.choice(DECIMALS)
    debt, held = amount(random), amount(random)
    prices = price(random), price(random)
    if random.random() < 0.5:  # close to the bound that the collateral sets
        held = debt * prices[0] * other // (prices[1] * unit) * random.randint(9_000, 13_000) // units.BPS
    return (
        debt,
        held,
        prices[0],
        unit,
        prices[1],
        other,
        bps(random, 10_000),
        bps(random),
        random.randint(0, 1),
    )


def seized(*words: int) -> tuple[int, int, int]:
    done = lending.seize(lending.SeizureInput(*words[:-1], bool(words[-1])))
    return done.repaid_assets, done.seized_assets, done.protocol_fee_assets


def kinked(random: Random) -> tuple[int, ...]:
    slopes = sorted((bps(random, 30_000), bps(random, 30_000)))
    return random.randint(1, 9_999), bps(random, 30_000), *slopes, amount(random), amount(random)


def curve(random: Random) -> tuple[int, ...]:
    return bps(random), *(wide(random, 32) for _ in range(3)), random.choice([wide(random, 120), ray(random)])


RAY_ARITHMETIC = {
    "rayMulDown": units.ray_mul_down,
    "rayMulUp": units.ray_mul_up,
    "rayDivDown": units.ray_div_down,
    "rayDivUp": units.ray_div_up,
}
BPS_ARITHMETIC = {
    "bpsMulDown": units.bps_mul_down,
    "bpsMulUp": units.bps_mul_up,
    "bpsMulHalfUp": units.bps_mul_half_up,
    "bpsDivHalfUp": units.bps_div_half_up,
    "bpsDivUp": units.bps_div_up,
}
FORMULAS = {
    **{name: (lambda r: (amount(r), ray(r)), mirror) for name, mirror in RAY_ARITHMETIC.items()},
    **{name: (lambda r: (amount(r), r.randint(1, 30_000)), mirror) for name, mirror in BPS_ARITHMETIC.items()},
    "valueDown": (valued, lambda x, p, unit: units.value_base_down(x, decimals_of(unit), p)),
    "valueUp": (valued, lambda x, p, unit: units.value_base_up(x, decimals_of(unit), p)),
    "assetsDown": (valued, lambda x, p, unit: units.amount_from_base_down(x, decimals_of(unit), p)),
    "healthFactorWadDown": (weighted, health),
    "maxDebtBaseDown": (weighted, lambda base, debt, ltv, lt: lending.max_debt_base_down([(1, ltv)])),
    "averageBpsDown": (
        lambda r: (amount(r), r.choice([0, amount(r)])),
        lambda sums, base: lending.average_bps_down([(base, sums // base)] if base else []),
    ),
    "toxicHealthWad": (lambda r: (bps(r), bps(r, 30_000)), toxic_health_wad),
    "seize": (seizure, seized),
    "borrowRateRayUp": (kinked, lambda *w: rates.borrow_rate_ray_up(rates.RateParams(*w[:4]), *w[4:])),
    "supplyRateRayDown": (
        lambda r: (ray(r), amount(r), amount(r), r.choice([0, amount(r)]), bps(r)),
        rates.supply_rate_ray_down,
    ),
    "utilisationRayDown": (lambda r: (wide(r, 128), wide(r, 128)), rates.utilisation_ray_down),
    "utilisationRayUp": (lambda r: (wide(r, 128), wide(r, 128)), rates.utilisation_ray_up),
    "rateRayDown": (curve, lambda *w: rates.rate_ray_down(rates.KinkedCurve(*w[:4]), w[4])),
    "rateRayUp": (curve, lambda *w: rates.rate_ray_up(rates.KinkedCurve(*w[:4]), w[4])),
    "linearFactorRayDown": (lambda r: (wide(r, 94), wide(r, 34)), rates.linear_factor_ray_down),
    "compoundFactorRayUp": (lambda r: (wide(r, 94), wide(r, 34)), rates.compound_factor_ray_up),
}
"""How inputs of a function are drawn, and its mirror, both in words."""


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedLendingMath"), function, *FORMULAS[function])


def test_health_of_several_collaterals_is_that_of_their_sum():
    collaterals = [(10**10, 8_000), (3 * 10**9, 9_000), (7, 0)]
    weighted_sum = sum(base * threshold for base, threshold in collaterals)
    assert lending.health_factor_wad_down(collaterals, 10**10) == health(0, 10**10, 0, weighted_sum)
    assert lending.average_bps_down(collaterals) == weighted_sum // sum(base for base, _ in collaterals)
    assert lending.max_debt_base_down(collaterals) == weighted_sum // units.BPS


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_every_formula_of_the_libraries_has_a_mirror():
    modules = [import_module(f"sim.reference.{module.name}") for module in iter_modules(reference.__path__)]
    mirrors = set(dir(units)).union(*map(dir, modules))
    found = set()
    for path in (ROOT / "contracts" / "libraries").glob("*.sol"):
        declared = re.findall(r"function (\w+)\([^)]*\)\s+internal pure", path.read_text())
        found.update(declared)
        missing = {name for name in declared if snake(name) not in mirrors and name not in NAMED_OTHERWISE}
        assert not missing, f"{path.name}: {sorted(missing)} in no module of sim.reference"
    assert len(found) > 50


def test_kink_is_where_aave_has_it():
    """Aave V3: base at no use, base + slope 1 at the optimum, all three at full use."""
    params = rates.RateParams(9_000, 100, 270, 8_000)
    assert rates.borrow_rate_ray_up(params, 100, 0) == units.ray_from_bps(100)
    assert rates.borrow_rate_ray_up(params, 10, 90) == units.ray_from_bps(370)
    assert rates.borrow_rate_ray_up(params, 0, 90) == units.ray_from_bps(8_370)
