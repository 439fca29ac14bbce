"""Who tells a chain whether its sequencer works: somebody on the chain below it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.base import Agent
from sim.protocols.call import Call
from sim.world.action import Action
from sim.world.feeds.breakers import SEQUENCER_UPTIME
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class SequencerReporter(Agent):
    """Says `down` and then `up` in the first block after an outage.

    Messages from the chain below wait while the sequencer is down, and come in before anybody's transactions when
    it is back, outside of the competition: `down` with the time at which the outage began, `up` with the block's.
    """

    def __init__(self, name: str, model: Any, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._contract = world.artifacts["SequencerUptime"]
        self._left = sorted(world.scenario.block_space.outages, key=lambda outage: outage.at_s)

    def propose(self, observation: Observation) -> list[Action]:
        """Report outages that are over."""
        actions = []
        while self._left and self._left[0].at_s + self._left[0].for_s <= observation.time_s:
            outage = self._left.pop(0)
            since_s = self.world.start_s + outage.at_s
            actions += [
                self._action(False, since_s, f"down/{outage.at_s}", observation),
                self._action(True, observation.timestamp_s, f"up/{outage.at_s}", observation),
            ]
        return actions

    def _action(self, up: bool, changed_at_s: int, key: str, observation: Observation) -> Action:
        address = self.world.address(SEQUENCER_UPTIME)
        data = self._contract.encode("report", up, changed_at_s)
        return Action(
            agent=self.name,
            sender=self.world.address(self.name),
            call=Call("SequencerUptime", address, "report", (up,), data),
            intent="sequencer",
            max_fee_gwei=None,
            key=key,
            meta={"observed_block": observation.block},
        )
