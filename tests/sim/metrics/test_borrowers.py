"""Rule: a borrower's loss is the collateral that is gone at the market's price, beyond the debt repaid from it."""

import pytest

from sim.metrics.borrowers import borrower_costs
from sim.metrics.summary import summarise
from sim.metrics.timeline import Timeline
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder, scenario


def test_the_loss_is_at_the_market_price_and_not_at_the_one_read():
    # 10 WETH at a market price of 90, read as 100, repay 840 USD: a loss of 60.
    builder = TraceBuilder().block(exogenous=90.0).transaction("liquidate")
    builder.liquidation("a/0", 100.0, collateral=20.0, debt=1_600.0, seized=10.0, repaid=840.0)
    costs = borrower_costs(Timeline(builder.trace))
    assert costs.loss_usd == pytest.approx(60.0)
    assert costs.loss_per_usd_repaid == pytest.approx(60.0 / 840.0)
    assert summarise(builder.trace).metrics["borrower_loss_per_usd_repaid"] == pytest.approx(60.0 / 840.0)


def test_earlier_trades_of_the_block_move_the_price():
    builder = TraceBuilder().block().transaction("arbitrage", agent="arb").outside_trade(100.0, 95.0)
    builder.transaction("liquidate").liquidation("a/0", 100.0, seized=10.0, repaid=900.0)
    builder.transaction("arbitrage", agent="arb").outside_trade(95.0, 50.0)
    assert borrower_costs(Timeline(builder.trace)).loss_usd == pytest.approx(50.0)


def test_debt_that_is_written_off_is_not_repaid():
    builder = TraceBuilder().block().transaction("liquidate")
    builder.event("main", "DeficitCreated", user="a/0", asset="USDC", amount=300 * USDC)
    builder.liquidation("a/0", 100.0, collateral=10.0, debt=1_250.0, repaid=950.0)
    assert borrower_costs(Timeline(builder.trace)).loss_per_usd_repaid == pytest.approx(50.0 / 950.0)


def test_without_a_liquidation_there_is_no_ratio():
    costs = borrower_costs(Timeline(TraceBuilder().block().trace))
    assert (costs.loss_usd, costs.loss_per_usd_repaid) == (0.0, None)


def auctioned() -> TraceBuilder:
    """An auction takes 20 WETH for 900 USD of debt, sells 12 of them in two parts, and returns the rest."""
    lending = scenario()["lending"]
    lending["main"]["execution"] = {"kind": "dutch_auction"}
    builder = TraceBuilder(lending=lending).block().transaction("start")
    builder.liquidation("a/0", 100.0, collateral=20.0, debt=1_600.0, seized=20.0, repaid=900.0)
    lot = {"lotId": 1, "user": "a/0"}
    for price, sold, paid in ((90.0, 5, 430), (80.0, 7, 560)):
        builder.block(exogenous=price).transaction("take")
        amounts = {"soldAssets": sold * WETH, "paidAssets": paid * USDC, "buyer": "keeper-1"}
        builder.event(
            "execution-main", "CollateralSold", collateralAsset="WETH", debtAsset="USDC", **lot, **amounts
        )
    builder.event("execution-main", "CollateralReturned", collateralAsset="WETH", amount=8 * WETH, **lot)
    return builder


def test_an_auction_costs_what_it_sells_at_the_time_and_a_penalty_repays_nothing():
    builder = auctioned()
    assert borrower_costs(Timeline(builder.trace)).loss_usd == pytest.approx(5 * 90 + 7 * 80 - 990)
    close(builder, recovered=900, lost=0)
    costs = borrower_costs(Timeline(builder.trace))
    assert costs.loss_usd == pytest.approx(5 * 90 + 7 * 80 - 900)
    assert costs.loss_per_usd_repaid == pytest.approx(110 / 900)


def close(builder: TraceBuilder, recovered: int, lost: int) -> None:
    amounts = {"recoveredAssets": recovered * USDC, "lostAssets": lost * USDC}
    builder.event("execution-main", "LotClosed", lotId=1, user="a/0", debtAsset="USDC", **amounts)


def test_what_a_batch_could_not_sell_and_kept_is_lost_too():
    builder = auctioned()
    builder.event("execution-main", "CollateralUnsold", lotId=1, collateralAsset="WETH", amount=2 * WETH)
    close(builder, recovered=800, lost=100)
    assert borrower_costs(Timeline(builder.trace)).loss_usd == pytest.approx(5 * 90 + 9 * 80 - 800)


def test_a_backstop_takes_all_and_credits_the_rest_whatever_it_sells_later():
    lending = scenario()["lending"]
    lending["main"]["execution"] = {"kind": "backstop"}
    builder = TraceBuilder(lending=lending).block().transaction("absorb")
    builder.liquidation("a/0", 100.0, collateral=20.0, debt=1_500.0, seized=20.0, repaid=1_500.0)
    builder.event("main", "SupplyCredited", asset="USDC", user="a/0", amount=400 * USDC)
    builder.block(exogenous=50.0).transaction("buy")
    sold = {"soldAssets": 20 * WETH, "paidAssets": 950 * USDC, "buyer": "keeper-1", "lotId": 1, "user": "a/0"}
    builder.event("execution-main", "CollateralSold", collateralAsset="WETH", debtAsset="USDC", **sold)
    close(builder, recovered=950, lost=550)
    costs = borrower_costs(Timeline(builder.trace))
    assert costs.loss_usd == pytest.approx(20 * 100 - 400 - 1_500)
    assert costs.loss_per_usd_repaid == pytest.approx(100 / 1_500)


def test_bands_lose_what_their_round_trips_cost():
    soft = {"kind": "soft_liquidation", "collateral": "WETH", "debt": "USDC"}
    builder = TraceBuilder(lending={"main": soft}).block().transaction("arbitrage")
    trade = {"buyer": "arb", "priceWad": 0}
    sale = {"sold": "WETH", "bought": "USDC", "amountOut": 10 * WETH, "amountIn": 970 * USDC}
    builder.event("main", "BandsTraded", **trade, **sale)
    builder.block(exogenous=110.0).transaction("arbitrage")
    purchase = {"sold": "USDC", "bought": "WETH", "amountOut": 460 * USDC, "amountIn": 4 * WETH}
    builder.event("main", "BandsTraded", **trade, **purchase)
    costs = borrower_costs(Timeline(builder.trace))
    assert costs.loss_usd == pytest.approx((1_000 - 970) + (460 - 440))
    assert costs.loss_per_usd_repaid == pytest.approx(50 / (970 - 460))
