"""Rules of the router over Uniswap V3 pools: all or nothing, quotes that hold, and nobody paid but the pool."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import ZERO_ADDRESS
from sim.reference.concentrated import MIN_SQRT_PRICE, Q96
from sim.units import UINT256_MAX, WAD
from tests.concentrated import FOREVER, OWNER, POCKETS, PROVIDER, START_S, TRADER, Concentrated
from tests.venue import TREASURY, deploy, deploy_token

DEPTH = 1_000_000 * WAD


@pytest.fixture(scope="module")
def world():
    """Tokens of 18 decimals at price 1: a deep pool of 30 bps, a narrow one of 5 bps, and an empty one of 1 %."""
    found = Concentrated.deploy((18, 18))
    found.deep = found.pool(3_000)
    found.mint_full_range(found.deep, DEPTH, DEPTH)
    found.narrow = found.pool(500)
    found.mint(found.narrow, -600, 600, DEPTH, DEPTH)
    found.empty = found.pool(10_000)
    return found


@pytest.fixture(autouse=True)
def fresh(world):
    with world.undone():
        yield


def quoted(world, function, *args):
    """Return a quote, which leaves everything as it was."""
    return world.router.read(function, *args)


@given(zero_for_one=st.booleans(), amount=st.integers(1, DEPTH))
def test_a_quote_is_what_the_swap_pays(world, zero_for_one, amount):
    with world.undone():
        route = ([world.deep], world.token_in(zero_for_one), amount)
        expected = quoted(world, "quoteExactIn", *route)
        assert quoted(world, "quoteExactIn", *route) == expected
        assert world.sell(world.deep, zero_for_one, amount) == expected


@given(zero_for_one=st.booleans(), amount=st.integers(1, DEPTH // 2))
def test_exact_out_costs_its_quote_and_brings_all(world, zero_for_one, amount):
    with world.undone():
        token_in, token_out = world.token_in(zero_for_one), world.token_in(not zero_for_one)
        cost = quoted(world, "quoteExactOut", [world.deep], token_in, amount)
        before = token_in.read("balanceOf", TRADER)
        order = ([world.deep], token_in, amount, cost, TREASURY, FOREVER)
        world.router.send(TRADER, "swapExactOut", *order)
        assert before - token_in.read("balanceOf", TRADER) == cost
        assert token_out.read("balanceOf", TREASURY) == amount
        # Selling what it cost brings no less than was bought.
    assert quoted(world, "quoteExactIn", [world.deep], token_in, cost) >= amount


def test_two_hops_pay_each_other_and_leave_nothing_behind(world):
    """Token 0 for 1 in one pool, and back in the other."""
    pools, amount = [world.deep, world.narrow], 1_000 * WAD
    expected = quoted(world, "quoteExactIn", pools, world.token0, amount)
    world.router.send(TRADER, "swapExactIn", pools, world.token0, amount, expected, TREASURY, FOREVER)
    assert world.token0.read("balanceOf", TREASURY) == expected < amount
    assert [token.read("balanceOf", world.router) for token in world.tokens] == [0, 0]

    cost = quoted(world, "quoteExactOut", pools, world.token0, amount)
    world.router.send(TRADER, "swapExactOut", pools, world.token0, amount, cost, TREASURY, FOREVER)
    assert world.token0.read("balanceOf", TREASURY) == expected + amount
    assert [token.read("balanceOf", world.router) for token in world.tokens] == [0, 0]


def test_bounds_of_the_caller(world):
    amount = WAD
    out = quoted(world, "quoteExactIn", [world.deep], world.token0, amount)
    sale = ([world.deep], world.token0, amount)
    error = world.router.send_error(TRADER, "swapExactIn", *sale, out + 1, TRADER, FOREVER)
    assert error == f"InsufficientOutput({out}, {out + 1})"
    cost = quoted(world, "quoteExactOut", [world.deep], world.token0, amount)
    error = world.router.send_error(TRADER, "swapExactOut", *sale, cost - 1, TRADER, FOREVER)
    assert error == f"ExcessiveInput({cost}, {cost - 1})"
    for function, bound in (("swapExactIn", 0), ("swapExactOut", UINT256_MAX)):
        error = world.router.send_error(TRADER, function, *sale, bound, TRADER, START_S - 1)
        assert error == f"Expired({START_S - 1}, {world.chain.timestamp_s})"
    late = (world.deep, world.token0, amount, 0, TRADER, START_S - 1)
    assert world.router.send_error(TRADER, "swapToPrice", *late).startswith("Expired(")


def test_routes_that_are_none(world):
    other = deploy_token(world.chain, "T2", 18)
    for function, bound in (("swapExactIn", 0), ("swapExactOut", UINT256_MAX)):
        order = (WAD, bound, TRADER, FOREVER)
        assert world.router.send_error(TRADER, function, [], world.token0, *order) == "EmptyRoute()"
        error = world.router.send_error(TRADER, function, [world.deep], other, *order)
        assert error == f"TokenNotInPool({world.deep.address}, {other.address})"
    assert world.router.read_error("quoteExactIn", [], world.token0, WAD) == "EmptyRoute()"
    assert world.router.read_error("quoteExactOut", [world.deep], other, WAD).startswith("TokenNotInPool(")


def test_what_is_no_pool_of_the_factory_is_refused(world):
    """A contract that answers like the deep pool, and an address without code."""
    impostor = deploy(world.chain, "ReentrantActor", OWNER)
    for name in ("token0", "token1", "fee"):
        answer = world.deep.read(name)
        word = (
            bytes.fromhex(answer[2:]).rjust(32, b"\0") if isinstance(answer, str) else answer.to_bytes(32, "big")
        )
        impostor.send(OWNER, "setAnswer", world.deep.type.function(name).selector, word)
    for pool in (impostor.address, TREASURY):
        route = ([pool], world.token0, WAD)
        expected = f"UnknownPool({pool})"
        assert world.router.read_error("quoteExactIn", *route) == expected
        assert world.router.send_error(TRADER, "swapExactIn", *route, 0, TRADER, FOREVER) == expected
        to_price = (pool, world.token0, WAD, 0, TRADER, FOREVER)
        assert world.router.send_error(TRADER, "swapToPrice", *to_price) == expected


def test_nobody_else_is_paid(world):
    """A stranger, a pool's impostor and the pool's own token ask for the trader's tokens in vain."""
    data = bytes.fromhex(world.token0.address[2:]).rjust(32, b"\0") + bytes.fromhex(TRADER[2:]).rjust(32, b"\0")
    error = world.router.send_error(TREASURY, "uniswapV3SwapCallback", WAD, -WAD, data)
    assert error == f"UnexpectedCallback({TREASURY})"
    # A swap that a stranger starts on the real pool calls back the stranger, not the router.
    actor = deploy(world.chain, "ReentrantActor", OWNER)
    demand = world.router.encode("uniswapV3SwapCallback", WAD, -WAD, data)
    actor.send(OWNER, "arm", world.router, demand)
    swap = world.deep.encode("swap", actor.address, True, WAD, MIN_SQRT_PRICE + 1, data)
    assert not actor.try_send(OWNER, "act", world.deep, swap).ok
    assert world.token0.read("balanceOf", TRADER) == POCKETS


def test_a_token_that_calls_back_gets_nothing_more(world):
    """In the midst of its own sale a seller asks the router for others' tokens, and for a second swap."""
    hostile = deploy(world.chain, "CallbackToken", "CALL", "CALL", 18, OWNER)
    seller = deploy(world.chain, "ReentrantActor", OWNER)
    for holder in (PROVIDER, seller):
        hostile.send(OWNER, "mint", holder, DEPTH)
    hostile.send(OWNER, "setHooked", seller, True)
    hostile.send(PROVIDER, "approve", world.manager, UINT256_MAX)
    seller.send(OWNER, "act", hostile, hostile.encode("approve", world.router, UINT256_MAX))
    pool = world.pool_of(hostile, world.token0)
    world.mint_full_range(pool, DEPTH, DEPTH)

    demand = bytes.fromhex(world.token1.address[2:]).rjust(32, b"\0") + bytes.fromhex(TRADER[2:]).rjust(32, b"\0")
    attempts = {
        "UnexpectedCallback": world.router.encode("uniswapV3SwapCallback", -WAD, WAD, demand),
        "ReentrancyGuardReentrantCall": world.router.encode(
            "swapExactIn", [pool], hostile, WAD, 0, seller, FOREVER
        ),
    }
    sale = world.router.encode("swapExactIn", [pool], hostile, WAD, 0, TREASURY, FOREVER)
    for error, attempt in attempts.items():
        seller.send(OWNER, "arm", world.router, attempt)
        seller.send(OWNER, "act", world.router, sale)
        assert (seller.read("attempts"), seller.read("successes")) == (1, 0)
        name, _ = seller.artifacts.decoder.error_parts(seller.read("outcome"))
        assert name == error
    assert hostile.read("balanceOf", seller) == DEPTH - 2 * WAD
    assert world.token1.read("balanceOf", TRADER) == POCKETS


def test_a_pool_that_runs_out_fills_nothing(world):
    """The rest of a sale is never lost: what a pool cannot take whole is refused."""
    token_in = world.token0
    sold, bought = quoted(world, "quoteToPrice", world.narrow, token_in, 10 * DEPTH, 0)
    assert 0 < sold < 10 * DEPTH
    assert bought > 0
    order = ([world.narrow], token_in, 10 * DEPTH)
    expected = f"PartialFill({world.narrow.address}, {10 * DEPTH}, {sold})"
    assert world.router.read_error("quoteExactIn", *order) == expected
    assert world.router.send_error(TRADER, "swapExactIn", *order, 0, TRADER, FOREVER) == expected
    expected = f"PartialFill({world.narrow.address}, {10 * DEPTH}, {bought})"
    assert world.router.read_error("quoteExactOut", *order) == expected
    assert world.router.send_error(TRADER, "swapExactOut", *order, UINT256_MAX, TRADER, FOREVER) == expected
    assert token_in.read("balanceOf", TRADER) == POCKETS


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("zero_for_one", [True, False])
def test_up_to_a_price_the_rest_stays_with_the_caller(world, zero_for_one, sign):
    limit = Q96 * 99 // 100 if zero_for_one else Q96 * 101 // 100
    token_in, token_out = world.token_in(zero_for_one), world.token_in(not zero_for_one)
    order = (world.narrow, token_in, sign * 10 * DEPTH, limit)
    sold, bought = quoted(world, "quoteToPrice", *order)
    before = token_in.read("balanceOf", TRADER)
    world.router.send(TRADER, "swapToPrice", *order, TREASURY, FOREVER)
    assert before - token_in.read("balanceOf", TRADER) == sold < 10 * DEPTH
    assert token_out.read("balanceOf", TREASURY) == bought > 0
    assert world.narrow.read("slot0").sqrtPriceX96 == limit
    assert world.router.send_error(TRADER, "swapToPrice", *order, TREASURY, FOREVER) == "Error(SPL)"


def test_a_pool_without_liquidity_trades_nothing(world):
    order = ([world.empty], world.token0, WAD)
    expected = f"PartialFill({world.empty.address}, {WAD}, 0)"
    assert world.router.read_error("quoteExactIn", *order) == expected
    assert world.router.send_error(TRADER, "swapExactIn", *order, 0, TRADER, FOREVER) == expected
    assert world.router.send_error(TRADER, "swapExactOut", *order, WAD, TRADER, FOREVER) == expected


def test_a_pool_with_one_token_sells_that_one_alone(world):
    """A position above the price holds token 0: it can be bought, and nothing can be sold."""
    world.mint(world.empty, 200, 400, DEPTH, DEPTH)
    assert world.token1.read("balanceOf", world.empty) == 0
    sale = ([world.empty], world.token0, WAD)
    expected = f"PartialFill({world.empty.address}, {WAD}, 0)"
    assert world.router.send_error(TRADER, "swapExactIn", *sale, 0, TRADER, FOREVER) == expected
    assert 0 < world.sell(world.empty, False, WAD) < WAD


def test_a_pool_that_was_never_initialised_is_locked(world):
    pool = world.pool(100, sqrt_price_x96=0)
    order = ([pool], world.token0, WAD)
    assert world.router.read_error("quoteExactIn", *order) == "Error(LOK)"
    assert world.router.send_error(TRADER, "swapExactIn", *order, 0, TRADER, FOREVER) == "Error(LOK)"


def test_an_amount_of_zero_is_refused(world):
    assert world.router.read_error("quoteExactIn", [world.deep], world.token0, 0) == "Error(AS)"
    assert world.router.send_error(TRADER, "swapExactIn", [world.deep], world.token0, 0, 0, TRADER, FOREVER)


def test_without_allowance_or_balance_nothing_is_taken(world):
    sale = ([world.deep], world.token0, WAD, 0, OWNER, FOREVER)
    error = world.router.send_error(OWNER, "swapExactIn", *sale)
    assert error.startswith("ERC20InsufficientAllowance(")
    assert world.token1.read("balanceOf", OWNER) == 0


def test_the_factory_is_as_in_use(world):
    """Fees of 1, 5, 30 and 100 bps, owned by whom it was made for."""
    spacings = {fee: world.factory.read("feeAmountTickSpacing", fee) for fee in (100, 500, 3_000, 10_000, 200)}
    assert spacings == {100: 1, 500: 10, 3_000: 60, 10_000: 200, 200: 0}
    assert world.factory.read("owner") == OWNER
    assert ZERO_ADDRESS == world.factory.read("getPool", world.token0, PROVIDER, 500)
