"""The rule LT (1 + bonus) <= 1: beyond it a liquidation at health 1 lowers health, and a market is refused.

HF' - HF = r (HF - LT (1 + b)) / (D - r): a repayment raises health iff HF > LT (1 + b). The rule is checked by the
pool when a reserve is configured and by the scenario when it is loaded, unless either says that it wants that. For
a bonus that moves, the most that it can pay counts.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.errors import BadInput
from sim.scenario.lending.bonus import DiscountByHealth
from sim.scenario.lending.pool import PoolMarket, Reserve
from sim.scenario.lending.requirements import Category, CorrelatedModes
from sim.scenario.lending.terms import WholePosition
from sim.scenario.loading import load_scenario
from sim.units import BPS, E8, UINT256_MAX, WAD
from tests.lending import BORROWER, LENDER, OWNER, market_with_terms

USD = 10**6
TOXIC = [(8_300, 2_049), (8_000, 2_501), (9_500, 527)]
"""Threshold and the lowest bonus that breaks the rule."""


@pytest.mark.parametrize(("threshold_bps", "bonus_bps"), TOXIC)
def test_the_pool_refuses_a_toxic_reserve_unless_told(threshold_bps, bonus_bps, revm, deploy):
    market = market_with_terms(revm, deploy, "WholePosition")
    limits = {"ltvBps": 0, "liquidationThresholdBps": threshold_bps}
    asset = market.add("WETH", 18, 2_000 * E8, liquidationBonusBps=bonus_bps - 1, **limits)
    config = asset.config | {"liquidationBonusBps": bonus_bps}
    product = threshold_bps * (BPS + bonus_bps)
    error = market.pool.send_error(OWNER, "setReserveConfig", asset.token, config, False)
    assert error == f"ToxicConfig({product}, {BPS**2})"
    market.pool.send(OWNER, "setReserveConfig", asset.token, config, True)


def test_the_most_that_a_moving_bonus_pays_counts(revm, deploy):
    """A discount of up to 25 % is a bonus of up to 33.3 %, whatever the reserve has configured."""
    rule = deploy(revm, "DiscountByHealth", 2_500)
    market = market_with_terms(revm, deploy, "WholePosition", rule)
    asset = market.add("WETH", 18, 2_000 * E8, ltvBps=0, liquidationThresholdBps=7_500, liquidationBonusBps=0)
    config = asset.config | {"liquidationThresholdBps": 7_501}
    error = market.pool.send_error(OWNER, "setReserveConfig", asset.token, config, False)
    assert error == f"ToxicConfig({7_501 * 13_333}, {BPS**2})"


def test_it_counts_for_a_category_of_correlated_assets_too(revm, deploy):
    """LT 95 % at 1 % is Aave V3's mode for staked ether; a discount of 15 % pays up to 17.6 % there too."""
    for rule, error in ((), None), ((deploy(revm, "DiscountByHealth", 1_500),), 9_500 * (BPS + 1_764)):
        market = market_with_terms(revm, deploy, "WholePosition", *rule)
        asset = market.add("LST", 18, 2_000 * E8, ltvBps=0)
        modes = deploy(revm, "CorrelatedModes", OWNER, market.pool, ZERO_ADDRESS)
        call = ("setCategory", 1, (9_300, 9_500, 100), [asset.token])
        if error is not None:
            assert modes.send_error(OWNER, *call, False) == f"ToxicCategory({error}, {BPS**2})"
        modes.send(OWNER, *call, error is not None)


@pytest.mark.parametrize(("threshold_bps", "bonus_bps"), TOXIC)
def test_the_scenario_refuses_it_too_unless_told(threshold_bps, bonus_bps):
    reserve = "lending.main.reserves.WETH"
    changes = [f"{reserve}.liquidation_threshold_bps={threshold_bps}", f"{reserve}.ltv_bps=0"]
    load_scenario("flash-crash", [*changes, f"{reserve}.liquidation_bonus_bps={bonus_bps - 1}"])
    changes.append(f"{reserve}.liquidation_bonus_bps={bonus_bps}")
    with pytest.raises(BadInput, match=r"reserves\.WETH: .* at most 1 unless the market's allow_toxic is set"):
        load_scenario("flash-crash", changes)
    load_scenario("flash-crash", [*changes, "lending.main.allow_toxic=true"])


def test_the_scenario_counts_the_most_that_a_moving_bonus_pays():
    terms = "lending.main.terms"
    changes = [f"{terms}.kind=whole_position", f"{terms}.bonus.kind=discount_by_health"]
    load_scenario("flash-crash", [*changes, f"{terms}.bonus.max_discount_bps=2200"])
    with pytest.raises(BadInput, match="a bonus of up to 3333 bps"):
        load_scenario("flash-crash", [*changes, f"{terms}.bonus.max_discount_bps=2500"])


def test_the_scenario_counts_it_for_a_category_too():
    lst = Category(liquidation_bonus_bps=100, assets=("WETH",))
    modes = CorrelatedModes(kind="correlated_modes", categories={"lst": lst})
    weth = Reserve(liquidation_threshold_bps=7_500, ltv_bps=0)
    fields = {"reserves": {"WETH": weth}, "requirements": (modes,)}
    assert list(PoolMarket(**fields).problems("lending.main")) == []
    fields["terms"] = WholePosition(kind="whole_position", bonus=DiscountByHealth(kind="discount_by_health"))
    (problem,) = PoolMarket(**fields).problems("lending.main")
    assert problem.startswith("lending.main.requirements.0.categories.lst: ")
    assert "a bonus of up to 1764 bps" in problem
    assert list(PoolMarket(**fields, allow_toxic=True).problems("lending.main")) == []


@pytest.mark.parametrize(
    ("health", "improves"), [("0.9998", True), ("0.8400", True), ("0.8399", False), ("0.7", False)]
)
def test_health_rises_iff_it_is_above_threshold_times_one_plus_bonus(health, improves, revm, deploy):
    """LT 80 %, bonus 5 %: the sign flips at .84, by the formula and to its size."""
    market = market_with_terms(revm, deploy, "WholePosition")
    debt = 1_000_000 * USD
    market.add("WETH", 18, 2_000 * E8, liquidationBonusBps=500, protocolFeeBps=0)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 1_000 * 10**18)
    market.borrow(BORROWER, "USDC", debt)
    market.set_price("WETH", int(Fraction(health) * 1_000_000 * E8 / Fraction("0.8") / 1_000) + 1)
    before = Fraction(market.health(BORROWER), WAD)
    repaid = 100_000 * USD
    market.liquidate("WETH", "USDC", amount=repaid)
    change = Fraction(market.health(BORROWER), WAD) - before
    assert (change > 0) is improves
    assert abs(change - repaid * (before - Fraction("0.84")) / (debt - repaid)) < Fraction(1, 10**12)


def test_at_equality_a_liquidation_at_health_one_changes_nothing(revm, deploy):
    market = market_with_terms(revm, deploy, "WholePosition")
    market.add("WETH", 18, 2_000 * E8, liquidationBonusBps=2_500, protocolFeeBps=0)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 1_000 * 10**18)
    market.supply(LENDER, "USDC", 2_000_000 * USD)
    market.borrow(BORROWER, "USDC", 1_500_000 * USD)
    market.set_price("WETH", 1_875 * E8 - 1)
    before = market.health(BORROWER)
    market.liquidate("WETH", "USDC", amount=500_000 * USD)
    assert abs(market.health(BORROWER) - before) < 10**12
    market.liquidate("WETH", "USDC", amount=UINT256_MAX)
    assert market.debt("USDC", BORROWER) == 0
