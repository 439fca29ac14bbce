"""What a loop makes of a shock, on chain: the fixed point F = s + 2 ln(1 + R F / 2), and its table.

A fine ladder stands for a constant density of thresholds: rungs of q = rho (-ln(1 - g)) tokens at every g, hence
R = 2 rho / x. The shock raises the price of the debt on its feed, which lowers every health factor alike and
leaves the pool alone; the pool is the oracle of the collateral. The total fall is the shock plus the pool's fall.
"""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.loop import fixed_point_fall
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario

RESERVE = 1_000
ANY_NUMBER = 10**6
TWO_PERCENT = -math.log(0.98)


@dataclass(frozen=True)
class Loop:
    """A ladder of gain R under a shock, as run on chain: log falls in total and of the shock alone."""

    gain: float
    step: float
    shock: float
    fall: float
    result: Result

    @property
    def bounds(self) -> tuple[float, float]:
        """What a ladder instead of a density can do to the total fall.

        The first rung is half a step down, so the rungs within a fall F sell what a density sells over F + d, with
        |d| at most half a step (the price grid of eight decimals is far below). F + d is then the fixed point of
        the shock s + d.
        """
        half = self.step / 2 + 1e-7
        least, most = self.shock - half, self.shock + half
        return fixed_point_fall(least, self.gain) + half, fixed_point_fall(most, self.gain) - half


def run_loop(artifacts, gain: float, shock_log: float, spacing_bps: int = 2) -> Loop:
    step = -math.log1p(-spacing_bps / 10_000)
    longest = fixed_point_fall(shock_log + step, gain) / step
    overrides = {
        "assets.DAI.price": {"kind": "waypoints", "interval_s": 36, "prices_usd": [1, math.exp(shock_log)]},
        "feeds.DAI": {"kind": "push", "deviation_bps": 0, "heartbeat_s": 86_400, "delay_blocks": 0},
        "population.ladder.count": max(math.ceil(longest), math.ceil(0.05 / step)) + 2,
        "population.ladder.collateral_tokens": gain * RESERVE * step / 2,
        "population.ladder.spacing_bps": spacing_bps,
        "population.ladder.start_bps": spacing_bps // 2,
        "agents.keeper.max_liquidations_per_block": ANY_NUMBER,
        "block_space.gas_limit": 10**12,
        "clock.blocks": 120,
    }
    with RevmChain() as chain:
        trace = launch(load_scenario("loop-ladder", overrides), chain, artifacts).run()
    assert not trace.violations
    assert len(trace.final_accounts["main"]) > sum(event.name == "Liquidation" for event in trace.events)
    first, last = trace.initial, trace.blocks[-1]
    shock = math.log(last.feeds["DAI"].price_e8 / first.feeds["DAI"].price_e8)
    pool = math.log(first.venues["pool"].reserves[1] / first.venues["pool"].reserves[0])
    pool -= math.log(last.venues["pool"].reserves[1] / last.venues["pool"].reserves[0])
    assert not last.below_one["main"], "the chain was cut short"
    return Loop(gain, step, shock, shock + pool, summarise(trace))


def assert_reproduces(loop: Loop) -> None:
    low, high = loop.bounds
    assert low <= loop.fall <= high
    metrics = loop.result.metrics
    assert metrics["amplification"] == pytest.approx(loop.fall / loop.shock, rel=1e-6)
    assert metrics["loop_gain_measured"] == pytest.approx(1 - loop.shock / loop.fall, rel=1e-5)
    assert metrics["loop_gain_predicted"] == pytest.approx(loop.gain, rel=loop.step / 0.05)


@pytest.mark.parametrize(
    ("gain", "printed"), [(0.1, "1.111"), (0.2, "1.250"), (0.5, "1.990"), (0.8, "4.66"), (0.9, "7.69")]
)
def test_amplification_of_a_two_percent_shock(gain, printed, artifacts):
    loop = run_loop(artifacts, gain, TWO_PERCENT)
    assert_reproduces(loop)
    low, high = (bound / loop.shock for bound in loop.bounds)
    assert high - low < 0.008 * float(printed)
    last_digit = 10.0 ** -len(printed.partition(".")[2])
    assert low - last_digit / 2 <= float(printed) <= high + last_digit / 2
    assert abs(loop.fall / loop.shock - float(printed)) <= (high - low) / 2 + last_digit


@pytest.mark.parametrize(("gain", "printed_percent"), [(0.95, 12.1), (1.05, 27.8)])
def test_one_percent_becomes_a_crash_near_a_gain_of_one(gain, printed_percent, artifacts):
    loop = run_loop(artifacts, gain, -math.log(0.99), spacing_bps=4)
    assert_reproduces(loop)
    percent = 100 * (1 - math.exp(-loop.fall))
    assert percent > 10
    assert percent == pytest.approx(printed_percent, rel=0.02)
    assert loop.result.liquidation_class == "cascade"


@settings(max_examples=15)
@given(gain=st.floats(0.05, 0.85), shock=st.floats(0.003, 0.05), spacing_bps=st.sampled_from([4, 10, 20]))
def test_the_fall_is_the_fixed_point_for_any_gain_and_shock(gain, shock, spacing_bps, artifacts):
    loop = run_loop(artifacts, gain, shock, spacing_bps)
    low, high = loop.bounds
    assert low <= loop.fall <= high


def test_without_liquidations_the_shock_is_all_there_is(artifacts):
    loop = run_loop(artifacts, 0.5, 0.0001, spacing_bps=10)
    assert loop.fall == loop.shock
    assert loop.result.metrics["liquidations"] == 0
