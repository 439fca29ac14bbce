"""The keeper of a market whose execution is a batch auction: opens lots, bids, clears, and sells what it gets."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.bidding import gas_of, inclusion_bid
from sim.agents.funding import Sight
from sim.agents.keeper import Keeper
from sim.protocols.batch_auction import BatchAuction, BatchLot
from sim.protocols.call import Call
from sim.scenario.actors import Keeper as KeeperModel
from sim.units import BPS, RAY, fee_usd
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

WINDOW_DISCOUNT_BPS = 100
"""Bids are this much lower than what collateral is worth in stock: its price may fall while a round collects bids,
and until it is withdrawn."""
OPENING_SHARE_BPS = 5_000
"""A lot is opened by who can put down at least this share of its debt."""


class BatchBidder(Keeper):
    """Opens lots that it can bid for, bids once a round for every lot, clears rounds, and withdraws its credits.

    A bid is for the whole lot, or as much of it as there is money for, at the fair price less the discounts of a
    sale and of the window, less the gas of its round. A lot is opened where that bid is above the first reserve
    price and the money reaches; the prospect of buying pays for that. Money put down is not spendable; refunds pay
    for the next bids, and are withdrawn when there is no lot to bid for.

    The money is put down for a whole round, so that no flash loan can bid: a keeper without an inventory does
    nothing here. With `buys` False a keeper opens every lot and clears every round as a service to the public,
    whatever gas costs up to its limit.

    With `unprofitable_too` it opens everything that it can pay for, and bids the market's own price.
    """

    def __init__(self, name: str, model: KeeperModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._sought: set[str] = set()
        self._is_owed = False

    @property
    def _auction(self) -> BatchAuction:
        return self._lending.execution

    def _decide(self, observation: Observation) -> list[Action]:
        market = observation.markets[self.model.market]
        if self._flash and self.model.buys:
            return []
        sight = self._look(observation)
        if not self.model.buys:
            return self._clears(sight) + self._opens(sight)
        actions = self._sales(sight)
        if not market.at_risk and not market.lots and not self._is_owed:
            return actions
        credits = {asset: self._auction.credit(self._address, asset) for asset in market.reserve_list}
        for asset, credit in credits.items():
            sight.spendable[asset] += 0 if asset in self._sought else credit
        actions += self._clears(sight)
        bids = self._bids(sight)
        opens = self._opens(sight)
        actions += bids + self._withdrawals(credits, sight) + opens
        self._is_owed = bool(market.lots or opens or any(credits.values()))
        return actions

    # Rounds

    def _clears(self, sight: Sight) -> list[Action]:
        """Clear rounds that hold a bid of its own, or a lot that it would bid for: the bid has its gas in it."""
        actions = []
        for lot in sight.market.lots:
            key = f"clear/{lot.lot_id}/{lot.round}"
            if key in self._decided or sight.observation.timestamp_s < lot.ends_at_s:
                continue
            is_mine = any(one.bidder == self._address for one in lot.bids)
            bid = self._fee_bid(sight)
            if bid is None or not (is_mine or not self.model.buys or self._limit_ray(lot, sight)):
                continue
            facts = {"lot": lot.lot_id, "account": self.world.role(lot.account), "round": lot.round}
            actions.append(self._action(self._auction.clear(lot), "clear_lot", bid, key, facts, sight))
        return actions

    def _bids(self, sight: Sight) -> list[Action]:
        """Bid for the lots with the most debt left first, while there is money."""
        actions: list[Action] = []
        running = [lot for lot in sight.market.lots if sight.observation.timestamp_s < lot.ends_at_s]
        for lot in sorted(running, key=lambda lot: (-sight.outside_usd(lot.debt, lot.debt_assets), lot.lot_id)):
            key = f"bid/{lot.lot_id}/{lot.round}"
            bidders = [one.bidder for one in lot.bids]
            if key in self._decided or self._address in bidders:
                continue
            action = self._bid_for_lot(lot, key, sight)
            if action is not None:
                actions.append(action)
        return actions

    def _fee_bid(self, sight: Sight) -> float | None:
        """What gets in; None where that is more than the keeper pays."""
        wanted = inclusion_bid(sight.observation, self.model.max_fee_gwei)
        return wanted if wanted >= sight.observation.inclusion_fee_gwei else None

    def _bid_for_lot(self, lot: BatchLot, key: str, sight: Sight) -> Action | None:
        deal, bid = self._deal(lot, sight), self._fee_bid(sight)
        if deal is None or bid is None:
            return None
        quantity, price_ray = deal
        call = self._auction.bid(lot, quantity, price_ray)
        sight.spendable[lot.debt] -= -(-quantity * price_ray // RAY)
        self._sought.add(lot.collateral)
        facts = {
            "lot": lot.lot_id,
            "account": self.world.role(lot.account),
            "collateral": lot.collateral,
            "debt": lot.debt,
            "quantity": quantity,
            "price_ray": price_ray,
        }
        return self._action(call, "bid_for_lot", bid, key, facts, sight)

    def _deal(self, lot: BatchLot, sight: Sight) -> tuple[int, int] | None:
        """Quantity and limit price of a bid; None where the lot takes none at that price, or money is short."""
        price_ray = self._limit_ray(lot, sight)
        least_ray = max(lot.reserve_ray, 1)
        if len(lot.bids) >= self._auction.max_bids:
            least_ray = max(least_ray, min(one.price_ray for one in lot.bids) + 1)
        if price_ray < least_ray:
            return None
        affordable = sight.spendable[lot.debt] * RAY // price_ray
        # No more than repays the debt at the bid's own price, were it the only one.
        needed = -(-lot.debt_assets * RAY // price_ray)
        quantity = max(min(lot.lot_assets, needed), lot.min_quantity)
        quantity = min(quantity, affordable)
        return (quantity, price_ray) if quantity >= lot.min_quantity else None

    def _limit_ray(self, lot: BatchLot, sight: Sight) -> int:
        """Most that this keeper pays per unit of the lot's collateral; 0: it does not pay for a round's gas."""
        if lot.collateral == lot.debt:
            return RAY
        if self.model.unprofitable_too:
            collateral_e8, debt_e8 = (sight.market.reserves[one].price_e8 for one in (lot.collateral, lot.debt))
            units = 10 ** sight.decimals[lot.debt], 10 ** sight.decimals[lot.collateral]
            return collateral_e8 * units[0] * RAY // (debt_e8 * units[1]) if debt_e8 else 0
        if not sight.pool.trades(lot.collateral, lot.debt):
            return 0
        numerator, denominator = sight.resale_price(lot.collateral, lot.debt)
        value_ray = numerator * RAY * (BPS - WINDOW_DISCOUNT_BPS) // (denominator * BPS)
        fee_gwei = inclusion_bid(sight.observation, self.model.max_fee_gwei)
        gas = sum(gas_of(call) for call in self._round_calls(lot))
        cost_usd = fee_usd(gas, fee_gwei, sight.observation.native_price_usd) + max(self.model.min_profit_usd, 0.0)
        worth_usd = sight.outside_usd(lot.debt, min(lot.lot_assets * value_ray // RAY, lot.debt_assets))
        if worth_usd <= cost_usd:
            return 0
        cost_bps = -int(-cost_usd * BPS // worth_usd)
        return value_ray * (BPS - min(cost_bps, BPS)) // BPS

    def _round_calls(self, lot: BatchLot) -> tuple[Call, ...]:
        """What buying costs in transactions: bid, clear, withdraw, and sell."""
        auction = self._auction
        return (
            auction.bid(lot, lot.lot_assets, 1),
            auction.clear(lot),
            auction.withdraw(lot.collateral, self._address),
            self._swap(lot.collateral, lot.lot_assets, 0),
        )

    # Lots

    def _opens(self, sight: Sight) -> list[Action]:
        """Open lots of the accounts with the largest debts, as far as the money reaches to bid for them."""
        accounts = sight.market.accounts
        waiting = [a for a in sight.market.at_risk if self._key(a) not in self._decided]
        waiting.sort(key=lambda account: -accounts[account].debt_base)
        actions: list[Action] = []
        for account in waiting:
            if len(actions) == self.model.max_liquidations_per_block:
                break
            action = self._open(account, sight)
            if action is not None:
                actions.append(action)
        return actions

    def _open(self, account: str, sight: Sight) -> Action | None:
        """Open the lot with the most debt."""
        lots = []
        for collateral, debt in self._pairs(sight.market.accounts[account], sight):
            if self.model.buys and not sight.spendable[debt]:
                continue
            lot = self._auction.preview_open(account, collateral, debt)
            if lot is not None:
                lots.append((sight.outside_usd(debt, lot.debt_assets), lot))
        if not lots:
            return None
        debt_usd, lot = max(lots, key=lambda one: one[0])
        deal = self._deal(lot, sight) if self.model.buys else (0, 0)
        if deal is None or (self.model.buys and not _reaches(deal, lot)):
            return None
        call = self._auction.open(account, lot.collateral, lot.debt)
        bid = self._fee_bid(sight)
        if bid is None or (self.model.buys and not self._pays(call, bid, debt_usd, sight)):
            return None
        sight.spendable[lot.debt] -= -(-deal[0] * deal[1] // RAY)
        facts = {"account": self.world.role(account), "collateral": lot.collateral, "debt": lot.debt}
        return self._action(call, "liquidate", bid, self._key(account), facts, sight)

    def _pays(self, call: Call, bid: float, debt_usd: float, sight: Sight) -> bool:
        """Whether the prospect of buying, a share of the debt, pays for opening a lot."""
        if self.model.unprofitable_too:
            return True
        prospect_usd = debt_usd * WINDOW_DISCOUNT_BPS / BPS
        return prospect_usd >= fee_usd(gas_of(call), bid, sight.observation.native_price_usd)

    # Credits

    def _withdrawals(self, credits: dict[str, int], sight: Sight) -> list[Action]:
        """Take out collateral at once, and money where no lot runs that it could pay for."""
        useful = {lot.debt for lot in sight.market.lots} - self._sought
        actions = []
        for asset, credit in credits.items():
            key = f"withdraw/{asset}"
            if not credit or key in self._decided or asset in useful:
                continue
            call = self._auction.withdraw(asset, self._address)
            bid = inclusion_bid(sight.observation, self.model.max_fee_gwei)
            cost_usd = fee_usd(gas_of(call), bid, sight.observation.native_price_usd)
            if sight.outside_usd(asset, credit) < cost_usd:
                continue
            if asset in self._sought:
                self._touch(asset, sight)
            facts = {"asset": asset, "amount": credit}
            actions.append(self._action(call, "withdraw_credit", bid, key, facts, sight))
        return actions


def _reaches(deal: tuple[int, int], lot: BatchLot) -> bool:
    """Whether a bid of (quantity, price) is for enough of a lot's debt to open it."""
    quantity, price_ray = deal
    return quantity * price_ray * BPS >= lot.debt_assets * RAY * OPENING_SHARE_BPS
