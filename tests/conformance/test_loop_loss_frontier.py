"""The loss frontier of a loop on chain (Gatto, "Liquidation Without Loss", SSRN 7157638, second-hand; re-derived).

A position with debt D, collateral C and health HF0, liquidated whole after one gap of size x, loses nothing up to
D* = max(1 - 1/HF0, 1 - (1+b)·LT/HF0) and max(0, D - C(1-x)/(1+b)) beyond. The anchor is a 12-fold loop on $100M,
D = C·11/12 exactly, LT 95 %, bonus 1 %, no fee: HF0 1.0364, liquidatable from 3.51 %, a loss only beyond 7.42 %.
A stale price multiplies the gap: (1-x)(1-lag).
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX, WAD
from tests.lending import BORROWER, LENDER, LIQUIDATOR, OWNER, LendingMarket, new_market

THRESHOLD, BONUS = Fraction(95, 100), Fraction(1, 100)
COLLATERAL_USD = 100_000_000
DEBT_USD = Fraction(COLLATERAL_USD * 11, 12)
COLLATERAL = 50_000 * 10**18
PRICE_E8 = 2_000 * E8
DEBT = COLLATERAL_USD * 11 * 10**18 // 12
WHOLE = (10_000, 0, 0, 0)
"""No close factor and no dust rule: the whole position is closable."""

FRONTIER_GAP = 1 - (1 + BONUS) * Fraction(11, 12)
HEALTH_GAP = 1 - Fraction(11, 12) / THRESHOLD


def published(gap: str, lag: str = "0") -> tuple[Fraction, Fraction]:
    """Gap in percent and lag in bps, as fractions."""
    return Fraction(gap) / 100, Fraction(lag) / 10_000


TABLE = [
    (published("5"), "0"),
    (published("8"), "0.578"),
    (published("12"), "4.538"),
    (published("15"), "7.51"),
    (published("20"), "12.46"),
    (published("35"), "27.31"),
    (published("8", "31"), "0.86"),
    (published("8", "159"), "2.03"),
    (published("8", "500"), "5.13"),
]
"""Gap and extra lag, and the bad debt in millions of dollars as published."""


@pytest.fixture(params=["reserve", "mode"])
def market(request, revm, deploy) -> LendingMarket:
    """The loop in a reserve with these figures, or in a mode that has them where the reserve has not."""
    market = new_market(revm, deploy, terms=WHOLE)
    figures = {"ltvBps": 9_300, "liquidationThresholdBps": 9_500, "liquidationBonusBps": 100}
    in_mode = request.param == "mode"
    market.add("LST", 18, PRICE_E8, protocolFeeBps=0, **({} if in_mode else figures))
    market.add("DAI", 18, E8, protocolFeeBps=0, liquidationThresholdBps=0, ltvBps=0)
    if in_mode:
        modes = deploy(revm, "CorrelatedModes", OWNER, market.pool, ZERO_ADDRESS)
        market.pool.send(OWNER, "setModules", modes, ZERO_ADDRESS, ZERO_ADDRESS)
        modes.send(
            OWNER, "setCategory", 1, tuple(figures.values()), [market.token("LST"), market.token("DAI")], False
        )
        modes.send(BORROWER, "choose", 1)
    market.supply(BORROWER, "LST", COLLATERAL)
    market.borrow(BORROWER, "DAI", DEBT)
    return market


def price_after(gap: Fraction, lag: Fraction = Fraction(0)) -> int:
    """The feed's answer after a gap and a lag, to its eighth decimal."""
    return round(PRICE_E8 * (1 - gap) * (1 - lag))


def loss_usd(price_e8: int) -> Fraction:
    """The closed form at a price."""
    worth = Fraction(COLLATERAL_USD * price_e8, PRICE_E8)
    return max(DEBT_USD - worth / (1 + BONUS), Fraction(0))


def close(market: LendingMarket) -> Fraction:
    """Liquidate all at once; return the deficit in dollars."""
    market.liquidate("LST", "DAI")
    assert market.debt("DAI", BORROWER) == 0 or market.state("DAI").deficit == 0
    return Fraction(market.state("DAI").deficit, 10**18)


def test_health_of_the_loop(market):
    """HF0 = LT · 12/11 = 1.0364; a base unit of debt is 1e-16 of it."""
    assert abs(market.health(BORROWER) - round(THRESHOLD * Fraction(12, 11) * WAD)) <= 120
    assert round(THRESHOLD * Fraction(12, 11), 4) == Fraction("1.0364")


@pytest.mark.parametrize(("given", "published_musd"), TABLE)
def test_bad_debt_after_one_gap_to_the_dollar(market, given, published_musd):
    price_e8 = price_after(*given)
    market.set_price("LST", price_e8)
    deficit = close(market)
    assert abs(deficit - loss_usd(price_e8)) < 1, "to the dollar"
    exact = max(DEBT_USD - COLLATERAL_USD * (1 - given[0]) * (1 - given[1]) / (1 + BONUS), Fraction(0))
    assert abs(deficit - exact) < 1, "and the price's rounding is far below it"
    digits = len(published_musd.partition(".")[2])
    assert round(deficit / 10**6, digits) == Fraction(published_musd)


@pytest.mark.parametrize("offset", [-1, 1])
def test_the_loss_begins_at_the_frontier(market, offset):
    """D* = 1 - (1+b) · 11/12 = 7.42 %; a hundredth of a basis point on either side."""
    assert round(FRONTIER_GAP * 100, 2) == Fraction("7.42")
    health = THRESHOLD * Fraction(12, 11)
    assert FRONTIER_GAP == max(1 - 1 / health, 1 - (1 + BONUS) * THRESHOLD / health)
    market.set_price("LST", price_after(FRONTIER_GAP + Fraction(offset, 10**6)))
    deficit = close(market)
    assert (deficit > 0) == (offset > 0)
    assert deficit < 200


@pytest.mark.parametrize("offset", [-1, 1])
def test_liquidation_begins_where_health_is_one(market, offset):
    """3.51 %: one hundredth of a basis point before it the loop cannot be touched."""
    assert round(HEALTH_GAP * 100, 2) == Fraction("3.51")
    market.set_price("LST", price_after(HEALTH_GAP + Fraction(offset, 10**6)))
    arguments = (market.token("LST"), market.token("DAI"), BORROWER, UINT256_MAX, False)
    if offset < 0:
        error = market.pool.send_error(LIQUIDATOR, "liquidate", *arguments)
        assert error.startswith("HealthFactorNotBelowThreshold(")
    else:
        assert close(market) == 0


def test_a_price_that_falls_continuously_loses_nothing(market):
    """Liquidated in steps of a basis point from health 1 on, by a fifth of the debt at most: no loss at -35 %."""
    market.fund(LIQUIDATOR, "DAI", 2 * DEBT)
    arguments = (market.token("LST"), market.token("DAI"), BORROWER, DEBT // 5, False)
    for fall_bps in range(350, 3_500, 10):
        market.set_price("LST", PRICE_E8 * (10_000 - fall_bps) // 10_000)
        while market.health(BORROWER) < WAD:
            market.pool.send(LIQUIDATOR, "liquidate", *arguments)
    assert market.state("DAI").deficit == 0
    assert market.supplied("DAI", LENDER) == DEBT
