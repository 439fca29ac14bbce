"""The marker: lets the bonus of unhealthy accounts grow, and stops it once they are healthy."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.protocols.call import Call
from sim.scenario.lending.bonus import FermentedBonus
from sim.units import WAD
from sim.world.action import Action
from sim.world.observation import MarketObservation, Observation

if TYPE_CHECKING:
    from sim.world.world import World

MARKS_PER_BLOCK = 20
"""A block has room for some hundred marks; the rest come in the next ones, in the order of the accounts."""


class Marker(Agent):
    """Marks every account of a market that is below health 1, and clears marks of accounts that are back.

    Anyone may mark and nobody is paid for it; that somebody does is part of the design, like a feed's reporter.
    A mark that a congested block kept out, or that expired, is set anew.
    """

    def __init__(self, name: str, model: FermentedBonus, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._market = name.removeprefix("marker-")
        self._bonus = world.lending[self._market].moving_bonus
        self._marked_until_s: dict[str, int] = {}

    def propose(self, observation: Observation) -> list[Action]:
        """Read the marks of the accounts in question, and submit what is missing."""
        market = observation.markets[self._market]
        self._refresh(market, observation.timestamp_s)
        actions = []
        for account in market.at_risk:
            if account not in self._marked_until_s:
                actions.append(self._action(self._bonus.mark(account), "mark", account, observation))
        for account in self._marked_until_s:
            if market.accounts[account].health_wad >= WAD:
                actions.append(self._action(self._bonus.clear(account), "clear", account, observation))
        return actions[:MARKS_PER_BLOCK]

    def _refresh(self, market: MarketObservation, now_s: int) -> None:
        """Keep what is known to be marked; ask about the rest, and about those that may have been cleared."""
        known = {
            account: until_s
            for account, until_s in self._marked_until_s.items()
            if until_s > now_s and market.accounts[account].health_wad < WAD
        }
        asked = [account for account in (*market.at_risk, *self._marked_until_s) if account not in known]
        asked = list(dict.fromkeys(asked))
        for account, at_s in zip(asked, self._bonus.marked_at_s(asked), strict=True):
            if at_s and at_s + self.model.expiry_s > now_s:
                known[account] = at_s + self.model.expiry_s
        self._marked_until_s = known

    def _action(self, call: Call, intent: str, account: str, observation: Observation) -> Action:
        role = self.world.role(account)
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
            key=f"{intent}/{role}",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"account": role, "observed_block": observation.block},
        )
