"""Who looks after a perpetual market: records its mark, accrues funding, lets vaults unwind, passes on dues."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey, StageInfo
from sim.scenario.perps.market import PerpMarket as PerpModel
from sim.scenario.perps.stages import BackstopStage, DeleverageStage, FundStage, SocialiseStage
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

UPKEEP_MARGIN = 1.2
"""As reporters do: this multiple of the lowest fee that would be included."""


class PerpUpkeep(Agent):
    """Calls what is due, as of the latest block.

    Marks are recorded as soon as they can be. Funding is accrued, dues are sent and passed on, and stages are
    asked to cover bad debt, every `upkeep_interval_s`: trades accrue funding anyway.
    """

    def __init__(self, name: str, model: PerpModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._market = world.perps[name.removeprefix("upkeep-")]
        self._last_s = 0
        self._poked_at_s: dict[str, int] = {}
        self._unwound_at_s: dict[tuple[str, str], int] = {}

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
                yield from self._slices(stage, observation)

    def _slices(self, stage: StageInfo, observation: Observation) -> Iterator[tuple[str, str, Call]]:
        """Slices of a vault that the coming block may give back: already now, or as the interval ends."""
        held = observation.perps[self._market.name].positions.get(PerpKey(stage.address))
        for symbol in held.positions if held is not None else ():
            error = self._market.unwind_error(stage, symbol)
            ends_s = self._unwound_at_s.get((stage.name, symbol), 0) + stage.model.interval_s
            if error is None or (error == "SliceTooEarly" and observation.timestamp_s >= ends_s):
                self._unwound_at_s[stage.name, symbol] = observation.timestamp_s
                yield symbol, f"unwind/{stage.name}/{symbol}", self._market.unwind(stage, symbol)

    def _mark_will_be_due(self, symbol: str, timestamp_s: int) -> bool:
        """Whether the coming block may record: already now, or since the spacing since the last poke ends."""
        spaced_s = self._poked_at_s.get(symbol, self.world.start_s) + self.model.instruments[symbol].mark.spacing_s
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
        for symbol, state in observation.perps[market.name].instruments.items():
            if state.bad_debt_quote and self._can_cover(symbol, state.bad_debt_quote):
                yield symbol, f"bad-debt/{symbol}", market.resolve_bad_debt(symbol)

    def _can_cover(self, symbol: str, bad_debt_quote: int) -> bool:
        """Whether a stage would pay for some bad debt, and none refuse because it cannot pay for all of it."""
        market, pays = self._market, False
        for stage in market.stages.values():
            if isinstance(stage.model, FundStage | SocialiseStage):
                capacity = market.capacity_quote(stage, symbol)
                if isinstance(stage.model, FundStage) and stage.model.require_full and capacity < bad_debt_quote:
                    return False
                pays = pays or capacity > 0
        return pays

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
