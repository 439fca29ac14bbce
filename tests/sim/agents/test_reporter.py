"""Rounds come by deviation or heartbeat, late, in order, and at the fee that gets them in."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.agents.reporter import OracleReporter
from sim.protocols.base import FeedState
from sim.protocols.call import Call
from sim.scenario.feeds import PushFeed
from tests.sim.agents.small import lending_scenario, observation

START_S = 1_000_000


class Feed:
    """Notes what is pushed to it."""

    asset = "WETH"

    def push(self, price_e8: int, observed_at_s: int) -> Call:
        return Call("PriceFeed", "0xfeed", "pushRound", (price_e8, observed_at_s), b"")


class Chainlink:
    """A feed with its reporter, driven block by block; `lands` says whether a block takes the report."""

    def __init__(self, **fields):
        world = SimpleNamespace(sources={"WETH": Feed()}, address=str, scenario=lending_scenario())
        self.model = PushFeed(kind="push", **fields)
        self.reporter = OracleReporter("reporter-WETH", self.model, world, np.random.default_rng(0))
        self.state = FeedState(1, 100, START_S, START_S, True)
        self.block = 0

    def step(self, price_e8: int, lands: bool = True, **parts):
        """Return (price, observed at) of the report proposed in this block, or None."""
        now_s = START_S + 12 * (self.block + 1)
        seen = observation(
            block=self.block,
            timestamp_s=now_s,
            outside_e8={"WETH": price_e8},
            sources={"WETH": self.state},
            **parts,
        )
        actions = self.reporter.propose(seen)
        self.block += 1
        if not actions:
            return None
        self.action = actions[0]
        if lands:
            price, observed_s = self.action.call.args
            self.state = FeedState(self.state.round_id + 1, price, observed_s, now_s, True)
        return self.action.call.args


def test_a_price_must_move_by_more_than_the_deviation():
    feed = Chainlink(deviation_bps=500, delay_blocks=0)
    assert [feed.step(price) for price in (105, 95, 100)] == [None, None, None]
    assert feed.step(94) == (94, START_S + 48)
    assert feed.step(96) is None


def test_the_heartbeat_counts_from_the_last_round():
    feed = Chainlink(heartbeat_s=36, delay_blocks=0)
    assert [feed.step(100) is not None for _ in range(9)] == [False, False, True] * 3


@pytest.mark.parametrize("delay", [1, 2, 5])
def test_a_round_lands_late_with_the_price_and_time_of_its_observation(delay):
    feed = Chainlink(delay_blocks=delay)
    landed = [feed.step(price) for price in (90, *[90] * 7)]
    assert landed == [None] * delay + [(90, START_S + 12)] + [None] * (7 - delay)
    assert feed.action.meta == {"asset": "WETH", "observed_block": 0, "observed_at_s": START_S + 12}


def test_a_long_delay_publishes_every_trigger_in_order():
    feed = Chainlink(delay_blocks=4, deviation_bps=50)
    prices = [90, 80, 80, 70, 60, 60, 60, 60, 60]
    assert [feed.step(price) and feed.action.call.args[0] for price in prices] == [
        *[None] * 4,
        90,
        80,
        None,
        70,
        60,
    ]


def test_nothing_is_triggered_again_while_a_round_of_that_price_is_under_way():
    feed = Chainlink(delay_blocks=2)
    assert [feed.step(90) is not None for _ in range(6)] == [False, False, True, False, False, False]


def test_a_report_kept_out_is_proposed_again_until_a_fresher_one_replaces_it():
    feed = Chainlink(delay_blocks=1)
    feed.step(90)
    assert feed.step(90, lands=False) == (90, START_S + 12)
    assert feed.step(80, lands=False) == (90, START_S + 12)
    assert feed.step(80, lands=True) == (80, START_S + 36)
    assert feed.step(80) is None


def test_a_feed_without_an_answer_is_reported_at_once():
    feed = Chainlink(delay_blocks=0)
    feed.state = FeedState(0, 0, 0, 0, False)
    assert feed.step(100) == (100, START_S + 12)


def test_the_bid_follows_the_fee_market_up_to_the_cap():
    free, capped = Chainlink(delay_blocks=0), Chainlink(delay_blocks=0, max_fee_gwei=50.0)
    for feed in (free, capped):
        feed.step(90, inclusion_fee_gwei=100.0)
    assert (free.action.max_fee_gwei, capped.action.max_fee_gwei) == (120.0, 50.0)
    assert free.action.key == "report/WETH"


def test_a_print_is_seen_by_its_reporter_alone_while_it_lasts():
    """30 % up for three blocks: reported as it comes, and as it goes; elsewhere the price stands still."""
    prints = ({"at_s": 24, "change_bps": 3_000, "for_s": 36},)
    feed = Chainlink(deviation_bps=500, delay_blocks=0, prints=prints)
    reported = [feed.step(100, time_s=12 * block) for block in range(7)]
    assert [one and one[0] for one in reported] == [None, None, 130, None, None, 100, None]


def test_prints_that_overlap_multiply_and_never_take_a_price_to_nothing():
    up, down = {"at_s": 0, "change_bps": 3_000, "for_s": 10}, {"at_s": 5, "change_bps": -9_999, "for_s": 10}
    model = PushFeed(prints=(up, down))
    assert [model.seen_e8(10**8, time_s) for time_s in (0, 5, 10, 15)] == [13 * 10**7, 13_000, 10_000, 10**8]
    assert model.seen_e8(1, 5) == 1


def test_drawn_delays_are_even_between_their_bounds():
    feed = Chainlink(delay_blocks=1, delay_max_blocks=4, heartbeat_s=12 * 9, deviation_bps=10_000)
    delays = []
    for _ in range(9 * 400):
        before = feed.block
        report = feed.step(100)
        if report is not None:
            delays.append(before - ((report[1] - START_S) // 12 - 1))
    counts = Counter(delays)
    assert sorted(counts) == [1, 2, 3, 4]
    assert all(count == pytest.approx(len(delays) / 4, rel=0.25) for count in counts.values())


@given(st.lists(st.integers(50, 150), min_size=1, max_size=60), st.integers(0, 3), st.integers(0, 6))
def test_reports_never_go_back_in_time_and_carry_what_was_seen(prices, least, more):
    feed = Chainlink(delay_blocks=least, delay_max_blocks=least + more)
    seen, last = {}, 0
    for price in prices:
        seen[START_S + 12 * (feed.block + 1)] = price
        block, report = feed.block, feed.step(price)
        if report is not None:
            assert report[1] > last and seen[report[1]] == report[0]
            late = block - ((report[1] - START_S) // 12 - 1)
            assert least <= late <= least + more
            last = report[1]


def test_of_two_reports_of_age_the_fresher_goes_out_alone():
    feed = Chainlink(delay_blocks=0, delay_max_blocks=5)
    draws = iter([4, 1])
    feed.reporter._delay_blocks = lambda: next(draws)
    assert [feed.step(price) for price in (90, 80, 80, 80, 80, 80)] == [
        None,
        None,
        (80, START_S + 24),
        None,
        None,
        None,
    ]


def test_a_report_overtakes_all_that_were_seen_before_it():
    feed = Chainlink(delay_blocks=0, delay_max_blocks=9)
    draws = iter([9, 9, 1])
    feed.reporter._delay_blocks = lambda: next(draws)
    assert [feed.step(price) for price in (90, 80, 70, 70, 70)] == [None, None, None, (70, START_S + 36), None]


def test_a_widest_delay_below_the_least_is_refused():
    with pytest.raises(ValidationError, match="at least delay_blocks, which is 3"):
        PushFeed(kind="push", delay_blocks=3, delay_max_blocks=2)
