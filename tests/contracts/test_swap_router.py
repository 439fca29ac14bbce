"""Rules of the router: it does what it quotes, honours the caller's limits and keeps nothing."""

from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.reference import constant_product as reference
from sim.units import WAD
from tests.venue import FOREVER, OWNER, POCKETS, PROVIDER, TRADER, TREASURY, Venue, deploy, deploy_token

FEES_BPS = (30, 5)
RESERVES = ((1_000 * WAD, 2_000_000 * 10**6), (3_000_000 * 10**6, 100 * 10**8))


@pytest.fixture(scope="module")
def deployed():
    """A route of two pools, T0 (18 decimals) to T1 (6) to T2 (8); the router is approved for all."""
    venue = Venue.deploy(FEES_BPS[0], (18, 6))
    token2 = deploy_token(venue.chain, "T2", 8)
    second = deploy(venue.chain, "ConstantProductPool", venue.token1, token2, FEES_BPS[1], OWNER)
    token2.send(TRADER, "approve", venue.router, POCKETS)
    venue.seed(*RESERVES[0])
    for token, amount in zip((venue.token1, token2), RESERVES[1], strict=True):
        token.send(PROVIDER, "transfer", second, amount)
    second.send(PROVIDER, "mint", PROVIDER)
    return SimpleNamespace(
        venue=venue,
        router=venue.router,
        tokens=(venue.token0, venue.token1, token2),
        pools=[venue.pool, second],
    )


@pytest.fixture
def world(deployed):
    with deployed.venue.undone():
        yield deployed


def balances(world, account):
    return [token.read("balanceOf", account) for token in world.tokens]


def assert_router_is_empty(world):
    assert balances(world, world.router) == [0, 0, 0]
    assert all(pool.read("balanceOf", world.router) == 0 for pool in world.pools)


class TestTrading:
    @given(amount_in=st.integers(1, 10**24), backwards=st.booleans())
    def test_exact_in_pays_the_quote(self, deployed, amount_in, backwards):
        step = -1 if backwards else 1
        route, tokens = deployed.pools[::step], deployed.tokens[::step]
        expected = amount_in
        for reserves, fee_bps in list(zip(RESERVES, FEES_BPS, strict=True))[::step]:
            assume(expected > 0)
            expected = reference.amount_out_down(expected, *reserves[::step], fee_bps)
        assume(expected > 0)
        with deployed.venue.undone():
            assert deployed.router.read("quoteExactIn", route, tokens[0], amount_in) == expected
            before = balances(deployed, TRADER)[::step]
            deployed.router.send(TRADER, "swapExactIn", route, tokens[0], amount_in, expected, TREASURY, FOREVER)
            assert tokens[-1].read("balanceOf", TREASURY) == expected
            assert balances(deployed, TRADER)[::step] == [before[0] - amount_in, *before[1:]]
            assert_router_is_empty(deployed)

    @given(amount_out=st.integers(1, 99 * 10**8))
    def test_exact_out_costs_the_quote_and_never_undercharges(self, deployed, amount_out):
        router, route, token_in = deployed.router, deployed.pools, deployed.tokens[0]
        mid = reference.amount_in_up(amount_out, *RESERVES[1], FEES_BPS[1])
        assume(mid < RESERVES[0][1])
        cost = reference.amount_in_up(mid, *RESERVES[0], FEES_BPS[0])
        with deployed.venue.undone():
            assert router.read("quoteExactOut", route, token_in, amount_out) == cost
            assert router.read("quoteExactIn", route, token_in, cost) >= amount_out
            before = balances(deployed, TRADER)
            router.send(TRADER, "swapExactOut", route, token_in, amount_out, cost, TREASURY, FOREVER)
            assert deployed.tokens[2].read("balanceOf", TREASURY) == amount_out
            assert balances(deployed, TRADER) == [before[0] - cost, *before[1:]]
            assert_router_is_empty(deployed)

    def test_limits(self, world):
        token = world.tokens[0]
        out = world.router.read("quoteExactIn", world.pools, token, WAD)
        arguments = (world.pools, token, WAD, out + 1, TRADER, FOREVER)
        error = world.router.send_error(TRADER, "swapExactIn", *arguments)
        assert error == f"InsufficientOutput({out}, {out + 1})"
        cost = world.router.read("quoteExactOut", world.pools, token, out)
        arguments = (world.pools, token, out, cost - 1, TRADER, FOREVER)
        error = world.router.send_error(TRADER, "swapExactOut", *arguments)
        assert error == f"ExcessiveInput({cost}, {cost - 1})"

    def test_routes(self, world):
        first, second = world.pools
        token0, _, token2 = world.tokens
        assert world.router.read_error("quoteExactIn", [], token0, 1) == "EmptyRoute()"
        error = world.router.read_error("quoteExactIn", [second, first], token0, 1)
        assert error == f"TokenNotInPool({second.address}, {token0.address})"
        error = world.router.read_error("quoteExactOut", [first], token2, 1)
        assert error == f"TokenNotInPool({first.address}, {token2.address})"

    def test_pool_cannot_be_visited_twice_at_a_stale_quote(self, world):
        first = world.pools[0]
        arguments = ([first, first], world.tokens[0], WAD, 0, TRADER, FOREVER)
        assert world.router.send_error(TRADER, "swapExactIn", *arguments) == "ZeroInput()"

    def test_needs_the_callers_allowance(self, world):
        world.tokens[0].send(TRADER, "approve", world.router, WAD - 1)
        arguments = (world.pools, world.tokens[0], WAD, 0, TRADER, FOREVER)
        error = world.router.send_error(TRADER, "swapExactIn", *arguments)
        assert error == f"ERC20InsufficientAllowance({world.router.address}, {WAD - 1}, {WAD})"


class TestLiquidity:
    @given(amount0=st.integers(10**12, 10**24), amount1=st.integers(10**6, 10**15))
    def test_deposit_is_in_proportion_and_within_the_limits(self, deployed, amount0, amount1):
        reserve0, reserve1 = RESERVES[0]
        matching1 = reference.matching_amount_down(amount0, reserve0, reserve1)
        expected = (
            (amount0, matching1)
            if matching1 <= amount1
            else (reference.matching_amount_down(amount1, reserve1, reserve0), amount1)
        )
        with deployed.venue.undone() as venue:
            total = venue.pool.read("totalSupply")
            before = balances(deployed, TRADER)
            arguments = (venue.pool, amount0, amount1, *expected, TREASURY, FOREVER)
            venue.router.send(TRADER, "addLiquidity", *arguments)
            assert venue.shares(TREASURY) == reference.shares_down(expected, RESERVES[0], total)
            spent = [was - now for was, now in zip(before, balances(deployed, TRADER), strict=True)]
            assert spent == [*expected, 0]
            assert_router_is_empty(deployed)

    def test_first_deposit_sets_the_price(self, world):
        pool = deploy(world.venue.chain, "ConstantProductPool", *world.tokens[:2], 30, OWNER)
        arguments = (pool, 3 * WAD, 5 * 10**6, 3 * WAD, 5 * 10**6, TRADER, FOREVER)
        world.router.send(TRADER, "addLiquidity", *arguments)
        assert pool.read("getReserves")[:2] == (3 * WAD, 5 * 10**6)

    def test_round_trip_never_gains(self, world):
        before = balances(world, TRADER)
        pool = world.pools[0]
        world.router.send(TRADER, "addLiquidity", pool, WAD + 7, 10**12, 0, 0, TRADER, FOREVER)
        shares = pool.read("balanceOf", TRADER)
        world.router.send(TRADER, "removeLiquidity", pool, shares, 0, 0, TRADER, FOREVER)
        lost = [was - now for was, now in zip(before, balances(world, TRADER), strict=True)]
        assert lost[0] >= 0 and lost[1] >= 0
        assert_router_is_empty(world)

    def test_limits(self, world):
        pool, (token0, token1, _) = world.pools[0], world.tokens
        arguments = (pool, WAD, 2_000 * 10**6, 0, 2_000 * 10**6 + 1, TRADER, FOREVER)
        error = world.router.send_error(TRADER, "addLiquidity", *arguments)
        assert error == f"InsufficientAmount({token1.address}, {2_000 * 10**6}, {2_000 * 10**6 + 1})"
        arguments = (pool, 2 * WAD, 2_000 * 10**6, 2 * WAD, 0, TRADER, FOREVER)
        error = world.router.send_error(TRADER, "addLiquidity", *arguments)
        assert error == f"InsufficientAmount({token0.address}, {WAD}, {2 * WAD})"
        shares = pool.read("balanceOf", PROVIDER) // 10
        for minimums, token in (((POCKETS, 0), token0), ((0, POCKETS), token1)):
            arguments = (pool, shares, *minimums, PROVIDER, FOREVER)
            error = world.router.send_error(PROVIDER, "removeLiquidity", *arguments)
            assert error.startswith(f"InsufficientAmount({token.address}, ")


def test_nothing_executes_after_its_deadline(world):
    now_s = world.venue.chain.timestamp_s
    pool, token = world.pools[0], world.tokens[0]
    for function, arguments in (
        ("swapExactIn", ([pool], token, WAD, 0, TRADER)),
        ("swapExactOut", ([pool], token, 10**6, POCKETS, TRADER)),
        ("addLiquidity", (pool, WAD, 10**12, 0, 0, TRADER)),
        ("removeLiquidity", (pool, 10**6, 0, 0, PROVIDER)),
    ):
        sender = PROVIDER if function == "removeLiquidity" else TRADER
        error = world.router.send_error(sender, function, *arguments, now_s - 1)
        assert error == f"Expired({now_s - 1}, {now_s})"
        world.router.send(sender, function, *arguments, now_s)
