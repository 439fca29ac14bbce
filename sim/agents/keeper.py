"""The keeper: liquidates what pays, at a size and a fee bid that leave a profit."""

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import ProfitBid, expiry, gas_of, inclusion_bid
from sim.agents.delays import Delays
from sim.agents.funding import FlashFunding, Funding, InventoryFunding, Plan, Preview, Sight, UnprofitableFunding
from sim.agents.stock import SeizedStock
from sim.agents.views import view_of
from sim.protocols.base import AccountState, LiquidationQuote
from sim.protocols.call import Call
from sim.scenario.actors import Keeper as KeeperModel
from sim.units import BPS, UINT256_MAX, fee_usd
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

PATIENCE_BLOCKS = 25
"""Seized stock older than this is sold at any price, a clip a block."""
CLIP_BPS = 200
"""A clip of old stock, as a share of the venue's reserve: 2 % moves the spot price by 4 %."""


class Keeper(Agent):
    """Liquidates accounts with health below 1 in one market and sells what it seizes on one venue.

    Candidates are (account, collateral, debt), taken by their profit at the reserves left by what was planned
    before in the same block. Profits only fall as reserves are used up, so a candidate is valued exactly only when
    it stands first by an upper bound or by an older value. Each action bids a share of the profit (see
    `ProfitBid`); where getting in costs more than `max_fee_gwei` or leaves less than `min_profit_usd`, the keeper
    does nothing.

    A flash liquidation reverts on chain below the cost of its own gas at its bid (plus a negative
    `min_profit_usd`, not below zero): what happened before it in the block may cost the profit but not more.

    With `unprofitable_too` it repays all that is allowed of everything at risk from its inventory and sells what
    is seized in the next transaction, at any price.

    `latency_blocks` pass between a decision and its submission; an account is not decided on again meanwhile.
    """

    def __init__(self, name: str, model: KeeperModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._lending = world.lending[model.market]
        self._venue = world.venues[model.venue]
        self._decimals = {symbol: token.decimals for symbol, token in world.tokens.items()}
        self._flash = model.funding == "flash_loan" and not model.unprofitable_too
        self._funding = self._make_funding()
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)
        self._stock = SeizedStock()
        self._quotes: dict[str, tuple[AccountState, dict[tuple[str, str], LiquidationQuote]]] = {}
        self._decided = Delays(model.latency_blocks)

    def _make_funding(self) -> Funding:
        if self.model.unprofitable_too:
            kind = UnprofitableFunding
        else:
            kind = FlashFunding if self._flash else InventoryFunding
        return kind(self.model, self.world.scenario.lending[self.model.market], self._lending, self._venue)

    def propose(self, observation: Observation) -> list[Action]:
        """Decide on liquidations and sales, and release what was decided `latency_blocks` ago."""
        block = observation.block
        self._decided.begin(block)
        if not self._flash:
            self._stock.observe(block, observation.balances[self.name])
        if observation.inclusion_fee_gwei <= self.model.max_fee_gwei:
            self._decided.hold(self._decide(observation), block)
        return self._decided.release(block)

    def _decide(self, observation: Observation) -> list[Action]:
        market = observation.markets[self.model.market]
        if self._lending.quotes_age:
            self._quotes = {}
        self._quotes = {a: self._quotes[a] for a in market.at_risk if a in self._quotes}
        if not market.at_risk and self._flash:
            return []
        sight = self._look(observation)
        actions = [] if self._flash else self._sales(sight)
        for plan, bid in self._plans(sight):
            actions.extend(self._liquidation(plan, bid, sight))
        return actions

    def _look(self, observation: Observation) -> Sight:
        market = observation.markets[self.model.market]
        pool = view_of(self._venue, observation.venues[self.model.venue])
        if self._flash:
            spendable = self._lending.lendable(market.reserves)
        else:
            own = observation.balances[self.name]
            spendable = {a: max(own.get(a, 0) - self._stock.held(a), 0) for a in market.reserve_list}
        return Sight(observation, market, pool, spendable, self._decimals)

    def _plans(self, sight: Sight) -> list[tuple[Plan, float]]:
        """Choose liquidations greedily by profit, with their bids."""
        heap = self._candidates(sight)
        chosen: list[tuple[Plan, float]] = []
        taken: list[str] = []
        while heap and len(chosen) < self.model.max_liquidations_per_block:
            _, order, candidate, plan, valued_after = heappop(heap)
            account, collateral, debt = candidate
            if account in taken:
                continue
            if plan is None or valued_after < len(chosen):
                plan = self._funding.plan(account, collateral, debt, self._preview(*candidate, sight), sight)
                if plan is not None:
                    heappush(heap, (-plan.profit_usd, order, candidate, plan, len(chosen)))
                continue
            bid = self._bid_for(plan, sight)
            if bid is None:
                break
            self._funding.take(plan, sight)
            chosen.append((plan, bid))
            taken.append(account)
        return chosen

    def _candidates(self, sight: Sight) -> list[tuple]:
        """Every pair of every account at risk with a chance of profit, as a heap by its bound."""
        heap = []
        least = 0.0 if self.model.unprofitable_too else max(self.model.min_profit_usd, 0.0)
        for account in sight.market.at_risk:
            if self._key(account) in self._decided:
                continue
            state = sight.market.accounts[account]
            for collateral, debt in self._pairs(state, sight):
                bound_usd = self._funding.bound_usd(state, collateral, debt, sight)
                if bound_usd > least:
                    heap.append((-bound_usd, len(heap), (account, collateral, debt), None, 0))
        heapify(heap)
        return heap

    def _pairs(self, state: AccountState, sight: Sight) -> list[tuple[str, str]]:
        names = sight.market.reserve_list
        supplied = [name for name, amount in zip(names, state.supplied, strict=True) if amount]
        owed = [name for name, amount in zip(names, state.debt, strict=True) if amount]
        return [(c, d) for c in supplied for d in owed if c == d or sight.pool.trades(c, d)]

    def _preview(self, account: str, collateral: str, debt: str, sight: Sight) -> Preview:
        """Quotes of one pair; the full one is kept until the account is read again."""
        state = sight.market.accounts[account]
        kept = self._quotes.get(account)
        if kept is None or kept[0] is not state:
            kept = self._quotes[account] = (state, {})
        quotes = kept[1]

        def preview(repay: int) -> LiquidationQuote | None:
            if repay == UINT256_MAX and (collateral, debt) in quotes:
                return quotes[collateral, debt]
            quote = self._lending.preview_liquidation(collateral, debt, account, repay)
            if repay == UINT256_MAX and quote is not None:
                quotes[collateral, debt] = quote
            return quote

        return preview

    def _bid_for(self, plan: Plan, sight: Sight) -> float | None:
        if self.model.unprofitable_too:
            return inclusion_bid(sight.observation, self.model.max_fee_gwei)
        gas = self._funding.gas(plan, sight)
        if not self._flash and plan.collateral != plan.debt:
            gas += gas_of(self._swap(plan.collateral, plan.quote.seized, 0))
        return self._bid.bid(plan.profit_usd, gas, sight.observation, float(self.rng.random()))

    def _liquidation(self, plan: Plan, bid: float, sight: Sight) -> list[Action]:
        cost_usd = fee_usd(self._funding.gas(plan, sight), bid, sight.observation.native_price_usd)
        call = self._funding.call(plan, cost_usd + min(self.model.min_profit_usd, 0.0), sight)
        facts = {
            "account": self.world.role(plan.account),
            "collateral": plan.collateral,
            "debt": plan.debt,
            "expected_profit_usd": plan.profit_usd,
        }
        actions = [self._action(call, "liquidate", bid, self._key(plan.account), facts, sight)]
        if not self._flash:
            self._touch(plan.collateral, sight)
        if self.model.unprofitable_too and plan.collateral != plan.debt:
            swap = self._swap(plan.collateral, plan.quote.seized, 0)
            key = f"sell/{self.world.role(plan.account)}"
            actions.append(self._sale(swap, plan.collateral, bid, key, sight))
        return actions

    def _sales(self, sight: Sight) -> list[Action]:
        """Sell stock down to the fair price less a discount, and old stock at any price in clips."""
        actions = []
        for asset in (sight.pool.base, sight.pool.quote):
            held = self._stock.held(asset)
            key = f"sell/{asset}"
            if not held or key in self._decided:
                continue
            into = sight.pool.other(asset)
            price = sight.resale_price(asset, into)
            patient = sight.pool.largest_sale_at(asset, price)
            overdue = self._stock.held_since(asset, sight.observation.block - PATIENCE_BLOCKS)
            forced = (
                held if self.model.unprofitable_too else min(overdue, sight.pool.reserves[asset] * CLIP_BPS // BPS)
            )
            amount = min(max(patient, forced), held)
            least = 0 if amount > patient else amount * price[0] // price[1]
            bid = inclusion_bid(sight.observation, self.model.max_fee_gwei)
            call = self._swap(asset, amount, least)
            cost_usd = fee_usd(gas_of(call), bid, sight.observation.native_price_usd)
            out = sight.pool.amount_out(asset, amount)
            if out and sight.outside_usd(into, out) >= cost_usd:
                sight.pool.sell(asset, amount)
                self._touch(asset, sight)
                actions.append(self._sale(call, asset, bid, key, sight))
        return actions

    def _touch(self, asset: str, sight: Sight) -> None:
        last = expiry(self.world.scenario, sight.observation.block + self.model.latency_blocks)
        self._stock.touch(asset, last)

    def _swap(self, asset: str, amount: int, least: int) -> Call:
        return self._venue.swap_exact_in(asset, amount, least, self._address)

    def _sale(self, call: Call, asset: str, bid: float, key: str, sight: Sight) -> Action:
        facts = {"asset": asset, "venue": self._venue.name}
        return self._action(call, "sell_inventory", bid, key, facts, sight)

    def _key(self, account: str) -> str:
        return f"liquidate/{self.world.role(account)}"

    def _action(self, call: Call, intent: str, bid: float, key: str, facts: dict, sight: Sight) -> Action:
        block = sight.observation.block
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent=intent,
            max_fee_gwei=bid,
            key=key,
            expires_block=expiry(self.world.scenario, block + self.model.latency_blocks),
            meta={"observed_block": block, **facts},
        )
