"""Rule: the response of a price to a trade is found from the trades themselves, whenever they came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.books import ExponentialBook
from sim.metrics.refill import LAGS, half_life_blocks, response
from sim.scenario.outside import ExponentialDepth

BLOCKS = 120


def displacements(impacts: list[float], left: list[float]) -> list[float]:
    """Displacement at the start of each block: every earlier impact, as far as it is left."""
    return [
        sum(impact * left[min(t - b, LAGS) - 1] for b, impact in enumerate(impacts[:t]))
        for t in range(len(impacts))
    ]


@given(
    st.lists(st.floats(-0.1, 0.1), min_size=40, max_size=40),
    st.lists(st.floats(0, 1), min_size=LAGS, max_size=LAGS),
)
def test_any_response_is_recovered_from_any_trades(impacts, left):
    impacts = [0.05, *impacts, *[0.0] * (BLOCKS - 41)]
    found = response(displacements(impacts, left), impacts)
    assert found == pytest.approx(left, abs=1e-6)


@pytest.mark.parametrize(("half_life_s", "permanent_bps"), [(12.0, 0), (24.0, 2_000), (60.0, 0)])
def test_the_outside_book_refills_as_its_parameters_say(half_life_s, permanent_bps):
    """One block of 12 s after a trade, (1 - permanent) * (1 - 2^(-12 / half-life)) of it are gone."""
    depth = ExponentialDepth(
        depth_usd_per_pct=1e6, permanent_share_bps=permanent_bps, refill_half_life_s=half_life_s
    )
    book, shown, impacts = ExponentialBook(depth), [], []
    for block in range(BLOCKS):
        shown.append(book._permanent_log + book._transient_log)
        fill = book.fill(500.0 if block % 7 == 2 else 0.0, 2_000.0)
        book.take(fill)
        impacts.append(fill.state)
        book.fade(12)
    left = response(shown, impacts)
    permanent = permanent_bps / 10_000
    assert 1 - left[0] == pytest.approx((1 - permanent) * (1 - 0.5 ** (12 / half_life_s)), rel=0.02)
    expected = half_life_s / 12 if not permanent_bps else 2.83
    assert half_life_blocks(left) == pytest.approx(expected, rel=0.05)


def test_too_little_says_nothing():
    assert response([0.0] * BLOCKS, [0.0] * BLOCKS) is None
    assert response([0.0] * LAGS, [0.1] * LAGS) is None
    late = [0.0] * (BLOCKS - 3) + [0.1] * 3
    assert response([0.0] * BLOCKS, late) is None
    assert half_life_blocks([0.9] * LAGS) is None
    assert half_life_blocks([0.75, 0.25]) == 1.5
