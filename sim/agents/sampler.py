"""The sampler: keeps the volatility that a bonus follows up to date."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.scenario.lending.bonus import VolatilityBonus
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class Sampler(Agent):
    """Samples the feed of every collateral of a market whenever its latest round is an interval old.

    Anyone may and nobody is paid for it; that somebody does is part of the design, like a feed's reporter. What a
    congested block kept out is sent again.
    """

    def __init__(self, name: str, model: VolatilityBonus, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        market = name.removeprefix("sampler-")
        self._estimator = world.lending[market].moving_bonus
        reserves = world.scenario.lending[market].reserves
        self._assets = [asset for asset, reserve in reserves.items() if reserve.liquidation_threshold_bps]

    def propose(self, observation: Observation) -> list[Action]:
        """Sample what can be sampled now."""
        actions = []
        for asset in self._assets:
            call = self._estimator.poke(self.world.tokens[asset].address)
            if not self._estimator.would_succeed(call, self._address):
                continue
            actions.append(
                Action(
                    agent=self.name,
                    sender=self._address,
                    call=call,
                    intent="sample",
                    max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
                    key=f"sample/{asset}",
                    expires_block=expiry(self.world.scenario, observation.block),
                    meta={"asset": asset, "observed_block": observation.block},
                )
            )
        return actions
