"""Rule: our router trades on Uniswap V3 pools as the published periphery router does, on any pool and amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import ZERO_ADDRESS
from sim.reference.concentrated import MAX_SQRT_PRICE, MIN_SQRT_PRICE, sqrt_price_x96_at_tick
from sim.units import UINT256_MAX, WAD
from tests.concentrated import FOREVER, TRADER, Concentrated
from tests.venue import TREASURY, deploy

DEPTH = 1_000_000 * WAD
FEE, SPACING = 500, 10
RANGES = st.lists(
    st.tuples(st.integers(-60, 50), st.integers(1, 60), st.integers(1, DEPTH)), min_size=1, max_size=5
)
LIMITS = st.one_of(st.just(0), st.integers(-500, 500).map(sqrt_price_x96_at_tick))


@pytest.fixture(scope="module")
def world():
    found = Concentrated.deploy((18, 18))
    found.published = deploy(found.chain, "UniswapV3SwapRouter", found.factory, ZERO_ADDRESS)
    for token in found.tokens:
        token.send(TRADER, "approve", found.published, UINT256_MAX)
    return found


def outcome(world, pool, receipt):
    """Return balances and price after a swap that went through; None if it did not."""
    if not receipt.ok:
        return None
    holders = (TRADER, TREASURY, pool)
    balances = [token.read("balanceOf", holder) for token in world.tokens for holder in holders]
    return balances, pool.read("slot0"), pool.read("liquidity")


def single(world, zero_for_one, **parts):
    """Return the parameters of a published single swap, in the order of its struct."""
    sides = world.token_in(zero_for_one).address, world.token_in(not zero_for_one).address
    return (*sides, FEE, TREASURY, FOREVER, *parts.values())


@given(
    ranges=RANGES,
    zero_for_one=st.booleans(),
    amount=st.integers(1, 4 * DEPTH),
    exact_in=st.booleans(),
    limit=LIMITS,
)
def test_the_same_swaps(world, ranges, zero_for_one, amount, exact_in, limit):
    """With a limit both trade up to it; without one ours refuses what the pool cannot take whole."""
    with world.undone():
        pool = world.pool(FEE)
        for lower, width, size in ranges:
            world.mint(pool, lower * SPACING, (lower + width) * SPACING, size, size)
        token_in = world.token_in(zero_for_one)
        held = token_in.read("balanceOf", TRADER)
        specified = amount if exact_in else -amount
        with world.undone():
            function = "exactInputSingle" if exact_in else "exactOutputSingle"
            bound = 0 if exact_in else UINT256_MAX
            params = single(world, zero_for_one, amount=amount, bound=bound, limit=limit)
            theirs = outcome(world, pool, world.published.try_send(TRADER, function, params))
        with world.undone():
            order = (pool, token_in, specified, limit, TREASURY, FOREVER)
            ours = outcome(world, pool, world.router.try_send(TRADER, "swapToPrice", *order))
        end = MIN_SQRT_PRICE + 1 if zero_for_one else MAX_SQRT_PRICE - 1
        filled = ours is not None and ours[1].sqrtPriceX96 != end
        traded = ours is not None and ours[0][0 if zero_for_one else 3] < held
        if not traded or (not exact_in and not limit and not filled):
            # The published one refuses trades of nothing, and without a limit purchases that are not whole.
            assert theirs is None
        else:
            assert ours == theirs
        if not limit:
            function, bound = ("swapExactIn", 0) if exact_in else ("swapExactOut", UINT256_MAX)
            order = ([pool], token_in, amount, bound, TREASURY, FOREVER)
            whole = outcome(world, pool, world.router.try_send(TRADER, function, *order))
            assert whole == (ours if filled else None)
