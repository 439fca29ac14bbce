"""The depth of a virtual AMM falls as volatility rises, in steps, at the mid that holds, and comes back."""

import math

import pytest

from sim.units import SECONDS_PER_YEAR, WAD
from tests.sim.agents.perps.small import curve, engine_of, made, steps, trade

STEP = 0.004
WINDOW_S = 120
FULL = STEP * math.sqrt(SECONDS_PER_YEAR / 12)
"""Volatility a year once all of the window has moved by a step in every block."""
DEPTH = 20_000_000
MAKER = {
    "kind": "perp_market_maker",
    "market": "perp",
    "instrument": "WETH",
    "window_s": WINDOW_S,
    "calm_volatility_per_year": FULL / 4,
    "returns_after_s": 60,
}


def prices(moving: int) -> list[float]:
    return [2_000 * math.exp(-STEP * i) for i in range(moving + 1)]


def depth_bps(engine) -> int:
    curve_now = engine.world.perps["perp"].read_curve("WETH")
    return round(curve_now.quote_wad * 10_000 / (DEPTH * WAD))


def test_the_depth_is_the_calm_volatility_over_the_realised_one(artifacts):
    engine = engine_of(artifacts, {"maker": MAKER | {"step_bps": 1}}, prices(20))
    steps(engine, 20)
    assert depth_bps(engine) == pytest.approx(2_500, abs=2)
    assert all(tx.ok and tx.intent == "market_making" for tx in made(engine, "maker"))
    assert {tx.sender for tx in made(engine, "maker")} == {"admin"}


def test_it_leaves_in_steps_and_never_below_the_least(artifacts):
    fields = {"step_bps": 2_000, "least_depth_bps": 4_000}
    engine = engine_of(artifacts, {"maker": MAKER | fields}, prices(20))
    seen = [10_000]
    for _ in range(20):
        engine.step()
        if depth_bps(engine) != seen[-1]:
            seen.append(depth_bps(engine))
    assert len(seen) > 2 and all(a - b >= 2_000 for a, b in zip(seen, seen[1:], strict=False))
    assert seen[-1] >= 4_000


def test_a_new_depth_leaves_the_mid_and_makes_trades_move_it_more(artifacts):
    engine = engine_of(artifacts, {"maker": MAKER}, prices(20))
    steps(engine, 20)
    before = engine.trace.blocks[-1].perps["perp"]["WETH"].mid_e8
    assert before == pytest.approx(engine.trace.initial.perps["perp"]["WETH"].mid_e8, rel=1e-9)
    trade(engine, 20)
    steps(engine, 1)
    moved = engine.trace.blocks[-1].perps["perp"]["WETH"].mid_e8 / before - 1
    least, most = (2 * 20 * 2_000 / (DEPTH * share) for share in (0.35, 0.2))
    assert least < moved < most


@pytest.mark.parametrize(("returns_after_s", "back"), [(60, 10_000), (None, 2_500)])
def test_it_comes_back_once_it_has_long_been_calm(artifacts, returns_after_s, back):
    """Of the twenty blocks' moves a sixteenth of the window is left 108 s after the last: calm, and 60 s more."""
    fields = {"returns_after_s": returns_after_s, "step_bps": 1}
    engine = engine_of(artifacts, {"maker": MAKER | fields}, prices(20), blocks=40)
    steps(engine, 32)
    assert depth_bps(engine) == pytest.approx(2_500, abs=2)
    steps(engine, 8)
    assert depth_bps(engine) == pytest.approx(back, abs=2)


def test_calm_nothing_is_sent(artifacts):
    engine = engine_of(artifacts, {"maker": MAKER | {"calm_volatility_per_year": 2 * FULL}}, prices(20))
    steps(engine, 20)
    assert made(engine, "maker") == []


def test_a_depth_that_traders_positions_do_not_fit_on_is_not_sent(artifacts):
    """Net short by 300 of a curve of 5,000, they leave no base reserve on a twentieth of it."""
    fields = {"calm_volatility_per_year": FULL / 100, "least_depth_bps": 500, "step_bps": 5_000}
    engine = engine_of(artifacts, {"maker": MAKER | fields}, [2_000], curve(10_000_000))
    trade(engine, -300)
    steps(engine, 1)
    (maker,) = [agent for agent in engine.agents if agent.name == "maker"]
    engine.outside.advance(24)
    assert maker.propose(engine._observe(24)) == []
    moved = engine._observe(36)
    moved.outside_e8["WETH"] = moved.outside_e8["WETH"] * 9 // 10
    assert maker.propose(moved) == []
    assert not maker._market.succeeds(maker._market.set_depth("WETH", 500_000 * WAD), maker._owner)
