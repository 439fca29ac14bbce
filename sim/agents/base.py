"""The contract between an agent and the engine."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class Agent(ABC):
    """Reads an observation, proposes actions; never executes and never touches another agent.

    Parameters
    ----------
    name
        Its key in the scenario; also its role.
    model
        Its part of the scenario.
    world
        Handles for building calls and for quotes. Agents use only its reads.
    rng
        A stream of its own, spawned by name.
    """

    def __init__(self, name: str, model: Any, world: "World", rng: np.random.Generator) -> None:
        self.name = name
        self.model = model
        self.world = world
        self.rng = rng

    @abstractmethod
    def propose(self, observation: Observation) -> list[Action]:
        """Actions for the coming block, with their fee bids."""
