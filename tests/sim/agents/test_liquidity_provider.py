"""Liquidity leaves when the price falls fast, once a window, and as soon as fees allow. On real contracts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine import launch
from sim.market.falling import FallingPrice
from tests.sim.agents.small import lending_scenario, weth


@given(
    steps=st.lists(st.tuples(st.integers(1, 50), st.integers(1, 1_000)), min_size=1, max_size=60),
    window_s=st.integers(1, 200),
    fall_bps=st.integers(1, 9_999),
)
def test_a_fall_is_from_the_highest_price_of_the_window(steps, window_s, fall_bps):
    falling, seen, time_s = FallingPrice(window_s, fall_bps), [], 0
    for wait_s, price in steps:
        time_s += wait_s
        seen.append((time_s, price))
        highest = max(p for t, p in seen if t >= time_s - window_s)
        assert falling.fell(time_s, price) is (price * 10_000 <= highest * (10_000 - fall_bps))


def scenario(prices_usd: list[float], space: dict | None = None, **fields):
    """A provider of half the pool, and an outside price that moves once a block."""
    provider = {"kind": "liquidity_provider", "venue": "pool", "window_s": 36, **fields}
    return lending_scenario(
        clock={"blocks": len(prices_usd) - 1},
        assets=weth(kind="waypoints", interval_s=12, prices_usd=prices_usd),
        lending={},
        agents={"lp": provider},
        block_space=space or {"base_fee_gwei": 1.0},
    )


def withdrawals(trace) -> list[int]:
    return [t.block for t in trace.transactions if t.intent == "withdraw_liquidity" and t.ok]


def test_a_fast_fall_takes_the_share_out_of_the_pool(revm, artifacts):
    trace = launch(scenario([2_000, 2_000, 1_900, 1_800, 1_800, 1_800]), revm, artifacts).run()
    assert withdrawals(trace) == [2]
    before, after = trace.initial.venues["pool"].reserves, trace.blocks[-1].venues["pool"].reserves
    assert after[0] == pytest.approx(before[0] * 0.75, rel=1e-9)
    assert after[1] == pytest.approx(before[1] * 0.75, rel=1e-9)
    assert trace.blocks[-1].balances["lp"]["WETH"] == pytest.approx(before[0] * 0.25, rel=1e-9)


def test_a_slow_fall_does_not(revm, artifacts):
    prices = [2_000 * 0.98**i for i in range(20)]
    assert withdrawals(launch(scenario(prices), revm, artifacts).run()) == []


def test_the_next_fall_counts_anew_after_a_window(revm, artifacts):
    prices = [2_000, 2_000, 1_500, 1_000, 1_000, 1_000, 1_000, 1_000, 700, 700, 700]
    assert withdrawals(launch(scenario(prices), revm, artifacts).run()) == [1, 7]


def test_a_fall_within_a_window_of_the_last_one_waits_for_its_end(revm, artifacts):
    prices = [2_000, 2_000, 1_500, 1_500, 1_000, 1_000, 1_000]
    assert withdrawals(launch(scenario(prices), revm, artifacts).run()) == [1, 4]


def test_a_withdrawal_waits_until_its_bid_gets_in(revm, artifacts):
    space = {"base_fee_gwei": 60.0, "gas_limit": 3_000_000}
    trace = launch(scenario([2_000, 2_000, *[1_500] * 10], space, max_fee_gwei=40.0), revm, artifacts).run()
    (landed,) = withdrawals(trace)
    assert landed > 1
    assert trace.blocks[landed].base_fee_gwei <= 40.0
