"""Funds of a scenario: with a cooldown stakers wait, without one the fund is the plain one, and runs are alike."""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.loading import parse_scenario
from tests.deployed import Deployed
from tests.scenarios import small_document

FUND = {"asset": "USDC", "assets_tokens": 1_000}
WAITING = {**FUND, "cooldown_s": 1_728_000, "window_s": 172_800}


def launched(artifacts, fund: dict):
    return launch(parse_scenario(small_document(insurance={"fund": fund})), RevmChain(), artifacts)


def test_stakers_wait_as_the_scenario_says(artifacts):
    world = launched(artifacts, WAITING).world
    fund = Deployed(world.chain, artifacts, "CooldownFund", world.insurance["fund"].address)
    assert (fund.read("cooldownS"), fund.read("windowS")) == (1_728_000, 172_800)
    supplier = world.address("supplier")
    assert fund.read("balanceOf", supplier) == 1_000 * 10**6
    assert fund.read("maxRedeem", supplier) == 0


def test_a_wait_that_nobody_asks_to_end_changes_no_outcome(artifacts):
    traces = [launched(artifacts, fund).run() for fund in (FUND, WAITING)]
    drawn = [[row for row in trace.events if row.name == "DeficitDrawn"] for trace in traces]
    assert drawn[0] == drawn[1]
    assert traces[0].blocks == traces[1].blocks


@pytest.mark.parametrize(("cooldown_s", "window_s"), [(0, 60), (60, 0)])
def test_a_window_and_a_cooldown_belong_together(cooldown_s, window_s):
    fund = {**FUND, "cooldown_s": cooldown_s, "window_s": window_s}
    with pytest.raises(BadInput, match="both 0 or both above 0 expected"):
        parse_scenario(small_document(insurance={"fund": fund}))
