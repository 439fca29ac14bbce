"""The supplier: lends, and leaves when a bound is crossed."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.base import ReserveState
from sim.scenario.actors import Supplier as SupplierModel
from sim.units import BPS
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

DUST_SHARE = 10_000
"""What accrues on the way out is left behind: less than this part of the supply is worth no transaction."""


class Supplier(Agent):
    """Withdraws a share of its supply once a time has come, or utilisation or deficit crossed a bound.

    It takes what cash there is, block after block, until its share is out: where cash is short it is a run, and
    every repayment or liquidation that brings cash lets it take more. It decides once and does not come back.
    """

    def __init__(self, name: str, model: SupplierModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._lending = world.lending[model.market]
        self._at = self._lending.reserve_list.index(model.asset)
        self._keep: int | None = None
        self._dust = 0
        self._done = False

    def propose(self, observation: Observation) -> list[Action]:
        """Start leaving when a bound is crossed, and keep withdrawing until the share is out."""
        reserve = observation.markets[self.model.market].reserves[self.model.asset]
        if self._done or (self._keep is None and not self._wants_out(reserve, observation.time_s)):
            return []
        held = self._lending.read_accounts([self._address])[0].supplied[self._at]
        if self._keep is None:
            self._keep = held * (BPS - self.model.withdraw_share_bps) // BPS
            self._dust = held // DUST_SHARE
        wanted = held - self._keep
        self._done = wanted <= self._dust
        amount = min(wanted, reserve.cash)
        if self._done or amount <= 0:
            return []
        return [
            Action(
                agent=self.name,
                sender=self._address,
                call=self._lending.withdraw(self.model.asset, amount, self._address),
                intent="withdraw_supply",
                max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
                key="withdraw",
                expires_block=expiry(self.world.scenario, observation.block),
                meta={
                    "observed_block": observation.block,
                    "market": self._lending.name,
                    "asset": self.model.asset,
                },
            )
        ]

    def _wants_out(self, reserve: ReserveState, time_s: int) -> bool:
        model = self.model
        if model.leave_at_s is not None and time_s >= model.leave_at_s:
            return True
        lent_bps, deficit_bps = model.leave_above_utilisation_bps, model.leave_above_deficit_bps
        if lent_bps is not None and reserve.total_debt * BPS > lent_bps * (reserve.total_debt + reserve.cash):
            return True
        return deficit_bps is not None and reserve.deficit * BPS > deficit_bps * reserve.total_supplied
