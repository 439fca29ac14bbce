"""Whether a sequencer works, and that no price passes while it does not or has not for long enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.base import DeployReverted
from sim.units import E8
from tests.deployed import Deployed
from tests.feeds import INT128_MAX, NO_PRICES, Mode, Source, answer_of
from tests.lending import DONOR, OWNER, REPORTER, START_S

GRACE_S = 3_600
UP_SINCE_S = START_S - 86_400


@pytest.fixture
def uptime(revm, deploy) -> Deployed:
    """A sequencer that has been up for a day."""
    revm.begin(START_S)
    return deploy(revm, "SequencerUptime", REPORTER, UP_SINCE_S)


@pytest.fixture
def source(uptime, deploy) -> Source:
    """A source that says 1, half a minute ago."""
    source = Source(uptime.chain, deploy, OWNER)
    source.report(E8, age_s=30)
    return source


class TestUptime:
    def test_begins_up(self, uptime):
        assert uptime.read("latestRoundData") == (1, 0, UP_SINCE_S, START_S, 1)
        assert uptime.read("getRoundData", 1) == uptime.read("latestRoundData")
        assert uptime.read_error("getRoundData", 2) == "RoundNotFound(2, 1)"
        names = ("decimals", "version", "description", "reporter")
        assert [uptime.read(name) for name in names] == [0, 1, "sequencer uptime", REPORTER]

    def test_a_change_is_a_round_and_a_repetition_is_not(self, uptime):
        events = uptime.send(REPORTER, "report", False, START_S, at_s=START_S + 600)
        assert events == [("StatusReported", {"roundId": 2, "up": False, "changedAtS": START_S})]
        assert uptime.read("latestRoundData") == (2, 1, START_S, START_S + 600, 2)
        uptime.send(REPORTER, "report", False, START_S + 60, at_s=START_S + 660)
        assert uptime.read("latestRoundData") == (2, 1, START_S, START_S + 660, 2)
        uptime.send(REPORTER, "report", True, START_S + 660)
        assert uptime.read("latestRoundData") == (3, 0, START_S + 660, START_S + 660, 3)

    def test_down_and_up_may_be_of_the_same_second(self, uptime):
        for up in (False, True):
            uptime.send(REPORTER, "report", up, START_S)
        assert uptime.read("latestRoundData") == (3, 0, START_S, START_S, 3)

    def test_refusals(self, uptime, deploy, artifacts):
        assert uptime.send_error(DONOR, "report", True, START_S) == f"NotReporter({DONOR}, {REPORTER})"
        ahead = f"ChangedInFuture({START_S + 1}, {START_S})"
        assert uptime.send_error(REPORTER, "report", False, START_S + 1) == ahead
        error = uptime.send_error(REPORTER, "report", False, UP_SINCE_S - 1)
        assert error == f"ChangeOutOfOrder({UP_SINCE_S - 1}, {UP_SINCE_S})"
        with pytest.raises(DeployReverted) as caught:
            deploy(uptime.chain, "SequencerUptime", REPORTER, START_S + 1)
        assert artifacts.decoder.decode_error(caught.value.data) == ahead


class TestGate:
    def test_passes_the_price_on_as_it_is(self, uptime, source, deploy):
        gate = deploy(uptime.chain, "SequencerGate", source.feed, uptime, GRACE_S)
        assert gate.read("latestRoundData") == (1, E8, START_S - 30, START_S - 30, 1)
        names = ("inner", "uptime", "graceS", "decimals", "description")
        what = [source.feed.address, uptime.address, GRACE_S, 8, "odd, behind a sequencer gate"]
        assert [gate.read(name) for name in names] == what

    @pytest.mark.parametrize("grace_s", [0, GRACE_S])
    def test_an_outage_and_its_grace_to_the_second(self, uptime, source, deploy, grace_s):
        chain = uptime.chain
        gate = deploy(chain, "SequencerGate", source.feed, uptime, grace_s)
        uptime.send(REPORTER, "report", False, START_S)
        assert gate.read_error("latestRoundData") == f"SequencerDown({START_S})"
        back_s = START_S + 1_800
        uptime.send(REPORTER, "report", True, back_s, at_s=back_s)
        if grace_s:
            assert gate.read_error("latestRoundData") == f"GracePeriod(0, {grace_s})"
            chain.begin(back_s + grace_s)
            assert gate.read_error("latestRoundData") == f"GracePeriod({grace_s}, {grace_s})"
            chain.begin(back_s + grace_s + 1)
        assert gate.read("latestRoundData")[1:4] == (E8, START_S - 30, START_S - 30), "no younger than it is"

    def test_a_status_that_cannot_be_believed_is_down(self, uptime, source, deploy):
        status = Source(uptime.chain, deploy, OWNER)
        gate = deploy(uptime.chain, "SequencerGate", source.feed, status.feed, GRACE_S)
        for answer, since_s in ((0, 0), (1, UP_SINCE_S), (2, UP_SINCE_S), (-1, UP_SINCE_S), (0, START_S + 1)):
            status.set(answer, since_s, START_S)
            assert gate.read_error("latestRoundData") == f"SequencerDown({since_s})"
        status.set(0, UP_SINCE_S, START_S)
        assert gate.read("latestRoundData")[1] == E8
        for mode in (Mode.FAILS_BIG, Mode.BURNS_GAS):
            status.turn(mode)
            gate.read_error("latestRoundData")

    def test_bad_prices(self, uptime, source, deploy):
        gate = deploy(uptime.chain, "SequencerGate", source.feed, uptime, GRACE_S)
        for price in NO_PRICES:
            source.report(price)
            assert gate.read_error("latestRoundData") == f"InvalidAnswer({price})"
        source.set(E8, START_S + 1, START_S)
        assert gate.read_error("latestRoundData") == f"FutureDated({START_S + 1}, {START_S})"


@given(
    grace_s=st.integers(0, 10_000),
    history=st.lists(st.tuples(st.booleans(), st.integers(0, 5_000), st.integers(0, 5_000)), max_size=8),
    price=st.integers(1, INT128_MAX),
)
def test_passes_exactly_the_price_below_or_nothing(uptime, source, deploy, grace_s, history, price):
    """Whatever is reported and however late: a price only where up, and for longer than the grace."""
    chain = uptime.chain
    before = chain.snapshot()
    gate = deploy(chain, "SequencerGate", source.feed, uptime, grace_s)
    source.report(price, age_s=7)
    expected, up, since_s = source.round, True, UP_SINCE_S
    for report_up, wait_s, late_s in history:
        chain.begin(chain.timestamp_s + wait_s)
        changed_s = chain.timestamp_s - late_s
        if uptime.try_send(REPORTER, "report", report_up, changed_s).ok:
            assert changed_s >= since_s
            if report_up != up:
                up, since_s = report_up, changed_s
        else:
            assert changed_s < since_s
        up_for_s = chain.timestamp_s - since_s
        if not up:
            assert gate.read_error("latestRoundData") == f"SequencerDown({since_s})"
        elif grace_s and up_for_s <= grace_s:
            assert gate.read_error("latestRoundData") == f"GracePeriod({up_for_s}, {grace_s})"
        else:
            assert answer_of(gate) == expected
    chain.revert(before)
