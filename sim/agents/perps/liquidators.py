"""What those who liquidate on a perpetual market have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry
from sim.agents.delays import Delays
from sim.perp_trace import account_name
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey
from sim.world.action import Action
from sim.world.observation import Observation, PerpObservation

if TYPE_CHECKING:
    from sim.world.world import World


class PerpLiquidator(Agent):
    """Decides on one perpetual market, and submits `latency_blocks` later.

    Nothing is decided where getting in costs more than `max_fee_gwei`, nor on a purpose that is still on its way.
    """

    def __init__(self, name: str, model: Any, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._market = world.perps[model.market]
        self._decided = Delays(model.latency_blocks)

    def propose(self, observation: Observation) -> list[Action]:
        """Decide, and release what was decided `latency_blocks` ago."""
        self._decided.begin(observation.block)
        if observation.inclusion_fee_gwei <= self.model.max_fee_gwei:
            found = self._decide(observation.perps[self.model.market], observation)
            self._decided.hold(found, observation.block)
        return self._decided.release(observation.block)

    @abstractmethod
    def _decide(self, perp: PerpObservation, observation: Observation) -> list[Action]:
        """What to do on the market as it is."""

    def _at_risk(self, perp: PerpObservation) -> Iterator[tuple[PerpKey, str, int]]:
        """Positions of accounts below maintenance margin that nothing is on its way for: account, symbol, size."""
        for key in perp.at_risk:
            if self._key(key) not in self._decided:
                for symbol, (size_wad, _) in perp.positions[key].positions.items():
                    yield key, symbol, size_wad

    def _usd(self, amount_quote: int, observation: Observation) -> float:
        """Dollar value of an amount of quote at the outside price."""
        price = observation.outside_e8[self._market.quote] / 1e8
        return amount_quote / 10**self._market.quote_decimals * price

    def _account(self, key: PerpKey) -> str:
        return account_name(self.world.role(key.owner), key.instrument)

    def _key(self, key: PerpKey) -> str:
        """One action per account at a time: closing one position may be enough."""
        return f"liquidate/{self._account(key)}"

    def _action(
        self, call: Call, intent: str, bid: float, key: str, facts: dict[str, Any], observation: Observation
    ) -> Action:
        submitted = observation.block + self.model.latency_blocks
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=bid,
            key=key,
            expires_block=expiry(self.world.scenario, submitted),
            meta={"observed_block": observation.block, "market": self.model.market, **facts},
        )
