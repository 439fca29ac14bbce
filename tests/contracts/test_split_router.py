"""Rules of the split router: never less than any one venue, as quoted, the optimum of constant-product pools."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import split as reference
from sim.units import BPS, UINT256_MAX, WAD
from tests.split import SplitVenue, pool_quote
from tests.venue import FOREVER, OWNER, TRADER, TREASURY, deploy, deploy_token

FEES_BPS = (30, 5, 100, 1)
CASES = 1_000
USD = 10**6
RESERVES = ((1_000 * WAD, 2_000_000 * USD), (500 * WAD, 1_010_000 * USD), (2_000 * WAD, 3_980_000 * USD))


@pytest.fixture(scope="module")
def deployed():
    """Four empty pools with different fees, token 0 with 18 decimals and token 1 with 6."""
    return SplitVenue.of_pools(FEES_BPS)


@pytest.fixture
def market(deployed):
    """Three of them with liquidity."""
    with deployed.undone():
        deployed.fill(RESERVES)
        yield deployed


def random_pools(random: Random, count: int) -> list[tuple[int, int]]:
    """Depths over five orders of magnitude, prices within 2 % of each other."""
    price = 10 ** random.uniform(-2, 5)
    base = [int(10 ** random.uniform(18, 23)) for _ in range(count)]
    return [(one, max(int(one * price * USD / WAD * random.uniform(0.98, 1.02)), 1)) for one in base]


class TestAgainstOneVenue:
    def test_a_sale_over_three_venues_costs_no_more_than_over_any_one_of_them(self, deployed):
        """S20, on 1,000 random depths, fees, sizes and directions; the smallest sales go to one venue."""
        random, better = Random(20), 0
        for _ in range(CASES):
            with deployed.undone() as market:
                pools = random_pools(random, 4)
                market.fill(pools)
                three = random.sample(range(4), 3)
                token_in = random.choice([market.token0, market.token1])
                depth = max(pools[i][token_in is market.token1] for i in three)
                amount = max(int(depth * 10 ** random.uniform(-5, 1)), 1)
                alone = [market.quote_alone(i, token_in, amount) for i in three]
                if not any(alone):
                    continue
                sold = market.sell(token_in, amount, [market.venues[i] for i in three])
                assert sold.paid == amount == sum(sold.amounts_in)
                assert sold.received == sum(sold.amounts_out)
                assert sold.received >= max(alone)
                better += sold.received > max(alone)
        assert better > CASES // 2

    def test_a_quote_of_one_venue_is_what_it_pays(self, market):
        """What the split is compared with is no mere claim."""
        for i in range(3):
            with market.undone():
                expected = market.quote_alone(i, market.token0, 10 * WAD)
                assert market.sell(market.token0, 10 * WAD, [market.venues[i]]).received == expected

    @given(amount=st.integers(1, 10**25), order=st.permutations([0, 1, 2]))
    def test_holds_at_any_size_and_in_any_order(self, deployed, amount, order):
        with deployed.undone() as market:
            market.fill(RESERVES)
            alone = max(market.quote_alone(i, market.token0, amount) for i in range(3))
            route = [market.venues[i] for i in order]
            if alone == 0:
                error = market.router.read_error("quoteExactIn", route, market.token0, amount)
                assert error == f"NoVenuePays({market.token0.address}, {amount})"
                return
            assert market.sell(market.token0, amount, route).received >= alone


class TestOptimum:
    @pytest.mark.parametrize("count", [2, 3, 4])
    def test_constant_product_pools_are_sold_on_at_equal_marginal_prices(self, deployed, count):
        """What is left to the exact optimum are roundings of the quotes: a unit per venue and one in 10^9."""
        random = Random(count)
        for _ in range(100):
            with deployed.undone() as market:
                pools = random_pools(random, count)
                market.fill(pools)
                amount = int(max(pools)[0] * 10 ** random.uniform(-3, 0.5))
                route = market.venues[:count]
                fed = [(*pool, fee_bps) for pool, fee_bps in zip(pools, FEES_BPS, strict=False)]
                legs = reference.constant_product_optimum(fed, amount)
                assert sum(legs) == amount
                best = sum(pool_quote(*pool)(leg) for pool, leg in zip(fed, legs, strict=True))
                found = market.router.read("quoteExactIn", route, market.token0, amount)
                assert found >= best - best // 10**8 - 2 * count

    @given(data=st.data())
    def test_no_shift_between_two_pools_improves_the_exact_optimum(self, data):
        """Beyond the roundings of both quotes and of the legs, a unit of output each."""
        pools = data.draw(
            st.lists(
                st.tuples(
                    st.integers(10**15, 10**24), st.integers(10**9, 10**15), st.sampled_from([0, 5, 30, 100])
                ),
                min_size=2,
                max_size=4,
            )
        )
        amount = data.draw(st.integers(10**12, 10**25))
        quotes = [pool_quote(*pool) for pool in pools]
        legs = reference.constant_product_optimum(pools, amount)
        assert sum(legs) == amount and min(legs) >= 0
        total = sum(quote(leg) for quote, leg in zip(quotes, legs, strict=True))
        source = data.draw(st.sampled_from([i for i, leg in enumerate(legs) if leg]))
        target = data.draw(st.sampled_from([i for i in range(len(pools)) if i != source]))
        legs[source] -= (moved := data.draw(st.integers(1, legs[source])))
        legs[target] += moved
        dearest = max(y * BPS // (x * (BPS - fee_bps)) for x, y, fee_bps in pools)
        slack = len(pools) * (2 + 2 * dearest)
        assert sum(quote(leg) for quote, leg in zip(quotes, legs, strict=True)) <= total + slack

    def test_parts_alone_miss_no_more_than_their_bound(self):
        """n·h/4 times the range of marginal prices within h of the optimum, and one unit of rounding per venue."""
        random = Random(4)
        for _ in range(500):
            fed = [(*pool, random.choice(FEES_BPS)) for pool in random_pools(random, random.choice([2, 3, 5, 8]))]
            amount = int(max(fed)[0] * 10 ** random.uniform(-3, 0.5))
            quotes = [pool_quote(*pool) for pool in fed]
            legs = reference.constant_product_optimum(fed, amount)
            best = sum(quote(leg) for quote, leg in zip(quotes, legs, strict=True))
            part = amount // (2 * reference.PARTS) * 2
            parted = sum(place.out for place in reference._placed(quotes, part))
            traded = [(pool, leg) for pool, leg in zip(fed, legs, strict=True) if leg]
            dear = max(marginal_price(*pool, max(leg - part, 0)) for pool, leg in traded)
            cheap = min(marginal_price(*pool, leg + part) for pool, leg in traded)
            bound = len(fed) * part / 4 * (dear - cheap) + len(fed) + 16 * dear
            assert best - parted <= bound * (1 + 1e-9)

    def test_an_arbitrary_venue_is_divided_as_the_mirror_divides(self, deployed):
        """The contract and its mirror agree to the unit, also about what is left out."""
        random = Random(7)
        for _ in range(100):
            with deployed.undone() as market:
                count = random.randint(1, 4)
                pools = random_pools(random, count)
                market.fill(pools)
                amount = int(10 ** random.uniform(0, 25))
                quotes = [pool_quote(*p, fee) for p, fee in zip(pools, FEES_BPS, strict=False)]
                expected = reference.divide(quotes, amount)
                route = market.venues[:count]
                if expected is None:
                    error = market.router.read_error("quoteSplit", route, market.token0, amount)
                    assert error == f"NoVenuePays({market.token0.address}, {amount})"
                    continue
                found = market.router.read("quoteSplit", route, market.token0, amount)
                assert tuple(map(tuple, found)) == (expected.amounts_in, expected.amounts_out)

    @pytest.mark.parametrize("count", [2, 3, 8])
    def test_number_of_quotes_asked(self, count):
        random = Random(count)
        for _ in range(300):
            asked = [0]
            quotes = [counting(pool_quote(*pool, 30), asked) for pool in random_pools(random, count)]
            reference.divide(quotes, int(10 ** random.uniform(3, 25)))
            assert asked[0] <= 4 * count + 8


def marginal_price(reserve_in: int, reserve_out: int, fee_bps: int, amount: int) -> float:
    """Units out per unit in of a constant-product pool after `amount`."""
    fed = reserve_in * BPS / (BPS - fee_bps)
    return fed * reserve_out / (fed + amount) ** 2


def counting(quote: reference.Quote, asked: list[int]) -> reference.Quote:
    def counted(amount: int) -> int:
        asked[0] += 1
        return quote(amount)

    return counted


class TestTrading:
    def test_pays_what_it_quotes(self, market):
        amounts_in, amounts_out = market.router.read("quoteSplit", market.venues, market.token0, 100 * WAD)
        assert market.router.read("quoteExactIn", market.venues, market.token0, 100 * WAD) == sum(amounts_out)
        sold = market.sell(market.token0, 100 * WAD)
        assert (sold.amounts_in, sold.amounts_out) == (tuple(amounts_in), tuple(amounts_out))
        assert sold.received == sum(amounts_out) and sold.paid == 100 * WAD
        assert sum(amount > 0 for amount in amounts_in) == 3 and amounts_in[3] == 0

    def test_legs_given_by_the_caller(self, market):
        legs = [(market.venues[2].address, 70 * WAD), (market.venues[0].address, 30 * WAD)]
        expected = [market.quote_alone(2, market.token0, 70 * WAD), market.quote_alone(0, market.token0, 30 * WAD)]
        arguments = (legs, market.token0, 100 * WAD, sum(expected), TREASURY, FOREVER)
        before = market.token0.read("balanceOf", TRADER)
        events = market.router.send(TRADER, "swapSplit", *arguments)
        told = dict(events)["SaleSplit"]
        assert told["sender"] == TRADER and told["tokenIn"] == market.token0.address and told["to"] == TREASURY
        assert told["venues"] == [venue for venue, _ in legs]
        assert (told["amountsIn"], told["amountsOut"]) == ([70 * WAD, 30 * WAD], expected)
        assert market.token1.read("balanceOf", TREASURY) == sum(expected)
        assert market.token0.read("balanceOf", TRADER) == before - 100 * WAD
        market.assert_empty_handed()

    def test_limits(self, market):
        now_s, token = market.chain.timestamp_s, market.token0
        out = market.router.read("quoteExactIn", market.venues, token, WAD)
        legs = [(market.venues[0].address, WAD)]
        alone = market.quote_alone(0, token, WAD)
        for function, over, paid in (("swapExactIn", market.venues, out), ("swapSplit", legs, alone)):
            error = market.router.send_error(TRADER, function, over, token, WAD, paid + 1, TREASURY, FOREVER)
            assert error == f"InsufficientOutput({paid}, {paid + 1})"
            error = market.router.send_error(TRADER, function, over, token, WAD, paid, TREASURY, now_s - 1)
            assert error == f"Expired({now_s - 1}, {now_s})"
            for to in (market.router.address, "0x" + "00" * 20):
                error = market.router.send_error(TRADER, function, over, token, WAD, paid, to, FOREVER)
                assert error == f"InvalidRecipient({to})"
            market.router.send(TRADER, function, over, token, WAD, paid, TREASURY, now_s)
        token.send(TRADER, "approve", market.router, WAD - 1)
        error = market.router.send_error(TRADER, "swapExactIn", market.venues, token, WAD, 0, TREASURY, FOREVER)
        assert error == f"ERC20InsufficientAllowance({market.router.address}, {WAD - 1}, {WAD})"

    def test_bad_lists_are_named(self, market):
        token, (first, second, *_) = market.token0, (venue.address for venue in market.venues)
        stranger = deploy(market.chain, "ConstantProductPool", token, market.token1, 30, OWNER).address
        other = deploy_token(market.chain, "T2", 18)
        for venues, sold, error in (
            ([], token, "EmptyRoute()"),
            ([first, second, first], token, f"DuplicateVenue({first})"),
            ([first, stranger], token, f"VenueNotRegistered({stranger})"),
            ([first, second], other, f"TokenNotInPool({first}, {other.address})"),
        ):
            assert market.router.read_error("quoteExactIn", venues, sold, WAD) == error
            assert market.router.read_error("quoteSplit", venues, sold, WAD) == error
            arguments = (sold, WAD, 0, TREASURY, FOREVER)
            assert market.router.send_error(TRADER, "swapExactIn", venues, *arguments) == error
            legs = [(venue, WAD) for venue in venues]
            arguments = (sold, len(legs) * WAD, 0, TREASURY, FOREVER)
            assert market.router.send_error(TRADER, "swapSplit", legs, *arguments) == error

    def test_bad_amounts_are_named(self, market):
        token, first, second = market.token0, *market.venues[:2]
        most = 2**128 - 1
        for amount in (0, most + 1, UINT256_MAX):
            error = market.router.read_error("quoteExactIn", [first], token, amount)
            assert error == f"AmountOutOfRange({amount}, {most})"
        tail = (0, TREASURY, FOREVER)
        legs = [(first.address, WAD), (second.address, 0)]
        error = market.router.send_error(TRADER, "swapSplit", legs, token, WAD, *tail)
        assert error == f"EmptyLeg({second.address})"
        legs = [(first.address, WAD), (second.address, 2 * WAD)]
        for amount in (3 * WAD - 1, 3 * WAD + 1):
            error = market.router.send_error(TRADER, "swapSplit", legs, token, amount, *tail)
            assert error == f"LegsDoNotAddUp({3 * WAD}, {amount})"
        legs = [(first.address, UINT256_MAX), (second.address, 2)]
        error = market.router.send_error(TRADER, "swapSplit", legs, token, 1, *tail)
        assert error == f"LegsDoNotAddUp({UINT256_MAX}, 1)"

    def test_empty_pools_are_left_out(self, market):
        """The fourth pool has nothing; a list of it alone cannot be sold on."""
        assert market.sell(market.token0, 100 * WAD).amounts_in[3] == 0
        error = market.router.read_error("quoteExactIn", market.venues[3:], market.token0, WAD)
        assert error == f"NoVenuePays({market.token0.address}, {WAD})"

    def test_construction(self, market):
        venue, router = market.venues[0].address, market.routers[0].address
        nobody = "0x" + "00" * 20
        token0, token1 = market.token0.address, market.token1.address
        for tokens, listings, error in (
            ((token0, token0), [(venue, router)], f"InvalidPair({token0}, {token0})"),
            ((nobody, token1), [(venue, router)], f"InvalidPair({nobody}, {token1})"),
            ((token0, token1), [], "InvalidVenueCount(0, 8)"),
            ((token0, token1), [(venue, router)] * 9, "InvalidVenueCount(9, 8)"),
            ((token0, token1), [(venue, router)] * 2, f"DuplicateVenue({venue})"),
            ((token0, token1), [(venue, nobody)], f"VenueNotRegistered({venue})"),
        ):
            assert market.deploy_error(*tokens, listings) == error
        assert market.router.read("venues") == [one.address for one in market.venues]
        assert market.router.read("routerOf", venue) == router
        assert market.router.read("routerOf", token0) == nobody
        assert (market.router.read("token0"), market.router.read("token1")) == (token0, token1)
