"""A staker leaves a fund when a bound is crossed: at once, or after the cooldown and within its window."""

import pytest

from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.loading import parse_scenario
from tests.sim.agents.small import lending_scenario

USDC = 10**6
WAITS = {"cooldown_s": 48, "window_s": 24}


def engine(revm, artifacts, fund=None, **fields):
    """A fund of 100 with a staker of 50 more."""
    agents = {"staker": {"kind": "fund_staker", "fund": "fund", "assets_tokens": 50, **fields}}
    insurance = {"fund": {"asset": "USDC", "assets_tokens": 100, **(fund or {})}}
    return launch(lending_scenario(agents=agents, insurance=insurance), revm, artifacts)


def did(trace) -> list[tuple[str, int]]:
    return [(tx.function, tx.block) for tx in trace.transactions if tx.intent == "withdraw_stake" and tx.ok]


def test_it_stays_without_a_reason(revm, artifacts):
    trace = engine(revm, artifacts).run()
    assert did(trace) == [] and trace.violations == []
    assert trace.initial.funds["fund"] == trace.blocks[-1].funds["fund"] == 150 * USDC


def test_it_leaves_at_a_time_where_nobody_waits(revm, artifacts):
    trace = engine(revm, artifacts, leave_at_s=60).run()
    assert did(trace) == [("redeem", 4)]
    assert trace.blocks[-1].balances["staker"]["USDC"] == 50 * USDC
    assert trace.blocks[-1].funds["fund"] == 100 * USDC


def test_it_waits_out_the_cooldown(revm, artifacts):
    trace = engine(revm, artifacts, WAITS, leave_at_s=60).run()
    # Asked for in the block at 60 s, open from 108 s on: the block of nine times twelve.
    assert did(trace) == [("requestUnstake", 4), ("redeem", 8)]
    (asked,) = [event for event in trace.events if event.name == "UnstakeRequested"]
    assert (asked.args["fromTimestamp"], asked.args["untilTimestamp"]) == (108, 132)
    assert trace.blocks[-1].balances["staker"]["USDC"] == 50 * USDC


def test_it_asks_again_where_it_missed_the_window(revm, artifacts):
    world = engine(revm, artifacts, WAITS, leave_at_s=60)
    while world.block < 6:
        world.step()
    world.interruptions.silence("fund_staker", 12)
    trace = world.run()
    assert did(trace) == [("requestUnstake", 4), ("requestUnstake", 12), ("redeem", 16)]


def test_a_fund_that_does_not_exist_is_refused():
    document = lending_scenario().model_dump(mode="json")
    document["agents"]["staker"] = {"kind": "fund_staker", "fund": "fnd", "assets_tokens": 50}
    with pytest.raises(BadInput, match="agents.staker.fund is 'fnd'"):
        parse_scenario(document)
