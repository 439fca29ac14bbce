"""Rules of the pool: its value never leaks, and it refuses what it must."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.chain.base import ZERO_ADDRESS, DeployReverted
from sim.reference import constant_product as reference
from sim.units import UINT112_MAX, WAD
from tests.venue import (
    CALLEE_INIT_CODE,
    DEPLOYER,
    OWNER,
    POCKETS,
    PROVIDER,
    TRADER,
    TREASURY,
    Venue,
    callback,
    deploy,
)

FEES_BPS = (0, 1, 30, 100, 9_999)
RESERVE = st.one_of(st.integers(1, 10**9), st.integers(1, UINT112_MAX))
LOCK = "0x000000000000000000000000000000000000dEaD"


@pytest.fixture(scope="module")
def venues():
    return {fee_bps: Venue.deploy(fee_bps) for fee_bps in FEES_BPS}


@pytest.fixture
def empty(venues):
    """An empty pool with Uniswap's fee."""
    with venues[30].undone() as venue:
        yield venue


@pytest.fixture
def seeded(empty):
    """A pool of 1,000 and 2,000,000 whole tokens."""
    empty.seed(1_000 * WAD, 2_000_000 * 10**6)
    return empty


class TestSwap:
    @given(
        fee_bps=st.sampled_from(FEES_BPS),
        reserves=st.tuples(RESERVE, RESERVE),
        amount_in=st.integers(1, 2**100),
    )
    def test_pays_the_quote_and_not_a_wei_more(self, venues, fee_bps, reserves, amount_in):
        assume(reserves[0] + amount_in <= UINT112_MAX)
        out = reference.amount_out_down(amount_in, *reserves, fee_bps)
        assume(0 < out < reserves[1] - 1)
        with venues[fee_bps].undone() as venue:
            venue.set_reserves(*reserves)
            venue.fund(amount_in, 0)
            error = venue.pool.send_error(TRADER, "swap", 0, out + 1, TRADER, b"")
            after = (reserves[0] + amount_in, reserves[1] - out - 1)
            products = reference.scaled_products(after, (amount_in, 0), reserves, fee_bps)
            assert error == f"InvariantDecreased({products[0]}, {products[1]})"
            venue.pool.send(TRADER, "swap", 0, out, TRADER, b"")
            assert venue.reserves() == (reserves[0] + amount_in, reserves[1] - out)

    @given(amounts=st.lists(st.tuples(st.booleans(), st.integers(1, 10**30)), min_size=1, max_size=8))
    def test_product_of_reserves_never_falls(self, venues, amounts):
        with venues[30].undone() as venue:
            venue.seed(10**24, 10**24)
            product = 10**48
            for zero_for_one, amount in amounts:
                reserves = venue.reserves() if zero_for_one else venue.reserves()[::-1]
                if reference.amount_out_down(amount, *reserves, 30):
                    venue.swap_exact_in(zero_for_one, amount)
                reserve0, reserve1 = venue.reserves()
                assert reserve0 * reserve1 >= product
                product = reserve0 * reserve1

    def test_event_tells_what_came_in_and_went_out(self, seeded):
        seeded.fund(WAD, 0)
        events = seeded.pool.send(TRADER, "swap", 0, 10**6, TREASURY, b"")
        assert events[-1] == (
            "Swap",
            {
                "sender": TRADER,
                "amount0In": WAD,
                "amount1In": 0,
                "amount0Out": 0,
                "amount1Out": 10**6,
                "to": TREASURY,
            },
        )
        assert [name for name, _ in events] == ["Transfer", "Sync", "Swap"]

    def test_refusals(self, seeded):
        reserve0, reserve1 = seeded.reserves()
        for arguments, error in (
            ((0, 0, TRADER), "ZeroOutput()"),
            ((reserve0, 0, TRADER), f"InsufficientLiquidity({reserve0}, {reserve0})"),
            ((0, reserve1 + 1, TRADER), f"InsufficientLiquidity({reserve1 + 1}, {reserve1})"),
            ((1, 0, seeded.token1), f"InvalidRecipient({seeded.token1.address})"),
            ((1, 0, TRADER), "ZeroInput()"),
        ):
            assert seeded.pool.send_error(TRADER, "swap", *arguments, b"") == error


class TestFlashSwap:
    @pytest.fixture
    def callee(self, seeded):
        address = seeded.chain.deploy(DEPLOYER, CALLEE_INIT_CODE)
        for token in seeded.tokens:
            token.send(TRADER, "transfer", address, 10**30)
        return address

    def test_can_be_repaid_in_the_same_token(self, seeded, callee):
        amount = 10 * WAD
        owed = -(-amount * 10_000 // 9_970)
        short = callback(seeded.token0, "transfer", seeded.pool, owed - 1)
        assert "InvariantDecreased" in seeded.pool.send_error(TRADER, "swap", amount, 0, callee, short)
        seeded.pool.send(TRADER, "swap", amount, 0, callee, callback(seeded.token0, "transfer", seeded.pool, owed))
        assert seeded.reserves()[0] == 1_000 * WAD - amount + owed

    def test_can_be_repaid_in_the_other_token(self, seeded, callee):
        amount = 10 * WAD
        owed = reference.amount_in_up(amount, *seeded.reserves()[::-1], 30)
        seeded.pool.send(TRADER, "swap", amount, 0, callee, callback(seeded.token1, "transfer", seeded.pool, owed))
        assert seeded.reserves() == (990 * WAD, 2_000_000 * 10**6 + owed)

    @pytest.mark.parametrize(
        ("function", "arguments"),
        [("mint", [TRADER]), ("burn", [TRADER]), ("swap", [1, 0, TRADER, b""]), ("skim", [TRADER]), ("sync", [])],
    )
    def test_cannot_reenter(self, seeded, callee, function, arguments):
        data = callback(seeded.pool, function, *arguments)
        error = seeded.pool.send_error(TRADER, "swap", WAD, 0, callee, data)
        assert error == "ReentrancyGuardReentrantCall()"


class TestLiquidity:
    def test_first_deposit_locks_the_minimum(self, empty):
        assert empty.seed(4 * WAD, WAD) == 2 * WAD - 1_000
        assert empty.shares(LOCK) == 1_000 == empty.pool.read("MINIMUM_LIQUIDITY")
        assert empty.pool.read("totalSupply") == 2 * WAD

    @pytest.mark.parametrize("amount", [0, 1, 999, 1_000])
    def test_first_deposit_must_exceed_the_minimum(self, empty, amount):
        empty.fund(amount, amount)
        error = empty.pool.send_error(TRADER, "mint", TRADER)
        assert error == f"InsufficientLiquidityMinted({amount}, {amount})"

    def test_one_sided_deposit_mints_nothing(self, seeded):
        seeded.fund(WAD, 0)
        assert seeded.pool.send_error(TRADER, "mint", TRADER) == f"InsufficientLiquidityMinted({WAD}, 0)"

    def test_burn_without_shares_is_refused(self, seeded):
        assert seeded.pool.send_error(TRADER, "burn", TRADER) == "InsufficientLiquidityBurned(0, 0)"

    def test_who_donates_to_make_a_share_dear_forfeits_the_donation(self, empty):
        """The locked shares take it, so that rounding cannot rob the next depositor at a profit."""
        empty.seed(1_001, 1_001)
        empty.fund(10**6 * WAD, 10**6 * WAD)
        empty.pool.send(TRADER, "sync")
        before = empty.shares(PROVIDER)
        empty.pool.send(PROVIDER, "transfer", empty.pool, before)
        empty.pool.send(PROVIDER, "burn", TREASURY)
        assert empty.token0.read("balanceOf", TREASURY) < 10**6 * WAD // 1_000


class TestBalances:
    def test_skim_takes_the_surplus_and_sync_keeps_it(self, seeded):
        reserves = seeded.reserves()
        seeded.fund(5, 7)
        seeded.pool.send(TRADER, "skim", TREASURY)
        assert [token.read("balanceOf", TREASURY) for token in seeded.tokens] == [5, 7]
        assert seeded.reserves() == reserves
        seeded.fund(5, 7)
        seeded.pool.send(TRADER, "sync")
        assert seeded.reserves() == (reserves[0] + 5, reserves[1] + 7)

    def test_balance_beyond_112_bits_is_refused_until_skimmed(self, seeded):
        reserves = seeded.reserves()
        seeded.fund(UINT112_MAX - reserves[0] + 1, 0)
        error = f"BalanceOverflow({UINT112_MAX + 1}, {UINT112_MAX})"
        for function, arguments in (
            ("sync", ()),
            ("mint", (TRADER,)),
            ("swap", (0, 1, TRADER, b"")),
        ):
            assert seeded.pool.send_error(TRADER, function, *arguments) == error
        seeded.pool.send(TRADER, "skim", TRADER)
        seeded.pool.send(TRADER, "sync")
        assert seeded.reserves() == reserves

    def test_whole_supply_is_conserved(self, seeded):
        seeded.swap_exact_in(True, 10 * WAD)
        held = [seeded.token0.read("balanceOf", who) for who in (TRADER, PROVIDER, seeded.pool)]
        assert sum(held) == 2 * POCKETS


class TestProtocolFee:
    def test_only_the_owner_sets_it(self, empty):
        error = empty.pool.send_error(TRADER, "setFeeTo", TREASURY)
        assert error == f"OwnableUnauthorizedAccount({TRADER})"
        events = empty.pool.send(OWNER, "setFeeTo", TREASURY)
        assert events == [("FeeToSet", {"previousFeeTo": ZERO_ADDRESS, "newFeeTo": TREASURY})]
        assert empty.pool.read("feeTo") == TREASURY

    def test_switching_it_off_forgets_the_growth(self, seeded):
        seeded.pool.send(OWNER, "setFeeTo", TREASURY)
        seeded.seed(WAD, 2_000 * 10**6)
        assert seeded.pool.read("kLast") > 0
        seeded.swap_exact_in(True, 100 * WAD)
        seeded.pool.send(OWNER, "setFeeTo", ZERO_ADDRESS)
        seeded.seed(WAD, 2_000 * 10**6)
        assert seeded.pool.read("kLast") == 0
        assert seeded.shares(TREASURY) == 0


class TestConstruction:
    def test_keeps_the_order_of_its_tokens(self, empty):
        for tokens in (empty.tokens, empty.tokens[::-1]):
            pool = deploy(empty.chain, "ConstantProductPool", *tokens, 30, OWNER)
            assert (pool.read("token0"), pool.read("token1")) == tuple(token.address for token in tokens)
            assert (pool.read("feeBps"), pool.read("decimals")) == (30, 18)

    @pytest.mark.parametrize(
        ("tokens", "fee_bps", "error"),
        [
            ((TRADER, TRADER), 30, f"InvalidTokens({TRADER}, {TRADER})"),
            ((TRADER, ZERO_ADDRESS), 30, f"InvalidTokens({TRADER}, {ZERO_ADDRESS})"),
            ((TRADER, OWNER), 10_000, "FeeTooHigh(10000, 9999)"),
        ],
    )
    def test_refuses(self, empty, tokens, fee_bps, error):
        with pytest.raises(DeployReverted) as reverted:
            deploy(empty.chain, "ConstantProductPool", *tokens, fee_bps, OWNER)
        assert empty.pool.artifacts.decoder.decode_error(reverted.value.data) == error
