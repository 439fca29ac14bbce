"""The seller: gets out of an asset, at any price."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.scenario.sellers import Seller as SellerModel
from sim.units import BPS, bps_mul_down, quantise
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class Seller(Agent):
    """Sells in every block what an even pace asks to be sold by then; what failed is sold with the next."""

    def __init__(self, name: str, model: SellerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._venue = world.venues[model.venue]
        self._total = quantise(model.tokens, world.tokens[model.asset].decimals)

    def propose(self, observation: Observation) -> list[Action]:
        """Sell what is due and not sold yet."""
        passed_s = observation.time_s - self.model.at_s
        due = self._total * min(max(passed_s, 0), self.model.over_s) // self.model.over_s
        held = observation.balances[self.name].get(self.model.asset, 0)
        amount = min(due - (self._total - held), held)
        if amount <= 0:
            return []
        quoted = self._venue.quote_exact_in(self.model.asset, amount)
        if not quoted:
            return []
        least = bps_mul_down(quoted, BPS - self.model.max_slippage_bps)
        return [
            Action(
                agent=self.name,
                sender=self._address,
                call=self._venue.swap_exact_in(self.model.asset, amount, least, self._address),
                intent="sell",
                max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
                key="sell",
                expires_block=expiry(self.world.scenario, observation.block),
                meta={"observed_block": observation.block, "venue": self._venue.name},
            )
        ]
