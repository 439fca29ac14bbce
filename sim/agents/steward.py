"""The steward: keeps requirements that move in step with what they follow, and makes the owner's changes."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.call import Call
from sim.scenario.actors import RequirementChange
from sim.scenario.actors import Steward as StewardModel
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class Steward(Agent):
    """Samples volatility, updates haircuts and makes changes in one market.

    At every multiple of its interval it proposes, for each asset whose requirements move, a sample and then an
    update, as far as they would succeed now, and goes on every block until neither would: a transaction that found
    no space is sent again. A change is sent by the market's owner from its time on until it is in force; meanwhile
    that asset is not updated.
    """

    def __init__(self, name: str, model: StewardModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._owner = world.address("admin")
        self._reserves = world.scenario.lending[model.market].reserves
        self._rules = world.lending[model.market].risk_rules
        moving = world.scenario.lending[model.market].moving
        self._assets = moving.followed(self._reserves)
        self._changes = sorted(model.changes, key=lambda change: change.at_s)
        self._rounds = -1
        self._due: tuple[str, ...] = ()

    def propose(self, observation: Observation) -> list[Action]:
        """Propose changes that are due, then samples and updates."""
        changes = self._changes_due(observation.time_s)
        actions = [
            self._action(self._change(change), self._owner, f"change/{change.asset}", observation)
            for change in changes.values()
        ]
        rounds = observation.time_s // self.model.interval_s
        if rounds != self._rounds:
            self._rounds, self._due = rounds, self._assets
        waiting = []
        for asset in self._due:
            calls = [] if asset in changes else self._upkeep(asset)
            if calls or asset in changes:
                waiting.append(asset)
            actions += [
                self._action(call, self._address, f"{call.function}/{asset}", observation) for call in calls
            ]
        self._due = tuple(waiting)
        return actions

    def _changes_due(self, time_s: int) -> dict[str, RequirementChange]:
        """By asset, the first change that has come of age and is not in force; what is in force is dropped."""
        due: dict[str, RequirementChange] = {}
        left = []
        for change in self._changes:
            if change.at_s > time_s or change.asset in due:
                left.append(change)
                continue
            ltv_bps, _, heading_bps = self._rules.moving.haircut(self.world.tokens[change.asset].address)
            if (ltv_bps, heading_bps) != self._haircuts(change):
                due[change.asset] = change
                left.append(change)
        self._changes = left
        return due

    def _haircuts(self, change: RequirementChange) -> tuple[int, int]:
        """What a change takes off the reserve's LTV and threshold, in bps."""
        reserve = self._reserves[change.asset]
        threshold_bps = reserve.liquidation_threshold_bps - change.liquidation_threshold_bps
        return (threshold_bps if change.ltv_bps is None else reserve.ltv_bps - change.ltv_bps), threshold_bps

    def _change(self, change: RequirementChange) -> Call:
        token = self.world.tokens[change.asset].address
        return self._rules.moving.set_haircut(token, *self._haircuts(change), change.ramp_s)

    def _upkeep(self, asset: str) -> list[Call]:
        """Sample and update, where they would succeed; nothing where there is nothing to follow."""
        estimator, moving = self._rules.estimator, self._rules.moving
        if estimator is None:
            return []
        token = self.world.tokens[asset].address
        poke, update = estimator.poke(token), moving.update(token)
        calls = [poke] if estimator.would_succeed(poke, self._address) else []
        return calls + ([update] if moving.would_succeed(update, self._address) else [])

    def _action(self, call: Call, sender: str, key: str, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=sender,
            call=call,
            intent="requirements",
            max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
            key=key,
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"observed_block": observation.block},
        )
