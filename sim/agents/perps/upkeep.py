"""Who looks after a perpetual market: records its mark, accrues funding, lets vaults unwind, passes on dues."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.call import Call
from sim.scenario.perps.market import PerpMarket as PerpModel
from sim.scenario.perps.stages import BackstopStage, DeleverageStage, FundStage
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

UPKEEP_MARGIN = 1.2
"""As reporters do: this multiple of the lowest fee that would be included."""


class PerpUpkeep(Agent):
    """Calls what is due, as of the latest block.

    Marks are recorded as soon as they can be. Funding is accrued, and dues are sent and passed on, every
    `upkeep_interval_s`: trades accrue funding anyway.
    """

    def __init__(self, name: str, model: PerpModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._market = world.perps[name.removeprefix("upkeep-")]
        self._last_s = 0
        self._poked_at_s: dict[str, int] = {}

    def propose(self, observation: Observation) -> list[Action]:
        """Everything that is due."""
        calls = [*self._every_block(observation)]
        if observation.time_s >= self._last_s + self.model.upkeep_interval_s:
            self._last_s = observation.time_s
            calls += self._now_and_then(observation)
        return [self._action(asset, what, call, observation) for asset, what, call in calls]

    def _every_block(self, observation: Observation) -> Iterator[tuple[str, str, Call]]:
        market = self._market
        for symbol in market.instruments:
            if self._mark_will_be_due(symbol, observation.timestamp_s):
                self._poked_at_s[symbol] = observation.timestamp_s
                yield symbol, f"mark/{symbol}", market.poke_mark(symbol)
        for stage in market.stages.values():
            if isinstance(stage.model, DeleverageStage) and stage.model.fill_price == "previous_mark":
                for symbol, state in observation.perps[market.name].instruments.items():
                    if state.mark_e8:
                        yield symbol, f"note/{symbol}", market.note_mark(symbol)
            if isinstance(stage.model, BackstopStage) and stage.model.home is None:
                for symbol in market.instruments:
                    if market.next_slice_wad(stage, symbol):
                        yield symbol, f"unwind/{stage.name}/{symbol}", market.unwind(stage, symbol)

    def _mark_will_be_due(self, symbol: str, timestamp_s: int) -> bool:
        """Whether the coming block may record: already now, or since the spacing since the last poke ends."""
        spaced_s = self._poked_at_s.get(symbol, timestamp_s) + self.model.instruments[symbol].mark.spacing_s
        return timestamp_s >= spaced_s or self._market.mark_is_due(symbol)

    def _now_and_then(self, observation: Observation) -> Iterator[tuple[str, str, Call]]:
        market = self._market
        for symbol in market.instruments:
            yield symbol, f"funding/{symbol}", market.accrue_funding(symbol)
        if market.read_totals().fund_dues_quote:
            yield market.quote, "dues", market.send_fund_dues()
        for stage in market.stages.values():
            if isinstance(stage.model, FundStage) and observation.balances[stage.role][market.quote]:
                yield market.quote, f"forward/{stage.name}", market.forward_dues(stage)

    def _action(self, asset: str, what: str, call: Call, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent="upkeep",
            max_fee_gwei=inclusion_bid(observation, self.model.upkeep_max_fee_gwei, UPKEEP_MARGIN),
            key=f"upkeep/{what}",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"asset": asset, "observed_block": observation.block},
        )
