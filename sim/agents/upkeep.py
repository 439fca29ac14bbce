"""Who looks after the feeds that must be called from time to time."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.scenario.upkeep import Upkept
from sim.world.action import Action
from sim.world.observation import Observation
from sim.world.upkeep import is_due, poke_call

if TYPE_CHECKING:
    from sim.world.world import World

UPKEEP_MARGIN = 1.2
"""As reporters do: this multiple of the lowest fee that would be included."""


class FeedUpkeep(Agent):
    """Calls what is due of one stack of feeds, or of what a market puts around one, innermost first.

    What is due is asked of the chain as of the latest block: an action that another's in the same block makes
    possible, or that time alone does, waits for the next.
    """

    def __init__(self, name: str, model: Upkept, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._contracts = world.upkeep.get(model.path, [])

    def propose(self, observation: Observation) -> list[Action]:
        """Poke what is due."""
        return [
            Action(
                agent=self.name,
                sender=self._address,
                call=poke_call(self.world, one),
                intent="upkeep",
                max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei, UPKEEP_MARGIN),
                key=f"upkeep/{one.role}",
                expires_block=expiry(self.world.scenario, observation.block),
                meta={"asset": self.model.asset, "observed_block": observation.block},
            )
            for one in self._contracts
            if is_due(self.world, one)
        ]
