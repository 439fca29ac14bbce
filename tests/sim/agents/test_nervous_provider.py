"""Providers leave at a hazard that rises with volatility, and return when it is calm. On real contracts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.nervous_provider import RealisedVolatility
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.units import SECONDS_PER_YEAR
from tests.sim.agents.small import lending_scenario, weth

BLOCK_TIME_S = 12
STEP = 0.004
"""Log move of every moving block: over a window of 120 s it realises a volatility of 6.48 a year."""
WINDOW_S = 120
FULL = STEP * math.sqrt(SECONDS_PER_YEAR / BLOCK_TIME_S)


@given(
    steps=st.lists(st.tuples(st.integers(1, 50), st.floats(1, 1_000)), min_size=2, max_size=60),
    window_s=st.integers(1, 200),
)
def test_volatility_is_a_years_worth_of_the_squares_in_the_window(steps, window_s):
    realised, prices, time_s = RealisedVolatility(window_s), [], 0
    for wait_s, price in steps:
        time_s += wait_s
        prices.append((time_s, price))
        found = realised.after(time_s, price)
        squares = sum(
            math.log(b / a) ** 2
            for (_, a), (t, b) in zip(prices, prices[1:], strict=False)
            if t > time_s - window_s
        )
        assert found == pytest.approx(math.sqrt(squares / window_s * SECONDS_PER_YEAR), rel=1e-9, abs=1e-9)


def scenario(moving: int, quiet: int = 0, seed: int = 1, space: dict | None = None, kind: str = "", **fields):
    """A price that falls by `STEP` in each of `moving` blocks, then stands still; providers of 90 %."""
    prices = [2_000 * math.exp(-STEP * i) for i in range(moving + 1)]
    provider = {
        "kind": "nervous_provider",
        "venue": "pool",
        "share_bps": 9_000,
        "window_s": WINDOW_S,
        "calm_volatility_per_year": FULL / 2,
        "withdraw_per_block_bps": 200,
        **fields,
    }
    return lending_scenario(
        seed=seed,
        clock={"blocks": moving + quiet},
        assets=weth(kind="waypoints", interval_s=BLOCK_TIME_S, prices_usd=prices),
        lending={},
        venues={
            "pool": {"kind": kind or "constant_product", "base": "WETH", "quote": "USDC", "base_tokens": 5_000}
        },
        agents={"lps": provider},
        block_space=space or {"base_fee_gwei": 1.0},
    )


def moves(trace, intent: str) -> list[int]:
    return [t.block for t in trace.transactions if t.intent == intent and t.ok]


def left(trace, block: int) -> float:
    """Share of the pool that is still there."""
    return trace.blocks[block].venues["pool"].base / trace.initial.venues["pool"].base


def test_who_leaves_follows_the_hazard(revm, artifacts):
    """1 - exp(-sum of hazards): 2 % a block once the window is full of moves at twice the calm volatility."""
    blocks = 60
    trace = launch(scenario(blocks, providers=10_000), revm, artifacts).run()
    volatility = [FULL * math.sqrt(min(n, 10) / 10) for n in range(blocks)]
    hazard = sum(0.02 * max(0.0, v / (FULL / 2) - 1) for v in volatility)
    assert left(trace, blocks - 1) == pytest.approx(0.1 + 0.9 * math.exp(-hazard), abs=0.02)
    assert moves(trace, "withdraw_liquidity")[0] >= 3, "a quarter of the window at that pace is calm"
    assert moves(trace, "add_liquidity") == []


@pytest.mark.parametrize("fields", [{"calm_volatility_per_year": FULL}, {"withdraw_per_block_bps": 0}])
def test_at_or_below_the_calm_volatility_nobody_leaves(revm, artifacts, fields):
    trace = launch(scenario(20, **fields), revm, artifacts).run()
    assert moves(trace, "withdraw_liquidity") == [] and left(trace, 19) == 1.0


def test_providers_leave_one_after_the_other_with_whole_shares(revm, artifacts):
    trace = launch(scenario(60, providers=3), revm, artifacts).run()
    steps = {round(left(trace, block), 6) for block in range(60)}
    assert steps <= {1.0, 0.7, 0.4, 0.1} and len(steps) > 1


def test_who_leaves_when_is_the_seeds(artifacts):
    def run(seed: int) -> list[int]:
        return moves(
            launch(scenario(60, seed=seed, providers=3), RevmChain(), artifacts).run(), "withdraw_liquidity"
        )

    assert run(1) == run(1) != run(2)


def test_a_withdrawal_waits_until_its_bid_gets_in(revm, artifacts):
    space = {"base_fee_gwei": 60.0, "gas_limit": 3_000_000}
    trace = launch(scenario(60, space=space, max_fee_gwei=1.0), revm, artifacts).run()
    landed = moves(trace, "withdraw_liquidity")
    assert landed and trace.blocks[landed[0]].base_fee_gwei <= 1.0
    assert left(trace, landed[0]) < 0.9, "all who had decided by then leave at once"


@pytest.mark.parametrize("kind", ["constant_product", "uniswap_v3"])
def test_who_left_comes_back_after_the_calm(revm, artifacts, kind):
    """The window is empty 120 s after the last move, half of it after 60: calm since then, plus 60 s."""
    trace = launch(scenario(30, 40, kind=kind, returns_after_s=60), revm, artifacts).run()
    out, back = moves(trace, "withdraw_liquidity"), moves(trace, "add_liquidity")
    assert out and len(back) == 1 and back[0] > out[-1]
    assert left(trace, back[0] - 1) < 0.9
    assert left(trace, 69) == pytest.approx(1.0, rel=1e-9), "the pool had nobody else to trade with"
    calm_s = trace.blocks[29].time_s + 5 * BLOCK_TIME_S
    assert trace.blocks[back[0]].time_s >= calm_s + 60
