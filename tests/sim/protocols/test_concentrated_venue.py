"""Rules of the adapter of a Uniswap V3 pool: one market whichever asset is token 0, depth as the pool has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import CallReverted
from sim.reference.concentrated import Q96
from sim.units import E8, WAD
from tests.concentrated import PROVIDER, TRADER, Concentrated

DEPTH = 1_000_000 * WAD
FEE, FEE_SCALE = 3_000, 1_000_000
PLENTY = 2**127
SIDES = pytest.mark.parametrize("base_is_token0", [True, False])


@pytest.fixture(scope="module")
def world():
    return Concentrated.deploy((18, 18))


@pytest.fixture(autouse=True)
def fresh(world):
    with world.undone():
        yield


def opened(world, base_is_token0=True, root=Q96):
    """Return pool and adapter, with one position over every price."""
    pool = world.pool(FEE, root)
    venue = world.venue(pool, base_is_token0)
    venue.read()
    world.done(PROVIDER, venue.add_liquidity(DEPTH, DEPTH, PROVIDER))
    return pool, venue


def quoted(world, venue, sell, limit):
    """Return what it takes to move the pool to a root price, by the pool itself."""
    token = world.token_in((sell == venue.base) == venue.base_is_token0)
    return world.router.read("quoteToPrice", venue.address, token, PLENTY, limit)


@SIDES
def test_reserves_and_price_are_by_asset(world, base_is_token0):
    """At a price of four quote per base, the pool holds four times as many quote units."""
    pool, venue = opened(world, base_is_token0, 2 * Q96 if base_is_token0 else Q96 // 2)
    state = venue.read()
    assert state.spot_e8 == 4 * E8
    assert state.quote_reserve == pytest.approx(4 * state.base_reserve, rel=1e-12)
    assert state.total_shares == pool.read("liquidity") == venue.shares(PROVIDER)


@given(
    base_is_token0=st.booleans(),
    ranges=st.lists(st.tuples(st.integers(-10, 10), st.integers(1, 10)), min_size=1, max_size=6),
    drift=st.integers(-(DEPTH // 100), DEPTH // 100),
)
def test_depth_is_what_moves_the_pool_by_two_percent(world, base_is_token0, ranges, drift):
    """With any positions and wherever the price is, up to what a pool rounds at each step, and without the fee."""
    with world.undone():
        _, venue = opened(world, base_is_token0)
        for lower, width in ranges:
            ticks = lower * venue.spacing, (lower + width) * venue.spacing
            world.done(PROVIDER, venue.open_position(ticks, DEPTH // 10, DEPTH // 10, PROVIDER))
        if drift:
            world.done(TRADER, venue.swap_exact_in("BASE" if drift > 0 else "QUOTE", abs(drift), 0, TRADER))
        state = venue.read()
        sold, _ = quoted(world, venue, "BASE", venue.root_after(-200))
        _, bought = quoted(world, venue, "QUOTE", venue.root_after(200))
        steps = 2 * (len(ranges) + 1) + 4
        assert abs(state.sell_depth - sold * (FEE_SCALE - FEE) // FEE_SCALE) <= steps
        assert abs(state.buy_depth - bought) <= steps


def test_depth_in_range_is_the_closed_form(world):
    """Δx = L (1/√(P (1 - s)) - 1/√P) at P = 1, with L the value of the one position."""
    _, venue = opened(world)
    state = venue.read()
    assert abs(state.sell_depth - state.total_shares * (0.98**-0.5 - 1)) < 1e-12 * DEPTH
    assert abs(state.buy_depth - state.total_shares * (1 - 1.02**-0.5)) < 1e-12 * DEPTH


def test_burning_removes_depth_and_moves_no_price(world):
    _, venue = opened(world)
    narrow = venue.open_position((-600, 600), DEPTH, DEPTH, PROVIDER)
    world.done(PROVIDER, narrow)
    deep = venue.read()
    world.done(PROVIDER, venue.remove_liquidity(venue.shares(PROVIDER) * 3 // 4, PROVIDER))
    thin = venue.read()
    assert thin.spot_e8 == deep.spot_e8 == E8
    assert abs(thin.sell_depth / deep.sell_depth - 0.25) < 1e-9
    assert abs(thin.buy_depth / deep.buy_depth - 0.25) < 1e-9
    assert venue.quote_exact_in("BASE", DEPTH) < DEPTH


def test_an_empty_pool_has_no_price_and_no_depth(world):
    for root in (0, Q96):
        with world.undone():
            venue = world.venue(world.pool(FEE, root))
            state = venue.read()
            assert (state.spot_e8, state.sell_depth, state.buy_depth) == (0, 0, 0)
            assert (state.base_reserve, state.quote_reserve, state.total_shares) == (0, 0, 0)
            assert venue.quote_exact_in("BASE", WAD) == 0


@SIDES
def test_a_pool_of_one_asset(world, base_is_token0):
    """Quote alone, below the price: base can be sold for it, and nothing bought."""
    venue = world.venue(world.pool(FEE), base_is_token0)
    venue.read()
    below = (-1_200, -600) if base_is_token0 else (600, 1_200)
    world.done(PROVIDER, venue.open_position(below, DEPTH, DEPTH, PROVIDER))
    state = venue.read()
    assert (state.spot_e8, state.base_reserve) == (0, 0)
    assert 0 < venue.quote_exact_in("BASE", WAD) < WAD
    assert venue.quote_exact_in("QUOTE", WAD) == 0


@SIDES
def test_the_life_of_a_position(world, base_is_token0):
    """Opened, increased, earning the fee of what is traded, decreased, collected."""
    _, venue = opened(world, base_is_token0)
    world.done(PROVIDER, venue.open_position((-600, 600), WAD, 2 * WAD, PROVIDER))
    token_id = venue.positions_of(PROVIDER)[-1].token_id
    world.done(PROVIDER, venue.increase_position(token_id, WAD, WAD))
    position = venue.positions_of(PROVIDER)[-1]
    assert (position.lower_tick, position.upper_tick) == (-600, 600)
    amounts = venue.position_amounts((-600, 600), position.liquidity, True)
    assert amounts == pytest.approx((2 * WAD, 2 * WAD), rel=1e-9)

    paid = 1_000 * WAD
    world.done(TRADER, venue.swap_exact_in("BASE", paid, 0, TRADER))
    liquidity, share = position.liquidity, position.liquidity / venue.read().total_shares
    events = dict(world.done(PROVIDER, venue.decrease_position(token_id, liquidity // 2)))
    half = venue.positions_of(PROVIDER)[-1]
    assert half.liquidity == liquidity - liquidity // 2
    burned = events["DecreaseLiquidity"]["amount0"], events["DecreaseLiquidity"]["amount1"]
    fees = venue.base_and_quote([owed - gone for owed, gone in zip(half.owed, burned, strict=True)])
    assert fees == (pytest.approx(paid * FEE / FEE_SCALE * share), 0)
    collected = dict(world.done(PROVIDER, venue.collect(token_id, PROVIDER)))["Collect"]
    assert (collected["amount0"], collected["amount1"]) == half.owed
    world.done(PROVIDER, venue.withdraw({token_id: half.liquidity}, PROVIDER))
    assert venue.positions_of(PROVIDER)[-1].liquidity == 0


def test_positions_are_of_this_pool_alone(world):
    _, venue = opened(world)
    other = world.venue(world.pool(500))
    other.read()
    assert other.positions_of(PROVIDER) == []
    assert other.shares(PROVIDER) == 0
    world.done(PROVIDER, other.add_liquidity(WAD, WAD, PROVIDER))
    assert len(other.positions_of(PROVIDER)) == len(venue.positions_of(PROVIDER)) == 1


def test_liquidity_leaves_all_positions_alike(world):
    _, venue = opened(world)
    for end in (600, 1_200):
        world.done(PROVIDER, venue.open_position((-end, end), DEPTH, DEPTH, PROVIDER))
    before = {one.token_id: one.liquidity for one in venue.positions_of(PROVIDER)}
    world.done(PROVIDER, venue.remove_liquidity(venue.shares(PROVIDER) // 3, PROVIDER))
    after = {one.token_id: one.liquidity for one in venue.positions_of(PROVIDER)}
    assert all(abs(3 * after[one] - 2 * before[one]) <= 4 for one in before)
    world.done(PROVIDER, venue.remove_liquidity(PLENTY, PROVIDER))
    assert venue.shares(PROVIDER) == 0


def test_positions_cannot_be_divided(world):
    _, venue = opened(world)
    with pytest.raises(TypeError, match="cannot be divided"):
        venue.transfer_shares(TRADER, 1)
    assert world.run(PROVIDER, venue.approve_shares(1)).ok


def test_observations_begin_with_one(world):
    """As many as somebody made room for; what is older is gone."""
    pool, venue = opened(world)
    world.wait(100)
    world.done(TRADER, venue.swap_exact_in("BASE", DEPTH // 100, 0, TRADER))
    world.wait(10)
    with pytest.raises(CallReverted):
        venue.observe([20, 0])
    world.done(TRADER, venue.grow_observations(2))
    world.done(TRADER, venue.swap_exact_in("BASE", DEPTH // 100, 0, TRADER))
    world.wait(10)
    (then, now), seconds = venue.observe([20, 0])
    assert then < 0 or now < 0
    assert seconds[0] < seconds[1]
    assert pool.read("slot0").observationCardinality == 2
