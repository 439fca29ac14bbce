"""Causes and generations of perpetual liquidations, alone and with those of lending markets."""

import pytest

from sim.metrics.perps.liquidations import PerpLiquidation
from sim.metrics.tables import liquidation_tables
from sim.metrics.timeline import Timeline
from sim.metrics.waves import liquidation_class, waves
from sim.units import E8, WAD
from tests.sim.metrics.perps.traces import INSTRUMENT, USDC, PerpTraceBuilder
from tests.sim.metrics.traces import WETH


def rows(builder: PerpTraceBuilder) -> list[PerpLiquidation]:
    return liquidation_tables(Timeline(builder.trace)).perps


def test_a_row_has_what_the_event_says():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block().below("a/0").transaction("liquidate")
    builder.book("a/0", -4, 96)
    builder.liquidated("a/0", 10, 96, 4, 6, equity=20, maintenance=24, bankruptcy=94, fee=1.5)
    (row,) = rows(builder)
    assert (row.market, row.account, row.instrument, row.keeper) == ("perp", "a/0", "WETH", "keeper-1")
    assert (row.size_before_wad, row.book_wad, row.stages_wad) == (10 * WAD, 4 * WAD, 6 * WAD)
    assert row.closed_base == row.liquidated_base == 960 * E8
    assert (row.fee_quote, row.equity_quote, row.maintenance_quote) == (1_500_000, 20 * USDC, 24 * USDC)
    assert (row.bankruptcy_e8, row.mark_e8, row.index_e8) == (94 * E8, 96 * E8, 100 * E8)
    assert (row.block, row.tx, row.log, row.time_s) == (0, 0, 3, 0)


# --- direct


@pytest.mark.parametrize(("exogenous", "direct"), [(95.0, True), (96.0, True), (97.0, False), (100.0, False)])
def test_direct_is_below_maintenance_margin_at_the_exogenous_price_too(exogenous, direct):
    # 10 long at 100 with 60 of cash: at 95 equity is 10 and maintenance 23.75. At 96: 20 against 24; at 97: 30
    # against 24.25.
    builder = PerpTraceBuilder(price=exogenous).trader("a/0", 10, 100, 60).block()
    builder.closed("a/0", 10, 95, equity=10, maintenance=23.75)
    assert rows(builder)[0].direct == direct


def test_direct_at_the_bound_is_below_and_not_at_it():
    # 10 long with an equity of -14 at 100 and a maintenance of 25: at 104 both are 26.
    builder = PerpTraceBuilder(price=104.0).block().closed("a/0", 10, 100, equity=-14, maintenance=25)
    assert not rows(builder)[0].direct
    builder = PerpTraceBuilder(price=103.999999).block().closed("a/0", 10, 100, equity=-14, maintenance=25)
    assert rows(builder)[0].direct


def test_a_short_is_direct_where_the_exogenous_price_is_as_high():
    # 10 short: at a mark of 105 equity is 10, maintenance 26.25; at 104 20 against 26, at 103 30 against 25.75.
    for exogenous, direct in ((104.0, True), (103.0, False)):
        builder = PerpTraceBuilder(price=exogenous).block()
        builder.closed("a/0", -10, 105, equity=10, maintenance=26.25)
        assert rows(builder)[0].direct == direct


def test_the_exogenous_price_is_that_of_the_observation_that_the_index_reads():
    # 95 was observed in block 0 and is read in block 2, when the exogenous price is back at 100.
    builder = PerpTraceBuilder().block(exogenous=95.0).block(exogenous=100.0).push(95.0, observed_block=0).block()
    builder.closed("a/0", 10, 95, equity=10, maintenance=23.75)
    assert rows(builder)[0].direct
    assert rows(builder)[0].index_e8 == 95 * E8


# --- causes


def induced(builder: PerpTraceBuilder, name: str, size: float, mark: float, mid: float) -> PerpTraceBuilder:
    """A liquidation that the exogenous price of 100 does not explain: at it, equity is a quarter of the value."""
    gain = size * (100 - mark)
    equity = 25 * abs(size) - gain
    return builder.closed(name, size, mark, mid, equity=equity, maintenance=equity + 1)


def chain() -> PerpTraceBuilder:
    """Three longs: each close lowers the mid by 5."""
    builder = PerpTraceBuilder().block().closed("a/0", 10, 100, 95, equity=0, maintenance=25)
    builder.prices(mid=95, mark=95).block().below("a/1")
    induced(builder, "a/1", 10, 95, 90).prices(mid=90, mark=90).block().below("a/2")
    return induced(builder, "a/2", 10, 90, 85)


def test_generations_follow_the_book():
    found = rows(chain())
    assert [(row.direct, row.cause, row.generation) for row in found] == [
        (True, None, 0),
        (False, 0, 1),
        (False, 1, 2),
    ]


def test_a_chain_is_a_cascade():
    table = liquidation_tables(Timeline(chain().trace)).merged
    assert liquidation_class(table) == "cascade"
    assert [(wave.generation, wave.liquidations, wave.liquidated_usd) for wave in waves(table)] == [
        (0, 1, 1_000.0),
        (1, 1, 950.0),
        (2, 1, 900.0),
    ]


def test_the_last_move_since_the_account_was_healthy_counts_and_else_the_largest_before():
    # Moves of 5, 1 and 2 in blocks 0 to 2, and a liquidation in block 5 of who was healthy until block 2.
    builder = PerpTraceBuilder().block().closed("a/0", 10, 100, 95, equity=0, maintenance=25).prices(mid=95)
    builder.block().closed("a/1", 10, 95, 94, equity=0, maintenance=25).prices(mid=94)
    builder.block().closed("a/2", 10, 94, 92, equity=0, maintenance=25).prices(mid=92)
    for _ in range(3):
        builder.block().below("a/9")
    assert rows(induced(builder, "a/9", 10, 92, 92))[-1].cause == 2
    # Healthy until block 4, before which nothing moved for a block: the largest of all is the first.
    for record in builder.trace.blocks[:5]:
        object.__setattr__(record, "below_maintenance", {"perp": {}})
    assert rows(builder)[-1].cause == 0


def test_what_the_mark_still_averages_comes_before_what_it_does_not():
    # Moves of 5 in block 0 and of 1 in block 3; who is liquidated in block 6 was healthy until then.
    builder = PerpTraceBuilder().block().closed("a/0", 10, 100, 95, equity=0, maintenance=25).prices(mid=95)
    builder.block().block().block().closed("a/1", 10, 95, 94, equity=0, maintenance=25).prices(mid=94)
    builder.block().block().block()
    induced(builder, "a/9", 10, 94, 94)
    market = builder.trace.scenario["perps"]["perp"]
    for window_s, cause in ((12, 0), (24, 1), (36, 1), (72, 0)):
        averaged = {"WETH": {**INSTRUMENT, "mark": {"premium_window_s": 12, "long_window_s": window_s}}}
        builder.trace.scenario = {**builder.trace.scenario, "perps": {"perp": {**market, "instruments": averaged}}}
        assert rows(builder)[-1].cause == cause


def test_what_a_block_does_to_the_book_counts_from_the_next_one_on():
    builder = PerpTraceBuilder().block().below("a/1").closed("a/0", 10, 100, 95, equity=0, maintenance=25)
    builder.prices(mid=95)
    row = rows(induced(builder, "a/1", 10, 95, 90))[-1]
    assert (row.direct, row.cause, row.generation) == (False, None, 0)


def test_sales_do_not_harm_a_short():
    builder = PerpTraceBuilder().block().closed("a/0", 10, 100, 95, equity=0, maintenance=25).prices(mid=95)
    builder.block().below("a/1")
    row = rows(induced(builder, "a/1", -10, 105, 110))[-1]
    assert (row.direct, row.cause, row.generation) == (False, None, 0)


def test_a_trade_of_somebodys_own_is_no_cause():
    builder = PerpTraceBuilder().trader("b/0", 20, 100, 500).block().trade("b/0", -20, 95).prices(mid=95)
    builder.block().below("a/1")
    assert rows(induced(builder, "a/1", 10, 95, 94))[-1].cause is None


def test_a_liquidation_that_moves_no_mid_is_no_cause():
    builder = PerpTraceBuilder().block().closed("a/0", 10, 100, 100, equity=0, maintenance=25)
    builder.block().below("a/1")
    assert rows(induced(builder, "a/1", 10, 95, 94))[-1].cause is None


# --- both kinds of market together


def test_a_perpetual_liquidation_is_caused_by_a_forced_sale_that_moved_its_index():
    # A borrower's collateral is sold on the pool that is the feed: 100 falls to 81. The perpetual's index follows.
    # Numbers count both kinds: a short that was closed before is the first.
    builder = (
        PerpTraceBuilder(pool_spot=True).block(exogenous=100.0).closed("c/0", -1, 100, equity=0, maintenance=3)
    )
    builder.transaction("liquidate").liquidation("b/0", 99.0, collateral=200.0, debt=16_000.0)
    builder.swap(base_in=111 * WETH).block().below("a/0")
    induced(builder, "a/0", 10, 90, 90)
    tables = liquidation_tables(Timeline(builder.trace))
    assert [(row.index, row.cause, row.generation) for row in tables.perps] == [(0, None, 0), (2, 1, 1)]
    assert [row.index for row in tables.merged] == [0, 1, 2]
    assert [(wave.generation, wave.liquidations) for wave in waves(tables.merged)] == [(0, 2), (1, 1)]


def test_a_hedgers_sale_carries_a_perpetual_liquidation_to_a_borrower():
    # The hedger's short is closed at a mark and an exogenous price of 105 (direct); it sells 50 WETH on the pool
    # that is the feed, which takes 105 to 95.2, and a borrower who was safe at 105 is liquidated there.
    builder = PerpTraceBuilder(price=105.0, pool_spot=True, pool=(1_000, 105_000)).block()
    builder.closed("hedgers/0", -50, 105, equity=0, maintenance=130)
    builder.transaction("hedge_sale", agent="hedgers", sender="hedgers/0").swap(base_in=50 * WETH)
    builder.block().account("b/0", 10, 850.0).transaction("liquidate").liquidation("b/0", 95.0, 10, 800.0)
    tables = liquidation_tables(Timeline(builder.trace))
    (row,) = tables.lending
    assert (row.index, row.direct, row.cause, row.generation) == (1, False, 0, 1)
