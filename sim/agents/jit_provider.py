"""The just-in-time provider: depth that is there for one trade."""

from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import ProfitBid, expiry, gas_of, inclusion_bid
from sim.protocols.base import AccountState
from sim.protocols.call import Call
from sim.protocols.venue import VenueState
from sim.protocols.venues.concentrated import ConcentratedVenue
from sim.reference.concentrated import FEE_SCALE, position_liquidity_down
from sim.scenario.providers import JitProvider as JitProviderModel
from sim.units import BPS, E8
from sim.world.action import Action
from sim.world.observation import MarketObservation, Observation

if TYPE_CHECKING:
    from sim.world.world import World

LOG_TICK = log(1.0001)
LEAST_BPS = 9_000
"""Of either asset, least part that it still opens with: where the trade came first, the price has moved."""


class JitProvider(Agent):
    """Opens a narrow position around the price when it expects a large trade, and closes it blocks later.

    Its part of the trade's fee is what it earns; that the trade moves the price against it is what it pays. It
    bids for what it expects of the fee alone, by its share of the liquidity in range, and does not know who else
    comes. Its inventory is not rebalanced: a sale leaves it with more of the base asset, and the next position is
    as large as what it then has less of allows.
    """

    def __init__(self, name: str, model: JitProviderModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._venue: ConcentratedVenue = world.venues[model.venue]
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)
        self._open_since: int | None = None

    def propose(self, observation: Observation) -> list[Action]:
        """Close what has been open for long enough, or open a position for the trade to come."""
        held = {one.token_id: one.liquidity for one in self._venue.positions_of(self._address)}
        if held:
            return self._close(held, observation)
        self._open_since = None
        state = observation.venues[self._venue.name]
        if not state.spot_e8:
            return []
        trade_usd = max(self.liquidations_usd(observation), self.gap_trade_usd(state, observation))
        return self._open(trade_usd, observation) if trade_usd >= self.model.min_trade_usd else []

    # What it expects

    def liquidations_usd(self, observation: Observation) -> float:
        """Most that liquidations about to happen can bring to the venue (USD).

        Of every account at risk now, or as soon as the market's feeds are where the outside market is: the smaller
        of what it holds of the venue's assets and what it owes.
        """
        market = observation.markets.get(self.model.market)
        if market is None:
            return 0.0
        fall, limit = self._fall_to_come(observation), self.world.lending[self.model.market].health_limit_wad
        return sum(
            min(self._held_usd(market, account, observation), account.debt_base / E8)
            for account in market.accounts.values()
            if account.debt_base and account.health_wad * fall < limit
        )

    def _fall_to_come(self, observation: Observation) -> float:
        """By what factor the base asset in the quote asset will fall when the feeds follow; 1 if it will not."""
        reserves, outside_e8 = observation.markets[self.model.market].reserves, observation.outside_e8
        pair = self._venue.base, self._venue.quote
        if not all(asset in reserves and reserves[asset].price_e8 for asset in pair):
            return 1.0
        base, quote = (outside_e8[asset] / reserves[asset].price_e8 for asset in pair)
        return min(base / quote, 1.0)

    def _held_usd(self, market: MarketObservation, account: AccountState, observation: Observation) -> float:
        return sum(
            self._usd(asset, units, observation)
            for asset, units in zip(market.reserve_list, account.supplied, strict=True)
            if asset in (self._venue.base, self._venue.quote)
        )

    def gap_trade_usd(self, state: VenueState, observation: Observation) -> float:
        """Value of the trade that closes the gap to the outside price, where the gap is large enough (USD).

        Up to 2 %, the depth that a venue tells; a larger gap takes a larger trade than that.
        """
        if self.model.gap_bps is None:
            return 0.0
        outside = observation.outside_e8[self._venue.base] / observation.outside_e8[self._venue.quote]
        gap = state.spot_e8 / E8 / outside - 1
        if abs(gap) * BPS < self.model.gap_bps:
            return 0.0
        change_bps = max(min(round(-gap * BPS), 200), -200)
        return self._usd(self._venue.base, self._venue.depth(change_bps), observation)

    def _usd(self, asset: str, units: int, observation: Observation) -> float:
        return units / 10 ** self.world.tokens[asset].decimals * observation.outside_e8[asset] / E8

    # What it does

    def ticks(self) -> tuple[int, int]:
        """Ends of a position around the price: the next that it may have, at or beyond the half width."""
        spacing, tick = self._venue.spacing, self._venue.pool.tick
        width = ceil(log(1 + self.model.half_width_bps / BPS) / LOG_TICK)
        lowest, highest = self._venue.full_range
        lower, upper = (tick - width) // spacing, -(-(tick + width + 1) // spacing)
        return max(lower * spacing, lowest), min(upper * spacing, highest)

    def _open(self, trade_usd: float, observation: Observation) -> list[Action]:
        """Propose a position with all it has, if its part of the fee pays for both transactions."""
        venue, ticks = self._venue, self.ticks()
        own = observation.balances[self.name]
        amounts = own.get(venue.base, 0), own.get(venue.quote, 0)
        pair = venue.base_and_quote(amounts)
        liquidity = position_liquidity_down(venue.pool.sqrt_price_x96, *ticks, *pair)
        if not liquidity:
            return []
        taken = venue.position_amounts(ticks, liquidity, False)
        least = taken[0] * LEAST_BPS // BPS, taken[1] * LEAST_BPS // BPS
        share = liquidity / (liquidity + venue.pool.liquidity)
        call = venue.open_position(ticks, *amounts, self._address, least)
        gas = gas_of(call) + gas_of(venue.close({0: 1}, self._address))
        earned_usd = trade_usd * venue.fee / FEE_SCALE * share
        bid = self._bid.bid(earned_usd, gas, observation, float(self.rng.random()))
        return [] if bid is None else [self._action("add_liquidity", call, bid, observation)]

    def _close(self, held: dict[int, int], observation: Observation) -> list[Action]:
        if self._open_since is None:
            self._open_since = observation.block - 1
        if observation.block - self._open_since < self.model.hold_blocks:
            return []
        bid = inclusion_bid(observation, self.model.max_fee_gwei)
        return [self._action("withdraw_liquidity", self._venue.close(held, self._address), bid, observation)]

    def _action(self, intent: str, call: Call, bid_gwei: float, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=bid_gwei,
            key="position",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"observed_block": observation.block, "venue": self._venue.name},
        )
