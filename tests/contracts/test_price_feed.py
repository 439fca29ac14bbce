"""Rules of the feeds: rounds are numbered, ordered and never rewritten; a spot feed is its pool, read now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.reference.constant_product import spot_price_down
from sim.units import E8, UINT112_MAX, WAD
from tests.venue import DEPLOYER, START_S, Venue
from tests.venue import deploy as deploy_contract

REPORTER, STRANGER = ACCOUNTS.address(1), ACCOUNTS.address(2)
INT128_MAX = 2**127 - 1


@pytest.fixture
def feed(revm, deploy):
    """A feed of eight decimals without rounds."""
    revm.begin(START_S)
    return deploy(revm, "PriceFeed", 8, "WETH / USD", REPORTER)


class TestPriceFeed:
    def test_describes_itself(self, feed):
        names = ("decimals", "description", "version", "reporter", "latestRoundId")
        assert [feed.read(name) for name in names] == [8, "WETH / USD", 1, REPORTER, 0]

    def test_round_keeps_both_times(self, feed):
        events = feed.send(REPORTER, "pushRound", 200 * E8, START_S - 30)
        round_1 = {"roundId": 1, "answer": 200 * E8, "observedAt": START_S - 30, "updatedAt": START_S}
        assert events == [("RoundPushed", round_1)]
        assert feed.read("latestRoundData") == (1, 200 * E8, START_S - 30, START_S, 1)

    @given(
        pushes=st.lists(
            st.tuples(st.integers(1, INT128_MAX), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6
        )
    )
    def test_history_is_what_was_pushed(self, feed, pushes):
        chain = feed.chain
        before = chain.snapshot()
        expected, observed_at_s = [], START_S
        for round_id, (answer, wait_s, delay_s) in enumerate(pushes, 1):
            chain.begin(chain.timestamp_s + wait_s)
            observed_at_s = max(observed_at_s, chain.timestamp_s - delay_s)
            feed.send(REPORTER, "pushRound", answer, observed_at_s)
            expected.append((round_id, answer, observed_at_s, chain.timestamp_s, round_id))
        history = [feed.read("getRoundData", round_id) for round_id in range(1, len(pushes) + 1)]
        assert history == expected
        if expected:
            assert feed.read("latestRoundData") == expected[-1]
        chain.revert(before)

    def test_without_rounds_there_is_nothing_to_read(self, feed):
        assert feed.read_error("latestRoundData") == "NoRound()"
        assert feed.read_error("getRoundData", 0) == "RoundNotFound(0, 0)"
        feed.send(REPORTER, "pushRound", 1, START_S)
        assert feed.read_error("getRoundData", 0) == "RoundNotFound(0, 1)"
        assert feed.read_error("getRoundData", 2) == "RoundNotFound(2, 1)"

    def test_only_the_reporter_writes(self, feed):
        error = feed.send_error(STRANGER, "pushRound", 1, START_S)
        assert error == f"NotReporter({STRANGER}, {REPORTER})"

    @pytest.mark.parametrize("answer", [0, -1, -(2**255), INT128_MAX + 1])
    def test_answer_must_be_positive_and_storable(self, feed, answer):
        assert feed.send_error(REPORTER, "pushRound", answer, START_S) == f"InvalidAnswer({answer})"

    def test_observations_are_ordered_and_past(self, feed):
        error = feed.send_error(REPORTER, "pushRound", 1, START_S + 1)
        assert error == f"ObservedInFuture({START_S + 1}, {START_S})"
        for observed_at_s in (START_S - 10, START_S - 10):
            feed.send(REPORTER, "pushRound", 1, observed_at_s)
        error = feed.send_error(REPORTER, "pushRound", 1, START_S - 11)
        assert error == f"ObservationOutOfOrder({START_S - 11}, {START_S - 10})"
        assert feed.read("latestRoundId") == 2


@pytest.fixture(scope="module")
def venue():
    return Venue.deploy(decimals=(18, 6))


def spot_feed(venue, base, answer_decimals=8):
    decimals = [base.read("decimals"), next(one for one in venue.tokens if one is not base).read("decimals")]
    return deploy_contract(venue.chain, "PoolSpotFeed", venue.pool, base, *decimals, answer_decimals)


RESERVE = st.one_of(st.integers(1, 10**9), st.integers(1, UINT112_MAX))


class TestPoolSpotFeed:
    @given(reserves=st.tuples(RESERVE, RESERVE), token0_is_base=st.booleans(), decimals=st.integers(0, 18))
    def test_answer_is_the_spot_price(self, venue, reserves, token0_is_base, decimals):
        with venue.undone():
            venue.set_reserves(*reserves)
            feed = spot_feed(venue, venue.tokens[0 if token0_is_base else 1], decimals)
            pair, scales = (reserves, (18, 6)) if token0_is_base else (reserves[::-1], (6, 18))
            expected = spot_price_down(*pair, *scales, decimals)
            now_s = venue.chain.timestamp_s
            assert feed.read("latestRoundData") == (now_s, expected, now_s, now_s, now_s)
            assert feed.read("getRoundData", now_s) == feed.read("latestRoundData")

    def test_moves_within_a_block(self, venue):
        with venue.undone():
            venue.set_reserves(1_000 * WAD, 2_000_000 * 10**6)
            feed = spot_feed(venue, venue.token0)
            assert feed.read("latestRoundData")[1] == 2_000 * E8
            venue.swap_exact_in(True, 1_000 * WAD)
            assert feed.read("latestRoundData")[1] < 501 * E8

    def test_describes_itself(self, venue):
        feed = spot_feed(venue, venue.token1)
        names = ("description", "decimals", "version", "pool", "base", "quote")
        addresses = [venue.pool.address, venue.token1.address, venue.token0.address]
        assert [feed.read(name) for name in names] == ["T1 / T0 pool spot", 8, 1, *addresses]

    def test_refusals(self, venue):
        feed = spot_feed(venue, venue.token0)
        assert feed.read_error("latestRoundData") == f"EmptyPool({venue.pool.address})"
        now_s = venue.chain.timestamp_s
        assert feed.read_error("getRoundData", now_s - 1) == f"RoundNotFound({now_s - 1}, {now_s})"
        with pytest.raises(DeployReverted) as reverted:
            deploy_contract(venue.chain, "PoolSpotFeed", venue.pool, DEPLOYER, 18, 6, 8)
        error = feed.artifacts.decoder.decode_error(reverted.value.data)
        assert error == f"TokenNotInPool({venue.pool.address}, {DEPLOYER})"
