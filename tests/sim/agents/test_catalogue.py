"""Agents come in a fixed order, each with a stream of its own; custom ones are found by name."""

from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import get_args

import pytest

from sim.agents import catalogue
from sim.agents.base import Agent
from sim.agents.catalogue import build_agents
from sim.errors import BadInput
from sim.scenario.actors import AgentModel
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario

RESCUERS = {
    "kind": "lognormal",
    "market": "main",
    "collateral": "WETH",
    "debt": "USDC",
    "count": 4,
    "collateral_tokens": 1,
    "rescue": {"share_bps": 5_000},
}


class Watcher(Agent):
    """Does nothing."""

    def propose(self, observation):
        return []


NOT_AN_AGENT = 1


SOURCES = {asset: SimpleNamespace(asset=asset) for asset in ("WETH", "USDC")}


def world(**parts):
    scenario = lending_scenario(**parts)
    venue = SimpleNamespace(name="pool", base="WETH", quote="USDC", fee_bps=30)
    tokens = {name: SimpleNamespace(decimals=asset.decimals) for name, asset in scenario.assets.items()}
    handles = {"lending": {"main": None}, "venues": {"pool": venue}, "sources": SOURCES, "tokens": tokens}
    return SimpleNamespace(scenario=scenario, address=str, role=str, **handles)


@pytest.fixture
def installed(monkeypatch):
    """Two agents as an installed package would register them."""
    points = [
        EntryPoint("watcher", f"{__name__}:Watcher", catalogue.ENTRY_POINT_GROUP),
        EntryPoint("number", f"{__name__}:NOT_AN_AGENT", catalogue.ENTRY_POINT_GROUP),
        EntryPoint("broken", "no_such_module:Agent", catalogue.ENTRY_POINT_GROUP),
    ]
    monkeypatch.setattr(catalogue, "entry_points", lambda group: points)


def custom(kind: str) -> dict:
    return {"agents": {"mine": {"kind": "custom", "type": kind, "params": {"size": 3}}}}


def test_reporters_then_groups_that_rescue_then_agents_in_their_order():
    agents = {"z": keeper(), "a": {"kind": "arbitrageur", "venue": "pool"}}
    groups = {"passive": {**RESCUERS, "rescue": {}}, "active": RESCUERS, **explicit(borrower(1, 100))}
    built = build_agents(world(agents=agents, population=groups))
    assert [agent.name for agent in built] == ["reporter-WETH", "reporter-USDC", "active", "z", "a"]


def test_another_agent_does_not_shift_a_stream():
    alone = build_agents(world(agents={"k": keeper()}))[-1]
    later = build_agents(world(agents={"first": keeper(), "k": keeper()}))[-1]
    assert alone.rng.random() == later.rng.random()


def test_a_custom_agent_is_found_by_its_name(installed):
    agent = build_agents(world(**custom("watcher")))[-1]
    assert isinstance(agent, Watcher)
    assert agent.model.params == {"size": 3}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("wacher", "agents.mine.type is 'wacher'.*: broken, number, watcher"),
        ("number", "agents.mine.type is 'number', which is 1, a subclass of sim.agents.base.Agent expected"),
        ("broken", "agents.mine.type is 'broken', which cannot be loaded from 'no_such_module:Agent'"),
    ],
)
def test_what_cannot_be_had_is_bad_input(installed, kind, message):
    with pytest.raises(BadInput, match=message):
        build_agents(world(**custom(kind)))


def test_without_packages_the_message_says_so():
    with pytest.raises(BadInput, match="none is installed"):
        build_agents(world(**custom("watcher")))


def test_every_kind_of_agent_has_its_class():
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(get_args(AgentModel)[0])}
    assert kinds - {"custom"} == set(catalogue.BUILT_IN)
