"""Which logs belong to which liquidation."""

from sim.metrics.perps.closings import closings
from sim.metrics.perps.market import account_in, emitters, pricing_role, stages
from sim.metrics.timeline import Timeline
from tests.sim.metrics.perps.traces import INSTRUMENT, PerpTraceBuilder, perp_market
from tests.sim.metrics.traces import TraceBuilder


def test_a_trade_before_it_in_the_same_transaction_is_not_a_part_of_it():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).trader("b/0", -1, 100, 60).block()
    builder.trade("b/0", 1, 99).book("a/0", -10, 98).liquidated("a/0", 10, 98, book=10)
    (one,) = closings(Timeline(builder.trace))
    assert [log.name for log in one.logs] == ["Priced", "PositionChanged", "PositionChanged"]
    assert [log.args["owner"] for log in one.named("PositionChanged")] == ["a/0", "pricing-perp-virtual-amm"]
    assert (one.account, one.instrument, one.closed_wad) == ("a/0", "WETH", 10 * 10**18)


def test_two_in_one_transaction_have_each_their_own():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).trader("a/1:WETH", 5, 100, 60).block()
    builder.closed("a/0", 10, 98).book("a/1:WETH", -5, 97).liquidated("a/1:WETH", 5, 97, book=5)
    first, second = closings(Timeline(builder.trace))
    assert [len(one.logs) for one in (first, second)] == [3, 3]
    assert (first.account, second.account) == ("a/0", "a/1:WETH")
    assert (first.number, second.number) == (0, 1)


def test_numbers_count_liquidations_of_lending_too():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block()
    builder.transaction("liquidate").liquidation("b/0", 100.0)
    builder.closed("a/0", 10, 98)
    timeline = Timeline(builder.trace)
    assert [one.number for one in closings(timeline)] == [1]
    assert [event.name for event in timeline.all_liquidations] == ["Liquidation", "Liquidated"]


def test_roles_follow_from_the_scenario():
    named = perp_market(waterfall=[{"kind": "backstop", "name": "vault"}, {"kind": "fund"}])
    impact = perp_market(instruments={"WETH": INSTRUMENT | {"pricing": {"kind": "oracle_impact"}}}, waterfall=[])
    timeline = Timeline(TraceBuilder(perps={"perp": named, "perp-2": impact}).block().trace)
    assert list(stages(timeline, "perp")) == ["stage-perp-vault", "stage-perp-fund"]
    assert pricing_role(timeline, "perp-2", "WETH") == "pricing-perp-2-oracle-impact"
    assert emitters(timeline)["pricing-perp-2-oracle-impact"] == "perp-2"
    assert emitters(timeline)["stage-perp-fund"] == "perp"


def test_a_slot_that_is_no_instrument_is_the_cross_account():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block().closed("a/0", 10, 98)
    timeline = Timeline(builder.trace)
    assert account_in(timeline, "perp", builder.trace.events[-1]) == "a/0"
    builder.liquidated("a/0:WETH", 10, 98)
    assert account_in(timeline, "perp", builder.trace.events[-1]) == "a/0:WETH"


def test_without_perpetual_markets_there_are_none():
    assert (
        closings(Timeline(TraceBuilder().block().transaction("liquidate").liquidation("a/0", 100.0).trace)) == []
    )
