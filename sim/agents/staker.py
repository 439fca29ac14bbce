"""Who has a stake in an insurance fund: it asks to leave, waits, and redeems what is left."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.call import Call
from sim.scenario.stakers import FundStaker as FundStakerModel
from sim.units import BPS
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World


class FundStaker(Agent):
    """Leaves a fund with all it has once a time has come, or its stake is worth less than a share of the start's.

    It decides once and does not come back. Where there is a cooldown, it asks to unstake, and redeems as soon as
    its window is open; one that closed before its redemption was in a block is asked for again.
    """

    def __init__(self, name: str, model: FundStakerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._fund = world.insurance[model.fund]
        self._at_start = self._fund.worth(self._fund.shares(self._address))
        self._leaves = False

    def propose(self, observation: Observation) -> list[Action]:
        """Ask to leave, or redeem, where that is the next thing to do."""
        shares = self._fund.shares(self._address)
        self._leaves = self._leaves or self._wants_out(shares, observation.time_s)
        if not (self._leaves and shares):
            return []
        call = self._next(shares, observation.timestamp_s)
        return [] if call is None else [self._action(call, observation)]

    def _wants_out(self, shares: int, time_s: int) -> bool:
        model = self.model
        if model.leave_at_s is not None and time_s >= model.leave_at_s:
            return True
        least = model.leave_below_bps
        return least is not None and self._fund.worth(shares) * BPS < least * self._at_start

    def _next(self, shares: int, timestamp_s: int) -> Call | None:
        """What a block at that time allows; None: it waits."""
        if not self._fund.has_cooldown:
            return self._fund.redeem(shares, self._address)
        asked, from_s, until_s = self._fund.unstake_request(self._address)
        if not asked or timestamp_s >= until_s:
            return self._fund.request_unstake(shares)
        return self._fund.redeem(min(asked, shares), self._address) if timestamp_s >= from_s else None

    def _action(self, call: Call, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent="withdraw_stake",
            max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
            key="withdraw",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"observed_block": observation.block, "fund": self._fund.name, "asset": self._fund.asset},
        )
