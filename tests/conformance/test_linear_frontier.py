"""The toxic frontier where what is seized is sold into an order book of linear impact (arXiv 2510.10171).

The feed reports the outside market, whose price falls by phi of itself per dollar sold (the paper's phi =
sigma / (L (1 - gamma)) for given volatility and liquidity; here one over a hundred times `depth_usd_per_pct`). A
small liquidation, its collateral sold there, lowers the health factor iff LTV > 1 / ((1 + i) lambda), lambda =
1 + phi c, with c the value of the borrower's collateral.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.market.outside import OutsideMarket
from sim.market.paths import ExogenousPath, LogLinear
from sim.scenario.outside import Asset, ConstantPath, PowerDepth
from sim.units import BPS, E8
from tests.lending import BORROWER, LIQUIDATOR, market_with_terms

ETH, USD = 10**18, 10**6
COLLATERAL = 1_000_000 * ETH
PRICE = 2_000
VALUE = COLLATERAL // ETH * PRICE
STEP = 100_000
"""One part in this many of the debt is repaid: a small step."""
TINY = Fraction(1, 10**7)
WITHIN = Fraction(1, 1_000)
DESIGNS = [("0.80", "0.05"), ("0.825", "0.05"), ("0.75", "0.08"), ("0.95", "0.01")]
"""Liquidation threshold v and bonus i."""


def outside(impact: Fraction, gamma: float) -> OutsideMarket:
    """A market whose first percent takes what makes phi c the given impact, were it linear."""
    depth = PowerDepth(kind="power", depth_usd_per_pct=float(VALUE / impact / 100), gamma=gamma)
    asset = Asset(decimals=18, price=ConstantPath(price_usd=PRICE), depth=depth)
    return OutsideMarket({"WETH": asset}, {"WETH": ExogenousPath(LogLinear([(0, PRICE)]))})


def health_change(revm, deploy, v: Fraction, i: Fraction, impact: Fraction, gamma: float = 0.0) -> int:
    """Liquidate a small step of an account just below health 1, sell it outside, and report the price there."""
    market = market_with_terms(revm, deploy, "ReserveCloseFactor", (BPS, 0))
    bps = {"ltvBps": int(v * BPS), "liquidationThresholdBps": int(v * BPS), "liquidationBonusBps": int(i * BPS)}
    market.add("WETH", 18, int(PRICE * E8 * (1 + TINY)), protocolFeeBps=0, **bps)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", COLLATERAL)
    market.borrow(BORROWER, "USDC", int(v * VALUE * (1 + TINY / 2) * USD))
    market.set_price("WETH", PRICE * E8)
    before = market.health(BORROWER)
    assert before < 10**18
    market.liquidate("WETH", "USDC", amount=market.debt("USDC", BORROWER) // STEP)
    fill = outside(impact, gamma).trade("WETH", market.balance("WETH", LIQUIDATOR))
    market.set_price("WETH", fill.price_after_e8)
    return market.health(BORROWER) - before


@pytest.mark.parametrize(("v", "i"), DESIGNS)
def test_the_first_step_turns_toxic_where_the_formula_says(v, i, revm, deploy):
    threshold, bonus = Fraction(v), Fraction(i)
    frontier = 1 / (threshold * (1 + bonus)) - 1
    start = revm.snapshot()
    assert health_change(revm, deploy, threshold, bonus, frontier * (1 - WITHIN)) > 0
    revm.revert(start)
    assert health_change(revm, deploy, threshold, bonus, frontier * (1 + WITHIN)) < 0


@pytest.mark.parametrize("gamma", [0.5, 1.0])
def test_in_a_book_that_is_thin_around_its_mid_the_first_step_is_toxic_at_a_tenth_of_that(gamma, revm, deploy):
    """Impact that starts like a root is infinitely steep at first: no depth makes a small step safe."""
    threshold, bonus = Fraction("0.80"), Fraction("0.05")
    frontier = 1 / (threshold * (1 + bonus)) - 1
    start = revm.snapshot()
    assert health_change(revm, deploy, threshold, bonus, frontier / 10) > 0
    revm.revert(start)
    assert health_change(revm, deploy, threshold, bonus, frontier / 10, gamma) < 0
