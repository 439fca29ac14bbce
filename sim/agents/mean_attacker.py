"""The attacker over blocks: holds a price against arbitrage until a mean of it has moved, then borrows."""

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.agents.manipulation import MeanPlan, MeanTarget, mean_multiple
from sim.agents.outside import OutsideLeg
from sim.agents.venue_view import Price, VenueView
from sim.agents.views import view_of
from sim.protocols.call import Call
from sim.scenario.adversaries import MeanAttacker as MeanAttackerModel
from sim.scenario.feeds import PoolMeanFeed
from sim.units import BPS, E8
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

SLIPPAGE_BPS = 100
"""A purchase reverts that brings less than this below what was expected: then the price was not brought back."""
REACHED_BPS = 9_800
"""Share of the target at which a price counts as held."""
CAUTION_BPS = 9_990
"""Share of the highest loan that is asked for."""
TRANCHES = 4
"""Parts in which the loan is asked for beyond what the last mean allows: as much goes through as the next does."""


class MeanAttacker(Agent):
    """Chooses a rise and a number of blocks in closed form, pushes, holds, borrows, and sells what is left.

    Each block it buys back what arbitrage sold: the purchase is sized for a pool at the outside price, comes after
    the arbitrage, whose bid is higher, and reverts where there was none. The profit that is expected is that of
    `MeanTarget`. The market must believe a mean of the venue, else there is none to be had: a price that it
    believes at once is back, by arbitrage, before a second transaction can use it.
    """

    def __init__(self, name: str, model: MeanAttackerModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._venue = world.venues[model.venue]
        self._lending = world.lending[model.market]
        self._reserve = world.scenario.lending[model.market].reserves[self._venue.base]
        self._outside = OutsideLeg(world, self._venue.base, self._venue.quote)
        self._block_s = world.scenario.clock.block_time_s
        self._plan: MeanPlan | None = None
        self._fair: Price = (0, 1)
        self._held_blocks = 0
        self._finished = False

    def propose(self, observation: Observation) -> list[Action]:
        """Push or hold while the plan says so, then cash in once."""
        if self._finished or observation.time_s < self.model.not_before_s:
            return []
        if self._plan is None and not self._begin(observation):
            return []
        if self._reached(observation):
            self._held_blocks += 1
        if self._held_blocks >= self._plan.hold_blocks:
            if self._loans(observation)[0] > 0:
                return self._cash_in(observation)
            self._finished = True
            return self._sell_left(observation)
        return self._push(observation)

    def _begin(self, observation: Observation) -> bool:
        """Choose a plan; False where none pays and none is forced."""
        plan = self._best_plan(observation)
        pays = plan.profit * self._quote_usd(observation) > self.model.min_profit_usd
        if not pays:
            if not self.model.unprofitable_too:
                return False
            plan = MeanPlan(1 + self.model.forced_push_bps / BPS, self.model.forced_hold_blocks, plan.profit)
        self._plan = plan
        self._fair = self._outside.price(observation)
        return True

    def _best_plan(self, observation: Observation) -> MeanPlan:
        """In whole tokens of the venue's quote asset."""
        state, decimals = observation.venues[self._venue.name], self._venue.decimals
        window_blocks, mean = self._window()
        cash = observation.markets[self.model.market].reserves[self._venue.quote].cash
        target = MeanTarget(
            state.base_reserve / 10 ** decimals[self._venue.base],
            state.quote_reserve / 10 ** decimals[self._venue.quote],
            self._venue.fee_bps / BPS,
            window_blocks,
            mean,
            self._reserve.ltv_bps / BPS,
            cash / 10 ** decimals[self._venue.quote],
        )
        own = observation.balances[self.name].get(self._venue.quote, 0)
        own_tokens = own / 10 ** decimals[self._venue.quote]
        most = 1 + self.model.max_push_bps / BPS
        return target.best_plan(own_tokens, most, self.model.max_hold_blocks)

    def _window(self) -> tuple[float, str]:
        """Blocks over which the market's price is the mean of the venue's, and which mean; inf where it is not."""
        feed = self.world.scenario.feeds[self._venue.base]
        if isinstance(feed, PoolMeanFeed) and feed.venue == self._venue.name:
            return feed.window_s / self._block_s, feed.mean
        return inf, "arithmetic"

    def _quote_usd(self, observation: Observation) -> float:
        return observation.outside_e8[self._venue.quote] / E8

    def _multiple(self, observation: Observation) -> float:
        """The venue's price over that of the outside market when the attack began."""
        decimals = self._venue.decimals
        fair = self._fair[0] / self._fair[1] * 10.0 ** (decimals[self._venue.base] - decimals[self._venue.quote])
        return observation.venues[self._venue.name].spot_e8 / E8 / fair

    def _reached(self, observation: Observation) -> bool:
        return self._multiple(observation) >= self._plan.multiple * REACHED_BPS / BPS

    def _push(self, observation: Observation) -> list[Action]:
        """Buy up to the target, from where the price is or, where it was held, from where arbitrage takes it."""
        view = self._view(observation)
        if self._reached(observation):
            sold = view.sale_to_price(self._venue.base, self._fair)
            view.sell(self._venue.base, sold)
        numerator, denominator = self._fair
        # The last unit brings the target's reciprocal less the fee, in base per quote.
        scaled = round(self._plan.multiple * BPS)
        price = (denominator * (BPS - self._venue.fee_bps), numerator * scaled)
        amount = view.sale_to_price(self._venue.quote, price)
        amount = min(amount, observation.balances[self.name].get(self._venue.quote, 0))
        received = view.amount_out(self._venue.quote, amount)
        if not received:
            return []
        least = received * (BPS - SLIPPAGE_BPS) // BPS
        call = self._venue.swap_exact_in(self._venue.quote, amount, least, self._address)
        return [self._action(call, "push", "push", observation)]

    def _view(self, observation: Observation) -> VenueView:
        return view_of(self._venue, observation.venues[self._venue.name])

    def _loans(self, observation: Observation) -> tuple[int, int]:
        """What the market lends against all that was bought, in units of the quote asset.

        On the last block's mean, and on the next one's if the price was held to the end.
        """
        market = observation.markets[self.model.market]
        base, quote = market.reserves[self._venue.base], market.reserves[self._venue.quote]
        window_blocks, mean = self._window()
        share = 1 / max(window_blocks, 1)
        if mean == "geometric":
            following = base.price_e8 * mean_multiple(self._multiple(observation), share, mean)
        else:
            following = base.price_e8 + (self._multiple(observation) - 1) * share * self._fair_e8()
        own = observation.balances[self.name].get(self._venue.base, 0)
        decimals = self._venue.decimals
        tokens = own / 10 ** decimals[self._venue.base] * self._reserve.ltv_bps / BPS
        unit = 10 ** decimals[self._venue.quote] * CAUTION_BPS / BPS / quote.price_e8
        last, most = (min(int(tokens * price * unit), quote.cash) for price in (base.price_e8, following))
        return last, max(last, most)

    def _fair_e8(self) -> float:
        decimals = self._venue.decimals
        scale = 10.0 ** (decimals[self._venue.base] - decimals[self._venue.quote])
        return self._fair[0] / self._fair[1] * scale * E8

    def _cash_in(self, observation: Observation) -> list[Action]:
        """Supply what was bought and borrow against it."""
        self._finished = True
        own = observation.balances[self.name][self._venue.base]
        sure, most = self._loans(observation)
        amounts = [sure, *([(most - sure) // TRANCHES] * TRANCHES)]
        supply = self._lending.supply(self._venue.base, own, self._address)
        actions = [self._action(supply, "push", "supply", observation)]
        for i, amount in enumerate(amounts):
            if amount:
                borrow = self._lending.borrow(self._venue.quote, amount, self._address)
                actions.append(self._action(borrow, "attack", f"borrow/{i}", observation))
        return actions

    def _sell_left(self, observation: Observation) -> list[Action]:
        """Sell on the venue what brings more there than outside."""
        view = self._view(observation)
        own = observation.balances[self.name].get(self._venue.base, 0)
        amount = min(view.sale_to_price(self._venue.base, self._fair), own)
        if not view.amount_out(self._venue.base, amount):
            return []
        least = amount * self._fair[0] // self._fair[1]
        call = self._venue.swap_exact_in(self._venue.base, amount, least, self._address)
        return [self._action(call, "push", "sell", observation)]

    def _action(self, call: Call, intent: str, key: str, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei),
            key=key,
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "observed_block": observation.block,
                "venue": self._venue.name,
                "market": self.model.market,
                "expected_profit_usd": self._plan.profit * self._quote_usd(observation),
            },
        )
