"""Those who give a virtual AMM its depth, and leave under stress."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.agents.nervous_provider import RealisedVolatility
from sim.scenario.perps.agents import PerpMarketMaker as PerpMarketMakerModel
from sim.units import BPS, WAD_DECIMALS, quantise
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class PerpMarketMaker(Agent):
    """Sets the depth of a virtual AMM by the volatility realised on the outside market.

    The depth falls to `calm_volatility_per_year` over the volatility, of what it is at the start, in steps of at
    least `step_bps`, and not below `least_depth_bps`. It comes back at once when volatility has not been above the
    calm one for `returns_after_s`. The curve's owner (`admin`) sends it; a depth that the contract refuses, since
    traders' net position is larger than the curve, is not set. The mid stays where it is.
    """

    def __init__(self, name: str, model: PerpMarketMakerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._owner = world.address("admin")
        self._market = world.perps[model.market]
        pricing = self._market.model.instruments[model.instrument].pricing
        self._whole_wad = quantise(pricing.depth_tokens, WAD_DECIMALS)
        self._volatility = RealisedVolatility(model.window_s)
        self._calm_since_s: int | None = None

    def propose(self, observation: Observation) -> list[Action]:
        """Take depth away as volatility rises, or bring it back once it has long been calm."""
        price = float(observation.outside_e8[self.model.instrument])
        ratio = self._volatility.after(observation.time_s, price) / self.model.calm_volatility_per_year
        if ratio > 1:
            self._calm_since_s = None
        elif self._calm_since_s is None:
            self._calm_since_s = observation.time_s
        depth_wad = self._market.read_curve(self.model.instrument).quote_wad
        wanted_bps = self._wanted_bps(-(-depth_wad * BPS // self._whole_wad), ratio, observation.time_s)
        if wanted_bps is None:
            return []
        call = self._market.set_depth(self.model.instrument, self._whole_wad * wanted_bps // BPS)
        if not self._market.succeeds(call, self._owner):
            return []
        return [
            Action(
                agent=self.name,
                sender=self._owner,
                call=call,
                intent="market_making",
                max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
                key="depth",
                expires_block=expiry(self.world.scenario, observation.block),
                meta={
                    "observed_block": observation.block,
                    "market": self._market.name,
                    "instrument": self.model.instrument,
                    "depth_bps": wanted_bps,
                },
            )
        ]

    def _wanted_bps(self, present_bps: int, ratio: float, time_s: int) -> int | None:
        """Another depth as a share of the whole; None: it stays."""
        model = self.model
        wanted_bps = BPS if ratio <= 1 else max(int(BPS / ratio), model.least_depth_bps)
        if present_bps - wanted_bps >= model.step_bps:
            return wanted_bps
        if present_bps >= BPS or self._calm_since_s is None or model.returns_after_s is None:
            return None
        return BPS if time_s - self._calm_since_s >= model.returns_after_s else None
