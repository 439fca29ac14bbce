"""A StableSwap pool of tokens that call back, take fees, or move balances by themselves; and its router."""

import pytest

from sim.units import WAD
from tests.deployed import Deployed
from tests.stable import StableVenue
from tests.venue import FOREVER, OWNER, PROVIDER, START_S, TRADER, TREASURY, deploy

POOL_CALLS = {
    "swapExactIn": lambda venue, who: (venue.tokens[0], WAD, 0, who),
    "addLiquidity": lambda venue, who: (WAD, WAD, 0, who),
    "removeLiquidity": lambda venue, who: (WAD, 0, 0, who),
    "removeLiquidityOneCoin": lambda venue, who: (WAD, venue.tokens[0], 0, who),
}


class TestCallbacks:
    @pytest.fixture(scope="class")
    def hooked(self):
        """A pool whose coins call an actor that holds both and shares."""
        venue = StableVenue.deploy(token_type="CallbackToken", rates=False)
        venue.seed(1_000, 1_000)
        actor = deploy(venue.chain, "ReentrantActor", OWNER)
        for token in venue.tokens:
            token.send(OWNER, "mint", actor, 1_000 * WAD)
            token.send(OWNER, "setHooked", actor, True)
            do(actor, token, "approve", venue.pool, 10**30)
        do(actor, venue.pool, "addLiquidity", 100 * WAD, 100 * WAD, 0, actor)
        return venue, actor

    @pytest.mark.parametrize("inner", POOL_CALLS)
    @pytest.mark.parametrize("outer", POOL_CALLS)
    def test_no_call_can_be_made_within_another(self, hooked, outer, inner):
        venue, actor = hooked
        with venue.undone():
            attempt = venue.pool.encode(inner, *POOL_CALLS[inner](venue, actor))
            actor.send(OWNER, "arm", venue.pool, attempt)
            do(actor, venue.pool, outer, *POOL_CALLS[outer](venue, actor))
            assert (actor.read("attempts") > 0, actor.read("successes")) == (True, 0)
            error = venue.pool.artifacts.decoder.decode_error(actor.read("outcome"))
            assert error == "ReentrancyGuardReentrantCall()"

    @pytest.mark.parametrize("outer", POOL_CALLS)
    @pytest.mark.parametrize(("view", "with_token"), [("virtualPriceWad", False), ("spotPriceWad", True)])
    @pytest.mark.parametrize("moved", [0, 1])
    def test_views_are_true_in_the_middle_of_a_transfer(self, hooked, outer, view, with_token, moved):
        """What a lending market would read then holds before the call or after it."""
        venue, actor = hooked
        with venue.undone():
            venue.tokens[1 - moved].send(OWNER, "setHooked", actor, False)
            arguments = (venue.tokens[0],) if with_token else ()
            before = venue.pool.read(view, *arguments)
            actor.send(OWNER, "arm", venue.pool, venue.pool.encode(view, *arguments))
            do(actor, venue.pool, outer, *POOL_CALLS[outer](venue, actor))
            if outer == "removeLiquidityOneCoin" and moved == 1:
                assert actor.read("attempts") == 0
                return
            seen = int.from_bytes(actor.read("outcome"))
            assert actor.read("attempts") == actor.read("successes") > 0
            assert seen in (before, venue.pool.read(view, *arguments))


class TestOddTokens:
    def test_token_that_takes_a_fee_is_refused_in_and_the_shares_can_leave(self):
        venue = StableVenue.deploy(token_type="OddToken", rates=False)
        venue.seed(1_000, 1_000)
        venue.tokens[0].send(OWNER, "setFee", 100)
        error = f"ReceivedLess({venue.tokens[0].address}, {99 * WAD // 100}, {WAD})"
        assert venue.pool.send_error(TRADER, "swapExactIn", venue.tokens[0], WAD, 0, TRADER) == error
        assert venue.pool.send_error(TRADER, "addLiquidity", WAD, 0, 0, TRADER) == error
        venue.tokens[0].send(OWNER, "setAnswersFalse", True)
        error = venue.pool.send_error(TRADER, "swapExactIn", venue.tokens[0], WAD, 0, TRADER)
        assert error.startswith("SafeERC20FailedOperation")
        venue.tokens[0].send(OWNER, "setAnswersFalse", False)
        venue.pool.send(PROVIDER, "removeLiquidity", venue.shares(PROVIDER), 0, 0, TREASURY)
        assert venue.held(TREASURY)[1] == pytest.approx(1_000 * WAD, rel=1e-9)

    def test_growth_of_a_rebasing_token_is_nobodys_and_its_shrinking_the_lasts(self):
        venue = StableVenue.deploy(token_type="RebasingToken", rates=False)
        venue.seed(1_000, 1_000)
        price = venue.pool.read("virtualPriceWad")
        venue.tokens[0].send(OWNER, "rebase", venue.pool, 10_100)
        assert venue.pool.read("virtualPriceWad") == price
        venue.tokens[0].send(OWNER, "rebase", venue.pool, 5_000)
        assert venue.pool.read("virtualPriceWad") == price
        shares = venue.shares(PROVIDER)
        venue.pool.send(PROVIDER, "removeLiquidity", shares // 2, 0, 0, PROVIDER)
        left = venue.shares(PROVIDER)
        error = venue.pool.send_error(PROVIDER, "removeLiquidity", left, 0, 0, PROVIDER)
        assert error.startswith("ERC20InsufficientBalance")


class TestRouter:
    @pytest.fixture(scope="class")
    def route(self):
        """Two pools in a row: T0 / T1 and T1 / T2."""
        venue = StableVenue.deploy(decimals=(18, 6), rates=False)
        venue.seed(1_000, 1_000)
        last = deploy(venue.chain, "AssetToken", "T2", "T2", 8, OWNER)
        last.send(OWNER, "mint", PROVIDER, 10**20)
        zero = "0x" + "0" * 40
        second = deploy(venue.chain, "StableSwapPool", venue.tokens[1], last, zero, zero, 20_000, 100, 20_000)
        for token in (venue.tokens[1], last):
            token.send(PROVIDER, "approve", second, FOREVER)
        second.send(PROVIDER, "addLiquidity", 2_000 * 10**6, 2_000 * 10**8, 0, PROVIDER)
        return venue, second, last

    def test_sells_along_the_route_what_it_quotes(self, route):
        venue, second, last = route
        with venue.undone():
            middle = venue.pool.read("quoteExactIn", venue.tokens[0], 10 * WAD)
            out = second.read("quoteExactIn", venue.tokens[1], middle)
            pools = [venue.pool, second]
            assert venue.router.read("quoteExactIn", pools, venue.tokens[0], 10 * WAD) == out
            arguments = (pools, venue.tokens[0], 10 * WAD)
            venue.router.send(TRADER, "swapExactIn", *arguments, out, TREASURY, START_S)
            assert last.read("balanceOf", TREASURY) == out
            for token in (*venue.tokens, last):
                assert token.read("balanceOf", venue.router) == 0
                assert token.read("allowance", venue.router, venue.pool) == 0

    def test_refusals(self, route):
        venue, second, last = route
        token, pool = venue.tokens[0], venue.pool
        out = pool.read("quoteExactIn", token, WAD)
        now = venue.chain.timestamp_s
        for pools, sold, least, deadline, error in (
            ([], token, 0, FOREVER, "EmptyRoute()"),
            ([pool], token, 0, now - 1, f"Expired({now - 1}, {now})"),
            ([pool], token, out + 1, FOREVER, f"InsufficientOutput({out}, {out + 1})"),
            ([second], token, 0, FOREVER, f"TokenNotInPool({second.address}, {token.address})"),
            ([pool, pool, second], token, 0, FOREVER, f"TokenNotInPool({second.address}, {token.address})"),
        ):
            assert (
                venue.router.send_error(TRADER, "swapExactIn", pools, sold, WAD, least, TRADER, deadline) == error
            )
        assert venue.router.read_error("quoteExactIn", [], token, WAD) == "EmptyRoute()"
        assert venue.router.read_error("quoteExactIn", [pool], last, WAD).startswith("TokenNotInPool")


def do(actor: Deployed, target: Deployed, function: str, *args: object) -> None:
    """Let the actor call a function."""
    actor.send(OWNER, "act", target.address, target.encode(function, *args))
