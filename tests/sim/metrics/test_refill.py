"""Rule: the response of a price to a trade is found from the trades themselves, whenever they came."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.books import ExponentialBook
from sim.metrics.refill import OUTSIDE_LAGS, VENUE_LAGS, half_life_blocks, refill_metrics, response
from sim.metrics.sales import forced_sales
from sim.metrics.timeline import Timeline
from sim.scenario.outside import ExponentialDepth
from tests.sim.metrics.traces import WETH, TraceBuilder

BLOCKS = 120
PRICE = 2_000.0
BLOCK_TIME_S = 12


def displacements(impacts: list[float], left: list[float]) -> list[float]:
    """Displacement at the start of each block: every earlier impact, as far as it is left."""
    lags = len(left)
    return [
        sum(impact * left[min(t - b, lags) - 1] for b, impact in enumerate(impacts[:t]))
        for t in range(len(impacts))
    ]


@given(
    st.integers(0, 20),
    st.lists(st.floats(-0.1, 0.1), min_size=40, max_size=40),
    st.lists(st.floats(0, 1), min_size=VENUE_LAGS, max_size=VENUE_LAGS),
)
def test_any_response_is_recovered_from_any_trades(quiet, impacts, left):
    impacts = [0.0] * quiet + [0.05, *impacts, *[0.0] * (BLOCKS - 41)]
    found = response(displacements(impacts, left), impacts, VENUE_LAGS)
    assert found == pytest.approx(left, abs=1e-6)


@pytest.mark.parametrize(("half_life_s", "permanent_bps"), [(12.0, 0), (24.0, 2_000), (60.0, 0), (120.0, 3_000)])
def test_the_outside_book_refills_as_its_parameters_say(half_life_s, permanent_bps):
    """After k blocks of 12 s, (1 - permanent) * (1 - 2^(-12 k / half-life)) of an impact are gone."""
    depth = ExponentialDepth(
        depth_usd_per_pct=1e6, permanent_share_bps=permanent_bps, refill_half_life_s=half_life_s
    )
    book, shown, impacts = ExponentialBook(depth), [], []
    for block in range(3 * OUTSIDE_LAGS):
        shown.append(math.log(book.price_usd(PRICE) / PRICE))
        fill = book.fill(500.0 if block % 7 == 2 else 0.0, PRICE)
        book.take(fill)
        impacts.append(math.log(book.price_usd(PRICE) / PRICE) - shown[-1])
        book.fade(BLOCK_TIME_S)
    left = response(shown, impacts, OUTSIDE_LAGS)
    permanent = permanent_bps / 10_000
    for blocks in (1, 5, 20):
        gone = (1 - permanent) * (1 - 0.5 ** (blocks * BLOCK_TIME_S / half_life_s))
        assert 1 - left[blocks - 1] == pytest.approx(gone, abs=0.01)


def test_too_little_says_nothing():
    assert response([0.0] * BLOCKS, [0.0] * BLOCKS, VENUE_LAGS) is None
    assert response([0.0] * 14, [0.1] * 14, VENUE_LAGS) is None
    late = [0.0] * (BLOCKS - 3) + [0.1] * 3
    assert response([0.0] * BLOCKS, late, VENUE_LAGS) is None


def test_half_life_is_linear_between_blocks():
    assert half_life_blocks([0.9] * VENUE_LAGS) is None
    assert half_life_blocks([0.75, 0.25]) == 1.5
    assert half_life_blocks([0.0]) == 0.5
    assert half_life_blocks([]) is None


def test_a_forced_sale_that_arbitrage_undoes_in_the_next_block_is_gone_after_two():
    """The sale is in the price at the start of the next block, and no longer at the start of the one after."""
    builder = TraceBuilder(price=100.0)
    builder.block().account("a/0", 10.0, 800.0).transaction("liquidate")
    builder.swap(base_in=10 * WETH).liquidation("a/0", 100.0)
    back = 100_000 * 10**6 - builder.pool[1]
    builder.block().transaction("arbitrage", agent="arb").swap(quote_in=back)
    for _ in range(30):
        builder.block()
    timeline = Timeline(builder.trace)
    sales = forced_sales(timeline, timeline.liquidations)
    metrics = refill_metrics(timeline, sales, "WETH")
    assert metrics["venue_refill_share_5_blocks"] == pytest.approx(1.0, abs=1e-3)
    assert metrics["venue_refill_half_life_blocks"] == pytest.approx(1.5, abs=1e-3)
    assert metrics["outside_refill_share_5_blocks"] is None, "nobody traded there"
    nothing = refill_metrics(timeline, [], None)
    assert set(nothing.values()) == {None}
