"""VolatilityEstimator: what a poke samples, what it refuses, and that poking more often changes nothing."""

from __future__ import annotations

import math
from random import Random

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.reference.volatility import VolatilityEstimator
from sim.units import E8, SECONDS_PER_YEAR
from tests.deployed import Deployed
from tests.lending import DONOR, OWNER, REPORTER, START_S

ASSET, OTHER = ACCOUNTS.address(20), ACCOUNTS.address(21)
DECAY_WAD, INTERVAL_S, INITIAL_BPS = 94 * 10**16, 600, 6_000
PARAMS = (DECAY_WAD, INTERVAL_S, INITIAL_BPS)


@pytest.fixture
def feed(revm, deploy) -> Deployed:
    """A feed with a first round."""
    revm.begin(START_S)
    feed = deploy(revm, "PriceFeed", 8, "WETH / USD", REPORTER)
    report(feed, 2_000 * E8)
    return feed


@pytest.fixture
def estimator(feed, revm, deploy) -> Deployed:
    """RiskMetrics' lambda per ten minutes."""
    return deploy(revm, "VolatilityEstimator", [ASSET], [feed], PARAMS)


def report(feed: Deployed, answer: int, after_s: int = 0) -> None:
    """Publish a round some seconds from now."""
    feed.chain.begin(feed.chain.timestamp_s + after_s)
    feed.send(REPORTER, "pushRound", answer, feed.chain.timestamp_s)


def test_the_first_sample_only_begins(feed, estimator):
    assert estimator.read("volatilityBps", ASSET) == INITIAL_BPS
    events = estimator.send(DONOR, "poke", ASSET)
    assert [name for name, _ in events] == ["VolatilitySampled"]
    assert estimator.read("volatilityBps", ASSET) == INITIAL_BPS
    assert tuple(estimator.read("sample", ASSET))[1:] == (2_000 * E8, START_S)


def test_a_return_moves_the_estimate(feed, estimator):
    estimator.send(DONOR, "poke", ASSET)
    report(feed, 1_980 * E8, after_s=INTERVAL_S)
    estimator.send(DONOR, "poke", ASSET)
    yearly = math.log(0.99) ** 2 * SECONDS_PER_YEAR / INTERVAL_S
    expected = math.sqrt(0.94 * 0.6**2 + 0.06 * yearly) * 10_000
    assert estimator.read("volatilityBps", ASSET) == int(expected)


def test_estimates_follow_the_mirror_over_a_random_history(feed, estimator):
    random, mirror = Random(9), VolatilityEstimator(*PARAMS)
    price, refused = 2_000 * E8, 0
    for _ in range(150):
        price = max(round(price * math.exp(random.gauss(0, 0.02))), 1)
        report(feed, price, after_s=random.choice([1, 300, 600, 601, 4_000]))
        for _ in range(random.randint(1, 2)):
            sampled = estimator.try_send(DONOR, "poke", ASSET).ok
            assert sampled == mirror.poke(price, feed.chain.timestamp_s)
            refused += not sampled
        assert estimator.read("volatilityBps", ASSET) == mirror.volatility_bps
    assert refused > 50


def test_the_same_round_counts_once_however_often_and_late_it_is_poked(feed, estimator):
    estimator.send(DONOR, "poke", ASSET)
    report(feed, 1_900 * E8, after_s=INTERVAL_S)
    estimator.send(DONOR, "poke", ASSET)
    before = tuple(estimator.read("sample", ASSET))
    for wait in (0, 1, INTERVAL_S, 100 * INTERVAL_S):
        feed.chain.begin(feed.chain.timestamp_s + wait)
        assert estimator.send_error(DONOR, "poke", ASSET) == f"SampleTooSoon(0, {INTERVAL_S})"
    assert tuple(estimator.read("sample", ASSET)) == before


def test_rounds_within_an_interval_are_not_sampled(feed, estimator):
    """A price that was pushed away and is back when the interval is over leaves no trace."""
    estimator.send(DONOR, "poke", ASSET)
    report(feed, 20_000 * E8, after_s=INTERVAL_S - 1)
    assert estimator.send_error(DONOR, "poke", ASSET) == f"SampleTooSoon({INTERVAL_S - 1}, {INTERVAL_S})"
    report(feed, 2_000 * E8, after_s=1)
    estimator.send(DONOR, "poke", ASSET)
    assert estimator.read("volatilityBps", ASSET) == int(math.sqrt(0.94) * INITIAL_BPS)


def test_a_late_poke_dates_the_round_by_its_publication(feed, estimator, deploy):
    """Poked at once or an hour later, a round gives the same estimate."""
    late = deploy(feed.chain, "VolatilityEstimator", [ASSET], [feed], PARAMS)
    for one in (estimator, late):
        one.send(DONOR, "poke", ASSET)
    report(feed, 1_980 * E8, after_s=2 * INTERVAL_S)
    estimator.send(DONOR, "poke", ASSET)
    feed.chain.begin(feed.chain.timestamp_s + 3_600)
    late.send(DONOR, "poke", ASSET)
    assert tuple(late.read("sample", ASSET)) == tuple(estimator.read("sample", ASSET))


def test_unusable_feeds(revm, deploy, estimator):
    """An empty feed, an asset without one."""
    assert estimator.send_error(DONOR, "poke", OTHER) == f"NoFeed({OTHER})"
    assert estimator.read("volatilityBps", OTHER) == 0
    empty = deploy(revm, "PriceFeed", 8, "empty", REPORTER)
    blind = deploy(revm, "VolatilityEstimator", [ASSET], [empty], PARAMS)
    assert blind.send_error(DONOR, "poke", ASSET) == "NoRound()"
    assert blind.read("volatilityBps", ASSET) == INITIAL_BPS


def test_an_answer_of_nothing_is_refused(revm, deploy):
    """The spot price of a pool, where it rounds to 0."""
    base, quote = (deploy(revm, "AssetToken", name, name, 18, OWNER) for name in ("BASE", "QUOTE"))
    pool = deploy(revm, "ConstantProductPool", base, quote, 30, OWNER)
    for token, amount in ((base, 10**20), (quote, 10**18)):
        token.send(OWNER, "mint", pool, amount)
    pool.send(OWNER, "mint", OWNER)
    feed = deploy(revm, "PoolSpotFeed", pool, base, 18, 18, 0)
    estimator = deploy(revm, "VolatilityEstimator", [ASSET], [feed], PARAMS)
    assert estimator.send_error(DONOR, "poke", ASSET) == "AnswerUnusable(0)"


def test_extreme_prices_do_not_stop_it(feed, estimator):
    for answer in (1, 2**127 - 1, 1, E8):
        estimator.send(DONOR, "poke", ASSET)
        report(feed, answer, after_s=INTERVAL_S)
    estimator.send(DONOR, "poke", ASSET)


@pytest.mark.parametrize(
    ("feeds", "params", "error"),
    [
        (1, (10**18, 600, 0), "SamplingOutOfRange(decayWad, 1000000000000000000, 1000000000000000000)"),
        (1, (DECAY_WAD, 0, 0), "SamplingOutOfRange(intervalS, 0, 1)"),
        (1, (DECAY_WAD, 600, 1_000_001), "SamplingOutOfRange(initialVolatilityBps, 1000001, 1000000)"),
        (0, PARAMS, "SamplingOutOfRange(feeds, 0, 1)"),
    ],
)
def test_bad_parameters(artifacts, revm, deploy, feed, feeds, params, error):
    with pytest.raises(DeployReverted) as caught:
        deploy(revm, "VolatilityEstimator", [ASSET], [feed] * feeds, params)
    assert artifacts.decoder.decode_error(caught.value.data) == error
