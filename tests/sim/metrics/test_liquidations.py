"""Direct or induced, cause and generation, on traces whose answer is known by hand."""

import pytest

from sim.metrics.sales import forced_sales
from sim.metrics.tables import liquidation_table
from sim.metrics.timeline import Timeline
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder


def table(builder: TraceBuilder):
    return liquidation_table(Timeline(builder.trace))


def ladder(rungs: int, sale: float, base: float = 1_000.0, spacing: float = 0.01, start_block: bool = True):
    """The threshold ladder of a spot-priced market: rung k is liquidatable below 100 (1 - g)^k."""
    builder = TraceBuilder(pool=(int(base), int(base * 100)), pool_spot=True)
    builder.block()
    for k in range(rungs):
        price = 100.0 * (base / (base + k * sale)) ** 2
        limit = 100.0 * (1 - spacing) ** k
        if price >= limit and k > 0:
            break
        debt = sale * limit * 0.8 + (1e-6 if k == 0 else 0)
        builder.transaction("liquidate").account(f"ladder/{k}", sale, debt)
        spot = builder.pool[1] * 10**20 // builder.pool[0] / 1e8
        builder.liquidation(f"ladder/{k}", spot, sale, debt).swap(base_in=round(sale * WETH))
    return builder


def test_every_rung_of_a_ladder_is_the_next_generation():
    # Each sale of 10 into 1,000 moves the spot by 2 %, more than a rung, so rung k's own sale is not always what
    # crosses rung k + 1: by hand, rungs 1 and 2 lie at 99 and 98.01; sale 0 ends at 98.03, sale 1 at 96.12.
    rows = table(ladder(4, 10.0))
    assert [row.direct for row in rows] == [True, False, False, False]
    assert [row.cause for row in rows] == [None, 0, 1, 1]
    assert [row.generation for row in rows] == [0, 1, 2, 2]


def test_a_rung_a_sale_makes_one_chain():
    # With 5.1 sold into 1,000 the spot falls by 1.012 % a sale, about one rung: each sale takes one rung across.
    rows = table(ladder(6, 5.1))
    assert [row.cause for row in rows] == [None, 0, 1, 2, 3, 4]
    assert [row.generation for row in rows] == [0, 1, 2, 3, 4, 5]


def pushed(observed_block: int, exogenous: float = 100.0) -> TraceBuilder:
    """A direct liquidation, its sale carried outside (100 to 94) in block 1, then a second one in block 3."""
    builder = TraceBuilder(price=100.0)
    builder.block(exogenous=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0).swap(base_in=10 * WETH)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=1_000 * 10**6).outside_trade(100.0, 94.0)
    builder.block(exogenous=exogenous, outside=94.0)
    builder.block(outside=94.0).push(94.0, observed_block)
    builder.transaction("liquidate").liquidation("b/0", 94.0)
    return builder


def test_an_arbitrage_carries_the_cause_to_the_feed():
    first, second = table(pushed(observed_block=2))
    assert (first.direct, first.generation) == (True, 0)
    assert (second.direct, second.cause, second.generation) == (False, 0, 1)
    assert (second.feed, second.price_e8, second.observed_block) == ("WETH", 94 * 10**8, 2)
    assert second.keeper == "keeper-1"


def test_a_sale_after_the_observation_is_no_cause():
    # Observed at the start of block 1, before that block's trades.
    second = table(pushed(observed_block=1))[1]
    assert (second.direct, second.cause, second.generation) == (False, None, 0)


def test_direct_where_the_exogenous_price_was_low_enough_at_the_observation():
    # Health is 0.99 at 94, so the limit is 94.95: liquidatable at an exogenous 94.9, not at 95.
    assert table(pushed(2, exogenous=94.9))[1].direct
    assert not table(pushed(2, exogenous=95.0))[1].direct


def test_the_exogenous_price_counts_at_the_observation_and_not_later():
    builder = pushed(2)
    builder.set(exogenous_e8={"WETH": 50 * 10**8, "USDC": 10**8})  # block 3, after the observation
    assert not table(builder)[1].direct


def test_an_arbitrage_before_any_forced_sale_is_no_cause():
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("arbitrage", agent="arb").swap(quote_in=10**9).outside_trade(100.0, 94.0)
    builder.block(outside=94.0).push(94.0, 1).transaction("liquidate").liquidation("b/0", 94.0)
    (row,) = table(builder)
    assert (row.direct, row.cause, row.generation) == (False, None, 0)


def two_small_sales(gap_price: float) -> TraceBuilder:
    """Sales by a/0 (100 to 98) and a/1 (98 to 97.5), then an exogenous fall to `gap_price` crosses 97."""
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0).swap(base_in=WETH)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=10**8).outside_trade(100.0, 98.0)
    builder.transaction("liquidate").liquidation("a/1", 100.0).swap(base_in=WETH)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=10**8).outside_trade(98.0, 97.5)
    builder.block(exogenous=98.5, outside=gap_price).push(gap_price, 1)
    builder.transaction("liquidate").liquidation("b/0", gap_price, 10.0, 10 * 97 * 0.8)
    return builder


def test_where_no_sale_crossed_alone_the_largest_since_health_is_the_cause():
    row = table(two_small_sales(96.0))[2]
    assert (row.direct, row.cause, row.generation) == (False, 0, 1)


def test_only_sales_since_the_account_was_last_healthy_count():
    # The market read, at the start of block 3, a round observed in block 2 at which b/0 was healthy, so what
    # a/0's sale did in block 0 does not count; the smaller sale of a/1 in block 2 does.
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0).swap(base_in=WETH)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=10**8).outside_trade(100.0, 98.0)
    builder.block(outside=98.0)
    builder.block(outside=98.0).push(98.0, 2)
    builder.transaction("liquidate").liquidation("a/1", 98.0).swap(base_in=WETH)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=10**8).outside_trade(98.0, 97.5)
    builder.block(exogenous=98.5, outside=96.0).push(96.0, 3)
    builder.transaction("liquidate").liquidation("b/0", 96.0, 10.0, 10 * 97 * 0.8)
    row = table(builder)[2]
    assert (row.direct, row.cause) == (False, 1)
    assert row.generation == table(builder)[1].generation + 1


def test_older_impact_counts_where_no_sale_falls_into_that_time():
    # The only sale lies in block 0; b/0 is healthy at 98 in block 3, and an exogenous fall alone does the rest.
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0).swap(base_in=WETH)
    builder.transaction("arbitrage", agent="arb").swap(quote_in=10**8).outside_trade(100.0, 98.0)
    builder.block(outside=98.0).push(98.0, 1)
    builder.block(exogenous=98.5, outside=96.0)
    builder.block(outside=96.0).push(96.0, 2).transaction("liquidate")
    builder.liquidation("b/0", 96.0, 10.0, 10 * 97 * 0.8)
    row = table(builder)[1]
    assert (row.direct, row.cause, row.generation) == (False, 0, 1)


def inventory_run() -> TraceBuilder:
    """Two liquidations into inventory (10 each), then sales of 4, 10 and 20."""
    builder = TraceBuilder(price=100.0)
    builder.block()
    for role in ("a/0", "a/1"):
        builder.transaction("liquidate").liquidation(role, 100.0)
    builder.block()
    for amount in (4, 10, 20):
        builder.transaction("sell_inventory").swap(base_in=amount * WETH)
    return builder


def test_inventory_is_sold_first_in_first_out():
    builder = inventory_run()
    timeline = Timeline(builder.trace)
    sales = forced_sales(timeline, timeline.events("Liquidation"))
    # 4 of lot 0; then 6 of lot 0 and 4 of lot 1 (mostly lot 0); then the last 6 of lot 1, and 14 not seized.
    assert [(sale.liquidation, sale.amount // WETH) for sale in sales] == [(0, 4), (0, 10), (1, 6)]


def test_a_sale_beyond_the_seized_inventory_is_not_forced():
    builder = inventory_run()
    builder.block().transaction("sell_inventory").swap(base_in=WETH)
    timeline = Timeline(builder.trace)
    assert len(forced_sales(timeline, timeline.events("Liquidation"))) == 3


def test_what_a_liquidation_sells_at_once_is_not_sold_again():
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0).swap(base_in=10 * WETH)
    builder.block().transaction("sell_inventory").swap(base_in=5 * WETH)
    timeline = Timeline(builder.trace)
    sales = forced_sales(timeline, timeline.events("Liquidation"))
    assert [(sale.position[0], sale.liquidation) for sale in sales] == [(0, 0)]


def test_another_keepers_sale_is_not_forced():
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0)
    builder.block().transaction("sell_inventory", agent="keeper-2").swap(base_in=5 * WETH)
    timeline = Timeline(builder.trace)
    assert forced_sales(timeline, timeline.events("Liquidation")) == []


@pytest.mark.parametrize("withdrawn", [True, False])
def test_the_position_is_the_snapshot_plus_what_happened_in_the_block(withdrawn):
    # Health is 0.99 at 94. With WETH alone the limit is 94 / 0.99 = 94.95; the 500 USDC of the snapshot would
    # make it ((8 * 94 + 400) / 0.99 - 400) / 8 = 95.45. So 95.2 is safe only once they are withdrawn.
    builder = TraceBuilder(price=100.0)
    builder.block(exogenous=95.2, outside=94.0)
    builder.block(outside=94.0).push(94.0, 0).account("b/0", 10.0, 750.0)
    builder.trace.accounts_before[1, "main", "b/0"].supplied["USDC"] = 500 * USDC
    if withdrawn:
        builder.transaction("borrow", agent="environment")
        builder.event("main", "Withdrawn", asset="USDC", user="b/0", to="b/0", amount=500 * USDC)
    builder.transaction("liquidate").liquidation("b/0", 94.0, 10.0, 10 * 94 * 0.8 / 0.99)
    assert table(builder)[0].direct != withdrawn


def test_what_a_liquidation_writes_off_was_owed_before_it():
    builder = TraceBuilder(price=100.0)
    builder.block(exogenous=94.9, outside=94.0)
    builder.block(outside=94.0).push(94.0, 0).transaction("liquidate")
    builder.event("main", "DeficitCreated", user="b/0", asset="USDC", amount=10**12)
    builder.liquidation("b/0", 94.0)
    assert table(builder)[0].direct


def test_values_are_at_the_prices_read():
    builder = TraceBuilder(price=100.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0, 10.0, 850.0, seized=5.0, repaid=400.0)
    (row,) = table(builder)
    assert (row.collateral_base, row.debt_base) == (500 * 10**8, 400 * 10**8)


def test_a_round_pushed_later_in_the_block_was_not_read():
    builder = TraceBuilder(price=100.0)
    builder.block(exogenous=94.0)
    builder.block().transaction("liquidate").liquidation("a/0", 100.0).push(94.0, 1)
    (row,) = table(builder)
    assert (row.observed_block, row.price_e8) == (0, 100 * 10**8)


@pytest.mark.parametrize("pool_spot", [True, False])
def test_no_liquidations_no_table(pool_spot):
    assert table(TraceBuilder(pool_spot=pool_spot).block()) == []
