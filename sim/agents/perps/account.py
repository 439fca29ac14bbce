"""One position on a perpetual market, in the cross account of whoever trades it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey
from sim.units import BPS, E8_DECIMALS, WAD_DECIMALS
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class InstrumentTrader(Agent):
    """Trades one instrument for itself. Sizes are wad, long above 0; values are units of quote."""

    def __init__(self, name: str, model: Any, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._market = world.perps[model.market]
        self._symbol: str = model.instrument
        self._instrument = self._market.model.instruments[self._symbol]
        self._key = PerpKey(self._address)
        self._unit = 10 ** (WAD_DECIMALS + E8_DECIMALS - self._market.quote_decimals)

    def _held_wad(self, observation: Observation) -> int:
        """Size of its position."""
        booked = observation.perps[self._market.name].positions.get(self._key)
        return booked.positions.get(self._symbol, (0, 0))[0] if booked else 0

    def _value_quote(self, size_wad: int, price_e8: int) -> int:
        """Value of a size at a price, rounded down."""
        return size_wad * price_e8 // self._unit

    def _size_wad(self, value_quote: int, price_e8: int) -> int:
        """Size without sign that is worth so much at a price, rounded down."""
        return value_quote * self._unit // price_e8

    def _fee_quote(self, traded_quote: int) -> int:
        """Fee of a trade that brings or costs so much."""
        return -(-abs(traded_quote) * self._instrument.trading_fee_bps // BPS)

    def _trade(self, size_delta_wad: int, limit_quote: int) -> tuple[Call, int] | None:
        """A trade for at least `limit_quote`, and what it would bring now before fees; None where it reverts."""
        call = self._market.trade(self._symbol, size_delta_wad, limit_quote)
        traded = self._market.preview_trade(call, self._address)
        return None if isinstance(traded, str) else (call, traded)

    def _action(
        self, call: Call, bid_gwei: float, intent: str, observation: Observation, **meta: object
    ) -> Action:
        """One action at a time: the next decision replaces one that waits."""
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=bid_gwei,
            key="trade",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "observed_block": observation.block,
                "market": self._market.name,
                "instrument": self._symbol,
                **meta,
            },
        )
