"""Histories are plain data, both ways, and read as lines."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.search.history import (
    Congest,
    Drift,
    LagFeed,
    LeverTrader,
    LeverUp,
    NewBorrower,
    NewTrader,
    PullDepth,
    PullLiquidity,
    Shock,
    StopFeed,
    StopKeepers,
    Wait,
    describe,
    history_from_json,
    history_to_json,
    line,
    rules_of,
)

COUNTS = st.integers(1, 100)
STEPS = st.one_of(
    st.builds(Shock, asset=st.just("WETH"), change_bps=st.integers(-9_999, 100_000)),
    st.builds(Wait, blocks=COUNTS),
    st.builds(StopFeed, asset=st.just("WETH"), blocks=COUNTS),
    st.builds(Congest, fee_gwei=COUNTS, blocks=COUNTS),
    st.builds(PullLiquidity, venue=st.just("pool"), share_bps=st.integers(1, 10_000)),
    st.builds(NewBorrower, account=COUNTS, collateral_tokens=COUNTS, health_bps=st.integers(10_000, 20_000)),
    st.builds(LeverUp, borrower=st.just("borrowers/1"), health_bps=st.integers(10_000, 20_000)),
    st.builds(Drift, asset=st.just("WETH"), change_bps=st.integers(-9_999, 100_000), blocks=COUNTS),
    st.builds(LagFeed, asset=st.just("WETH"), lag_blocks=COUNTS, blocks=COUNTS),
    st.builds(StopKeepers, kind=st.just("perp_keeper"), blocks=COUNTS),
    st.builds(PullDepth, instrument=st.just("WETH"), share_bps=st.integers(1, 10_000)),
    st.builds(NewTrader, account=COUNTS, instrument=st.just("WETH"), notional_tokens=COUNTS, leverage=COUNTS),
    st.builds(LeverTrader, trader=st.just("crowd/1"), margin_bps=st.integers(10_000, 20_000)),
)


@given(st.lists(STEPS))
def test_json_brings_a_history_back(steps):
    assert history_from_json(json.loads(json.dumps(history_to_json(steps)))) == tuple(steps)


@pytest.mark.parametrize(
    "document",
    [
        [{"action": "wait", "blocks": 0}],
        [{"action": "shock", "asset": "WETH", "change_bps": -10_000}],
        [{"action": "nap", "blocks": 1}],
        [{"action": "wait", "blocks": 1, "more": 2}],
    ],
)
def test_what_is_no_history_is_refused(document):
    with pytest.raises(ValidationError):
        history_from_json(document)


def test_lines_name_the_action_and_its_fields():
    assert line(Shock(asset="WETH", change_bps=-500)) == "shock(asset=WETH, change_bps=-500)"
    assert describe({"a.b": 1}, [Wait(blocks=3)]) == "a.b=1; wait(blocks=3)"
    assert describe({}, []) == "no field changed; no step"


def test_rules_are_named_once():
    assert rules_of([Wait(blocks=1), Shock(asset="A", change_bps=-1), Wait(blocks=2)]) == ("shock", "wait")
