"""When deleveraging comes."""

import pytest

from sim.metrics.perps.timing import Timing, timing
from sim.metrics.timeline import Timeline
from tests.sim.metrics.perps.traces import PerpTraceBuilder


def start() -> PerpTraceBuilder:
    builder = PerpTraceBuilder().trader("w/0", -100, 110, 10)
    for i in range(10):
        builder.trader(f"l/{i}", 1, 101, 0)
    return builder


def ranked(builder: PerpTraceBuilder, name: str) -> PerpTraceBuilder:
    builder.transaction("deleverage").deleverage(name, "w/0", 1, 101, 100)
    return builder.liquidated(name, 1, 100, stages=1, equity=-1, bankruptcy=101)


def test_the_first_comes_so_many_seconds_and_liquidations_after_the_first_liquidation():
    builder = start().block().block().closed("l/0", 1, 100).block().closed("l/1", 1, 100)
    ranked(builder.block(), "l/2")
    found = timing(Timeline(builder.trace))
    assert (found.first_delay_s, found.liquidations_before) == (24, 2)


def test_within_a_block_pairs_are_counted():
    # Block 0: plain, ranked, plain, ranked: of 4 pairs 3 have the plain one first. Block 1 has no pair.
    builder = start().block().closed("l/0", 1, 100)
    ranked(builder, "l/1").closed("l/2", 1, 100)
    ranked(builder, "l/3").block().closed("l/4", 1, 100)
    assert timing(Timeline(builder.trace)).before_share == 0.75


def test_correlation_over_blocks_with_either():
    # Liquidations 1, 2 and 3, of which 0, 1 and 2 deleverage one account each: a line. A block without counts not.
    builder = start().block().closed("l/0", 1, 100)
    ranked(builder.block().closed("l/1", 1, 100), "l/2").block()
    ranked(ranked(builder.block().closed("l/3", 1, 100), "l/4"), "l/5")
    assert timing(Timeline(builder.trace)).correlation == pytest.approx(1.0)


def test_nothing_is_defined_without_deleveraging():
    assert timing(Timeline(start().block().trace)) == Timing(None, None, None, None)
    builder = start().block().closed("l/0", 1, 100).block().closed("l/1", 1, 100)
    assert timing(Timeline(builder.trace)) == Timing(None, None, None, None)
