"""The toxic frontier where what is seized is sold into the pool that sets the price (arXiv 2510.10171).

The feed is the spot price of a constant-product pool without a fee. A small liquidation, its collateral sold
there, lowers the health factor iff LTV > 1 / ((1 + i) lambda), lambda = 1 + 2 c / y, with c the value of the
borrower's collateral and y the pool's quote reserve. With the bonus i (1 - h) of a health factor h it does iff
LTV > (1 + i v lambda) / ((1 + i) lambda), with v the liquidation threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import pytest

from sim.units import BPS, E8
from tests.lending import BORROWER, DONOR, LIQUIDATOR, OWNER, LendingMarket, market_with_terms

ETH, USD = 10**18, 10**6
COLLATERAL = 1_000_000 * ETH
PRICE = 2_000
VALUE = COLLATERAL // ETH * PRICE
STEP = 100_000
"""One part in this many of the debt is repaid: a small step."""
TINY = Fraction(1, 10**7)
"""How far beyond the threshold the account is."""
WITHIN = Fraction(1, 1_000)


@dataclass
class Scene:
    """An unhealthy BORROWER with 1,000,000 WETH at $2,000, which is the price in the pool and of the feed."""

    market: LendingMarket
    venue: object

    def health_change(self) -> int:
        """Liquidate a small step, sell what was seized, and return by how much the health factor changed."""
        before = self.market.health(BORROWER)
        assert before < 10**18
        self.market.liquidate("WETH", "USDC", amount=self.market.debt("USDC", BORROWER) // STEP)
        self.sell(LIQUIDATOR, self.market.balance("WETH", LIQUIDATOR))
        return self.market.health(BORROWER) - before

    def sell(self, seller: str, amount: int) -> None:
        """Sell WETH into the pool, as much as its formula gives."""
        reserve, quote, _ = self.venue.read("getReserves")
        out = quote * amount // (reserve + amount)
        self.market.token("WETH").send(seller, "transfer", self.venue, amount)
        self.venue.send(seller, "swap", 0, out, seller, b"")


def _rational_sqrt(x: Fraction) -> Fraction:
    scale = 10**40
    return Fraction(isqrt(x.numerator * scale**2 // x.denominator), scale)


def _scene(
    revm, deploy, threshold: Fraction, ltv: Fraction, bonus: Fraction, c_over_y: Fraction, *rule: object
) -> Scene:
    """Borrow at a higher price of the pool, then sell into it until price, LTV and c / y are as asked."""
    market = market_with_terms(revm, deploy, "ReserveCloseFactor", *rule, (BPS, 0))
    fall = threshold / ltv / (1 + TINY)
    root = _rational_sqrt(fall)
    quote_after = Fraction(VALUE) / c_over_y
    base_after = quote_after / PRICE
    base_before, quote_before = round(base_after * root * ETH), round(quote_after / root * USD)
    market.add(
        "WETH",
        18,
        PRICE * E8,
        ltvBps=int(threshold * BPS),
        liquidationThresholdBps=int(threshold * BPS),
        liquidationBonusBps=int(bonus * BPS),
        protocolFeeBps=0,
    )
    market.add("USDC", 6, E8)
    tokens = market.token("WETH"), market.token("USDC")
    venue = deploy(revm, "ConstantProductPool", *tokens, 0, OWNER)
    for token, amount in zip(tokens, (base_before, quote_before), strict=True):
        token.send(OWNER, "mint", venue, amount)
    venue.send(DONOR, "mint", DONOR)
    feed = deploy(revm, "PoolSpotFeed", venue, tokens[0], 18, 6, 8)
    config = market.assets["WETH"].config | {"feed": feed.address}
    market.pool.send(OWNER, "setReserveConfig", tokens[0], config, False)
    market.supply(BORROWER, "WETH", COLLATERAL)
    market.borrow(BORROWER, "USDC", int(ltv * VALUE * USD))
    scene = Scene(market, venue)
    tokens[0].send(OWNER, "mint", DONOR, round(base_after * ETH) - base_before)
    scene.sell(DONOR, market.balance("WETH", DONOR))
    return scene


FRONTIERS = [
    ("0.80", "0.05", "9.52"),
    ("0.825", "0.05", "7.72"),
    ("0.75", "0.08", "11.73"),
    ("0.95", "0.01", "2.11"),
]
"""Threshold v, bonus i, and the published c / y, in percent, beyond which the first step is toxic."""


@pytest.mark.parametrize(("v", "i", "published_percent"), FRONTIERS)
def test_the_first_step_turns_toxic_where_the_formula_says(v, i, published_percent, revm, deploy):
    threshold, bonus = Fraction(v), Fraction(i)
    frontier = (1 / (threshold * (1 + bonus)) - 1) / 2
    assert round(frontier * 100, 2) == Fraction(published_percent)
    start = revm.snapshot()
    ltv = threshold * (1 + TINY)
    assert _scene(revm, deploy, threshold, ltv, bonus, frontier * (1 - WITHIN)).health_change() > 0
    revm.revert(start)
    assert _scene(revm, deploy, threshold, ltv, bonus, frontier * (1 + WITHIN)).health_change() < 0


@pytest.mark.parametrize(("c_over_y", "improves"), [("0.0950", True), ("0.0954", False)])
def test_published_finite_difference_check(c_over_y, improves, revm, deploy):
    threshold, bonus = Fraction("0.80"), Fraction("0.05")
    scene = _scene(revm, deploy, threshold, threshold * (1 + TINY), bonus, Fraction(c_over_y))
    assert (scene.health_change() > 0) is improves


@pytest.mark.parametrize(("v", "i", "ratio"), [("0.80", "0.05", "0.10"), ("0.75", "0.08", "0.12")])
def test_frontier_of_a_bonus_linked_to_health(v, i, ratio, revm, deploy):
    """The flat bonus is toxic from the first step at these depths; the linked one only beyond a higher LTV."""
    threshold, bonus, c_over_y = Fraction(v), Fraction(i), Fraction(ratio)
    impact = 1 + 2 * c_over_y
    frontier = (1 + bonus * threshold * impact) / ((1 + bonus) * impact)
    assert 1 / ((1 + bonus) * impact) < threshold < frontier
    start = revm.snapshot()
    for sign in (-1, 1):
        revm.revert(start)
        start = revm.snapshot()
        rule = deploy(revm, "BonusByHealth", 0, 0)
        ltv = frontier * (1 + sign * WITHIN)
        change = _scene(revm, deploy, threshold, ltv, bonus, c_over_y, rule).health_change()
        assert change * sign < 0


@pytest.mark.parametrize(("ratio", "safe"), [("0.1249", True), ("0.1251", False)])
def test_at_the_threshold_the_linked_bonus_is_safe_iff_v_is_at_most_one_over_lambda(ratio, safe, revm, deploy):
    """V = .80: 1 / lambda = .80 at c / y = .125, for any bonus."""
    threshold = Fraction("0.80")
    rule = deploy(revm, "BonusByHealth", 0, 0)
    scene = _scene(revm, deploy, threshold, threshold * (1 + TINY), Fraction("0.05"), Fraction(ratio), rule)
    assert (scene.health_change() > 0) is safe
