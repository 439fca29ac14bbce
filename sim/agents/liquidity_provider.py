"""The liquidity provider: leaves the pool when the price falls fast."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.market.falling import FallingPrice
from sim.scenario.providers import LiquidityProvider as LiquidityProviderModel
from sim.units import BPS, wad_div_down
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class LiquidityProvider(Agent):
    """Withdraws a share of its pool shares when the outside price fell by a threshold within a window.

    The price is the base asset's in the quote asset on the outside market. A withdrawal is proposed every block
    until its shares are gone, with a bid that follows the fee market up to `max_fee_gwei`. The next fall counts
    from there, and not before another window has passed.
    """

    def __init__(self, name: str, model: LiquidityProviderModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._venue = world.venues[model.venue]
        self._price = FallingPrice(model.window_s, model.withdraw_below_bps)
        self._quiet_until_s: int | None = None
        self._withdrawal: tuple[int, int] | None = None

    def propose(self, observation: Observation) -> list[Action]:
        """Start a withdrawal on a fall, and keep proposing it until it is done."""
        outside_e8 = observation.outside_e8
        price_wad = wad_div_down(outside_e8[self._venue.base], outside_e8[self._venue.quote])
        fell = self._price.fell(observation.time_s, price_wad)
        quiet = self._quiet_until_s is not None and observation.time_s < self._quiet_until_s
        if self._withdrawal is None and (not fell or quiet):
            return []
        held = self._venue.shares(self._address)
        if self._withdrawal is not None and held < self._withdrawal[0]:
            self._withdrawal = None
            return []
        if self._withdrawal is None:
            self._withdrawal = held, held * self.model.withdraw_share_bps // BPS
            self._quiet_until_s = observation.time_s + self.model.window_s
            self._price.forget()
        amount = self._withdrawal[1]
        if not amount:
            self._withdrawal = None
            return []
        return [
            Action(
                agent=self.name,
                sender=self._address,
                call=self._venue.remove_liquidity(amount, self._address),
                intent="withdraw_liquidity",
                max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
                key="withdraw",
                expires_block=expiry(self.world.scenario, observation.block),
                meta={"observed_block": observation.block, "venue": self._venue.name},
            )
        ]
