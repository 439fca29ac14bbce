"""Rule: a path depends on its model and its own random stream alone, and shocks multiply what is under them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.paths import Diffusion, ExogenousPath, LogLinear, build_path, build_paths, run_blocks
from sim.scenario import Scenario
from sim.scenario.outside import Asset, Clock, GbmPath, JumpDiffusionPath, Shock
from sim.scenario.seeds import rng_for

PRICES = st.floats(0.01, 1e6)


def asset(price: dict, **rest) -> Asset:
    return Asset.model_validate({"decimals": 18, "price": price, **rest})


@given(st.lists(PRICES, min_size=1, max_size=6), st.integers(1, 7_200), st.integers(0, 50_000))
def test_waypoints_hold_at_their_times_and_stay_within_their_neighbours(prices, interval_s, time_s):
    path = build_path(
        asset({"kind": "waypoints", "interval_s": interval_s, "prices_usd": prices}), 12, rng_for(0, "x")
    )
    for i, price in enumerate(prices):
        assert path.price_usd(i * interval_s) == price
    i = min(time_s // interval_s, len(prices) - 1)
    low, high = sorted((prices[i], prices[min(i + 1, len(prices) - 1)]))
    assert low * (1 - 1e-12) <= path.price_usd(time_s) <= high * (1 + 1e-12)
    assert path.length_s == ((len(prices) - 1) * interval_s or None)


def test_half_way_between_waypoints_lies_the_geometric_mean():
    path = LogLinear([(0, 100.0), (100, 400.0)])
    assert path.price_usd(50) == pytest.approx(200, rel=1e-14)
    assert path.price_usd(25) == pytest.approx(100 * math.sqrt(2), rel=1e-14)


def test_shocks_are_spread_evenly_in_log_and_compound():
    shocks = (Shock(at_s=100, change_bps=-1_900, over_s=200), Shock(at_s=400, change_bps=1_000))
    path = ExogenousPath(LogLinear([(0, 100.0)]), shocks)
    assert [path.price_usd(t) for t in (0, 100, 300, 399)] == [100, 100, 81, 81]
    assert path.price_usd(200) == pytest.approx(90, rel=1e-14)
    assert path.price_usd(400) == pytest.approx(89.1, rel=1e-14)
    assert path.price_e8(0) == 100 * 10**8


@pytest.mark.parametrize("kind", ["gbm", "jump_diffusion"])
def test_a_drawn_path_does_not_depend_on_the_order_of_reads(kind):
    drawn = asset({"kind": kind, "start_price_usd": 2_000})
    forward, backward = (build_path(drawn, 12, rng_for(7, "price/WETH")) for _ in range(2))
    times = range(0, 12 * 3_000, 12 * 500)
    assert [forward.price_e8(t) for t in times] == [backward.price_e8(t) for t in reversed(times)][::-1]
    assert forward.price_e8(0) == 2_000 * 10**8
    assert forward.price_e8(11) == forward.price_e8(0) != forward.price_e8(12)
    other = build_path(drawn, 12, rng_for(8, "price/WETH"))
    assert other.price_e8(12) != forward.price_e8(12)


def test_log_steps_have_the_moments_of_the_model():
    block_time_s, n, years = 3_600, 40_000, 3_600 / (365 * 86_400)
    gbm = Diffusion(GbmPath(kind="gbm", start_price_usd=1, volatility_per_year=0.8), block_time_s, rng_for(1, "g"))
    logs = np.log([gbm.price_usd(i * block_time_s) for i in range(n)])
    steps = np.diff(logs)
    assert steps.std() == pytest.approx(0.8 * math.sqrt(years), rel=0.02)
    assert steps.mean() == pytest.approx(-0.32 * years, abs=4 * steps.std() / math.sqrt(n))
    model = JumpDiffusionPath(
        kind="jump_diffusion",
        start_price_usd=1,
        volatility_per_year=0.0,
        jumps_per_day=12,
        jump_mean_log=-0.002,
        jump_std_log=0,
    )
    jump = Diffusion(model, block_time_s, rng_for(1, "j"))
    jumps = np.diff(np.log([jump.price_usd(i * block_time_s) for i in range(n)])) / model.jump_mean_log
    assert np.abs(jumps - np.round(jumps)).max() < 1e-6, "without volatility, whole jumps only"
    assert jumps.mean() == pytest.approx(0.5, rel=0.03)


def test_an_absurd_volatility_stays_a_price():
    path = build_path(
        asset({"kind": "gbm", "start_price_usd": 1, "volatility_per_year": 100}), 86_400, rng_for(0, "x")
    )
    assert all(1 <= path.price_e8(86_400 * i) <= 10**20 for i in range(100))


def test_the_run_is_as_long_as_the_longest_series_unless_told():
    waypoints = asset({"kind": "waypoints", "interval_s": 600, "prices_usd": (1, 2, 3)})
    constant = asset({"kind": "constant", "price_usd": 1})
    scenario = Scenario(name="x", assets={"WETH": waypoints, "USDC": constant})
    assert run_blocks(scenario, build_paths(scenario)) == 1_200 // 12
    still = Scenario(name="x", assets={"USDC": constant})
    assert run_blocks(still, build_paths(still)) == 300, "one hour"
    told = Scenario(name="x", assets={"USDC": constant}, clock=Clock(blocks=7))
    assert run_blocks(told, build_paths(told)) == 7


def test_adding_an_asset_does_not_shift_another():
    drawn = asset({"kind": "gbm", "start_price_usd": 10})
    one = build_paths(Scenario(name="x", assets={"WETH": drawn}))
    two = build_paths(Scenario(name="x", assets={"ABC": drawn, "WETH": drawn}))
    assert one["WETH"].price_e8(1_200) == two["WETH"].price_e8(1_200) != two["ABC"].price_e8(1_200)
