"""Rule: through the adapter, pools and positions do what the real Uniswap V3 bytecode did, on both chains."""

import pytest

from sim.chain.artifacts import load_artifacts
from sim.reference import concentrated as reference
from sim.units import UINT256_MAX
from tests.concentrated import PROVIDER, START_S, TRADER, Concentrated
from tests.conformance.vector_files import load_vectors

VECTORS = load_vectors("univ3.json")
ORACLE = VECTORS["oracle"]
CASES = [pytest.param(number, case, id=case["id"]) for number, case in enumerate(VECTORS["cases"])]


@pytest.fixture(scope="module", params=["revm", "anvil"])
def empty_world(request):
    """Uniswap V3 without a pool, on each chain."""
    if request.param == "revm":
        yield Concentrated.deploy((18, 6))
        return
    chain = request.getfixturevalue("anvil_session")
    before = chain.snapshot()
    chain.begin(START_S)
    yield Concentrated.deploy((18, 6), chain)
    chain.revert(before)


@pytest.fixture
def world(empty_world):
    with empty_world.undone():
        yield empty_world


def desired_for(root, ticks, liquidity, amount0, amount1):
    """Return amounts for which positions get this liquidity; the vectors tell what was then taken of them."""
    for amounts in (lambda x: (x, 2 * amount1 + 2), lambda x: (2 * amount0 + 2, x)):
        low, high = 0, 2 * max(amount0, amount1) + 2
        while high - low > 1:
            middle = (low + high) // 2
            brought = reference.position_liquidity_down(root, *ticks, *amounts(middle))
            low, high = (middle, high) if brought < liquidity else (low, middle)
        if reference.position_liquidity_down(root, *ticks, *amounts(high)) == liquidity:
            return amounts(high)
    raise AssertionError(f"no amounts bring a liquidity of {liquidity}")


def opened(world, case, base_is_token0):
    """Return pool and adapter with a case's positions, opened through the adapter with exactly its liquidity."""
    root = int(case["initial_sqrt_price_x96"])
    pool = world.pool(case["fee"], root)
    venue = world.venue(pool, base_is_token0)
    assert (venue.fee, venue.spacing) == (case["fee"], pool.read("tickSpacing"))
    for position in case["positions"]:
        ticks = int(position["tick_lower"]), int(position["tick_upper"])
        expected = [int(position[name]) for name in ("liquidity", "amount0", "amount1")]
        desired = desired_for(root, ticks, *expected)
        call = venue.open_position(ticks, *venue.base_and_quote(desired), PROVIDER)
        added = dict(world.done(PROVIDER, call))["IncreaseLiquidity"]
        assert [added[name] for name in ("liquidity", "amount0", "amount1")] == expected
    held = venue.positions_of(PROVIDER)
    assert [one.liquidity for one in held] == [int(one["liquidity"]) for one in case["positions"]]
    return pool, venue


def call_of(venue, swap):
    """Return what the adapter proposes for a swap: by its own names where it has one for it."""
    sold = "BASE" if venue.base_is_token0 == swap["zero_for_one"] else "QUOTE"
    amount, limit = int(swap["amount_specified"]), int(swap["sqrt_price_limit_x96"])
    outputs = swap["outputs"]
    whole = not limit and amount in (int(outputs["amount0"]), int(outputs["amount1"]))
    if whole and amount > 0:
        return venue.swap_exact_in(sold, amount, venue.quote_exact_in(sold, amount), TRADER)
    if whole:
        return venue.swap_exact_out(sold, -amount, UINT256_MAX, TRADER)
    return venue.swap_to_price(sold, amount, limit, TRADER)


def growth(pool, zero_for_one):
    return pool.read("feeGrowthGlobal0X128" if zero_for_one else "feeGrowthGlobal1X128")


def state(pool):
    slot = pool.read("slot0")
    return slot.sqrtPriceX96, slot.tick, pool.read("liquidity")


@pytest.mark.parametrize(("number", "case"), CASES)
def test_swaps(world, number, case):
    """Base is token 0 in every other case, token 1 in the rest; outcomes are the pool's."""
    base_is_token0 = number % 2 == 0
    pool, venue = opened(world, case, base_is_token0)
    venue.read()
    for swap in case["swaps"]:
        before, outputs, zero_for_one = swap["before"], swap["outputs"], swap["zero_for_one"]
        assert state(pool) == tuple(int(before[name]) for name in ("sqrt_price_x96", "tick", "liquidity"))
        call = call_of(venue, swap)
        if outputs["reverted"]:
            receipt = world.run(TRADER, call)
            error = load_artifacts().decoder.decode_error(receipt.revert_data)
            assert (receipt.ok, error) == (False, f"Error({outputs['revert_reason']})")
            continue
        grown = growth(pool, zero_for_one)
        [args] = [args for name, args in world.done(TRADER, call) if name == "Swap"]
        amounts = int(outputs["amount0"]), int(outputs["amount1"])
        assert (args["amount0"], args["amount1"]) == amounts
        assert state(pool) == tuple(
            int(outputs[name]) for name in ("sqrt_price_x96_after", "tick_after", "liquidity_after")
        )
        assert growth(pool, zero_for_one) - grown == int(outputs["fee_growth_delta_x128"])
        told = venue.swapped("Swap", args)
        sold, bought = amounts if zero_for_one else amounts[::-1]
        assert (told.sold == "BASE") == (zero_for_one == base_is_token0)
        assert (told.amount_in, told.amount_out) == (sold, -bought)
        roots = int(before["sqrt_price_x96"]), int(outputs["sqrt_price_x96_after"])
        assert (told.before_e8, told.after_e8) == tuple(venue.spot_e8(root) for root in roots)


def test_observations(world):
    """Positions, swaps at given times, and what the pool then knows of its past."""
    start_s = 1_700_000_001
    world.chain.begin(start_s)
    pool, venue = opened(world, ORACLE, True)
    world.done(PROVIDER, venue.grow_observations(60))
    for step in ORACLE["steps"]:
        sold = "BASE" if step["zero_for_one"] else "QUOTE"
        world.done(TRADER, venue.swap_exact_in(sold, int(step["amount_in"]), 0, TRADER), int(step["time"]))
        slot = pool.read("slot0")
        found = slot.sqrtPriceX96, slot.tick, slot.observationIndex, slot.observationCardinality
        assert found == tuple(int(step[name]) for name in ("sqrt_price_x96", "tick", "obs_index", "obs_card"))
        newest = pool.read("observations", slot.observationIndex)
        cumulative = newest.tickCumulative, newest.secondsPerLiquidityCumulativeX128
        assert cumulative == (int(step["obs_tick_cumulative"]), int(step["obs_secs_per_liq_x128"]))

    world.chain.begin(int(ORACLE["observe_at"]))
    ages_s = [int(age) for age in ORACLE["seconds_agos"]]
    ticks, seconds = venue.observe(ages_s)
    assert ticks == [int(one) for one in ORACLE["tick_cumulatives"]]
    assert seconds == [int(one) for one in ORACLE["secs_per_liq_x128"]]
    means = {
        age: reference.mean_tick_down(ticks[-1] - then, age)
        for age, then in zip(ages_s, ticks, strict=True)
        if age
    }
    assert {str(age): str(mean) for age, mean in means.items()} == ORACLE["arith_mean_tick_floor"]


@pytest.mark.parametrize(("number", "case"), CASES)
def test_the_mirror(number, case):
    """The exact mirror does the same without a chain."""
    root, spacing = int(case["initial_sqrt_price_x96"]), case["tick_spacing"]
    net, liquidity, tick = {}, 0, reference.tick_at_sqrt_price(root)
    for position in case["positions"]:
        lower, upper, amount = (int(position[name]) for name in ("tick_lower", "tick_upper", "liquidity"))
        net[lower] = net.get(lower, 0) + amount
        net[upper] = net.get(upper, 0) - amount
        liquidity += amount if lower <= tick < upper else 0
        amounts = reference.position_amounts(root, lower, upper, amount, True)
        assert amounts == (int(position["amount0"]), int(position["amount1"]))
    pool = reference.ConcentratedPool(case["fee"], spacing, root, tick, liquidity, tuple(sorted(net.items())))
    for swap in case["swaps"]:
        outputs, zero_for_one = swap["outputs"], swap["zero_for_one"]
        if outputs["reverted"]:
            continue
        ends = reference.MIN_SQRT_PRICE + 1, reference.MAX_SQRT_PRICE - 1
        limit = int(swap["sqrt_price_limit_x96"]) or ends[not zero_for_one]
        sold, bought, pool = reference.swap(pool, zero_for_one, int(swap["amount_specified"]), limit)
        moved = (sold, -bought) if zero_for_one else (-bought, sold)
        names = ("amount0", "amount1", "sqrt_price_x96_after", "tick_after", "liquidity_after")
        found = (*moved, pool.sqrt_price_x96, pool.tick, pool.liquidity)
        assert found == tuple(int(outputs[name]) for name in names)
