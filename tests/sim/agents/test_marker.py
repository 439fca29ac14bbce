"""The marker marks who is unhealthy once, clears who is back, and tries again what did not get in."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.marker import MARKS_PER_BLOCK, Marker
from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.protocols.base import AccountState
from sim.protocols.call import Call
from sim.scenario.lending.bonus import FermentedBonus
from sim.units import WAD
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario, market_observation, observation

EXPIRY_S = 600


class Marks:
    """Keeps marks as the contract does, and counts what it is asked."""

    def __init__(self) -> None:
        self.at_s: dict[str, int] = {}
        self.asked = 0

    def mark(self, account: str) -> Call:
        return Call("FermentedBonus", "0xbonus", "mark", ("0xmain", account), b"")

    def clear(self, account: str) -> Call:
        return Call("FermentedBonus", "0xbonus", "clear", ("0xmain", account), b"")

    def marked_at_s(self, accounts: list[str]) -> list[int]:
        self.asked += len(accounts)
        return [self.at_s.get(account, 0) for account in accounts]


class Scene:
    """A marker, driven block by block; `lands` says whether a block takes what it submits."""

    def __init__(self, **fields):
        self.marks = Marks()
        lending = {"main": SimpleNamespace(moving_bonus=self.marks)}
        world = SimpleNamespace(lending=lending, address=str, role=str, scenario=lending_scenario())
        model = FermentedBonus(kind="fermented", expiry_s=EXPIRY_S, **fields)
        self.marker = Marker("marker-main", model, world, np.random.default_rng(0))
        self.now_s = 1_000_000

    def step(self, healths: dict[str, float], lands: bool = True, **parts) -> list[tuple[str, str]]:
        """Return (function, account) of what is proposed at these healths."""
        self.now_s += 12
        accounts = {name: AccountState(int(health * WAD), 0, 0, (), ()) for name, health in healths.items()}
        at_risk = tuple(name for name, state in accounts.items() if state.health_wad < WAD)
        seen = market_observation(accounts, at_risk=at_risk)
        actions = self.marker.propose(observation(timestamp_s=self.now_s, markets={"main": seen}, **parts))
        self.fees = [action.max_fee_gwei for action in actions]
        if lands:
            for action in actions:
                account = action.call.args[1]
                if action.call.function == "mark":
                    self.marks.at_s[account] = self.now_s
                else:
                    self.marks.at_s.pop(account)
        return [(action.call.function, action.call.args[1]) for action in actions]


def test_marks_once_and_clears_once():
    scene = Scene()
    assert scene.step({"a": 1.1, "b": 1.2}) == []
    assert scene.step({"a": 0.99, "b": 1.2}) == [("mark", "a")]
    assert scene.step({"a": 0.98, "b": 0.97}) == [("mark", "b")]
    assert scene.step({"a": 0.98, "b": 0.97}) == []
    assert scene.step({"a": 1.01, "b": 0.97}) == [("clear", "a")]
    assert scene.step({"a": 1.01, "b": 0.97}) == []


def test_what_did_not_get_in_is_sent_again():
    scene = Scene()
    assert scene.step({"a": 0.99}, lands=False) == [("mark", "a")]
    assert scene.step({"a": 0.99}) == [("mark", "a")]
    assert scene.step({"a": 0.99}) == []
    assert scene.step({"a": 1.01}, lands=False) == [("clear", "a")]
    assert scene.step({"a": 1.01}) == [("clear", "a")]
    assert scene.step({"a": 1.01}) == []


def test_an_expired_mark_is_set_anew():
    scene = Scene()
    assert scene.step({"a": 0.99}) == [("mark", "a")]
    blocks = 0
    while scene.step({"a": 0.99}) == []:
        blocks += 1
    assert blocks == EXPIRY_S // 12 - 1
    assert scene.step({"a": 0.99}) == []


def test_a_mark_that_stands_is_not_asked_for():
    scene = Scene()
    scene.step({"a": 0.99})
    scene.step({"a": 0.99})
    asked = scene.marks.asked
    scene.step({"a": 0.99})
    assert scene.marks.asked == asked


def test_marks_are_limited_per_block_and_in_fee():
    scene = Scene(max_fee_gwei=20.0)
    many = {f"a{i}": 0.9 for i in range(MARKS_PER_BLOCK + 5)}
    assert len(scene.step(many, inclusion_fee_gwei=15.0)) == MARKS_PER_BLOCK
    assert scene.fees == [pytest.approx(16.5)] * MARKS_PER_BLOCK
    assert len(scene.step(many, inclusion_fee_gwei=100.0)) == 5
    assert scene.fees == [20.0] * 5


def test_keepers_come_when_the_bonus_has_grown_though_nothing_else_moves(artifacts: Artifacts):
    """One fall, then rest: the account is not read again, and its quote still gets better."""
    scenario = lending_scenario(
        assets={
            "WETH": {
                "decimals": 18,
                "price": {"kind": "constant", "price_usd": 2_000},
                "shocks": [{"at_s": 24, "change_bps": -1_000}],
            },
            "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
        },
        population=explicit(borrower(100, 155_000)),
        agents={"k": keeper(min_profit_usd=1_000.0, funding="inventory", inventory_tokens=1_000_000)},
        clock={"blocks": 60},
    )
    main = scenario.lending["main"]
    terms = main.terms.model_copy(update={"bonus": FermentedBonus(kind="fermented")})
    lending = {"main": main.model_copy(update={"terms": terms})}
    with RevmChain() as chain:
        trace = launch(scenario.model_copy(update={"lending": lending}), chain, artifacts).run()
    marked = next(event.block for event in trace.events if event.name == "Marked")
    liquidated = [event.block for event in trace.events if event.name == "Liquidation"]
    assert liquidated
    # $1,000 on $77,500 after a tenth for the protocol and a resale at 2 % less: 3.7 %, at .1 % a block.
    assert 37 <= liquidated[0] - marked <= 39
    published = [event.block for event in trace.events if event.name == "RoundPushed"]
    assert max(published) <= marked
