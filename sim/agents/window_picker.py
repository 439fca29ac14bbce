"""The adversary that picks prices out of the window of a pull feed."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry
from sim.protocols.call import Call
from sim.scenario.adversaries import WindowPicker as WindowPickerModel
from sim.units import BPS, E8, WAD, amount_from_base_down, value_base_down
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

SHARES = (1, 2, 4, 8, 16)
"""Parts of its capital that it considers, since a large purchase moves the venue."""
MAX_VICTIMS = 8
"""Liquidations that it tries in a block."""
ROUNDING_BPS = 1
"""Borrowed less than the limit: the pool rounds against it."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A round of the attack: units of the debt asset spent, collateral bought, and debt borrowed."""

    spent: int
    bought: int
    borrowed: int


class WindowPicker(Agent):
    """Keeps the reports that signers published within the window, and uses the best of them.

    To borrow, it buys collateral, supplies it, submits the report with the highest price that the feed accepts,
    and borrows all that this price allows, in one block. To liquidate, it submits the one with the lowest price
    and liquidates, with flash loans, whoever is healthy at the price that is published and would not be at that
    one. Where the feed demands increasing publish times, only reports younger than its newest round are left;
    where the window is narrow, only the last few blocks' are.
    """

    def __init__(self, name: str, model: WindowPickerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._lending, self._venue = world.lending[model.market], world.venues[model.venue]
        self._collateral, self._debt = self._venue.base, self._venue.quote
        self._feed = world.scenario.feeds[self._collateral]
        self._address = world.address(name)
        self._published: deque[tuple[int, int]] = deque()

    def propose(self, observation: Observation) -> list[Action]:
        """Attack where a pick pays; otherwise only remember what was published."""
        now_s = observation.timestamp_s
        while self._published and now_s - self._published[0][0] > self._feed.max_age_s:
            self._published.popleft()
        seen_e8 = self._feed.seen_e8(observation.outside_e8[self._collateral], observation.time_s)
        self._published.append((now_s, seen_e8))
        if observation.time_s < self.model.not_before_s:
            return []
        if self.model.uses == "liquidation":
            at_s, price_e8 = self._best(observation, -1)
            calls = self._liquidations(price_e8, at_s, observation)
        else:
            at_s, price_e8 = self._best(observation, 1)
            calls = self._loan(price_e8, at_s, observation)
        return [self._action(call, i, at_s, observation) for i, call in enumerate(calls)]

    def _loan(self, price_e8: int, at_s: int, observation: Observation) -> list[Call]:
        """Buy, supply, submit, borrow; nothing where that does not pay."""
        pick = self._sized(price_e8, observation)
        if pick is None:
            return []
        return [
            self._venue.swap_exact_in(self._debt, pick.spent, pick.bought, self._address),
            self._lending.supply(self._collateral, pick.bought, self._address),
            self.world.sources[self._collateral].push(price_e8, at_s),
            self._lending.borrow(self._debt, pick.borrowed, self._address),
        ]

    def _liquidations(self, price_e8: int, at_s: int, observation: Observation) -> list[Call]:
        """Submit, then liquidate half of the debt of whoever that price takes below health 1; maybe of nobody."""
        market = observation.markets[self.model.market]
        now_e8 = observation.feeds[self._collateral].price_e8
        if not price_e8 or not now_e8:
            return []
        at = self._lending.reserve_list.index(self._debt)
        victims = [
            (account, state.debt[at] // 2)
            for account, state in market.accounts.items()
            if state.debt[at] > 1 and state.health_wad * price_e8 // now_e8 < WAD <= state.health_wad
        ]
        if not victims:
            return []
        calls = [
            self._lending.flash_liquidate(self._collateral, self._debt, account, repay, self._venue, 0)
            for account, repay in victims[:MAX_VICTIMS]
        ]
        return [self.world.sources[self._collateral].push(price_e8, at_s), *calls]

    def _best(self, observation: Observation, sign: int) -> tuple[int, int]:
        """Publish time and price of the best report that would be accepted; (0, 0) where none would.

        `sign` is 1 where a high price is good, -1 where a low one is.
        """
        last_s = observation.sources[self._collateral].observed_at_s
        accepted = [
            report for report in self._published if not self._feed.require_increasing or report[0] > last_s
        ]
        return max(accepted, key=lambda report: sign * report[1], default=(0, 0))

    def _sized(self, price_e8: int, observation: Observation) -> Pick | None:
        """The round that pays most at a price of the collateral; None where none pays enough."""
        rounds = [self._round(price_e8, share, observation) for share in SHARES]
        best = max(rounds, key=lambda one: one.borrowed - one.spent)
        gain = value_base_down(
            max(best.borrowed - best.spent, 0),
            self.world.tokens[self._debt].decimals,
            observation.outside_e8[self._debt],
        )
        pays = gain / E8 >= self.model.min_profit_usd
        return best if pays or (self.model.unprofitable_too and price_e8) else None

    def _round(self, price_e8: int, share: int, observation: Observation) -> Pick:
        collateral, debt = self.world.tokens[self._collateral], self.world.tokens[self._debt]
        spent = observation.balances[self.name][self._debt] // share
        bought = self._venue.quote_exact_in(self._debt, spent) if spent else 0
        market = observation.markets[self.model.market]
        state = market.accounts[self._address]
        held = state.supplied[self._lending.reserve_list.index(self._collateral)] + bought
        reserve = self.world.scenario.lending[self.model.market].reserves[self._collateral]
        limit_base = value_base_down(held, collateral.decimals, price_e8) * reserve.ltv_bps // BPS
        room_base = max(limit_base - state.debt_base, 0) * (BPS - ROUNDING_BPS) // BPS
        price_debt_e8 = observation.feeds[self._debt].price_e8
        borrowed = amount_from_base_down(room_base, debt.decimals, price_debt_e8) if price_debt_e8 else 0
        return Pick(spent, bought, min(borrowed, market.reserves[self._debt].cash))

    def _action(self, call: Call, place: int, at_s: int, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent="attack",
            max_fee_gwei=self.model.max_fee_gwei,
            key=f"attack/{place}",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "asset": self._collateral,
                "observed_block": observation.block,
                "report_age_s": observation.timestamp_s - at_s,
            },
        )
