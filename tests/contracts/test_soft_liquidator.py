"""SoftLiquidator and SoftLens: a hand that holds nothing, and reads that agree with the market's own."""

from __future__ import annotations

import pytest

from sim.units import E8, UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.soft import BORROWER, DONOR, ETH, LENDER, LIQUIDATOR, OWNER, USD, SoftMarket, new_soft_market

POOL_WETH = 1_000 * ETH


def with_pool(revm, deploy, price: int) -> tuple[SoftMarket, Deployed, Deployed, Deployed]:
    """A loan of 17,000 USD whose price jumped to `price`, a pool at that price, a router and the liquidator."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    weth, usdc = soft.tokens["WETH"], soft.tokens["USDC"]
    pool = deploy(revm, "ConstantProductPool", weth, usdc, 30, OWNER)
    for symbol, amount in (("WETH", POOL_WETH), ("USDC", 1_000 * price * USD)):
        soft.tokens[symbol].send(OWNER, "mint", pool, amount)
    pool.send(OWNER, "mint", OWNER)
    soft.wait(200)
    soft.set_price(price * E8)
    return soft, pool, deploy(revm, "SwapRouter"), deploy(revm, "SoftLiquidator")


def target(soft: SoftMarket, repay: int = UINT256_MAX) -> tuple:
    return (soft.market.address, BORROWER, repay)


@pytest.mark.parametrize("repay", [UINT256_MAX, 5_000 * USD])
def test_flash_liquidation_pays_out_of_the_collateral(repay, revm, deploy):
    soft, pool, router, hand = with_pool(revm, deploy, 1_800)
    part, planned = hand.read("plan", target(soft, repay))
    assert planned.paidAssets <= repay and (part == WAD) == (repay == UINT256_MAX)
    events = hand.send(LIQUIDATOR, "liquidate", target(soft, repay), router, [pool.address], 1)
    flash = next(values for name, values in events if name == "FlashLiquidated")
    assert (flash["repaidAssets"], flash["seizedAssets"]) == (planned.paidAssets, planned.seizedCollateral)
    assert soft.balance("USDC", LIQUIDATOR) == flash["profit"] > 0
    assert soft.balance("USDC", hand) == soft.balance("WETH", hand) == 0
    assert soft.debt() == 17_000 * USD - planned.debtAssets
    soft.reconcile()


def test_too_little_profit_reverts(revm, deploy):
    soft, pool, router, hand = with_pool(revm, deploy, 1_800)
    error = hand.send_error(LIQUIDATOR, "liquidate", target(soft), router, [pool.address], 10_000 * USD)
    assert error.startswith("InsufficientProfit(") and error.endswith(f", {10_000 * USD})")


def test_a_sale_that_does_not_pay_the_debt_reverts(revm, deploy):
    soft, pool, router, hand = with_pool(revm, deploy, 1_800)
    pool.send(OWNER, "transfer", pool, pool.read("balanceOf", OWNER) * 99 // 100)
    pool.send(OWNER, "burn", OWNER)
    error = hand.send_error(LIQUIDATOR, "liquidate", target(soft), router, [pool.address], 0)
    assert error.startswith("InsufficientProfit(-")


def test_held_liquidation_uses_the_callers_money(revm, deploy):
    soft, _, _, hand = with_pool(revm, deploy, 1_800)
    soft.fund(LIQUIDATOR, "USDC", 17_000 * USD)
    soft.tokens["USDC"].send(LIQUIDATOR, "approve", hand, UINT256_MAX)
    hand.send(LIQUIDATOR, "liquidateAndHold", target(soft))
    assert soft.balance("WETH", LIQUIDATOR) == 10 * ETH and soft.balance("USDC", LIQUIDATOR) == 0
    assert soft.balance("USDC", hand) == soft.balance("WETH", hand) == 0


def test_nobody_else_may_call_back(revm, deploy):
    soft, pool, router, hand = with_pool(revm, deploy, 1_800)
    sale = b"".join(
        one.to_bytes(32)
        for one in (32, *(int(x.address, 16) for x in (soft.market, *soft.tokens.values(), router)), 160, 0)
    )
    error = hand.send_error(DONOR, "onSoftLiquidation", (0, 0, 0, 0, 0), sale)
    assert error == f"UnexpectedCallback({DONOR})"
    assert hand.read_error("plan", target(soft, 2)) == "AmountRoundsToZero(2)"


def test_lens_agrees_with_the_market(revm, deploy):
    soft = new_soft_market(revm, deploy, yearly_rate_bps=800, reserve_factor_bps=1_000)
    soft.loan(10 * ETH, 17_000 * USD)
    lens = deploy(revm, "SoftLens")
    for price in (2_000, 1_960, 1_940, 1_500):
        soft.wait(3_600)
        soft.set_price(price * E8)
        if price > 1_500:
            soft.arbitrage()
        health, collateral, debt_base, held, converted, owes_weth, debt, *donor = lens.read(
            "accountWords", soft.market, [BORROWER, DONOR]
        )
        assert (converted, held) == soft.amounts() and debt == soft.debt() and owes_weth == 0
        assert health == soft.market.read("healthAboveBandsWad", BORROWER) + WAD
        assert collateral == held * price * E8 // ETH + converted * 100
        assert debt_base == debt * 100
        assert donor == [UINT256_MAX, 0, 0, 0, 0, 0, 0]
    weth, usdc = (lens.read("reserveWords", soft.market)[i : i + 12] for i in (0, 12))
    assert weth[4:9] == [0, 0, 0, 0, 0] and weth[10] == 1_500 * E8
    assert list(usdc[:4]) == [soft.market.read("indexes")[i] for i in range(4)]
    cash, owed, deficit = soft.market.read("totals")
    assert usdc[4:9] == [cash, cash + owed + deficit, owed, deficit, 0]
    assert usdc[9] == soft.market.read("supplyOf", OWNER) > 0
    assert soft.market.read("supplyOf", LENDER) + usdc[9] <= usdc[5]


def test_lens_shows_no_health_without_a_price(revm, deploy):
    soft = new_soft_market(revm, deploy, max_price_age_s=60)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.wait(61)
    words = deploy(revm, "SoftLens").read("accountWords", soft.market, [BORROWER])
    assert words[:3] == [UINT256_MAX, 0, 0] and words[3] == 10 * ETH and words[6] == 17_000 * USD
