"""Who keeps the cap of an exchange rate up to date."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import inclusion_bid
from sim.protocols.rates import CappedRate
from sim.scenario.feeds import RatioFeed
from sim.scenario.rates import SnapshotUpdate
from sim.units import WAD_DECIMALS, quantise
from sim.world.action import Action
from sim.world.feeds.reported import cap_role
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class RateSteward(Agent):
    """Sends every scheduled update once, in the first block from its time on, whether the cap takes it or not."""

    def __init__(self, name: str, model: RatioFeed, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        path = name.removeprefix("steward-")
        self._asset = next(stack.asset for stack in world.scenario.feed_stacks if stack.path == path)
        self._cap = CappedRate(world.artifacts, world.address(cap_role(path)))
        self._left = sorted(model.cap.updates, key=lambda update: update.at_s)

    def propose(self, observation: Observation) -> list[Action]:
        """Propose what has come of age."""
        actions = []
        while self._left and self._left[0].at_s <= observation.time_s:
            actions.append(self._action(self._left.pop(0), observation))
        return actions

    def _action(self, update: SnapshotUpdate, observation: Observation) -> Action:
        ratio = update.ratio
        if ratio is None:
            ratio = self.world.scenario.assets[self._asset].rate.ratio_at(observation.time_s - update.age_s)
        ratio_wad = quantise(ratio, WAD_DECIMALS)
        return Action(
            agent=self.name,
            sender=self.world.address(self.name),
            call=self._cap.update(ratio_wad, observation.timestamp_s - update.age_s),
            intent="requirements",
            max_fee_gwei=inclusion_bid(observation, None),
            key=f"update/{update.at_s}",
            meta={"asset": self._asset, "observed_block": observation.block},
        )
