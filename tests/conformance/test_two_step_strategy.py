"""The two-step liquidation of Qin et al. (IMC 2021, arXiv 2106.06389, section 5.2) on chain.

Under a close factor a liquidator first repays r1 = (D - LT C) / (1 - LT (1 + s)), the most that leaves the
account unhealthy, then CF (D - r1), and earns s (r1 + r2) instead of s CF D.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.units import BPS, E8, UINT256_MAX, WAD
from tests.lending import BORROWER, LIQUIDATOR, LendingMarket, market_with_terms

USD = 10**6
SCALE = 1_000_000
"""The published example in millions of dollars, so that whole basis points and units round nothing away."""
COLLATERAL, DEBT = 100 * SCALE, 76 * SCALE
THRESHOLD, BONUS, CLOSE_FACTOR = Fraction("0.75"), Fraction("0.08"), Fraction("0.5")
FIRST_REPAYMENT = (DEBT - THRESHOLD * COLLATERAL) / (1 - THRESHOLD * (1 + BONUS))
TERMS = {
    "reserve close factor": ("ReserveCloseFactor", (int(CLOSE_FACTOR * BPS), 0)),
    "total debt close factor": ("TotalDebtCloseFactor", (int(CLOSE_FACTOR * BPS), 0, 0, 0)),
    "target health": ("TargetHealth", (105 * WAD // 100, 0)),
    "whole position": ("WholePosition",),
}


def _market(revm, deploy, terms: tuple, *rule: object) -> LendingMarket:
    """C = $100 M in collateral worth a dollar each, D = $76 M at LT 75 %, bonus 8 %."""
    name, *parameters = terms
    market = market_with_terms(revm, deploy, name, *rule, *parameters)
    market.add(
        "COLL",
        18,
        2 * E8,
        ltvBps=7_500,
        liquidationThresholdBps=int(THRESHOLD * BPS),
        liquidationBonusBps=int(BONUS * BPS),
        protocolFeeBps=0,
    )
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "COLL", COLLATERAL * 10**18)
    market.borrow(BORROWER, "USDC", DEBT * USD)
    market.set_price("COLL", E8)
    return market


def _profit(market: LendingMarket, *repayments: int) -> Fraction:
    """Liquidate in steps and return what the seized collateral is worth above what was repaid, in millions."""
    repaid = 0
    for amount in repayments:
        event, _ = market.liquidate("COLL", "USDC", amount=amount)
        repaid += event["repaidAssets"]
    gained = Fraction(market.balance("COLL", LIQUIDATOR), 10**18) - Fraction(repaid, USD)
    return gained / SCALE


def _both(
    revm, deploy, terms: tuple, *rule: object, first: Fraction = FIRST_REPAYMENT
) -> tuple[Fraction, Fraction]:
    """Return the profits of one step and of two, the first of which repays `first` dollars."""
    start = revm.snapshot()
    once = _profit(_market(revm, deploy, terms, *rule), UINT256_MAX)
    revm.revert(start)
    # One unit less than r1, so that the account stays unhealthy in integers too.
    twice = _profit(_market(revm, deploy, terms, *rule), int(first * USD) - 1, UINT256_MAX)
    return once, twice


@pytest.mark.parametrize("name", ["reserve close factor", "total debt close factor"])
def test_two_steps_earn_the_published_profit_under_a_close_factor(name, revm, deploy):
    once, twice = _both(revm, deploy, TERMS[name])
    assert round(FIRST_REPAYMENT / SCALE, 3) == Fraction("5.263")
    assert once == Fraction("3.04")
    exact = BONUS * (FIRST_REPAYMENT + CLOSE_FACTOR * (DEBT - FIRST_REPAYMENT)) / SCALE
    assert abs(twice - exact) < Fraction(1, 10**6)
    # Published as 3.2505, from r1 rounded to 5.263; exactly it is 3.25053 (+6.93 %).
    assert round(twice, 4) == Fraction("3.2505")
    assert round((twice / once - 1) * 100, 2) == Fraction("6.93")


@pytest.mark.parametrize("name", ["target health", "whole position"])
def test_two_steps_earn_nothing_more_without_a_close_factor(name, revm, deploy):
    """The repayment to a target does not depend on the path, nor does the whole debt."""
    once, twice = _both(revm, deploy, TERMS[name])
    assert abs(twice - once) < Fraction(1, 10**9)
    assert twice <= once + Fraction(1, 10**12)


def test_two_steps_earn_less_where_the_bonus_falls_with_health(revm, deploy):
    rule = deploy(revm, "BonusByHealth", 5_000, 95 * WAD // 100)
    # The bonus is below 8 %, so r1 would make the account healthy; half of it does not.
    once, twice = _both(revm, deploy, TERMS["target health"], rule, first=FIRST_REPAYMENT / 2)
    assert twice < once
