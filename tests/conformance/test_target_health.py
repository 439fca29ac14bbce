"""TargetHealth on chain: the repayment of Aave v4 and the health factor it leaves."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.units import E8, UINT256_MAX, WAD
from tests.lending import BORROWER, LIQUIDATOR, LendingMarket, market_with_terms

USD = 10**6
TARGET_WAD = 105 * WAD // 100
DUST_BASE = 1_000 * E8


def _market(revm, deploy, debt: int, health: Fraction, target_wad: int = TARGET_WAD) -> LendingMarket:
    """A borrower at `health` with `debt` units of USDC against WETH: LT 83 %, bonus 5 %."""
    market = market_with_terms(revm, deploy, "TargetHealth", (target_wad, DUST_BASE))
    market.add("WETH", 18, 2_000 * E8, ltvBps=8_000, liquidationThresholdBps=8_300, liquidationBonusBps=500)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", debt * 10**12 // 1_000)
    market.borrow(BORROWER, "USDC", debt)
    market.set_price("WETH", int(health * 1_000 * E8 / Fraction("0.83")))
    return market


def test_published_example_repays_44_8_percent(revm, deploy):
    """HF .97 -> 1.05 at CF .83 and b 5 %: (1.05 - .97) / (1.05 - .8715) of the debt."""
    debt = 10_000_000 * USD
    market = _market(revm, deploy, debt, Fraction("0.97"))
    event, _ = market.liquidate("WETH", "USDC")
    assert round(Fraction(100 * event["repaidAssets"], debt), 1) == Fraction("44.8")
    assert abs(event["healthAfterWad"] - TARGET_WAD) < 10**11
    assert event["healthAfterWad"] < TARGET_WAD + 10**11


@pytest.mark.parametrize("health", ["0.9999", "0.99", "0.95", "0.9", "0.88"])
def test_every_repayment_of_the_allowed_size_ends_at_the_target(health, revm, deploy):
    market = _market(revm, deploy, 10_000_000 * USD, Fraction(health))
    event, _ = market.liquidate("WETH", "USDC")
    assert abs(market.health(BORROWER) - TARGET_WAD) < 10**11


def test_below_the_frontier_everything_may_be_repaid(revm, deploy):
    """HF = .80 < LT (1 + b) = .8715: the formula asks for more than the debt."""
    market = _market(revm, deploy, 10_000_000 * USD, Fraction("0.80"))
    event, _ = market.liquidate("WETH", "USDC")
    assert market.supplied("WETH", BORROWER) == 0
    assert event["repaidAssets"] < 10_000_000 * USD


@pytest.mark.parametrize(("debt_usd", "full"), [(1_300, True), (1_900, False)])
def test_dust_bypasses_the_target_upwards(debt_usd, full, revm, deploy):
    """44.8 % of the debt is the target: of $1,300 that would leave less than $1,000, of $1,900 more."""
    market = _market(revm, deploy, debt_usd * USD, Fraction("0.97"))
    event, _ = market.liquidate("WETH", "USDC")
    assert (event["repaidAssets"] == debt_usd * USD) is full
    assert (market.debt("USDC", BORROWER) == 0) is full


def test_a_liquidator_may_not_leave_dust_by_choosing_less(revm, deploy):
    market = _market(revm, deploy, 1_300 * USD, Fraction("0.97"))
    market.fund(LIQUIDATOR, "USDC", 1_300 * USD)
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER)
    error = market.pool.send_error(LIQUIDATOR, "liquidate", *arguments, 400 * USD, False)
    assert error.startswith("MustNotLeaveDust(")
    market.pool.send(LIQUIDATOR, "liquidate", *arguments, UINT256_MAX, False)
