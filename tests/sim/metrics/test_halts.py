"""Halts of feeds: how often, how long, and the largest gap at a resume."""

from sim.metrics.halts import halt_metrics, resume_gaps_bps
from sim.metrics.timeline import Timeline
from tests.sim.metrics.traces import BLOCK_TIME_S, TraceBuilder


def halted() -> TraceBuilder:
    """A halt of WETH's feed from block 1 to 3, one of USDC's from block 3 to the end."""
    trace = TraceBuilder().block().block()
    trace.transaction("upkeep").event("feed-WETH", "HaltBegun", lastPrice=100, untilS=36)
    trace.block().block()
    trace.transaction("upkeep").event("feed-WETH", "Resumed", lastPrice=100, firstPrice=93, gapBps=700)
    trace.transaction("upkeep").event("feed-USDC", "HaltBegun", lastPrice=1, untilS=60)
    return trace.block()


def test_halts_add_up_over_feeds():
    timeline = Timeline(halted().trace)
    assert resume_gaps_bps(timeline) == [700]
    assert halt_metrics(timeline) == {"halts": 2, "halted_s": 3 * BLOCK_TIME_S, "max_resume_gap_bps": 700}


def test_without_halts_there_is_no_gap():
    timeline = Timeline(TraceBuilder().block().trace)
    assert halt_metrics(timeline) == {"halts": 0, "halted_s": 0, "max_resume_gap_bps": None}
