"""The arbitrageur: carries a venue's price and the outside market's towards each other."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import ProfitBid, expiry, gas_of
from sim.agents.outside import OutsideLeg
from sim.agents.venue_view import VenueView
from sim.agents.views import view_of
from sim.scenario.actors import Arbitrageur as ArbitrageurModel
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class Arbitrageur(Agent):
    """Trades on one venue until its marginal price, fee included, meets the outside market's after its own impact.

    The swap is sent from the agent's inventory; its twin on the outside market (`meta["outside"]`: the asset, and
    whether it is sold there) is the engine's to make for exactly the base amount that was swapped. The swap brings
    at least what the outside price before impact makes of its input, or reverts: what others did to the pool
    earlier in the block may cost the gas, not more.
    """

    def __init__(self, name: str, model: ArbitrageurModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._venue = world.venues[model.venue]
        self._outside = OutsideLeg(world, self._venue.base, self._venue.quote)
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)

    def propose(self, observation: Observation) -> list[Action]:
        """Sell the base asset in the pool where it is dear, buy it there where it is cheap."""
        venue = view_of(self._venue, observation.venues[self._venue.name])
        found = venue.arbitrage(self._outside, observation)
        if found is None:
            return []
        sell, wanted = found
        amount = min(wanted, observation.balances[self.name].get(sell, 0))
        if not amount:
            return []
        numerator, denominator = self._outside.price(observation)
        sells_base = sell == self._venue.base
        least = amount * numerator // denominator if sells_base else -(-amount * denominator // numerator)
        return self._trade(sell, amount, least, venue, observation)

    def _trade(
        self, sell: str, amount: int, least: int, venue: VenueView, observation: Observation
    ) -> list[Action]:
        """Propose to sell `amount` of `sell` on the venue if the round trip pays for its gas."""
        received = venue.amount_out(sell, amount)
        if not received or received < least:
            return []
        sells_outside = sell == self._venue.quote
        base_amount, quote_amount = (received, amount) if sells_outside else (amount, received)
        profit_usd = self._outside.profit_usd(base_amount, quote_amount, sells_outside, observation)
        call = self._venue.swap_exact_in(sell, amount, least, self._address)
        bid = self._bid.bid(profit_usd, gas_of(call), observation, float(self.rng.random()))
        if bid is None:
            return []
        return [
            Action(
                agent=self.name,
                sender=self._address,
                call=call,
                intent="arbitrage",
                max_fee_gwei=bid,
                key="arbitrage",
                expires_block=expiry(self.world.scenario, observation.block),
                meta={
                    "observed_block": observation.block,
                    "venue": self._venue.name,
                    "outside": {"asset": self._venue.base, "sells": sells_outside},
                    "expected_profit_usd": profit_usd,
                },
            )
        ]
