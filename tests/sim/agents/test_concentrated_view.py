"""What an agent sees of a Uniswap V3 pool through its mirror is what the pool would pay, and sizes are exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.concentrated import ConcentratedView
from sim.agents.quoted import QuotedView
from sim.agents.views import view_of
from sim.units import WAD
from tests.concentrated import PROVIDER, Concentrated

DEPTH = 1_000_000 * WAD
RANGES = st.lists(st.tuples(st.integers(-40, 30), st.integers(1, 40)), max_size=5)


@pytest.fixture(scope="module")
def world():
    return Concentrated.deploy((18, 18))


def opened(world, base_is_token0, ranges, everywhere=True):
    """Return the adapter of a pool with positions of the same amounts, and its state."""
    venue = world.venue(world.pool(3_000), base_is_token0)
    venue.read()
    if everywhere:
        world.done(PROVIDER, venue.add_liquidity(DEPTH, DEPTH, PROVIDER))
    for lower, width in ranges:
        ticks = lower * venue.spacing, (lower + width) * venue.spacing
        world.done(PROVIDER, venue.open_position(ticks, DEPTH, DEPTH, PROVIDER))
    return venue, venue.read()


@given(
    base_is_token0=st.booleans(),
    ranges=RANGES,
    sell=st.sampled_from(["BASE", "QUOTE"]),
    amount=st.integers(1, 8 * DEPTH),
    planned=st.integers(0, DEPTH),
)
def test_quotes_are_the_pools(world, base_is_token0, ranges, sell, amount, planned):
    """Also for what comes after a sale that is planned already, and beyond the ticks that were read."""
    with world.undone():
        venue, state = opened(world, base_is_token0, ranges)
        view = view_of(venue, state)
        assert isinstance(view, ConcentratedView)
        first = view.sell(sell, planned)
        whole = venue.quote_exact_in(sell, planned + amount)
        assert first == (venue.quote_exact_in(sell, planned) if planned else 0)
        assert view.amount_out(sell, amount) == whole - first


@given(
    base_is_token0=st.booleans(),
    ranges=RANGES,
    sell=st.sampled_from(["BASE", "QUOTE"]),
    below=st.integers(700, 1_100),
)
@settings(max_examples=25)
def test_the_last_unit_sold_brings_the_price(world, base_is_token0, ranges, sell, below):
    """What it and a bisection on quotes find agree, and a part more would bring less."""
    with world.undone():
        venue, state = opened(world, base_is_token0, ranges)
        price = below, 1_000
        found = ConcentratedView(venue, state).sale_to_price(sell, price)
        searched = QuotedView(venue, state).sale_to_price(sell, price)
        assert found == pytest.approx(searched, rel=2e-3, abs=DEPTH * 1e-5)
        if found:
            view = ConcentratedView(venue, state)
            step = max(found // 1_000, 1_000)
            more = view.amount_out(sell, found + step) - view.amount_out(sell, found)
            last = view.amount_out(sell, found) - view.amount_out(sell, max(found - step, 0))
            assert more * price[1] <= step * price[0] <= last * price[1] + price[1] * 4


def test_without_liquidity_at_the_price_the_chain_is_asked(world):
    with world.undone():
        venue, state = opened(world, True, [(-40, 10)], everywhere=False)
        view = ConcentratedView(venue, state)
        assert state.spot_e8 == 0
        assert view.amount_out("BASE", WAD) == venue.quote_exact_in("BASE", WAD) > 0
        assert view.sale_to_price("BASE", (1, 2)) == 0
