"""What one price lets an atomic keeper take: q <= i x, and the fall of the pool's price at that limit.

A keeper seizes q at the oracle price with bonus i and sells it into a constant-product pool of base reserve x at
that price and without a fee: it gets q p / (1 + q / x) for q p / (1 + i). At the limit the price falls by
1 - (1 + i) ** -2.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.units import BPS, E8, UINT256_MAX
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, market_with_terms

ETH, USD = 10**18, 10**6
RESERVE, PRICE = 10_000, 2_000


@pytest.mark.parametrize(("bonus_percent", "fall_percent"), [(5, "9.30"), (8, "14.3")])
def test_atomic_keeper_is_limited_to_the_bonus_times_the_reserve(bonus_percent, fall_percent, revm, deploy):
    bonus = Fraction(bonus_percent, 100)
    market = market_with_terms(revm, deploy, "WholePosition")
    bonus_bps = int(bonus * BPS)
    market.add("WETH", 18, 2 * PRICE * E8, liquidationBonusBps=bonus_bps, protocolFeeBps=0)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 2 * RESERVE * ETH)
    market.supply(LENDER, "USDC", 10 * RESERVE * PRICE * USD)
    market.borrow(BORROWER, "USDC", 18 * RESERVE * PRICE * USD // 10)
    market.set_price("WETH", PRICE * E8)
    venue = deploy(revm, "ConstantProductPool", market.token("WETH"), market.token("USDC"), 0, OWNER)
    for symbol, amount in (("WETH", RESERVE * ETH), ("USDC", RESERVE * PRICE * USD)):
        market.token(symbol).send(OWNER, "mint", venue, amount)
    venue.send(DONOR, "mint", DONOR)
    keeper, router = deploy(revm, "FlashLiquidator"), deploy(revm, "SwapRouter")

    def params(repay: int) -> tuple:
        tokens = [market.token(one).address for one in ("WETH", "USDC")]
        return (
            market.pool.address,
            market.pool.address,
            router.address,
            [venue.address],
            *tokens,
            BORROWER,
            repay,
            0,
        )

    # q = i x seized for q p / (1 + i).
    limit = int(bonus * RESERVE * PRICE / (1 + bonus) * USD)
    above = limit + limit // 1_000
    assert keeper.send_error(LIQUIDATOR, "liquidate", params(above)).startswith("InsufficientProfit(-")
    assert keeper.send_error(LIQUIDATOR, "liquidate", params(UINT256_MAX)).startswith("InsufficientProfit(-")
    start = revm.snapshot()
    keeper.send(LIQUIDATOR, "liquidate", params(limit - limit // 1_000))
    assert market.balance("USDC", LIQUIDATOR) > 0
    revm.revert(start)
    keeper.send(LIQUIDATOR, "liquidate", params(limit - USD))
    assert market.balance("USDC", LIQUIDATOR) < USD, "nothing is left to earn at the limit"

    base, quote, _ = venue.read("getReserves")
    fall = 1 - Fraction(quote * ETH, base * USD) / PRICE
    assert abs(fall - (1 - (1 + bonus) ** -2)) < Fraction(1, 10**6)
    digits = len(fall_percent.partition(".")[2])
    assert round(100 * fall, digits) == Fraction(fall_percent)
    # The pool now pays less than the oracle's price, and the next unit seized would be sold at a loss.
    assert keeper.send_error(LIQUIDATOR, "liquidate", params(USD * 100)).startswith("InsufficientProfit(-")
    # Liquidity refilled at the oracle's price opens the same room again.
    refill = RESERVE * PRICE * USD - quote
    market.token("USDC").send(OWNER, "mint", DONOR, refill)
    market.token("USDC").send(DONOR, "transfer", venue, refill)
    venue.send(DONOR, "swap", base - RESERVE * ETH - ETH // 10**6, 0, DONOR, b"")
    keeper.send(LIQUIDATOR, "liquidate", params(limit - limit // 1_000))
