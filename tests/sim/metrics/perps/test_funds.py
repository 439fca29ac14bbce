"""Funds that several protocols draw on."""

import pytest

from sim.metrics.perps.funds import fund_metrics, fund_paths
from sim.metrics.timeline import Timeline
from sim.units import UINT256_MAX
from tests.sim.metrics.perps.traces import PerpTraceBuilder, usdc


def draw(builder: PerpTraceBuilder, protocol: str, amount: float, left: float) -> PerpTraceBuilder:
    args = {"requested": usdc(amount), "drawn": usdc(amount), "capLeft": usdc(left), "assetsBefore": 0}
    return builder.event("fund", "DeficitDrawn", protocol=protocol, **args)


def test_a_fund_under_two_protocols():
    # 10,000 at the start: 100 is 1 % of it.
    builder = PerpTraceBuilder().block(funds={"fund": usdc(6_000)}).transaction("x")
    draw(draw(builder, "stage-perp-fund", 3_000, 1_000), "main", 1_000, 4_000)
    builder.block(funds={"fund": usdc(100)}).transaction("x")
    draw(builder, "stage-perp-fund", 500, 500).block(funds={"fund": usdc(99.99)}).block(funds={"fund": usdc(200)})
    (path,) = fund_paths(Timeline(builder.trace))
    assert (path.start_tokens, path.end_tokens) == (10_000.0, 200.0)
    assert (path.depleted_block, path.depleted_s) == (2, 24)
    assert path.lowest_share == pytest.approx(0.009999)
    assert path.draws_tokens == {"stage-perp-fund": 3_500.0, "main": 1_000.0}
    assert path.largest_cap_share == pytest.approx(3_500 / 4_000)


def test_a_draw_without_a_cap_uses_up_no_share_of_one():
    builder = PerpTraceBuilder().block().transaction("x")
    args = {"requested": 5, "drawn": 5, "capLeft": UINT256_MAX - 5, "assetsBefore": 10}
    builder.event("fund", "DeficitDrawn", protocol="stage-perp-fund", **args)
    (path,) = fund_paths(Timeline(builder.trace))
    assert (path.largest_cap_share, path.draws_tokens) == (None, {"stage-perp-fund": 5e-6})


def test_a_fund_that_nobody_draws_on():
    assert fund_metrics(Timeline(PerpTraceBuilder().block().trace)) == {
        "fund_depleted_block": None,
        "fund_depleted_s": None,
        "lowest_fund_share": 1.0,
        "largest_fund_cap_share": None,
    }
