"""Who looks after feeds: pokes what is due, innermost first, at a fee up to its limit."""

from types import SimpleNamespace

import numpy as np

from sim.agents.upkeep import FeedUpkeep
from sim.scenario.upkeep import Upkept
from sim.world.world import Deployment
from tests.sim.agents.small import lending_scenario, observation

INNER, OUTER = "0xinner", "0xouter"


class Chain:
    """Answers `due` for each contract."""

    def __init__(self, due: dict[str, bool]) -> None:
        self.due = due

    def call(self, to: str, data: bytes) -> bytes:
        """The word of a bool."""
        return int(self.due[to]).to_bytes(32)


def upkeep(due: dict[str, bool], max_fee_gwei: float | None = None) -> FeedUpkeep:
    contract = SimpleNamespace(encode=lambda function: function.encode())
    contracts = [Deployment("layer-WETH-0", "Layer", INNER, ()), Deployment("feed-WETH", "Layer", OUTER, ())]
    world = SimpleNamespace(
        chain=Chain(due),
        artifacts={"Layer": contract},
        upkeep={"WETH": contracts},
        address=str,
        scenario=lending_scenario(),
    )
    model = Upkept("WETH", "WETH", max_fee_gwei)
    return FeedUpkeep(model.role, model, world, np.random.default_rng(0))


def test_what_is_due_is_poked_innermost_first():
    actions = upkeep({INNER: True, OUTER: True}).propose(observation())
    assert [(one.call.target, one.call.function) for one in actions] == [(INNER, "poke"), (OUTER, "poke")]
    assert {one.intent for one in actions} == {"upkeep"} and {one.meta["asset"] for one in actions} == {"WETH"}


def test_what_is_not_due_is_left_alone():
    assert [one.call.target for one in upkeep({INNER: False, OUTER: True}).propose(observation())] == [OUTER]
    assert not upkeep({INNER: False, OUTER: False}).propose(observation())


def test_the_bid_follows_the_fee_market_up_to_its_limit():
    seen = observation(inclusion_fee_gwei=100.0)
    assert upkeep({INNER: True, OUTER: False}).propose(seen)[0].max_fee_gwei == 120.0
    assert upkeep({INNER: True, OUTER: False}, max_fee_gwei=50.0).propose(seen)[0].max_fee_gwei == 50.0
