"""Liquidation terms and bonus rules: equal to their mirrors on 10,000 random inputs each, and their bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS, DeployReverted
from sim.chain.revm import RevmChain
from sim.reference import bonus, terms
from sim.reference.context import LiquidationContext
from sim.units import BPS, E8, UINT256_MAX, WAD, mul_div_up
from tests.deployed import Deployed
from tests.lending import AAVE_TERMS

INPUTS = 10_000
PER_CALL = 500
POOL, USER = ACCOUNTS.address(1), ACCOUNTS.address(2)
NEAR_ONE_WAD = 95 * WAD // 100
HEALTHS_WAD = [0, 1, NEAR_ONE_WAD - 1, NEAR_ONE_WAD, NEAR_ONE_WAD + 1, 871_500_000_000_000_000, WAD - 1]
V4_WAD = 105 * WAD // 100


def random_context(random: Random) -> LiquidationContext:
    """Draw an account from dust to a whale, at healths around every limit."""
    price, unit = random.randint(1, 10 ** random.randint(1, 14)), 10 ** random.choice([2, 6, 8, 18])
    debt = random.randint(1, unit * 10 ** random.randint(1, 8))
    if random.random() < 0.5:  # around the limits of dust
        debt = random.randint(500, 8_000) * E8 * unit // price + 1
    debt_base = mul_div_up(debt, price, unit)
    total = debt_base + random.choice([0, random.randint(0, 2 * debt_base)])
    health = random.choice(
        [random.choice(HEALTHS_WAD), random.randint(0, WAD - 1), WAD - random.randint(1, WAD // 5)]
    )
    threshold = random.randint(1, BPS)
    collateral = health * total * BPS // (WAD * threshold)
    reserve_collateral = random.choice([collateral, random.randint(0, collateral)])
    bonus_bps = random.choice([0, 500, random.randint(0, 2_000), random.randint(0, 30_000)])
    if random.random() < 0.1:  # on the toxic frontier
        health = min(terms.toxic_health_wad(threshold, bonus_bps), WAD - 1)
    return LiquidationContext(
        health, collateral, total, reserve_collateral, debt_base, debt, unit, price, threshold, bonus_bps
    )


def words(context: LiquidationContext) -> tuple:
    """Return the Solidity struct."""
    return (POOL, USER, ZERO_ADDRESS, ZERO_ADDRESS, *(getattr(context, name) for name in context.__slots__))


@pytest.fixture(scope="module")
def site(artifacts) -> Callable[..., Deployed]:
    """Deploy contracts by name on one chain of this module."""
    chain = RevmChain()

    def deploy(name: str, *args: object) -> Deployed:
        args = [one.address if isinstance(one, Deployed) else one for one in args]
        init_code = artifacts[name].encode_constructor(*args)
        return Deployed(chain, artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))

    return deploy


def in_calls(exposed: Deployed, function: str, first: Sequence[object], rows: Sequence[object]) -> list:
    """Ask for many rows, `PER_CALL` at a time."""
    results = []
    for at in range(0, len(rows), PER_CALL):
        results += exposed.read(function, *first, rows[at : at + PER_CALL])
    return results


BONUS_RULES = {
    "ConfiguredBonus": ((), bonus.ConfiguredBonus()),
    "BonusByHealth": ((5_000, NEAR_ONE_WAD), bonus.BonusByHealth(5_000, NEAR_ONE_WAD)),
    "DiscountByHealth": ((1_500,), bonus.DiscountByHealth(1_500)),
}


@pytest.mark.parametrize("margin_bps", [None, 10])
@pytest.mark.parametrize("name", BONUS_RULES)
def test_bonus_rules_equal_their_mirrors(site, name, margin_bps):
    """Each rule, bare and under the guard; with a margin the guard leaves no repayment that lowers health."""
    random = Random(f"{name} {margin_bps}")
    contexts = [random_context(random) for _ in range(INPUTS)]
    arguments, mirror = BONUS_RULES[name]
    rule = site(name, *arguments)
    if margin_bps is not None:
        rule, mirror = site("ToxicityGuard", rule, margin_bps), bonus.ToxicityGuard(mirror, margin_bps)
    found = in_calls(site("ExposedTerms"), "bonuses", [rule], [words(one) for one in contexts])
    assert found == [mirror.bonus_bps(one) for one in contexts]
    for context, bonus_bps in zip(contexts[:100], found, strict=False):
        assert bonus_bps <= rule.read("boundBps", context.configured_bonus_bps)
    if margin_bps:
        paid = [(context, bonus_bps) for context, bonus_bps in zip(contexts, found, strict=True) if bonus_bps]
        assert all(
            context.health_factor_wad > terms.toxic_health_wad(context.liquidation_threshold_bps, bonus_bps)
            for context, bonus_bps in paid
        )


AMOUNT_RULES = {
    "TotalDebtCloseFactor": (AAVE_TERMS, terms.TotalDebtCloseFactor()),
    "ReserveCloseFactor": ((5_000, NEAR_ONE_WAD), terms.ReserveCloseFactor()),
    "TargetHealth": ((V4_WAD, 1_000 * E8), terms.TargetHealth()),
    "WholePosition": (None, terms.WholePosition()),
}


@pytest.mark.parametrize("name", AMOUNT_RULES)
def test_terms_equal_their_mirrors(site, name):
    random = Random(name)
    contexts = [random_context(random) for _ in range(INPUTS)]
    parameters, mirror = AMOUNT_RULES[name]
    fee_on_seized = random.choice([True, False])
    deployed = site(name, site("ConfiguredBonus"), fee_on_seized, *([parameters] if parameters else []))
    found = in_calls(site("ExposedTerms"), "offers", [deployed], [words(one) for one in contexts])
    expected = [
        (mirror.max_debt_assets(one, one.configured_bonus_bps), one.configured_bonus_bps, fee_on_seized)
        for one in contexts
    ]
    assert [tuple(offer) for offer in found] == expected
    kinds = {most == one.reserve_debt_assets for (most, _, _), one in zip(expected, contexts, strict=True)}
    assert kinds == ({True} if name == "WholePosition" else {True, False})


def test_target_repayment_equals_its_mirror(site):
    random = Random("target repayment")
    rows = [
        (
            random.randint(0, 10 ** random.randint(1, 30)),
            random.choice([random.choice(HEALTHS_WAD), random.randint(0, 2 * WAD)]),
            random.randint(WAD, 2 * WAD),
            random.randint(1, BPS),
            random.randint(0, 5_000),
        )
        for _ in range(INPUTS)
    ]
    found = in_calls(site("ExposedTerms"), "targetRepaymentBaseUp", [], rows)
    assert found == [terms.target_repayment_base_up(*row) for row in rows]
    assert {0, UINT256_MAX} < set(found)


FORMULAS = [
    (
        bonus.by_health_bps_down,
        lambda r: (r.randint(0, BPS), r.randint(0, BPS), r.randint(0, WAD - 1), r.randint(0, 11 * WAD // 10)),
    ),
    (bonus.by_discount_bps_down, lambda r: (r.randint(0, BPS - 1), r.randint(0, 11 * WAD // 10))),
    (
        bonus.by_volatility_bps_down,
        lambda r: (r.randint(0, BPS), r.randint(0, BPS), r.randint(0, 30_000), r.randint(0, BPS)),
    ),
    (
        bonus.fermented_bps_down,
        lambda r: (r.randint(0, BPS), r.randint(0, 10**6), r.randint(0, 86_400), r.randint(0, BPS)),
    ),
    (
        bonus.guarded_bps_down,
        lambda r: (r.randint(0, 3_000), r.randint(1, BPS), r.randint(0, WAD), r.randint(0, 100)),
    ),
]


@pytest.mark.parametrize("position", range(len(FORMULAS)), ids=lambda position: FORMULAS[position][0].__name__)
def test_bonus_formulas_equal_their_mirrors(site, position):
    mirror, draw = FORMULAS[position]
    random = Random(mirror.__name__)
    rows = [draw(random) for _ in range(INPUTS)]
    padded = [(*row, *(0,) * (4 - len(row))) for row in rows]
    assert in_calls(site("ExposedTerms"), "bonusFormula", [position], padded) == [mirror(*row) for row in rows]


@given(left=st.tuples(*[st.one_of(st.just(0), st.integers(0, 2 * 10**11))] * 4))
@pytest.mark.parametrize(
    ("name", "parameters"), [("TotalDebtCloseFactor", AAVE_TERMS), ("TargetHealth", (V4_WAD, 1_000 * E8))]
)
def test_dust(site, name, parameters, left):
    context = words(LiquidationContext(*(0,) * 10))
    deployed = site(name, site("ConfiguredBonus"), False, parameters)
    if AMOUNT_RULES[name][1].leaves_dust(*left):
        expected = f"MustNotLeaveDust({left[1]}, {left[3]}, {1_000 * E8})"
        assert deployed.read_error("checkRemainder", context, left) == expected
    else:
        deployed.read("checkRemainder", context, left)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ReserveCloseFactor", (ZERO_ADDRESS, False, (0, 0))),
        ("ReserveCloseFactor", (ZERO_ADDRESS, False, (10_001, 0))),
        ("TargetHealth", (ZERO_ADDRESS, False, (WAD - 1, 0))),
        ("BonusByHealth", (10_001, 0)),
        ("BonusByHealth", (0, WAD)),
        ("DiscountByHealth", (10_000,)),
        ("VolatilityBonus", (ZERO_ADDRESS, 0, 10_001)),
        ("FermentedBonus", ((10_001, 0, 1),)),
        ("FermentedBonus", ((0, 36_000_001, 1),)),
        ("FermentedBonus", ((0, 0, 0),)),
    ],
)
def test_parameters_out_of_range_are_refused(site, artifacts, name, arguments):
    with pytest.raises(DeployReverted) as refused:
        site(name, *arguments)
    assert "OutOfRange(" in artifacts.decoder.decode_error(refused.value.data)
