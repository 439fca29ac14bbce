"""The protocol behind a staked token, where stake is lost."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.protocols.rates import StakingRate
from sim.scenario.rates import ExchangeRate
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class Slasher(Agent):
    """Takes what is lost off an asset's exchange rate, in the first block from its time on.

    That is the staking protocol's own report and no trade: it comes first, and outside of the competition.
    """

    def __init__(self, name: str, model: ExchangeRate, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._asset = name.removeprefix("rate-")
        self._rate = StakingRate(world.artifacts, world.rates[self._asset])
        self._left = sorted(model.slashings, key=lambda slashing: slashing.at_s)

    def propose(self, observation: Observation) -> list[Action]:
        """Propose what has come of age."""
        actions = []
        while self._left and self._left[0].at_s <= observation.time_s:
            slashing = self._left.pop(0)
            actions.append(
                Action(
                    agent=self.name,
                    sender=self.world.address("admin"),
                    call=self._rate.slash(slashing.loss_bps),
                    intent="environment",
                    max_fee_gwei=None,
                    key=f"slash/{slashing.at_s}",
                    meta={"asset": self._asset, "observed_block": observation.block},
                )
            )
        return actions
