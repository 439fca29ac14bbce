"""The attacker in one transaction: pushes a spot price with a flash loan and uses a market that believes it."""

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import ProfitBid, expiry, gas_of, inclusion_bid
from sim.protocols.call import Call
from sim.protocols.spot_push import ANY_LOSS, Push
from sim.scenario.adversaries import SpotAttacker as SpotAttackerModel
from sim.units import BPS, E8, amount_from_base_down, fee_usd, price_to_e8
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

FIRST_RISE = 1.05
RISE_STEP = 1.8
"""Rises that are tried: a geometric series, then the neighbourhood of the best."""
REFINEMENTS = 4
MAX_VICTIMS = 8
"""Accounts with the lowest health that one attack takes along."""


class SpotAttacker(Agent):
    """Simulates pushes of growing size on the chain as it is, and sends the most profitable one.

    Both ways round, to borrow against what the push made dear, and to liquidate those whom it made unhealthy. What
    does not pay in one state is not tried again until prices, reserves or cash have changed. With
    `unprofitable_too` it attacks in any case, by borrowing against what a push of the quote asset bought, its own
    money bearing the loss.
    """

    def __init__(self, name: str, model: SpotAttackerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._contract = world.spot_pushes[name]
        self._venue = world.venues[model.venue]
        self._reserves = world.scenario.lending[model.market].reserves
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)
        self._done = 0
        self._balances: dict[str, int] | None = None
        self._tried: tuple = ()

    def propose(self, observation: Observation) -> list[Action]:
        """Attack where it pays, until it has attacked often enough."""
        own = dict(observation.balances[self.name])
        if self._balances is not None and own != self._balances:
            self._done += 1
        self._balances = None
        if observation.time_s < self.model.not_before_s or self._done >= self.model.attacks:
            return []
        action = self._profitable(observation)
        if action is None and self.model.unprofitable_too:
            action = self._forced(observation)
        if action is None:
            return []
        self._balances = own
        return [action]

    def _profitable(self, observation: Observation) -> Action | None:
        state = self._state(observation)
        if state == self._tried:
            return None
        best: tuple[float, Push, int] | None = None
        for attack in self._attacks(observation):
            found = self._best_size(attack, observation)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        if best is None:
            self._tried = state
            return None
        profit_usd, attack, amount = best
        bid = self._bid.bid(profit_usd, gas_of(self._call(attack, amount)), observation, float(self.rng.random()))
        if bid is None:
            return None
        cost_usd = fee_usd(gas_of(self._call(attack, amount)), bid, observation.native_price_usd)
        least = self._units(attack.loan, cost_usd + self.model.min_profit_usd, observation)
        return self._action(self._call(replace(attack, min_profit=least), amount), bid, profit_usd, observation)

    def _forced(self, observation: Observation) -> Action:
        amount = self._size(self._venue.quote, 1 + self.model.forced_push_bps / BPS, observation)
        own = observation.balances[self.name].get(self._venue.quote, 0)
        attack = Push(self._venue.quote, max(amount - own, 0), own, True, (), ANY_LOSS)
        call = self._call(attack, amount)
        loss = self._contract.profit(call)
        return self._action(
            call,
            inclusion_bid(observation, self.model.max_fee_gwei),
            0.0 if loss is None else self._usd(attack.loan, loss, observation),
            observation,
        )

    def _state(self, observation: Observation) -> tuple:
        """What the outcome of an attack depends on."""
        venue, market = observation.venues[self._venue.name], observation.markets[self.model.market]
        pair = (self._venue.base, self._venue.quote)
        reserves = tuple((market.reserves[asset].price_e8, market.reserves[asset].cash) for asset in pair)
        return venue.base_reserve, venue.quote_reserve, reserves

    def _attacks(self, observation: Observation) -> Iterator[Push]:
        """Both assets, to borrow and to liquidate, as far as the market allows it; sizes are still open."""
        for loan in (self._venue.quote, self._venue.base):
            other = self._venue.other(loan)
            if self._reserves[loan].borrowable and self._reserves[other].ltv_bps:
                yield Push(loan, 0, 0, True)
            victims = self._victims(loan, other, observation)
            if victims:
                yield Push(loan, 0, 0, False, victims)

    def _victims(self, collateral: str, debt: str, observation: Observation) -> tuple[str, ...]:
        """Accounts that the push could make unhealthy, the weakest first."""
        market = observation.markets[self.model.market]
        held, owed = (market.reserve_list.index(asset) for asset in (collateral, debt))
        found = [
            (state.health_wad, address)
            for address, state in market.accounts.items()
            if state.supplied[held] and state.debt[owed] and address != self._contract.address
        ]
        return tuple(address for _, address in sorted(found)[:MAX_VICTIMS])

    def _best_size(self, attack: Push, observation: Observation) -> tuple[float, Push, int] | None:
        """The most profitable size of an attack: profit in USD, with the size filled in; None where none pays."""
        most = 1 + self.model.max_push_bps / BPS
        tried: dict[float, tuple[int, Push, int]] = {}
        rise = FIRST_RISE
        while rise <= most:
            self._try(attack, rise, observation, tried)
            rise = 1 + (rise - 1) * RISE_STEP
        step = RISE_STEP
        for _ in range(REFINEMENTS):
            if not tried:
                return None
            at = max(tried, key=lambda one: tried[one][0])
            step = sqrt(step)
            for near in (1 + (at - 1) / step, 1 + (at - 1) * step):
                if near <= most:
                    self._try(attack, near, observation, tried)
        profit, sized, amount = max(tried.values(), key=lambda one: one[0])
        profit_usd = self._usd(attack.loan, profit, observation)
        return (profit_usd, sized, amount) if profit > 0 else None

    def _try(
        self, attack: Push, rise: float, observation: Observation, tried: dict[float, tuple[int, Push, int]]
    ) -> None:
        amount = self._size(attack.loan, rise, observation)
        lender = observation.markets[self.model.lender or self.model.market]
        if amount == 0 or attack.loan not in lender.reserves or amount > lender.reserves[attack.loan].cash:
            return
        sized = replace(attack, flash=amount, min_profit=ANY_LOSS)
        profit = self._contract.profit(self._call(sized, amount))
        if profit is not None:
            tried[rise] = (profit, sized, amount)

    def _size(self, sell: str, rise: float, observation: Observation) -> int:
        """Units of `sell` that make the venue's other asset dearer by a factor, of a constant-product pool."""
        venue = observation.venues[self._venue.name]
        reserve = venue.base_reserve if sell == self._venue.base else venue.quote_reserve
        return int(reserve * (sqrt(rise) - 1))

    def _call(self, attack: Push, amount: int) -> Call:
        return self._contract.push(attack, amount)

    def _usd(self, asset: str, units: int, observation: Observation) -> float:
        return units / 10 ** self._venue.decimals[asset] * observation.outside_e8[asset] / E8

    def _units(self, asset: str, value_usd: float, observation: Observation) -> int:
        value = price_to_e8(max(value_usd, 0.0))
        return amount_from_base_down(value, self._venue.decimals[asset], observation.outside_e8[asset])

    def _action(self, call: Call, bid: float, profit_usd: float, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent="attack",
            max_fee_gwei=bid,
            key="attack",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "observed_block": observation.block,
                "venue": self._venue.name,
                "market": self.model.market,
                "expected_profit_usd": profit_usd,
            },
        )
