"""The venue's own bot: liquidates what nobody is paid for, with a ranking where one is needed."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.bidding import inclusion_bid
from sim.agents.perps.liquidators import PerpLiquidator
from sim.protocols.perp_states import Booked, PerpKey
from sim.scenario.perps.agents import Deleverager as DeleveragerModel
from sim.world.action import Action
from sim.world.observation import Observation, PerpObservation

if TYPE_CHECKING:
    from sim.world.world import World

FIRST_MARGIN = 1.05
"""Of the lowest fee that gets in: below every bid of keepers, whose liquidations thus come before."""
RAISE = 1.25
"""A ranking's gas grows with the book: the bid is raised by as much after every try that found no room."""
AHEAD = 3.0
"""With `plain_first`, what needs no ranking is bid for by this much more."""


class Deleverager(PerpLiquidator):
    """Liquidates positions that need a ranking, or that leave no fee, the largest first; with `all` every one.

    It looks at no profit. Its bid is what gets in, raised from try to try, at most `max_fee_gwei`.
    """

    def __init__(self, name: str, model: DeleveragerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._tried: dict[PerpKey, tuple[Booked, int]] = {}

    def _decide(self, perp: PerpObservation, observation: Observation) -> list[Action]:
        at_risk = sorted(self._at_risk(perp), key=lambda one: -self._size_usd(perp, one[1], one[2]))
        self._tried = {key: tried for key, tried in self._tried.items() if key in perp.accounts}
        actions: dict[PerpKey, Action] = {}
        for key, symbol, _ in at_risk:
            if len(actions) == self.model.max_per_block:
                break
            if key in actions:
                continue
            tries = self._tries(key, perp)
            action = self._liquidation(key, symbol, tries, observation)
            if action is not None:
                actions[key] = action
                self._tried[key] = perp.positions[key], tries + 1
        return list(actions.values())

    def _size_usd(self, perp: PerpObservation, symbol: str, size_wad: int) -> int:
        return abs(size_wad) * perp.instruments[symbol].mark_e8

    def _tries(self, key: PerpKey, perp: PerpObservation) -> int:
        """How often an account was tried since anything of it changed."""
        booked, tries = self._tried.get(key, (None, 0))
        return tries if booked == perp.positions[key] else 0

    def _liquidation(self, key: PerpKey, symbol: str, tries: int, observation: Observation) -> Action | None:
        """With a ranking where the plain one lacks it; None where that would fail, or a keeper is paid for it.

        Ranking costs most of a run's time, so that the first try is made without looking.
        """
        market = self._market
        plain = market.preview_liquidation(key, symbol, self._address)
        ranked = plain == "RankingMissing"
        if ranked and tries and isinstance(market.preview_liquidation(key, symbol, self._address, True), str):
            return None
        if not ranked and (isinstance(plain, str) or (plain.fee_quote and not self.model.all)):
            return None
        call = market.liquidate_ranked(key, symbol) if ranked else market.liquidate(key, symbol)
        margin = FIRST_MARGIN * RAISE**tries * (AHEAD if self.model.plain_first and not ranked else 1.0)
        bid = inclusion_bid(observation, self.model.max_fee_gwei, margin)
        facts = {"account": self._account(key), "instrument": symbol}
        return self._action(call, "deleverage" if ranked else "liquidate", bid, self._key(key), facts, observation)
