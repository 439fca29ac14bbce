"""The adversary that takes out of a perpetual market what one of its accounts wins from the other on paper."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.agents.views import view_of
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey
from sim.scenario.perps.agents import PaperProfitAttacker as PaperProfitAttackerModel
from sim.units import BPS, E8, WAD_DECIMALS, bps_mul_down, quantise
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

TAKEN_BPS = 9_800
"""Of what could be withdrawn when it was decided: the mark moves until it is in."""
PARTS = (1, 2, 4, 8, 16)
"""Where the market does not let it close a position at once, it closes the largest of these parts."""
Step = tuple[str, str, Call]
"""Intent, key and call."""


class PaperProfitAttacker(Agent):
    """Opens both positions, pushes a venue's price and holds it, withdraws whatever the mark allows, lets go.

    The long is in its cross account, the short in its isolated one, so that the market as a whole stands where it
    stood. While it holds it buys back what arbitrage sells against it, as long as its money lasts. Then it sells
    the spot, closes what it may close, and withdraws what is left; an account in debt is left to the market.
    """

    def __init__(
        self, name: str, model: PaperProfitAttackerModel, world: "World", rng: np.random.Generator
    ) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._market = world.perps[model.market]
        self._venue = world.venues[model.venue]
        self._symbol = model.instrument
        self._size = quantise(model.size_tokens, WAD_DECIMALS)
        self._margin = quantise(model.margin_tokens, self._market.quote_decimals)
        self._keys = PerpKey(self._address), PerpKey(self._address, self._symbol)
        self._target_e8 = 0
        self._pushed_block: int | None = None

    def propose(self, observation: Observation) -> list[Action]:
        """Open, push and withdraw, or let go."""
        if observation.time_s < self.model.not_before_s:
            return []
        if self._pushed_block is None:
            steps = self._opening(observation)
            if not steps:
                self._pushed_block = observation.block
                self._target_e8 = bps_mul_down(self._spot_e8(observation), BPS + self.model.push_bps)
        if self._pushed_block is not None:
            if observation.block < self._pushed_block + self.model.hold_blocks:
                steps = [*self._withdrawals(), *self._push(observation)]
            else:
                steps = [*self._letting_go(observation), *self._withdrawals()]
        bid = inclusion_bid(observation, self.model.max_fee_gwei)
        return [self._action(step, bid, observation) for step in steps]

    def _spot_e8(self, observation: Observation) -> int:
        return observation.venues[self._venue.name].spot_e8

    def _sizes(self, observation: Observation) -> tuple[int, int]:
        """Positions of both accounts."""
        positions = observation.perps[self._market.name].positions
        long, short = (
            positions[key].positions.get(self._symbol, (0, 0))[0] if key in positions else 0 for key in self._keys
        )
        return long, short

    def _opening(self, observation: Observation) -> list[Step]:
        """What is missing of both positions."""
        steps = []
        positions = observation.perps[self._market.name].positions
        for key, held, side in zip(self._keys, self._sizes(observation), (1, -1), strict=True):
            isolated = key.instrument is not None
            if key not in positions:
                deposit = self._market.deposit(self._margin, self._address, key.instrument)
                steps.append(("perp_trade", f"deposit/{side}", deposit))
            if not held:
                trade = self._market.trade(self._symbol, side * self._size, isolated=isolated)
                steps.append(("perp_trade", f"open/{side}", trade))
        return steps

    def _push(self, observation: Observation) -> list[Step]:
        """Buy spot until the venue is at the target."""
        view = view_of(self._venue, observation.venues[self._venue.name])
        decimals, quote = self._venue.decimals, self._market.quote
        price = 10 ** decimals[self._symbol] * E8, self._target_e8 * 10 ** decimals[quote]
        amount = min(view.sale_to_price(quote, price), observation.balances[self.name][quote])
        if amount <= 0 or not view.amount_out(quote, amount):
            return []
        return [("push", "push", self._venue.swap_exact_in(quote, amount, 0, self._address))]

    def _withdrawals(self) -> list[Step]:
        """All that both accounts may give up now, as far as the market has it."""
        steps = []
        left = self._market.read_totals().held_quote
        for key, state in zip(self._keys, self._market.read_accounts(self._keys), strict=True):
            if state is None:
                continue
            free = state.opening_quote - state.initial_quote
            amount = min(bps_mul_down(max(free, 0), TAKEN_BPS if state.initial_quote else BPS), left)
            call = self._market.withdraw(amount, self._address, key.instrument)
            if amount * BPS > self._margin and self._market.succeeds(call, self._address):
                left -= amount
                steps.append(("attack", f"withdraw/{key.instrument}", call))
        return steps

    def _letting_go(self, observation: Observation) -> list[Step]:
        """Sell the spot; close the positions that may be closed."""
        steps = []
        spot = observation.balances[self.name][self._symbol]
        if spot:
            steps.append(("push", "push", self._venue.swap_exact_in(self._symbol, spot, 0, self._address)))
        for key, held in zip(self._keys, self._sizes(observation), strict=True):
            call = self._closing(held, isolated=key.instrument is not None)
            if call is not None:
                steps.append(("perp_trade", f"close/{key.instrument}", call))
        return steps

    def _closing(self, held: int, isolated: bool) -> Call | None:
        """The largest part of a position that the market lets it close."""
        for parts in PARTS if held else ():
            call = self._market.trade(self._symbol, -(held // parts), isolated=isolated)
            if self._market.succeeds(call, self._address):
                return call
        return None

    def _action(self, step: Step, bid: float, observation: Observation) -> Action:
        intent, key, call = step
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=bid,
            key=key,
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "observed_block": observation.block,
                "market": self._market.name,
                "instrument": self._symbol,
                "venue": self._venue.name,
            },
        )
