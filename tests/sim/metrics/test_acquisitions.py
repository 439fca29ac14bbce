"""Who gets seized collateral, and which of its sales are forced, where an execution sells it over time."""

from __future__ import annotations

from sim.metrics.acquisitions import acquisitions
from sim.metrics.sales import forced_sales
from sim.metrics.tables import liquidation_table
from sim.metrics.timeline import Timeline
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder

EXECUTION = "execution-main"


def seized(builder: TraceBuilder, role: str, lot: int | None, price: float = 100.0) -> TraceBuilder:
    """An execution takes over 10 WETH of an account; `lot` None: it says nothing about lots."""
    builder.transaction("liquidate").liquidation(role, price, liquidator=EXECUTION)
    if lot is not None:
        builder.event(EXECUTION, "LotStarted", lotId=lot, user=role, collateralAsset="WETH", debtAsset="USDC")
    return builder


def sold(builder: TraceBuilder, role: str, lot: int, amount: int, buyer: str = "taker-main") -> TraceBuilder:
    amounts = {"soldAssets": amount * WETH, "paidAssets": amount * 90 * USDC, "buyer": buyer}
    assets = {"collateralAsset": "WETH", "debtAsset": "USDC"}
    return builder.event(EXECUTION, "CollateralSold", lotId=lot, user=role, **assets, **amounts)


def sales_of(builder: TraceBuilder) -> list[tuple[int, int, int]]:
    """Block, cause and whole tokens of every forced sale."""
    timeline = Timeline(builder.trace)
    sales = forced_sales(timeline, timeline.events("Liquidation"))
    return [(sale.position[0], sale.liquidation, sale.amount // WETH) for sale in sales]


def test_nobody_holds_what_an_execution_has_taken_over():
    builder = seized(TraceBuilder().block(), "a/0", 1)
    timeline = Timeline(builder.trace)
    assert acquisitions(timeline, timeline.events("Liquidation")) == []
    builder.block().transaction("sell_inventory").swap(base_in=5 * WETH)
    assert sales_of(builder) == [], "the starter of an auction has nothing to sell"


def test_a_sale_in_the_callback_is_forced_by_the_lots_liquidation():
    """The swap comes before CollateralSold in the same transaction, and nothing is left to be sold later."""
    builder = seized(seized(TraceBuilder().block(), "a/0", 1), "b/0", 2)
    builder.block().transaction("buy_lot", agent="keeper-2").swap(base_in=4 * WETH)
    sold(builder, "b/0", 2, 4)
    builder.block().transaction("sell_inventory", agent="keeper-2").swap(base_in=4 * WETH)
    assert sales_of(builder) == [(1, 1, 4)]


def test_bought_stock_is_sold_first_in_first_out():
    builder = seized(seized(TraceBuilder().block(), "a/0", 1), "b/0", 2)
    builder.block()
    sold(builder.transaction("buy_lot", agent="keeper-2"), "b/0", 2, 6, buyer="keeper-2")
    sold(builder.transaction("buy_lot", agent="keeper-2"), "a/0", 1, 10, buyer="keeper-2")
    builder.block()
    for amount in (5, 5, 10):
        builder.transaction("sell_inventory", agent="keeper-2").swap(base_in=amount * WETH)
    assert sales_of(builder) == [(2, 1, 5), (2, 0, 5), (2, 0, 6)]


def test_two_lots_of_one_account_are_told_apart_by_their_starts():
    builder = seized(TraceBuilder().block(), "a/0", 1)
    seized(builder.block(), "a/0", 2, price=95.0)
    sold(builder.block().transaction("buy_lot").swap(base_in=WETH), "a/0", 1, 1)
    assert sales_of(builder) == [(2, 0, 1)]


def test_without_starts_the_accounts_latest_seizure_counts():
    builder = seized(TraceBuilder().block(), "a/0", None)
    seized(builder, "b/0", None)
    seized(builder.block(), "a/0", None, price=95.0)
    sold(builder.block().transaction("buy_lot").swap(base_in=WETH), "a/0", 7, 1)
    assert sales_of(builder) == [(2, 2, 1)]


def test_a_forced_sale_of_an_auction_causes_the_next_liquidation():
    builder = seized(TraceBuilder(price=100.0).block(), "a/0", 1)
    builder.block().transaction("buy_lot").swap(base_in=10 * WETH)
    sold(builder, "a/0", 1, 10)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=10**8).outside_trade(100.0, 97.0)
    builder.block(outside=97.0).push(97.0, 2)
    builder.transaction("liquidate").liquidation("b/0", 97.0, 10.0, 10 * 98 * 0.8)
    rows = liquidation_table(Timeline(builder.trace))
    assert [(row.direct, row.cause, row.generation) for row in rows][1] == (False, 0, 1)
