"""Rules of the StableSwap pool: no action takes value from the shares, and it refuses what it must."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.base import ZERO_ADDRESS, DeployReverted
from sim.reference import stable_swap as reference
from sim.units import WAD
from tests.stable import FINER, StableVenue
from tests.venue import OWNER, PROVIDER, TRADER, TREASURY, deploy, deploy_token

LOCK = "0x000000000000000000000000000000000000dEaD"
SHAPES = {
    "staked": {"amplification": 50, "fee_ppm": 400},
    "decimals": {"amplification": 200, "fee_ppm": 100, "decimals": (6, 18), "multiplier_bps": 50_000},
    "bare": {"amplification": 50, "fee_ppm": 0},
    "free": {"amplification": 1_000, "fee_ppm": 0, "decimals": (8, 6)},
    "dear": {"amplification": 1, "fee_ppm": 250_000},
}
ACTION = st.tuples(st.sampled_from(["swap", "add", "remove", "one"]), st.integers(0, 1), st.integers(1, 10**6))


@pytest.fixture(scope="module")
def venues():
    return {name: StableVenue.deploy(**shape) for name, shape in SHAPES.items()}


@pytest.fixture(params=SHAPES)
def any_pool(request, venues):
    """A pool of each shape with 1,000 and 1,200 whole coins."""
    with venues[request.param].undone() as venue:
        venue.seed(1_000, 1_200)
        yield venue


@pytest.fixture
def empty(venues):
    with venues["staked"].undone() as venue:
        yield venue


@pytest.fixture
def seeded(empty):
    empty.seed(1_000, 1_000)
    return empty


def act(venue: StableVenue, kind: str, i: int, part: int) -> bool:
    """Do something of a size that goes with `part` of a million; return whether the pool accepted it."""
    size = [max(balance * part // 10**6, 1) for balance in venue.balances()]
    shares = max(venue.shares(PROVIDER) * part // 1_050_000, 1)
    calls = {
        "swap": (TRADER, "swapExactIn", venue.tokens[i], size[i], 0, TRADER),
        "add": (PROVIDER, "addLiquidity", size[0] * i, size[1], 0, PROVIDER),
        "remove": (PROVIDER, "removeLiquidity", shares, 0, 0, PROVIDER),
        "one": (PROVIDER, "removeLiquidityOneCoin", shares, venue.tokens[i], 0, PROVIDER),
    }
    return venue.pool.try_send(*calls[kind]).ok


class TestValue:
    @given(name=st.sampled_from(sorted(SHAPES)), actions=st.lists(ACTION, min_size=1, max_size=6))
    @settings(max_examples=200)
    def test_invariant_per_share_never_falls(self, venues, name, actions):
        with venues[name].undone() as venue:
            venue.seed(1_000, 1_200)
            invariant, total = venue.fine_invariant_per_share()
            for action in actions:
                act(venue, *action)
                later, later_total = venue.fine_invariant_per_share()
                assert (later + 2) * total >= invariant * later_total
                invariant, total = later, later_total

    @given(
        rate=st.integers(WAD // 2, 3 * WAD),
        actions=st.lists(ACTION, min_size=1, max_size=4),
    )
    def test_nor_does_it_at_any_rate_beyond_the_unit_that_a_balance_is_rounded_by(self, venues, rate, actions):
        with venues["staked"].undone() as venue:
            venue.set_rate(0, rate)
            venue.seed(1_000, 1_200)
            invariant, total = venue.fine_invariant_per_share()
            for action in actions:
                act(venue, *action)
                later, later_total = venue.fine_invariant_per_share()
                lost_by_rounding = 20 * FINER
                assert (later + lost_by_rounding) * total >= invariant * later_total
                invariant, total = later, later_total

    @given(name=st.sampled_from(sorted(SHAPES)), i=st.integers(0, 1), part=st.integers(1, 3 * 10**6))
    def test_selling_and_buying_back_gains_nothing(self, venues, name, i, part):
        with venues[name].undone() as venue:
            venue.seed(1_000, 1_200)
            sold = max(venue.balances()[i] * part // 10**6, 1)
            bought = venue.pool.read("quoteExactIn", venue.tokens[i], sold)
            if bought == 0:
                return
            assert venue.swap(i, sold) == bought
            assert venue.pool.read("quoteExactIn", venue.tokens[1 - i], bought) < sold

    @given(name=st.sampled_from(sorted(SHAPES)), i=st.integers(0, 1), part=st.integers(1, 3 * 10**6))
    def test_providing_and_withdrawing_gains_nothing(self, venues, name, i, part):
        """In one coin back to that coin; in proportion, not more of both."""
        with venues[name].undone() as venue:
            venue.seed(1_000, 1_200)
            amounts = [0, 0]
            amounts[i] = max(venue.balances()[i] * part // 10**6, 1)
            shares = venue.pool.read("previewAddLiquidity", *amounts)
            if shares == 0:
                return
            venue.pool.send(TRADER, "addLiquidity", *amounts, shares, TRADER)
            assert venue.pool.read("previewRemoveLiquidityOneCoin", shares, venue.tokens[i]) <= amounts[i]
            before = venue.held(TRADER)
            venue.pool.send(TRADER, "removeLiquidity", shares, 0, 0, TRADER)
            back = [after - held for after, held in zip(venue.held(TRADER), before, strict=True)]
            assert back[i] < amounts[i]

    def test_a_detour_over_liquidity_is_no_cheaper_than_a_swap(self, any_pool):
        """In with one coin, out in the other: two halves of a fee, less than it by its square at most."""
        amount = any_pool.whole(0, 50)
        direct = any_pool.pool.read("quoteExactIn", any_pool.tokens[0], amount)
        any_pool.pool.send(TRADER, "addLiquidity", amount, 0, 0, TRADER)
        shares = any_pool.shares(TRADER)
        detour = any_pool.pool.read("previewRemoveLiquidityOneCoin", shares, any_pool.tokens[1])
        curve = any_pool.curve
        highest_fee = curve.fee_ppm * curve.off_peg_fee_multiplier_bps / 10**10
        assert detour <= direct * (1 + highest_fee**2 / 8 + 1e-4)


class TestSwap:
    def test_pays_the_quote_of_the_mirror(self, any_pool):
        for i in (0, 1):
            amount = any_pool.whole(i, 123.456)
            balances, scales = any_pool.normalised(), any_pool.scales()
            sold = reference.normalised_down(amount, scales[i])
            output, _ = reference.output_down(balances[i], balances[1 - i], sold, any_pool.curve)
            expected = reference.coin_amount_down(output, scales[1 - i])
            assert any_pool.pool.read("quoteExactIn", any_pool.tokens[i], amount) == expected
            assert any_pool.swap(i, amount) == expected

    def test_event_tells_all_that_a_price_can_be_found_from(self, seeded):
        seeded.set_rate(0, 11 * WAD // 10)
        token = seeded.tokens[0]
        (name, args) = seeded.pool.send(TRADER, "swapExactIn", token, WAD, 0, TREASURY)[1]
        assert name == "Swap"
        assert (args["sender"], args["tokenIn"], args["to"]) == (TRADER, token.address, TREASURY)
        assert (args["amountIn"], args["amountOut"]) == (WAD, seeded.held(TREASURY)[1])
        assert (args["balance0"], args["balance1"]) == seeded.balances()
        assert (args["rate0Wad"], args["rate1Wad"]) == (11 * WAD // 10, WAD)
        assert args["fee"] == pytest.approx(args["amountOut"] * 4e-4, rel=0.01)

    def test_refusals(self, seeded):
        token = seeded.tokens[0]
        for arguments, error in (
            ((TRADER, WAD, 0, TRADER), f"TokenNotInPool({seeded.pool.address}, {TRADER})"),
            ((token, 0, 0, TRADER), "ZeroOutput(0)"),
            ((token, 1, 0, TRADER), "ZeroOutput(1)"),
            ((token, 2**97, 0, TRADER), f"BalanceTooLarge({token.address}, {2**97 + 1_000 * WAD}, {2**96 - 1})"),
        ):
            assert seeded.pool.send_error(TRADER, "swapExactIn", *arguments) == error
        out = seeded.pool.read("quoteExactIn", token, WAD)
        error = seeded.pool.send_error(TRADER, "swapExactIn", token, WAD, out + 1, TRADER)
        assert error == f"InsufficientOutput({out}, {out + 1})"

    def test_no_sale_however_large_empties_the_pool(self, seeded):
        seeded.swap(0, 2**95)
        balance0, balance1 = seeded.balances()
        assert balance0 > 2**95 and balance1 > 0
        assert seeded.pool.read("spotPriceWad", seeded.tokens[0]) < 10**9
        assert seeded.pool.read("spotPriceWad", seeded.tokens[1]) > WAD
        assert seeded.swap(1, 1_000 * WAD) > 0


class TestEmptyAndOneSided:
    def test_empty_pool_has_no_price_and_sells_nothing(self, empty):
        assert empty.pool.read("virtualPriceWad") == empty.pool.read("invariant") == 0
        assert empty.pool.read_error("spotPriceWad", empty.tokens[0]) == "NoLiquidity(0, 0)"
        assert empty.pool.read_error("quoteExactIn", empty.tokens[0], WAD) == "NoLiquidity(0, 0)"
        error = empty.pool.send_error(TRADER, "swapExactIn", empty.tokens[0], WAD, 0, TRADER)
        assert error == "NoLiquidity(0, 0)"
        error = empty.pool.send_error(TRADER, "removeLiquidityOneCoin", 0, empty.tokens[0], 0, TRADER)
        assert error == "ZeroOutput(0)"

    @pytest.mark.parametrize("amounts", [(WAD, 0), (0, WAD), (0, 0)])
    def test_first_deposit_needs_both_coins(self, empty, amounts):
        error = empty.pool.send_error(PROVIDER, "addLiquidity", *amounts, 0, PROVIDER)
        assert error == f"NoLiquidity{amounts}"

    def test_deposits_and_withdrawals_of_one_coin_leave_both(self, seeded):
        seeded.pool.send(PROVIDER, "addLiquidity", 10**6 * WAD, 0, 0, PROVIDER)
        for token in seeded.tokens:
            shares = seeded.shares(PROVIDER)
            out = seeded.pool.read("previewRemoveLiquidityOneCoin", shares * 99 // 100, token)
            seeded.pool.send(PROVIDER, "removeLiquidityOneCoin", shares * 99 // 100, token, out, PROVIDER)
            assert min(seeded.balances()) > 0

    def test_all_shares_but_the_locked_ones_can_leave_and_the_pool_goes_on(self, seeded):
        seeded.pool.send(PROVIDER, "removeLiquidity", seeded.shares(PROVIDER), 0, 0, PROVIDER)
        assert 0 < min(seeded.balances()) <= max(seeded.balances()) <= 1_000
        assert seeded.pool.read("totalSupply") == seeded.shares(LOCK) == 1_000
        seeded.seed(5, 5)
        assert seeded.shares(PROVIDER) == pytest.approx(10 * WAD, rel=0.01)


class TestLiquidity:
    def test_first_deposit_gets_the_invariant_and_locks_the_minimum(self, empty):
        empty.seed(3, 1)
        invariant = reference.invariant_down(3 * WAD, WAD, 5_000)
        assert empty.shares(PROVIDER) == invariant - 1_000
        assert empty.shares(LOCK) == 1_000 == empty.pool.read("MINIMUM_LIQUIDITY")
        assert empty.pool.read("virtualPriceWad") == WAD

    @pytest.mark.parametrize("amount", [1, 499, 501])
    def test_first_deposit_must_exceed_the_minimum(self, empty, amount):
        error = empty.pool.send_error(PROVIDER, "addLiquidity", amount, amount, 0, PROVIDER)
        assert error == "InsufficientShares(0, 0)"

    def test_donation_moves_nothing_and_belongs_to_nobody(self, seeded):
        """Nor can a first depositor make shares dear with one: the classic inflation attack has no lever."""
        names = ("balances", "virtualPriceWad", "invariant")
        before = [seeded.pool.read(name) for name in names]
        for token in seeded.tokens:
            token.send(TRADER, "transfer", seeded.pool, 10**9 * WAD)
        assert [seeded.pool.read(name) for name in names] == before
        shares = seeded.shares(PROVIDER)
        seeded.pool.send(PROVIDER, "removeLiquidity", shares, 0, 0, TREASURY)
        assert max(seeded.held(TREASURY)) < 1_000 * WAD

    def test_smallest_first_depositor_cannot_rob_the_second(self, empty):
        """Shares of 1,001 units, then fees on trades to raise their worth, then a small deposit: it loses dust."""
        empty.pool.send(TRADER, "addLiquidity", 501, 503, 0, TRADER)
        for _ in range(5):
            empty.swap(0, 10**6)
            empty.swap(1, 10**6)
        per_share = empty.pool.read("virtualPriceWad")
        assert per_share < 10**6 * WAD
        empty.pool.send(PROVIDER, "addLiquidity", WAD, WAD, 0, PROVIDER)
        before = sum(empty.held(PROVIDER))
        empty.pool.send(PROVIDER, "removeLiquidity", empty.shares(PROVIDER), 0, 0, PROVIDER)
        assert sum(empty.held(PROVIDER)) - before == pytest.approx(2 * WAD, rel=1e-6)

    def test_deposit_in_proportion_pays_no_fee_and_another_does(self, seeded):
        even = seeded.pool.read("previewAddLiquidity", 10 * WAD, 10 * WAD)
        uneven = seeded.pool.read("previewAddLiquidity", 20 * WAD, 0)
        assert even == pytest.approx(20 * WAD, rel=1e-9)
        assert 1e-4 < 1 - uneven / even < 6e-4

    def test_events_tell_amounts_shares_and_balances(self, seeded):
        (name, args) = seeded.pool.send(TRADER, "addLiquidity", WAD, 2 * WAD, 0, TREASURY)[-1]
        assert (name, args["amount0"], args["amount1"]) == ("LiquidityAdded", WAD, 2 * WAD)
        assert (args["sender"], args["to"], args["shares"]) == (TRADER, TREASURY, seeded.shares(TREASURY))
        assert (args["balance0"], args["balance1"]) == seeded.balances()
        events = seeded.pool.send(TREASURY, "removeLiquidityOneCoin", WAD, seeded.tokens[1], 0, TRADER)
        args = dict(events)["LiquidityRemoved"]
        assert (args["amount0"], args["shares"], args["to"]) == (0, WAD, TRADER)
        assert (args["balance0"], args["balance1"]) == seeded.balances()
        events = seeded.pool.send(TREASURY, "removeLiquidity", WAD, 0, 0, TRADER)
        assert dict(events)["LiquidityRemoved"]["shares"] == WAD

    def test_refusals(self, seeded):
        shares = seeded.shares(PROVIDER)
        total = seeded.pool.read("totalSupply")
        amount0 = shares * 1_000 * WAD // total
        token = seeded.tokens[0]
        one = seeded.pool.read("previewRemoveLiquidityOneCoin", WAD, token)
        added = seeded.pool.read("previewAddLiquidity", WAD, WAD)
        for function, arguments, error in (
            ("addLiquidity", (WAD, WAD, added + 1), f"InsufficientShares({added}, {added + 1})"),
            ("addLiquidity", (0, 0, 0), "InsufficientShares(0, 0)"),
            ("removeLiquidity", (shares, amount0 + 1, 0), f"InsufficientOutput({amount0}, {amount0 + 1})"),
            ("removeLiquidity", (shares, 0, amount0 + 1), f"InsufficientOutput({amount0}, {amount0 + 1})"),
            (
                "removeLiquidity",
                (shares + 1, 0, 0),
                f"ERC20InsufficientBalance({PROVIDER}, {shares}, {shares + 1})",
            ),
            ("removeLiquidityOneCoin", (WAD, token, one + 1), f"InsufficientOutput({one}, {one + 1})"),
            ("removeLiquidityOneCoin", (total + 1, token, 0), f"InsufficientShares({total}, {total + 1})"),
            ("removeLiquidityOneCoin", (1, TRADER, 0), f"TokenNotInPool({seeded.pool.address}, {TRADER})"),
        ):
            assert seeded.pool.send_error(PROVIDER, function, *arguments, PROVIDER) == error


class TestRates:
    def test_pool_trades_at_the_rate(self, seeded):
        seeded.pool.send(PROVIDER, "removeLiquidity", seeded.shares(PROVIDER), 0, 0, PROVIDER)
        seeded.set_rate(0, 5 * WAD // 4)
        seeded.seed(800, 1_000)
        assert seeded.pool.read("spotPriceWad", seeded.tokens[0]) == pytest.approx(1.25 * WAD, rel=1e-6)
        assert seeded.pool.read("spotPriceWad", seeded.tokens[1]) == pytest.approx(0.8 * WAD, rel=1e-6)
        assert seeded.swap(0, WAD) == pytest.approx(1.25 * WAD, rel=1e-3)

    def test_shareholders_bear_a_slashing(self, seeded):
        """The staked coin loses a tenth at once: so does its half of the pool, and it trades a tenth lower."""
        before = seeded.pool.read("virtualPriceWad")
        seeded.set_rate(0, 9 * WAD // 10)
        assert seeded.pool.read("virtualPriceWad") == pytest.approx(before * 0.95, rel=1e-3)
        assert seeded.pool.read("spotPriceWad", seeded.tokens[0]) == pytest.approx(0.9 * WAD, rel=0.01)
        invariant, total = seeded.fine_invariant_per_share()
        seeded.swap(1, 50 * WAD)
        later, later_total = seeded.fine_invariant_per_share()
        assert later * total >= invariant * later_total

    def test_growth_of_the_rate_is_the_shareholders(self, seeded):
        before = seeded.pool.read("virtualPriceWad")
        seeded.set_rate(0, 11 * WAD // 10)
        assert seeded.pool.read("virtualPriceWad") == pytest.approx(before * 1.05, rel=1e-3)

    @pytest.mark.parametrize("rate", [0, 10**36 + 1])
    def test_absurd_rate_stops_all_but_leaving_in_proportion(self, seeded, rate):
        seeded.set_rate(0, rate)
        error = f"InvalidRate({seeded.oracles[0].address}, {rate}, {10**36})"
        self.assert_stopped(seeded, error)

    def test_rate_oracle_that_reverts_does_too(self, seeded):
        seeded.oracles[1].send(OWNER, "arm", seeded.tokens[0], seeded.tokens[0].encode("totalSupply"))
        self.assert_stopped(seeded, "")

    def assert_stopped(self, seeded: StableVenue, error: str) -> None:
        token = seeded.tokens[0]
        for function, arguments in (
            ("swapExactIn", (token, WAD, 0, PROVIDER)),
            ("addLiquidity", (WAD, WAD, 0, PROVIDER)),
            ("removeLiquidityOneCoin", (WAD, token, 0, PROVIDER)),
        ):
            assert not seeded.pool.try_send(PROVIDER, function, *arguments).ok
            assert error in seeded.pool.send_error(PROVIDER, function, *arguments)
        seeded.pool.send(PROVIDER, "removeLiquidity", seeded.shares(PROVIDER), 1, 1, PROVIDER)

    def test_rate_that_makes_a_balance_uncountable_is_said_so(self, seeded):
        seeded.set_rate(0, 10**36)
        token = seeded.tokens[0]
        error = f"BalanceTooLarge({token.address}, {1_000 * 10**36}, {2**96 - 1})"
        assert seeded.pool.read_error("quoteExactIn", token, WAD) == error


class TestConstruction:
    def test_says_what_it_was_made_of(self, empty):
        names = ("amplificationE2", "feePpm", "offPegFeeMultiplierBps", "MAX_RATE_WAD", "decimals")
        assert [empty.pool.read(name) for name in names] == [5_000, 400, 20_000, 10**36, 18]
        assert [empty.pool.read(f"token{i}") for i in (0, 1)] == [token.address for token in empty.tokens]
        assert [empty.pool.read(f"rateOracle{i}") for i in (0, 1)] == [one.address for one in empty.oracles]
        assert empty.pool.read("SHARE_LOCK") == LOCK

    @pytest.mark.parametrize("decimals", [5, 19])
    def test_refuses_decimals_that_it_cannot_count(self, empty, decimals):
        odd = deploy_token(empty.chain, "ODD", decimals)
        error = f"UnsupportedDecimals({odd.address}, {decimals}, 6, 18)"
        assert refused(empty, empty.tokens[0], odd) == error
        assert refused(empty, odd, empty.tokens[0]) == error

    @pytest.mark.parametrize(
        ("shape", "error"),
        [
            ((99, 400, 10_000), "AmplificationOutOfRange(99, 100, 100000000)"),
            ((10**8 + 1, 400, 10_000), "AmplificationOutOfRange(100000001, 100, 100000000)"),
            ((100, 500_001, 10_000), "InvalidFee(500001, 10000, 500000, 200000)"),
            ((100, 250_001, 20_000), "InvalidFee(250001, 20000, 500000, 200000)"),
            ((100, 0, 9_999), "InvalidFee(0, 9999, 500000, 200000)"),
            ((100, 0, 200_001), "InvalidFee(0, 200001, 500000, 200000)"),
        ],
    )
    def test_refuses_shapes_outside_of_their_range(self, empty, shape, error):
        assert refused(empty, *empty.tokens, shape=shape) == error

    def test_refuses_what_is_no_pair_of_tokens_or_no_oracle(self, empty):
        token, oracle = empty.tokens[0], empty.oracles[0]
        assert refused(empty, token, token) == f"InvalidTokens({token.address}, {token.address})"
        assert refused(empty, token, ZERO_ADDRESS) == f"InvalidTokens({token.address}, {ZERO_ADDRESS})"
        assert refused(empty, ZERO_ADDRESS, token) == f"InvalidTokens({ZERO_ADDRESS}, {token.address})"
        empty.set_rate(0, 0)
        error = f"InvalidRate({oracle.address}, 0, {10**36})"
        assert refused(empty, *empty.tokens, oracles=(oracle, ZERO_ADDRESS)) == error
        with pytest.raises(DeployReverted):
            deploy(empty.chain, "StableSwapPool", *empty.tokens, TRADER, ZERO_ADDRESS, 5_000, 400, 10_000)


def refused(venue, *tokens, oracles=(ZERO_ADDRESS, ZERO_ADDRESS), shape=(5_000, 400, 10_000)):
    """Return the error that a pool cannot be made for."""
    with pytest.raises(DeployReverted) as reverted:
        deploy(venue.chain, "StableSwapPool", *tokens, *oracles, *shape)
    return venue.pool.artifacts.decoder.decode_error(reverted.value.data)
