"""A slow feed falls in steps, and congestion silences one whose reporter will not pay: latency block by block.

Blocks of 12 s, block n at 12 (n + 1) s; a heartbeat of 600 s counts from the publication, reports take two blocks.
The opening publishes at 0 s, so observations are due in block 49 (600 s), published in 51 (624 s), then due in
block 101 (1,224 s). From 1,200 s to 2,400 s blocks ask for 200 gwei, and the reporter pays 50 at most: of what it
observed in blocks 101 and 151 the fresher comes out in block 199 (2,400 s); the next is due in 249 and out in 251.
"""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.trace import Trace
from tests.sim.agents.small import lending_scenario

BLOCKS = 260
DELAY_BLOCKS = 2
FEED = {"kind": "push", "deviation_bps": 10_000, "heartbeat_s": 600, "delay_blocks": DELAY_BLOCKS}
FALL_S = 1_300


def run(artifacts, **feed) -> tuple[Trace, Result]:
    levels = [20.0, 20.0, 200.0, 200.0, 20.0, 20.0]
    demand = {"gas_per_block": 60_000_000, "fee_gwei": levels, "interval_s": 600, "fee_sigma": 0.1}
    weth = {
        "decimals": 18,
        "price": {"kind": "constant", "price_usd": 2_000.0},
        "shocks": [{"at_s": FALL_S, "change_bps": -1_000}],
    }
    usdc = {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}}
    scenario = lending_scenario(
        clock={"blocks": BLOCKS},
        assets={"WETH": weth, "USDC": usdc},
        feeds={"WETH": {**FEED, **feed}, "USDC": {"kind": "push", "heartbeat_s": 86_400}},
        lending={},
        block_space={"base_fee_gwei": 1.0, "base_fee_moves": False, "demand": demand},
    )
    with RevmChain() as chain:
        trace = launch(scenario, chain, artifacts).run()
    return trace, summarise(trace)


def sawtooth(published: dict[int, int]) -> list[int]:
    """Latency in blocks at the end of each block, given the block of its observation by block of publication."""
    observed, latency = -1, []
    for block in range(BLOCKS):
        observed = published.get(block, observed)
        latency.append(block - observed)
    return latency


@pytest.fixture(scope="module")
def paying(artifacts):
    return run(artifacts)


@pytest.fixture(scope="module")
def silenced(artifacts):
    return run(artifacts, max_fee_gwei=50.0)


def test_a_feed_without_a_limit_on_fees_is_late_by_its_heartbeat_and_delay(paying):
    """Every 52 blocks: fifty of the heartbeat and two of the delay."""
    _, result = paying
    published = {first + DELAY_BLOCKS: first for first in range(49, BLOCKS - DELAY_BLOCKS, 52)}
    assert result.series["oracle_latency_blocks.WETH"] == sawtooth(published)
    assert result.series["oracle_latency_s.WETH"] == [12 * blocks for blocks in sawtooth(published)]
    assert result.metrics["max_oracle_latency_blocks"] == 53
    assert result.metrics["max_oracle_age_s"] == 12 * (53 - DELAY_BLOCKS)


def test_congestion_silences_a_feed_and_its_freshest_observation_ends_the_silence(silenced):
    _, result = silenced
    published = {51: 49, 199: 151, 251: 249}
    assert result.series["oracle_latency_blocks.WETH"] == sawtooth(published)
    assert result.metrics["max_oracle_latency_blocks"] == 198 - 49
    assert result.metrics["oracle_updates_due"] == 5 and result.metrics["oracle_updates_missed"] == 2


@pytest.mark.parametrize(("who", "step"), [("paying", 155), ("silenced", 199)])
def test_a_slow_feed_takes_the_fall_in_one_step(who, step, request):
    """The fall is at 1,300 s, in block 108; until the step the market is ten percent below the oracle."""
    trace, result = request.getfixturevalue(who)
    outside, oracle = result.series["outside_usd.WETH"], result.series["oracle_usd.WETH"]
    assert outside.index(1_800.0) == 108
    assert oracle == [2_000.0] * step + [1_800.0] * (BLOCKS - step)
    percent = result.series["oracle_latency_percent.WETH"]
    assert percent == pytest.approx([0.0] * 108 + [100 / 9] * (step - 108) + [0.0] * (BLOCKS - step))
    assert result.metrics["max_oracle_gap_bps"] == pytest.approx(10_000 / 9)
