"""Rules of feeds over Uniswap V3: the exact spot price, means within what the window saw, named errors else."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import DeployReverted
from sim.reference import concentrated as reference
from sim.reference.concentrated import Q96
from sim.units import E8, WAD
from tests.concentrated import PROVIDER, TRADER, Concentrated
from tests.venue import DEPLOYER, deploy

DEPTH = 1_000_000 * WAD
WINDOW_S = 600
DECIMALS = [(18, 6), (6, 18), (18, 18), (8, 18), (0, 0)]
MAX_PIECES = 24
SWAPS = st.lists(
    st.tuples(st.integers(0, 400), st.booleans(), st.integers(1, DEPTH // 4)), min_size=1, max_size=12
)


@pytest.fixture(scope="module")
def world():
    """A pool at price 1 with a deep position over every price, that keeps 64 observations."""
    found = Concentrated.deploy((18, 18))
    found.deep = found.pool(3_000)
    found.mint_full_range(found.deep, DEPTH, DEPTH)
    found.deep.send(TRADER, "increaseObservationCardinalityNext", 64)
    found.sell(found.deep, True, WAD)
    return found


@pytest.fixture(autouse=True)
def fresh(world):
    with world.undone():
        yield


def spot_feed(world, pool, base, decimals=(18, 18, 8)):
    return deploy(world.chain, "ConcentratedSpotFeed", pool, base, *decimals)


def mean_feed(world, pool, base, window_s=WINDOW_S, spacing_s=WINDOW_S, decimals=(18, 18, 8)):
    return deploy(world.chain, "ConcentratedMeanFeed", pool, base, *decimals, window_s, spacing_s)


def answer(feed):
    """Return the answer of a feed that gives one: of now."""
    round_id, found, started_at, updated_at, answered_in = feed.read("latestRoundData")
    assert round_id == started_at == updated_at == answered_in == feed.chain.timestamp_s
    assert feed.read("getRoundData", round_id) == (round_id, found, started_at, updated_at, answered_in)
    return found


def exact_price(root, base_is_token0, base_decimals, quote_decimals, answer_decimals):
    """Return quote per whole base, times ten to the answer's decimals, as a fraction."""
    price = Fraction(root, Q96) ** 2
    price = price if base_is_token0 else 1 / price
    return price * Fraction(10) ** (base_decimals + answer_decimals - quote_decimals)


class TestSpot:
    @given(
        root=st.integers(Q96 >> 24, Q96 << 24),
        base_is_token0=st.booleans(),
        decimals=st.sampled_from(DECIMALS),
        answer_decimals=st.sampled_from([0, 8, 18]),
    )
    def test_answers_the_price_rounded_down(self, world, root, base_is_token0, decimals, answer_decimals):
        with world.undone():
            pool = world.pool(500, root)
            world.mint_full_range(pool, DEPTH, DEPTH)
            base = world.token_in(base_is_token0)
            feed = spot_feed(world, pool, base, (*decimals, answer_decimals))
            assert answer(feed) == exact_price(root, base_is_token0, *decimals, answer_decimals) // 1
            assert feed.read("decimals") == answer_decimals

    def test_follows_every_trade_at_once(self, world):
        feed = spot_feed(world, world.deep, world.token0)
        before = answer(feed)
        world.sell(world.deep, True, DEPTH)
        assert answer(feed) < before / 3
        assert feed.read("description") == "T0 / T1 concentrated pool spot"
        assert feed.read_error("getRoundData", 1) == f"RoundNotFound(1, {world.chain.timestamp_s})"

    def test_an_answer_too_large_panics(self, world):
        pool = world.pool(500, reference.sqrt_price_x96_at_tick(-887_000))
        world.mint_full_range(pool, DEPTH, 1)
        feed = spot_feed(world, pool, world.token1, (18, 0, 18))
        assert feed.read_error("latestRoundData") == "Panic(17)"


def lifetime(world, pool, swaps):
    """Trade at intervals; return every tick the pool stood at and since when, and the end."""
    seen = [(world.chain.timestamp_s, pool.read("slot0").tick)]
    for wait_s, zero_for_one, amount in swaps:
        world.wait(wait_s)
        world.sell(pool, zero_for_one, amount)
        seen.append((world.chain.timestamp_s, pool.read("slot0").tick))
    return seen


def pieces_of(seen, window_s, spacing_s, now_s):
    """Return each piece's ticks, as (tick, seconds), the oldest piece first."""
    found = []
    end_s = now_s
    while end_s > now_s - window_s:
        start_s = max(end_s - spacing_s, now_s - window_s)
        spans = zip(seen, [*seen[1:], (now_s, 0)], strict=True)
        parts = [(tick, min(until, end_s) - max(since, start_s)) for (since, tick), (until, _) in spans]
        found.append([(tick, length) for tick, length in parts if length > 0])
        end_s = start_s
    return found[::-1]


class TestMean:
    @given(swaps=SWAPS, last_s=st.integers(0, 700), base_is_token0=st.booleans(), pieces=st.integers(1, 24))
    def test_is_the_mean_of_what_the_window_saw(self, world, swaps, last_s, base_is_token0, pieces):
        """By its definition from the ticks, and never outside of their prices."""
        with world.undone():
            spacing_s = -(-WINDOW_S // pieces)
            seen = lifetime(world, world.deep, [(0, True, WAD), (WINDOW_S, True, WAD), *swaps])
            world.wait(last_s)
            now_s = world.chain.timestamp_s
            feed = mean_feed(world, world.deep, world.token_in(base_is_token0), spacing_s=spacing_s)
            found = answer(feed)
            sign = 1 if base_is_token0 else -1
            cut = pieces_of(seen, WINDOW_S, spacing_s, now_s)
            assert sum(length for piece in cut for _, length in piece) == WINDOW_S
            weighted = 0
            for piece in cut:
                length_s = sum(length for _, length in piece)
                mean = reference.mean_tick_down(sum(sign * tick * length for tick, length in piece), length_s)
                root = reference.sqrt_price_x96_at_tick(mean)
                weighted += reference.price_down(root, WAD * E8, WAD) * length_s
            assert found == weighted // WINDOW_S
            prices = [
                reference.price_down(reference.sqrt_price_x96_at_tick(sign * tick), WAD * E8, WAD)
                for piece in cut
                for tick, _ in piece
            ]
            assert min(prices) <= found <= max(prices)

    def test_what_happens_within_a_block_moves_nothing(self, world):
        world.wait(WINDOW_S)
        feed = mean_feed(world, world.deep, world.token0)
        before = answer(feed)
        world.sell(world.deep, True, DEPTH)
        assert answer(feed) == before
        world.wait(60)
        after = answer(feed)
        assert after < before
        # The step in the logarithm of the price comes in over the window: a tenth of it in a tenth of the time.
        step = world.deep.read("slot0").tick / 10
        assert abs(after / before - 1.0001**step) < 1e-3

    @pytest.mark.parametrize("decimals", DECIMALS)
    def test_decimals_that_differ(self, world, decimals):
        world.wait(WINDOW_S)
        tick = world.deep.read("slot0").tick
        expected = 1.0001**tick * 10.0 ** (decimals[0] + 8 - decimals[1])
        found = answer(mean_feed(world, world.deep, world.token0, decimals=(*decimals, 8)))
        assert abs(found - expected) <= expected * 2e-4 + 1

    def test_pieces_lie_between_the_two_means(self, world):
        """Half of the window at each of two prices: the geometric mean, and with two pieces the arithmetic one."""
        world.wait(WINDOW_S)
        high = answer(spot_feed(world, world.deep, world.token0))
        world.sell(world.deep, True, DEPTH)
        low = answer(spot_feed(world, world.deep, world.token0))
        world.wait(WINDOW_S // 2)
        geometric = answer(mean_feed(world, world.deep, world.token0))
        arithmetic = answer(mean_feed(world, world.deep, world.token0, spacing_s=WINDOW_S // 2))
        assert abs(geometric / (high * low) ** 0.5 - 1) < 2e-4
        assert abs(arithmetic / ((high + low) / 2) - 1) < 2e-4
        assert answer(mean_feed(world, world.deep, world.token0, spacing_s=25)) >= geometric

    def test_too_few_observations_kept(self, world):
        """One observation is kept: with each trade that moves the tick the history begins anew."""
        pool = world.pool(500)
        world.mint_full_range(pool, DEPTH, DEPTH)
        feed = mean_feed(world, pool, world.token0)
        world.wait(WINDOW_S)
        assert answer(feed) == E8
        world.sell(pool, True, DEPTH // 100)
        world.wait(WINDOW_S - 1)
        assert feed.read_error("latestRoundData") == f"NotEnoughHistory({WINDOW_S - 1}, {WINDOW_S})"
        pool.send(TRADER, "increaseObservationCardinalityNext", 3)
        for _ in range(2):
            world.sell(pool, True, DEPTH // 100)
            world.wait(WINDOW_S // 2)
        assert answer(feed) < E8
        # What is overwritten is gone: three trades a second apart fill three observations.
        for _ in range(3):
            world.sell(pool, True, DEPTH // 100)
            world.wait(1)
        assert feed.read_error("latestRoundData") == f"NotEnoughHistory(3, {WINDOW_S})"

    def test_a_window_longer_than_the_pools_life(self, world):
        """Room for observations does not help where there is no history."""
        age_s = world.chain.timestamp_s - world.deep.read("observations", 0).blockTimestamp
        feed = mean_feed(world, world.deep, world.token0, 86_400, 3_600)
        assert feed.read_error("latestRoundData") == f"NotEnoughHistory({age_s}, 86400)"
        world.wait(86_400)
        assert answer(feed) > 0

    def test_windows_that_are_none(self, world):
        for window_s, spacing_s in ((0, 0), (600, 0), (600, 601), (600, 24), (2**32 - 1, 1)):
            with pytest.raises(DeployReverted) as refused:
                mean_feed(world, world.deep, world.token0, window_s, spacing_s)
            error = world.deep.artifacts.decoder.decode_error(refused.value.data)
            assert error == f"WindowOutOfRange({window_s}, {spacing_s}, {MAX_PIECES})"

    def test_the_most_pieces_stay_within_the_gas_of_a_read(self, world):
        """Through a layer, which grants its source a bounded amount of gas."""
        lifetime(world, world.deep, [(12, i % 2 == 0, DEPTH // 10) for i in range(70)])
        feed = mean_feed(world, world.deep, world.token0, 720, 30)
        layer = deploy(world.chain, "LastGoodFeed", feed, 600)
        assert layer.read("due")
        layer.send(TRADER, "poke")
        assert layer.read("latestRoundData")[1] == answer(feed)


class TestBoth:
    @pytest.mark.parametrize("make", [spot_feed, mean_feed])
    def test_a_pool_without_a_price(self, world, make):
        """Never initialised, never funded, or left by its providers."""
        bare = world.pool(500, sqrt_price_x96=0)
        assert make(world, bare, world.token0).read_error("latestRoundData") == f"EmptyPool({bare.address})"
        empty = world.pool(10_000)
        feed = make(world, empty, world.token0)
        assert feed.read_error("latestRoundData") == f"EmptyPool({empty.address})"
        position = world.mint(empty, -600, 600, DEPTH, DEPTH)
        world.wait(WINDOW_S)
        assert answer(feed) == E8
        world.burn(position["tokenId"])
        assert feed.read_error("latestRoundData") == f"EmptyPool({empty.address})"
        # Liquidity on one side of the price leaves nothing at it.
        world.mint(empty, 600, 1_200, DEPTH, DEPTH)
        assert feed.read_error("latestRoundData") == f"EmptyPool({empty.address})"

    @pytest.mark.parametrize("make", [spot_feed, mean_feed])
    def test_a_token_of_another_pool(self, world, make):
        with pytest.raises(DeployReverted) as refused:
            make(world, world.deep, DEPLOYER)
        error = world.deep.artifacts.decoder.decode_error(refused.value.data)
        assert error == f"TokenNotInPool({world.deep.address}, {DEPLOYER})"
        assert PROVIDER != DEPLOYER
