"""The spot price of a StableSwap pool as a feed, and the layer that converts a price counted in an asset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import DeployReverted
from sim.reference import stable_swap
from sim.reference.quotes import Round, converted_down
from sim.units import E8, WAD
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source, answer_of
from tests.stable import StableVenue
from tests.venue import OWNER, START_S, TRADER, deploy


@pytest.fixture(scope="module")
def module_venue():
    return StableVenue.deploy(amplification=50, decimals=(18, 6))


@pytest.fixture
def venue(module_venue):
    with module_venue.undone():
        yield module_venue


class TestSpotFeed:
    def test_says_what_the_pool_says_of_either_coin(self, venue):
        venue.seed(800, 200)
        for i, decimals in ((0, 8), (1, 18)):
            feed = deploy(venue.chain, "StableSwapSpotFeed", venue.pool, venue.tokens[i], decimals)
            price = venue.pool.read("spotPriceWad", venue.tokens[i])
            assert answer_of(feed) == Round(price * 10**decimals // WAD, START_S, START_S)
            assert feed.read("description") == f"T{i} / T{1 - i} pool spot"
            assert (feed.read("base"), feed.read("quote")) == (
                venue.tokens[i].address,
                venue.tokens[1 - i].address,
            )
            assert (feed.read("decimals"), feed.read("version")) == (decimals, 1)
            assert feed.read("getRoundData", START_S) == feed.read("latestRoundData")
            assert feed.read_error("getRoundData", 1) == f"RoundNotFound(1, {START_S})"

    def test_is_flat_until_the_pool_runs_short_and_then_falls(self, venue):
        feed = deploy(venue.chain, "StableSwapSpotFeed", venue.pool, venue.tokens[0], 8)
        venue.seed(1_000, 1_000)
        prices = []
        for _ in range(9):
            prices.append(answer_of(feed).answer / E8)
            venue.swap(0, venue.whole(0, 110))
        assert prices[4] > 0.97
        assert prices[-1] < 0.75
        falls = [before - after for before, after in zip(prices, prices[1:], strict=False)]
        assert falls == sorted(falls)

    @given(
        held=st.tuples(st.integers(10**4, 10**28), st.integers(10**4, 10**16)),
        rate=st.integers(WAD // 1_000, 100 * WAD),
        decimals=st.integers(0, 18),
    )
    def test_always_answers_the_price_of_the_mirror_now(self, module_venue, held, rate, decimals):
        """Whatever the pool holds of both coins, as long as it can count it."""
        with module_venue.undone() as venue:
            venue.set_rate(0, rate)
            venue.pool.send(TRADER, "addLiquidity", *held, 0, TRADER)
            feed = deploy(venue.chain, "StableSwapSpotFeed", venue.pool, venue.tokens[0], decimals)
            price = stable_swap.spot_price_wad(*venue.normalised(), venue.curve.amplification_e2)
            expected = price * rate // WAD * 10**decimals // WAD
            assert answer_of(feed) == Round(expected, START_S, START_S)

    def test_fails_as_the_pool_does(self, venue):
        feed = deploy(venue.chain, "StableSwapSpotFeed", venue.pool, venue.tokens[0], 8)
        assert feed.read_error("latestRoundData") == "NoLiquidity(0, 0)"
        venue.seed(1_000, 1_000)
        venue.set_rate(1, 0)
        assert feed.read_error("latestRoundData").startswith("InvalidRate(")

    def test_refuses_a_token_that_the_pool_does_not_trade(self, venue):
        with pytest.raises(DeployReverted) as reverted:
            deploy(venue.chain, "StableSwapSpotFeed", venue.pool, TRADER, 8)
        error = venue.pool.artifacts.decoder.decode_error(reverted.value.data)
        assert error == f"TokenNotInPool({venue.pool.address}, {TRADER})"


class TestConvertedFeed:
    @pytest.fixture
    def sources(self, revm, deploy):
        """A price in an asset with 8 decimals, and that asset's with 18."""
        revm.begin(START_S)
        found = Source(revm, deploy, OWNER), Source(revm, deploy, OWNER, decimals=18)
        found[0].report(95 * 10**6, age_s=40)
        found[1].report(1_800 * WAD, age_s=60)
        return found

    @pytest.fixture
    def converted(self, sources, revm, deploy):
        return deploy(revm, "ConvertedFeed", *[one.feed for one in sources])

    def test_is_the_product_with_the_decimals_below_and_the_older_times(self, converted, sources):
        assert answer_of(converted) == Round(1_710 * E8, START_S - 60, START_S - 60)
        assert (converted.read("decimals"), converted.read("description")) == (8, "odd, converted")
        assert converted.read("unitFeed") == sources[1].feed.address

    @given(
        prices=st.tuples(st.integers(1, 2**80), st.integers(1, 2**120)), ages=st.tuples(*[st.integers(0, 99)] * 2)
    )
    def test_equals_its_mirror(self, converted, sources, prices, ages):
        for source, price, age_s in zip(sources, prices, ages, strict=True):
            source.report(price, age_s)
        expected = converted_down(sources[0].round, sources[1].round, 18)
        if 0 < expected.answer <= INT128_MAX:
            assert answer_of(converted) == expected
        else:
            assert converted.read_error("latestRoundData") == f"UnusableProduct({prices[0]}, {prices[1]})"

    @pytest.mark.parametrize("which", [0, 1])
    @pytest.mark.parametrize("answer", NO_PRICES)
    def test_refuses_what_is_no_price(self, converted, sources, which, answer):
        sources[which].report(answer)
        assert converted.read_error("latestRoundData") == f"InvalidAnswer({answer})"

    @pytest.mark.parametrize("which", [0, 1])
    def test_refuses_a_round_of_the_future_and_fails_as_its_sources_do(self, converted, sources, which):
        sources[which].report(E8, age_s=-1)
        assert converted.read_error("latestRoundData") == f"FutureDated({START_S + 1}, {START_S})"
        sources[which].report(E8)
        for mode in (Mode.FAILS_BIG, Mode.BURNS_GAS):
            sources[which].turn(mode)
            converted.read_error("latestRoundData")

    def test_refuses_decimals_that_it_cannot_count(self, revm, deploy, sources, artifacts):
        odd = deploy(revm, "OddFeed", 19)
        with pytest.raises(DeployReverted) as reverted:
            deploy(revm, "ConvertedFeed", sources[0].feed, odd)
        error = artifacts.decoder.decode_error(reverted.value.data)
        assert error == "ParameterOutOfRange(unitDecimals, 19, 18)"
