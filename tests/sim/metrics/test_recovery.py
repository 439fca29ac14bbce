"""Rule: recovery is counted from the first liquidation until all is well to the end."""

from dataclasses import replace

import pytest

from sim.metrics.recovery import recovery_blocks
from sim.metrics.timeline import Timeline
from tests.sim.metrics.traces import TraceBuilder, account

ILL = {"main": {"a/0": account(10, 900.0, 0.9)}}
WELL = {"main": {"a/0": account(10, 100.0, 1.5)}}


def blocks(builder: TraceBuilder) -> int | None:
    return recovery_blocks(Timeline(builder.trace))


def liquidated(*starts: dict) -> TraceBuilder:
    """A liquidation in block 1; `starts` are the accounts below health 1 at the start of blocks 2, 3, ..."""
    builder = TraceBuilder().block(below_one=ILL).block(below_one=ILL)
    builder.transaction("liquidate").liquidation("a/0", 100.0)
    for below_one in starts:
        builder.block(below_one=below_one)
    builder.trace.final_accounts = WELL
    return builder


@pytest.mark.parametrize(
    ("starts", "expected"),
    [(({},), 0), ((ILL, {}), 1), ((ILL, ILL, {}, {}), 2), (({}, ILL, {}), 2), ((ILL, ILL), 2), ((), 0)],
)
def test_recovery_ends_when_nobody_is_below_one_any_more(starts, expected):
    assert blocks(liquidated(*starts)) == expected


def test_there_is_none_without_a_liquidation_or_with_someone_left():
    assert blocks(TraceBuilder().block(below_one=ILL).block()) is None
    builder = liquidated({})
    builder.trace.final_accounts = ILL
    assert blocks(builder) is None
    builder.trace.final_accounts = {"main": {"a/0": replace(account(10, 0.0, 0.5), debt={})}}
    assert blocks(builder) == 0
