"""Rescues reach their target health, within the wallet, for those below their trigger alone."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.borrowers import RescuingBorrowers, repayment_value_base, top_up_value_base
from sim.engine import launch
from sim.protocols.base import AccountState
from sim.protocols.call import Call
from sim.units import WAD
from tests.sim.agents.small import lending_scenario, market_observation, observation, weth

RATIOS = st.integers(WAD // 2, 2 * WAD)


@given(health=RATIOS, target=RATIOS, debt_base=st.integers(1, 10**20), threshold_bps=st.integers(1, 10_000))
def test_sizes_reach_the_target_with_the_least_value(health, target, debt_base, threshold_bps):
    state = AccountState(health, 0, debt_base, (), ())
    if target <= health:
        assert top_up_value_base(state, target, threshold_bps) == repayment_value_base(state, target) == 0
        return
    weighted = health * debt_base

    def topped_up(value_base: int) -> bool:
        return weighted * 10_000 + value_base * threshold_bps * WAD >= target * debt_base * 10_000

    added = top_up_value_base(state, target, threshold_bps)
    assert topped_up(added) and not topped_up(added - 1)
    repaid = repayment_value_base(state, target)
    assert weighted >= target * (debt_base - repaid)
    assert weighted < target * (debt_base - repaid + 1)


def rescuers(kind: str, space: dict | None = None, blocks: int = 8, **rescue):
    """Forty borrowers, all of whom rescue themselves, in a market that falls by 15 %."""
    group = {
        "kind": "lognormal",
        "market": "main",
        "collateral": "WETH",
        "debt": "USDC",
        "count": 40,
        "collateral_tokens": 5,
        "health_min": 1.1,
        "rescue": {"kind": kind, "share_bps": 10_000, "trigger_health": 1.15, "target_health": 1.3, **rescue},
    }
    return lending_scenario(
        clock={"blocks": blocks},
        assets=weth(kind="waypoints", interval_s=12, prices_usd=[2_000, 2_000, 1_700]),
        population={"group": group},
        block_space=space or {"base_fee_gwei": 1.0},
    )


@pytest.mark.parametrize("kind", ["top_up", "repay"])
def test_everybody_below_the_trigger_ends_at_the_target(revm, artifacts, kind):
    trace = launch(rescuers(kind), revm, artifacts).run()
    rescues = [t for t in trace.transactions if t.intent == "rescue"]
    assert rescues and all(t.ok for t in rescues)
    saved = {t.meta["account"] for t in rescues}
    healths = {role: record.health_wad for role, record in trace.final_accounts["main"].items()}
    assert all(healths[role] == pytest.approx(1.3 * WAD, rel=1e-5) for role in saved)
    assert all(health >= 1.15 * WAD for health in healths.values())
    assert len(saved) < len(healths) and len(rescues) == len(saved)
    assert {t.sender for t in rescues} == saved


def test_congestion_keeps_rescues_out(revm, artifacts):
    space = {"base_fee_gwei": 60.0, "base_fee_moves": False}
    trace = launch(rescuers("top_up", space, max_fee_gwei=50.0), revm, artifacts).run()
    assert not [t for t in trace.transactions if t.intent == "rescue"]
    waiting = [record.pending for record in trace.blocks]
    assert waiting[:2] == [0, 0] and min(waiting[2:]) > 0


def test_the_share_that_acts_is_drawn_from_the_stream(revm, artifacts):
    engine = launch(rescuers("top_up", share_bps=2_500), revm, artifacts)
    agent = next(agent for agent in engine.agents if isinstance(agent, RescuingBorrowers))
    drawn = [i for i, _ in agent._rescuers]
    assert len(drawn) == 10 and drawn == sorted(drawn) and drawn != list(range(10))


class Wallet:
    """A token in which everybody holds the same amount."""

    decimals = 18

    def __init__(self, amount: int):
        self.amount = amount

    def balance(self, holder: str) -> int:
        return self.amount


class Market:
    """Notes what would be supplied."""

    def threshold_bps(self, collateral: str, state: AccountState) -> int:
        return 8_300

    def supply(self, asset: str, amount: int, account: str) -> Call:
        return Call("LendingPool", "0xmain", "supply", (asset, amount, account), b"")


class Accounts(dict):
    """Counts how often an account is looked at."""

    looks = 0

    def __getitem__(self, account: str) -> AccountState:
        self.looks += 1
        return super().__getitem__(account)


def test_healthy_members_are_looked_at_only_when_a_price_changed():
    scenario = rescuers("top_up")
    world = SimpleNamespace(
        address=str, lending={"main": Market()}, tokens={"WETH": Wallet(10**18)}, scenario=scenario
    )
    group = scenario.population["group"]
    agent = RescuingBorrowers("group", group, world, np.random.default_rng(0))
    healthy = AccountState(2 * WAD, 0, 10**11, (10**18, 0), (0, 10**9))
    low = AccountState(WAD, 0, 10**11, (10**18, 0), (0, 10**9))
    accounts = Accounts({f"group/{i}": healthy for i in range(40)} | {"group/7": low})
    looks, proposed = [], []
    for price_usd in (2_000, 2_000, 2_000, 1_900):
        accounts.looks = 0
        market = market_observation(accounts, price_usd * 10**8)
        proposed.append([a.key for a in agent.propose(observation(markets={"main": market}))])
        looks.append(accounts.looks)
    assert proposed == [["rescue/7"]] * 4
    assert looks[0] >= 40 and looks[3] >= 40 and max(looks[1:3]) <= 3


@pytest.mark.parametrize("kind", ["top_up", "repay"])
def test_without_a_price_of_the_market_owners_go_by_the_outside_one(revm, artifacts, kind):
    """What an owner reckons is what the market would say, and so is the rescue."""
    agent = RescuingBorrowers("group", *_parts(launch(rescuers(kind), revm, artifacts)))
    lending, name = agent._lending, agent._rescuers[0][1]
    state = lending.read_accounts([name])[0]
    fallen = 1_000 * 10**8
    priced = replace(
        state,
        health_wad=state.health_wad // 2,
        collateral_base=state.collateral_base // 2,
    )
    seen = {"outside_e8": {"WETH": fallen, "USDC": 10**8}}
    with_price = observation(markets={"main": _market(agent, name, priced, fallen)}, **seen)
    without = observation(markets={"main": _market(agent, name, state, 0)}, **seen)
    expected, found = (
        {action.sender: action for action in agent.propose(one)}[name] for one in (with_price, without)
    )
    assert found.call.function == expected.call.function
    assert found.call.args[1] == pytest.approx(expected.call.args[1], rel=1e-9)
    assert found.meta["health_wad"] == pytest.approx(expected.meta["health_wad"], rel=1e-9)


def _parts(engine) -> tuple:
    """Model, world and stream of the group's agent."""
    model = engine.world.scenario.population["group"]
    return model, engine.world, np.random.default_rng(0)


def _market(agent, name, state, price_e8):
    """The market of which one account is below its trigger, at a price of WETH (0: none)."""
    safe = replace(state, debt=tuple(0 for _ in state.debt), debt_base=0, health_wad=2**256 - 1)
    accounts = {address: safe for _, address in agent._rescuers} | {name: state}
    return market_observation(accounts, price_e8)
