"""Toxic liquidation spirals on chain (Warmuz et al., arXiv 2212.07306).

A full spiral at constant price leaves bad debt D - C/(1+i), whatever the close factor; only the number of
liquidations differs. As a share of debt that is 1 - 1/(LTV·(1+i)). The frontier of i = 4.5 % is LTV .9569.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.units import E8, UINT256_MAX, WAD
from tests.lending import BORROWER, LIQUIDATOR, LendingMarket, market_with_terms

BONUS_BPS = 450
COLLATERAL = 1_000 * 10**18
PRICE_AT_BORROW_E8 = 2_000 * E8
DEBT = 1_300_000 * 10**6
SMALL_BASE = 100 * E8
"""Below this the rest may be closed at once, so that a spiral without bad debt ends too."""


def _unhealthy_market(
    revm, deploy, ltv: Fraction, close_factor_bps: int, margin_bps: int | None = None
) -> LendingMarket:
    """Return a market whose borrower has DEBT at `ltv`; every repayment is bounded by the close factor.

    With `margin_bps` the bonus is guarded.
    """
    rule = deploy(revm, "ConfiguredBonus")
    if margin_bps is not None:
        rule = deploy(revm, "ToxicityGuard", rule, margin_bps)
    parameters = (close_factor_bps, 0, SMALL_BASE, 0)
    market = market_with_terms(revm, deploy, "TotalDebtCloseFactor", rule, parameters)
    market.add("WETH", 18, PRICE_AT_BORROW_E8, liquidationBonusBps=BONUS_BPS)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", COLLATERAL)
    market.borrow(BORROWER, "USDC", DEBT)
    market.set_price("WETH", round(Fraction(DEBT * E8, 10**6) / ltv / 1_000))
    return market


def _spiral(market: LendingMarket) -> int:
    """Liquidate as much as allowed until the account is healthy or has no debt; return how often."""
    market.fund(LIQUIDATOR, "USDC", DEBT)
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, UINT256_MAX, False)
    steps = 0
    while market.health(BORROWER) < WAD:
        market.pool.send(LIQUIDATOR, "liquidate", *arguments)
        steps += 1
    return steps


@pytest.mark.parametrize("close_factor_bps", [2_500, 5_000, 10_000])
@pytest.mark.parametrize(
    ("ltv", "published_percent"),
    [("0.97", "1.35"), ("0.985", "2.85"), ("1.10", "13.0"), ("0.9569", "0")],
)
def test_bad_debt_of_a_full_spiral(ltv, published_percent, close_factor_bps, revm, deploy):
    market = _unhealthy_market(revm, deploy, Fraction(ltv), close_factor_bps)
    price_e8 = market.state("WETH").priceBase
    worth = Fraction(COLLATERAL * price_e8 * 10**6, 10**18 * E8) / (1 + Fraction(BONUS_BPS, 10_000))
    steps = _spiral(market)
    deficit = market.state("USDC").deficit
    # A liquidation rounds the repayment by less than one unit of debt.
    assert abs(deficit - max(DEBT - worth, 0)) <= steps
    share_percent = Fraction(100 * deficit, DEBT)
    digits = len(published_percent.partition(".")[2])
    assert round(share_percent, digits) == Fraction(published_percent)


def test_close_factor_changes_the_steps_and_not_the_loss(revm, deploy):
    outcomes = []
    for close_factor_bps in (2_500, 5_000, 10_000):
        market = _unhealthy_market(revm, deploy, Fraction("0.985"), close_factor_bps)
        outcomes.append((_spiral(market), market.state("USDC").deficit))
    steps, deficits = zip(*outcomes, strict=True)
    assert steps[0] > steps[1] > steps[2] == 1
    assert max(deficits) - min(deficits) <= steps[0]


@pytest.mark.parametrize(("ltv", "rises"), [("0.9569", False), ("0.9570", True)])
def test_frontier_separates_falling_from_rising_ltv(ltv, rises, revm, deploy):
    """1/(1+i) = .95694: one partial liquidation raises LTV above it and not below."""
    market = _unhealthy_market(revm, deploy, Fraction(ltv), 5_000)
    before = market.pool.read("accountData", BORROWER)
    market.liquidate("WETH", "USDC")
    after = market.pool.read("accountData", BORROWER)
    ltv_before = Fraction(before.debtBase, before.collateralBase)
    assert (Fraction(after.debtBase, after.collateralBase) > ltv_before) is rises


@pytest.mark.parametrize("close_factor_bps", [2_500, 10_000])
@pytest.mark.parametrize(("ltv", "percent_left"), [("0.97", "0"), ("0.985", "0"), ("1.10", "9.09")])
def test_the_guard_leaves_only_what_was_lost_before(ltv, percent_left, close_factor_bps, revm, deploy):
    """No bad debt while C >= D, and D - C beyond: what halting at the frontier leaves, with the debt repaid."""
    market = _unhealthy_market(revm, deploy, Fraction(ltv), close_factor_bps, margin_bps=1)
    worth = Fraction(COLLATERAL * market.state("WETH").priceBase * 10**6, 10**18 * E8)
    steps = _spiral(market)
    deficit = market.state("USDC").deficit
    assert abs(deficit - max(DEBT - worth, 0)) <= steps
    digits = len(percent_left.partition(".")[2])
    assert round(Fraction(100 * deficit, DEBT), digits) == Fraction(percent_left)


@pytest.mark.parametrize("ltv", ["0.9570", "0.97", "0.985", "0.9998"])
def test_under_the_guard_no_repayment_raises_ltv(ltv, revm, deploy):
    """1/(1+i) < LTV < 1: with the reserve's bonus each of these is toxic."""
    market = _unhealthy_market(revm, deploy, Fraction(ltv), 5_000, margin_bps=1)
    before = market.pool.read("accountData", BORROWER)
    market.liquidate("WETH", "USDC")
    after = market.pool.read("accountData", BORROWER)
    assert after.debtBase * before.collateralBase < before.debtBase * after.collateralBase
    assert after.healthFactorWad > before.healthFactorWad
