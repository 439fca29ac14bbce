"""Those who hold spot against a short, and sell it when the short is gone."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.agents.perps.spot_leg import SpotLeg
from sim.protocols.perp_states import PerpKey
from sim.scenario.perps.traders import Hedgers
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class HedgingTraders(Agent):
    """Sells the spot of every member of a group whose short has become smaller than it, with one swap for each.

    A member acts `latency_blocks` after the difference was first seen, for what it is by then, and again in every
    block until the sale is in. Quotes count the sales of the members before it in the block. Nobody opens the
    short anew, and nobody adds margin.
    """

    def __init__(self, name: str, model: Hedgers, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._members = [(role, world.address(role)) for role in (f"{name}/{i}" for i in range(model.count))]
        quote = world.venues[model.venue].other(model.instrument)
        self._spot = SpotLeg(world, model.venue, model.instrument, quote, model.max_slippage_bps)
        self._since: dict[str, int] = {}

    def propose(self, observation: Observation) -> list[Action]:
        """One sale for each member that holds more spot than it is short."""
        excess = {}
        for role, address in self._members:
            units = self._excess_units(role, address, observation)
            if units > 0:
                excess[role, address] = units
        self._since = {role: self._since.get(role, observation.block) for role, _ in excess}
        view = self._spot.view(observation) if excess else None
        actions = []
        for (role, address), units in excess.items():
            if observation.block < self._since[role] + self.model.latency_blocks:
                continue
            call = self._spot.sale(units, view, address)
            if call is None:
                continue
            meta = {
                "observed_block": observation.block,
                "account": role,
                "market": self.model.market,
                "instrument": self.model.instrument,
                "venue": self.model.venue,
                "size": units,
            }
            actions.append(
                Action(
                    agent=self.name,
                    sender=address,
                    call=call,
                    intent="hedge_sale",
                    max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
                    key=f"hedge_sale/{role}",
                    expires_block=expiry(self.world.scenario, observation.block),
                    meta=meta,
                )
            )
        return actions

    def _excess_units(self, role: str, address: str, observation: Observation) -> int:
        """Spot that no short stands against, in units of the base asset."""
        booked = observation.perps[self.model.market].positions.get(PerpKey(address))
        size_wad = booked.positions.get(self.model.instrument, (0, 0))[0] if booked else 0
        spot = observation.balances[role].get(self.model.instrument, 0)
        return spot - self._spot.units(max(-size_wad, 0))
