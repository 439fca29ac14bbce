"""Trend traders are on the side of the price, within leverage and slippage, and out after a liquidation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.perps.trend_trader import MovingMean
from sim.protocols.perp_states import PerpKey
from sim.units import WAD
from tests.perp_scenarios import USD
from tests.sim.agents.perps.small import WHALE, engine_of, held, made, steps, submit

IMPACT = {"pricing": {"kind": "oracle_impact"}}
TREND = {
    "kind": "trend_trader",
    "market": "perp",
    "instrument": "WETH",
    "window_s": 120,
    "notional_tokens": 200_000,
    "interval_s": 24,
}
RISE = [2_000 + 10 * i for i in range(10)]
FALL = [2_000 - 10 * i for i in range(10)]


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 10**12)), min_size=1, max_size=30), st.integers(1, 99)
)
def test_the_mean_counts_every_price_for_as_long_as_it_held(prices, window_s):
    mean, at_s, by_second = MovingMean(window_s), 1_000, []
    for i, (wait_s, price) in enumerate(prices):
        by_second += [prices[max(i - 1, 0)][1]] * (wait_s if i else window_s)
        at_s += wait_s
        assert mean.after(at_s, price) == sum(by_second[-window_s:]) // window_s


@pytest.mark.parametrize(("prices", "side"), [(RISE, 1), (FALL, -1)])
def test_it_is_on_the_side_of_the_price_and_flat_once_back_at_its_mean(artifacts, prices, side):
    engine = engine_of(artifacts, {"trend": TREND}, prices, IMPACT, blocks=30)
    steps(engine, 8)
    value = abs(held(engine, "trend")) * 2_000 // WAD
    assert held(engine, "trend") * side > 0 and value == pytest.approx(200_000, rel=0.03)
    steps(engine, 22)
    assert held(engine, "trend") == 0
    assert [(tx.intent, tx.ok) for tx in made(engine, "trend")] == [("perp_trade", True)] * 2
    # The last move is at 108 s; the window holds nothing older from 228 s on, the time of block 18.
    assert made(engine, "trend")[1].block == 18


def test_within_its_band_it_does_nothing(artifacts):
    engine = engine_of(artifacts, {"trend": TREND | {"entry_bps": 500}}, RISE, IMPACT)
    engine.run()
    assert made(engine, "trend") == []


def test_it_turns_with_the_price_and_not_before_its_interval_is_over(artifacts):
    engine = engine_of(artifacts, {"trend": TREND | {"interval_s": 96}}, RISE + FALL[::-1] + FALL, IMPACT)
    engine.run()
    blocks = [tx.block for tx in made(engine, "trend")]
    assert len(blocks) >= 2 and all(b - a >= 8 for a, b in zip(blocks, blocks[1:], strict=False))


def test_its_position_is_within_its_leverage_of_what_it_has_left(artifacts):
    engine = engine_of(artifacts, {"trend": TREND | {"leverage": 10}}, [2_000, 2_000, 2_100], IMPACT)
    market, owner = engine.world.perps["perp"], engine.world.address("trend")
    submit(engine, "trend", market.withdraw(15_000 * USD, owner))
    steps(engine, 5)
    value = held(engine, "trend") * 2_100 // WAD
    assert value == pytest.approx(10 * (200_000 / 10 * 1.05 - 15_000), rel=0.01)


def test_liquidated_it_stays_out_for_the_window(artifacts):
    prices = [2_000, 2_030, 2_060, 2_060, 1_700] + [1_700 - 5 * i for i in range(20)]
    fields = {"interval_s": 3_600, "leverage": 15, "window_s": 96}
    engine = engine_of(artifacts, {"trend": TREND | fields}, prices, IMPACT)
    steps(engine, 5)
    assert held(engine, "trend") > 0
    key = PerpKey(engine.world.address("trend"))
    market, quote = engine.world.perps["perp"], engine.world.tokens["USDC"]
    submit(engine, "admin", market.liquidate(key, "WETH"), "liquidate")
    submit(engine, "admin", quote.mint(engine.world.address(WHALE), 50_000 * USD), "mint")
    submit(engine, WHALE, market.deposit(50_000 * USD, key.owner), "deposit")
    steps(engine, 1)
    assert held(engine, "trend") == 0, "the waterfall closed all of it"
    steps(engine, 20)
    again = made(engine, "trend")[1]
    assert engine.trace.blocks[again.block].time_s - engine.trace.blocks[5].time_s > 96
    assert held(engine, "trend") < 0


def test_where_the_curve_is_thin_it_trades_in_parts_within_its_limit(artifacts):
    """All of 200,000 would cost 2 % of a depth of ten million on average: a quarter of it costs half a percent."""
    fields = {"max_slippage_bps": 60}
    engine = engine_of(
        artifacts,
        {"trend": TREND | fields},
        [2_000, 2_000, 2_100],
        {"pricing": {"kind": "virtual_amm", "depth_tokens": 10_000_000}},
    )
    steps(engine, 3)
    assert held(engine, "trend") * 2_100 // WAD == pytest.approx(50_000, rel=0.01)
    assert all(tx.ok for tx in made(engine, "trend"))
