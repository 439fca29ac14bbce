"""PoolMeanFeed: the mean of what the pool's price was, and nothing that was done within a block."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import CallReverted, DeployReverted
from sim.chain.revm import RevmChain
from sim.reference.mean_price import PoolMeanFeed
from sim.units import E8, UINT112_MAX, WAD
from tests.venue import DEPLOYER, TRADER, Venue
from tests.venue import deploy as deploy_contract

USDC = 10**6
ARITHMETIC, GEOMETRIC = 0, 1
NAMES = ("arithmetic", "geometric")
WINDOW_S, SPACING_S, BLOCK_S = 600, 60, 12


@pytest.fixture(scope="module")
def venue():
    return Venue.deploy(fee_bps=0, decimals=(18, 6))


@pytest.fixture
def seeded(venue):
    """A pool at $2,000."""
    with venue.undone():
        venue.set_reserves(1_000 * WAD, 2_000_000 * USDC)
        yield venue


class Scene:
    """A feed over a venue, its mirror, and the exact price since the first poke, as (from time, price)."""

    def __init__(self, venue, mean=ARITHMETIC, window_s=WINDOW_S, spacing_s=SPACING_S, base=0):
        self.venue, self.base = venue, base
        decimals = [token.read("decimals") for token in (venue.tokens[base], venue.tokens[1 - base])]
        params = (mean, window_s, spacing_s)
        self.feed = deploy_contract(
            venue.chain, "PoolMeanFeed", venue.pool, venue.tokens[base], *decimals, 8, params
        )
        self.mirror = PoolMeanFeed(NAMES[mean], window_s, spacing_s, 10 ** (decimals[0] + 8), 10 ** decimals[1])
        self.path: list[tuple[int, Fraction]] = []
        self.pokes: list[int] = []

    @property
    def now_s(self) -> int:
        return self.venue.chain.timestamp_s

    def price(self) -> Fraction:
        """The spot price, exact, with the answer's decimals."""
        reserves, mirror = self.venue.reserves(), self.mirror
        return Fraction(reserves[1 - self.base] * mirror.base_scale, reserves[self.base] * mirror.quote_scale)

    def look(self) -> None:
        """Note the price that holds from now on."""
        self.path.append((self.now_s, self.price()))

    def state(self) -> tuple[int, int, int, int]:
        reserve0, reserve1, changed_s = self.venue.pool.read("getReserves")
        reserves = (reserve0, reserve1) if self.base == 0 else (reserve1, reserve0)
        return self.venue.pool.read(f"price{self.base}CumulativeLast"), *reserves, changed_s

    def poke(self) -> None:
        assert self.feed.read("due")
        self.feed.send(TRADER, "poke")
        self.mirror.poke(self.now_s, self.state())
        self.pokes.append(self.now_s)

    def upkeep(self) -> None:
        if self.feed.read("due"):
            self.poke()

    def answer(self) -> int:
        return self.feed.read("latestRoundData")[1]

    def pieces(self, from_s: int, to_s: int) -> list[tuple[int, Fraction]]:
        """Seconds and price of each stretch of constant price."""
        ends = [*(at for at, _ in self.path[1:]), to_s]
        cut = [(min(end, to_s) - max(at, from_s), price) for (at, price), end in zip(self.path, ends, strict=True)]
        return [(seconds, price) for seconds, price in cut if seconds > 0]

    def intervals(self) -> list[tuple[int, int, Fraction]]:
        """Of each interval between checkpoints up to now: times, and the mean price."""
        found = []
        for a, b in pairwise([*self.pokes, self.now_s]):
            if b > a:
                found.append((a, b, sum(s * p for s, p in self.pieces(a, b)) / (b - a)))
        return found

    def window(self) -> list[tuple[int, Fraction]]:
        """Seconds within the window and mean price of each interval that reaches into it."""
        start_s = self.now_s - self.mirror.window_s
        return [(b - max(a, start_s), mean) for a, b, mean in self.intervals() if b > start_s]

    def expected(self) -> Fraction | Decimal:
        """The mean by its definition, not rounded, with the answer's decimals."""
        total = sum(seconds for seconds, _ in self.window())
        if self.mirror.mean == "arithmetic":
            return sum(seconds * price for seconds, price in self.window()) / total
        with localcontext() as context:
            context.prec = 60
            logs = (s * (Decimal(p.numerator) / p.denominator).ln() for s, p in self.window())
            return (sum(logs) / total).exp()


STEP = st.tuples(st.integers(0, 400), st.booleans(), st.integers(1, 2_000), st.booleans())


@pytest.mark.parametrize("mean", [ARITHMETIC, GEOMETRIC])
@given(steps=st.lists(STEP, min_size=4, max_size=12), base=st.integers(0, 1))
def test_is_the_mean_of_the_window_over_random_histories(venue, mean, steps, base):
    """Equal to the definition over the pool's prices, to the mirror exactly, and within their range."""
    with venue.undone():
        venue.set_reserves(1_000 * WAD, 2_000_000 * USDC)
        scene = Scene(venue, mean, base=base)
        scene.poke()
        scene.look()
        venue.wait(WINDOW_S)
        for wait_s, sells, share_bps, poked in steps:
            venue.wait(wait_s)
            venue.swap_exact_in(sells, max(venue.reserves()[0 if sells else 1] * share_bps // 10_000, 1))
            scene.look()
            if poked:
                scene.upkeep()
            venue.wait(wait_s // 7)
            answer, updated_s = scene.mirror.answer(scene.now_s, scene.state())
            now_s = scene.now_s
            assert scene.feed.read("latestRoundData") == (now_s, answer, updated_s, updated_s, now_s)
            # Beyond the nearest unit: the pool rounds each price down to 2^-112, the logarithm to 1e-18.
            rounding = Fraction(1, 2) + Fraction(scene.mirror.base_scale, scene.mirror.quote_scale << 112)
            assert abs(answer - Fraction(scene.expected())) <= rounding + Fraction(answer, 10**16)
            since = max(at for at in scene.pokes if at <= now_s - WINDOW_S)
            prices = [price for _, price in scene.pieces(since, now_s)]
            assert int(min(prices)) - 1 <= answer <= int(max(prices)) + 1


@given(
    moves=st.lists(st.tuples(st.booleans(), st.integers(1, 10**6)), min_size=1, max_size=6),
    mean=st.integers(0, 1),
)
def test_nothing_within_a_block_moves_it(venue, moves, mean):
    """However far the pool is pushed, before or after a poke in the same block, while no time passes."""
    with venue.undone():
        venue.set_reserves(1_000 * WAD, 2_000_000 * USDC)
        scene = Scene(venue, mean)
        scene.poke()
        venue.wait(WINDOW_S)
        venue.swap_exact_in(True, 10 * WAD)
        venue.wait(BLOCK_S)
        before = scene.answer()
        for i, (sells, share_pct) in enumerate(moves):
            reserve = venue.reserves()[0 if sells else 1]
            venue.swap_exact_in(sells, min(reserve * share_pct // 100 + 1, UINT112_MAX - reserve))
            if i == 1:
                scene.upkeep()
            assert scene.answer() == before


def test_a_constant_price_is_its_mean(seeded):
    for mean in (ARITHMETIC, GEOMETRIC):
        scene = Scene(seeded, mean)
        scene.poke()
        seeded.wait(WINDOW_S)
        assert scene.answer() == 2_000 * E8


def test_the_mean_of_the_other_side_is_no_reciprocal(seeded):
    """A price that spends half the window at 2,000 and half at 500: means 1,250 and 1 / 800."""
    sides = [Scene(seeded, base=base) for base in (0, 1)]
    for scene in sides:
        scene.poke()
    seeded.wait(WINDOW_S // 2)
    seeded.swap_exact_in(True, 1_000 * WAD)
    seeded.wait(WINDOW_S // 2)
    assert sides[0].answer() == 1_250 * E8
    assert sides[1].answer() == E8 // 800


def test_geometric_mean_of_two_prices(seeded):
    """With checkpoints where the price changes: 2,000 and 500 for equal times make 1,000."""
    scene = Scene(seeded, GEOMETRIC)
    scene.poke()
    seeded.wait(WINDOW_S // 2)
    scene.poke()
    seeded.swap_exact_in(True, 1_000 * WAD)
    seeded.wait(WINDOW_S // 2)
    assert scene.answer() == 1_000 * E8


class TestFreshness:
    def test_a_window_that_reaches_to_now_is_of_now(self, seeded):
        scene = Scene(seeded)
        scene.poke()
        for _ in range(30):
            seeded.wait(SPACING_S)
            seeded.swap_exact_in(True, WAD)
            scene.poke()
        assert scene.feed.read("latestRoundData")[3] == scene.now_s

    def test_missed_pokes_make_it_old_by_what_they_blur(self, seeded):
        """One checkpoint in two windows: prices of up to a window before it are in the answer."""
        scene = Scene(seeded)
        scene.poke()
        seeded.wait(100)
        seeded.swap_exact_in(True, WAD)
        seeded.wait(2 * WINDOW_S - 100)
        assert scene.feed.read("latestRoundData")[3] == scene.now_s - WINDOW_S + 2 * SPACING_S

    def test_while_the_pool_rests_no_poke_is_missed(self, seeded):
        scene = Scene(seeded)
        scene.poke()
        seeded.wait(50 * WINDOW_S)
        assert scene.feed.read("latestRoundData")[3] == scene.now_s
        assert scene.answer() == 2_000 * E8


class TestHistory:
    def test_there_must_be_a_window_of_it(self, seeded):
        scene = Scene(seeded)
        assert scene.feed.read_error("latestRoundData") == f"NotEnoughHistory(0, {WINDOW_S})"
        scene.poke()
        seeded.wait(WINDOW_S - 1)
        assert scene.feed.read_error("latestRoundData") == f"NotEnoughHistory({WINDOW_S - 1}, {WINDOW_S})"
        seeded.wait(1)
        assert scene.answer() == 2_000 * E8

    def test_pokes_keep_their_distance(self, seeded):
        scene = Scene(seeded)
        scene.poke()
        assert scene.feed.send_error(TRADER, "poke") == "NotDue()"
        seeded.wait(SPACING_S - 1)
        assert not scene.feed.read("due")
        assert scene.feed.send_error(TRADER, "poke") == "NotDue()"
        seeded.wait(1)
        scene.poke()
        assert scene.feed.read("checkpoints") == 2

    @pytest.mark.parametrize("spacing_s", [7, 60, 600])
    def test_the_ring_always_reaches_back_by_a_window(self, seeded, spacing_s):
        """Poked as often as allowed, many times round."""
        scene = Scene(seeded, spacing_s=spacing_s)
        scene.poke()
        seeded.wait(WINDOW_S)
        for i in range(3 * scene.feed.read("capacity")):
            scene.upkeep()
            seeded.swap_exact_in(bool(i % 2), WAD if i % 2 else 2_000 * USDC)
            assert scene.answer() == scene.mirror.answer(scene.now_s, scene.state())[0]
            seeded.wait(spacing_s)

    def test_an_empty_pool_has_no_price_and_needs_no_upkeep(self, venue):
        with venue.undone():
            scene = Scene(venue)
            empty = f"EmptyPool({venue.pool.address})"
            assert not scene.feed.read("due")
            assert scene.feed.send_error(TRADER, "poke") == empty
            assert scene.feed.read_error("latestRoundData") == empty
            assert scene.feed.read("checkpoints") == 0


class TestWraparound:
    @pytest.mark.parametrize("mean", [ARITHMETIC, GEOMETRIC])
    def test_the_pools_clock_wraps(self, mean):
        """Its 32-bit time passes 2^32 within the window."""
        with RevmChain() as chain:
            chain.begin(2**32 - 1_000)
            venue = Venue.deploy(0, (18, 6), chain)
            venue.set_reserves(1_000 * WAD, 2_000_000 * USDC)
            scene = Scene(venue, mean, 1_200, 600)
            scene.poke()
            chain.begin(2**32 - 400)
            scene.poke()
            venue.swap_exact_in(True, 1_000 * WAD)
            chain.begin(2**32 + 200)
            assert scene.answer() == (1_250 if mean == ARITHMETIC else 1_000) * E8
            assert scene.feed.read("latestRoundData")[3] == scene.now_s

    def test_the_pools_sum_wraps(self):
        """At the highest price for 2^32 seconds it passes 2^256, by design; the mean is of the difference."""
        with RevmChain() as chain:
            chain.begin(10)
            venue = Venue.deploy(0, (18, 18), chain)
            venue.set_reserves(1, UINT112_MAX)
            chain.begin(2**32 - 1)
            venue.pool.send(TRADER, "sync")
            scene = Scene(venue, ARITHMETIC, 100, 50)
            scene.poke()
            sum_before = venue.pool.read("price0CumulativeLast")
            chain.begin(chain.timestamp_s + 100)
            assert scene.answer() == UINT112_MAX * E8
            venue.pool.send(TRADER, "sync")
            assert venue.pool.read("price0CumulativeLast") < sum_before
            assert scene.answer() == UINT112_MAX * E8


class TestConstruction:
    @pytest.mark.parametrize(("window_s", "spacing_s"), [(0, 0), (600, 0), (600, 601), (0, 60), (65_535, 1)])
    def test_refuses_windows(self, venue, window_s, spacing_s):
        with pytest.raises(DeployReverted) as reverted:
            Scene(venue, window_s=window_s, spacing_s=spacing_s)
        error = venue.pool.artifacts.decoder.decode_error(reverted.value.data)
        assert error == f"WindowOutOfRange({window_s}, {spacing_s}, 65535)"

    def test_refuses_a_foreign_token(self, venue):
        with pytest.raises(DeployReverted) as reverted:
            deploy_contract(venue.chain, "PoolMeanFeed", venue.pool, DEPLOYER, 18, 6, 8, (0, 600, 60))
        error = venue.pool.artifacts.decoder.decode_error(reverted.value.data)
        assert error == f"TokenNotInPool({venue.pool.address}, {DEPLOYER})"

    def test_describes_itself(self, seeded):
        scene = Scene(seeded, GEOMETRIC)
        names = ("description", "decimals", "version", "capacity")
        assert [scene.feed.read(name) for name in names] == ["T0 / T1 pool mean", 8, 1, 11]
        assert tuple(scene.feed.read("params")) == (GEOMETRIC, WINDOW_S, SPACING_S)
        scene.poke()
        seeded.wait(WINDOW_S)
        assert scene.feed.read("getRoundData", scene.now_s) == scene.feed.read("latestRoundData")
        with pytest.raises(CallReverted):
            scene.feed.read("getRoundData", scene.now_s - 1)
