"""The keeper of a market whose execution is a Dutch auction: starts, resets and buys what pays."""

from dataclasses import dataclass

from sim.agents.bidding import gas_of, inclusion_bid
from sim.agents.funding import Sight
from sim.agents.keeper import Keeper
from sim.protocols.auction import AuctionLot, DutchAuction
from sim.protocols.call import Call
from sim.units import BPS, RAY, UINT256_MAX, amount_from_base_down, fee_usd, price_to_e8
from sim.world.action import Action
from sim.world.observation import Observation

PROSPECT_BPS = 50
"""What starting or resetting is worth beside its reward, as a share of the debt: half of Maker's step of 1 %,
since who buys first after a step gains from nothing to all of it."""
LOOKS_PER_START = 3
"""Accounts looked at per start allowed in a block: where the throttle leaves no room, most of them are in vain."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase worth sending: up to `amount` units at `price_ray` at most; profit is before gas."""

    lot: AuctionLot
    amount: int
    price_ray: int
    sold: int
    paid: int
    profit_usd: float


class AuctionKeeper(Keeper):
    """Starts auctions of accounts below health 1, resets those that nobody can buy from, and buys what pays.

    It buys when the price at the coming block is below what the collateral brings: on the venue, in the same
    transaction and without money of its own (`flash_loan`: the auction hands over the collateral first), or at the
    fair price less a discount, from its inventory. The size is the most profitable one that the rule against dust
    allows. With little competition it is the first price that pays, whatever that is: there is no reserve price.

    A start or a reset pays its reward, as far as the auction's incentives go, and the prospect of buying. Fees are
    bid as in `Keeper`; for a start or a reset, as a share of the reward alone. With `buys` False the reward is all
    it is after.

    With `unprofitable_too` it starts everything and buys every lot, from the oracle's price down, as far as its
    inventory goes, and sells it in the next transaction, at any price.
    """

    @property
    def _auction(self) -> DutchAuction:
        return self._lending.execution

    def _decide(self, observation: Observation) -> list[Action]:
        market = observation.markets[self.model.market]
        if not market.at_risk and not market.lots and self._flash:
            return []
        sight = self._look(observation)
        actions = [] if self._flash else self._sales(sight)
        if self.model.buys:
            actions += self._takes(sight)
        rewards = _Incentives(self._auction)
        return actions + self._resets(sight, rewards) + self._starts(sight, rewards)

    # Purchases

    def _takes(self, sight: Sight) -> list[Action]:
        """Buy greedily by profit; a purchase is valued again at the reserves that those before it leave."""
        timestamp_s = sight.observation.timestamp_s
        found = []
        for lot in sight.market.lots:
            if f"take/{lot.lot_id}" in self._decided or self._auction.needs_reset(lot, timestamp_s):
                continue
            purchase = self._purchase(lot, sight)
            if purchase is not None:
                found.append(purchase)
        found.sort(key=lambda purchase: (-purchase.profit_usd, purchase.lot.lot_id))
        actions: list[Action] = []
        bought = 0
        for first_look in found:
            if bought == self.model.max_liquidations_per_block:
                break
            purchase = self._purchase(first_look.lot, sight)
            bid = None if purchase is None else self._bid_for_purchase(purchase, sight)
            if bid is not None:
                actions += self._take(purchase, bid, sight)
                bought += 1
        return actions

    def _purchase(self, lot: AuctionLot, sight: Sight) -> Purchase | None:
        """The most profitable purchase of a lot; None if none has a profit (or, without looking at it, money)."""
        if lot.collateral != lot.debt and not sight.pool.trades(lot.collateral, lot.debt):
            return None
        price_ray = self._auction.price_ray(lot, sight.observation.timestamp_s)
        if self.model.unprofitable_too and price_ray > self._oracle_ray(lot, sight):
            return None
        purchases = []
        for amount in dict.fromkeys((self._size(lot, price_ray, sight), UINT256_MAX)):
            deal = self._auction.purchase(lot, price_ray, amount) if amount else None
            if deal is None or not deal[0] or (not self._flash and deal[1] > sight.spendable[lot.debt]):
                continue
            profit_usd = self._profit_usd(lot, *deal, sight)
            purchases.append(Purchase(lot, amount, price_ray, *deal, profit_usd))
        best = max(purchases, key=lambda purchase: purchase.profit_usd, default=None)
        if best is None or (best.profit_usd <= 0 and not self.model.unprofitable_too):
            return None
        return best

    def _size(self, lot: AuctionLot, price_ray: int, sight: Sight) -> int:
        """Units that maximise the profit, whatever the rule against dust says."""
        if not price_ray:
            return lot.lot_assets
        if not self._flash:
            return min(lot.lot_assets, sight.spendable[lot.debt] * RAY // price_ray)
        if lot.collateral == lot.debt:
            return lot.lot_assets
        return min(sight.pool.sale_to_price(lot.collateral, (price_ray, RAY)), lot.lot_assets)

    def _profit_usd(self, lot: AuctionLot, sold: int, paid: int, sight: Sight) -> float:
        if lot.collateral == lot.debt:
            proceeds = sold
        elif self._flash:
            proceeds = sight.pool.amount_out(lot.collateral, sold)
        else:
            numerator, denominator = sight.resale_price(lot.collateral, lot.debt)
            proceeds = sold * numerator // denominator
        return sight.outside_usd(lot.debt, proceeds - paid)

    def _bid_for_purchase(self, purchase: Purchase, sight: Sight) -> float | None:
        if self.model.unprofitable_too:
            return inclusion_bid(sight.observation, self.model.max_fee_gwei)
        gas = gas_of(self._take_call(purchase, 0))
        if not self._flash and purchase.lot.collateral != purchase.lot.debt:
            gas += gas_of(self._swap(purchase.lot.collateral, purchase.sold, 0))
        return self._bid.bid(purchase.profit_usd, gas, sight.observation, float(self.rng.random()))

    def _take_call(self, purchase: Purchase, least: int) -> Call:
        lot, amount, price_ray = purchase.lot, purchase.amount, purchase.price_ray
        if self._flash:
            return self._auction.flash_take(lot, amount, price_ray, self._venue, least)
        return self._auction.take(lot, amount, price_ray, self._address)

    def _take(self, purchase: Purchase, bid: float, sight: Sight) -> list[Action]:
        lot = purchase.lot
        cost_usd = fee_usd(gas_of(self._take_call(purchase, 0)), bid, sight.observation.native_price_usd)
        cost_usd = max(cost_usd + min(self.model.min_profit_usd, 0.0), 0.0)
        price_e8 = sight.observation.outside_e8[lot.debt]
        value_base = price_to_e8(cost_usd)
        least = amount_from_base_down(value_base, sight.decimals[lot.debt], price_e8) + bool(value_base)
        facts = {
            "lot": lot.lot_id,
            "account": self.world.role(lot.account),
            "collateral": lot.collateral,
            "debt": lot.debt,
            "expected_profit_usd": purchase.profit_usd,
        }
        call = self._take_call(purchase, least)
        actions = [self._action(call, "buy_lot", bid, f"take/{lot.lot_id}", facts, sight)]
        sells_now = self._flash or self.model.unprofitable_too
        if not self._flash:
            sight.spendable[lot.debt] -= purchase.paid
            self._touch(lot.collateral, sight)
        if sells_now and lot.collateral != lot.debt:
            sight.pool.sell(lot.collateral, purchase.sold)
        if self.model.unprofitable_too and lot.collateral != lot.debt:
            swap = self._swap(lot.collateral, purchase.sold, 0)
            actions.append(self._sale(swap, lot.collateral, bid, f"sell/lot-{lot.lot_id}", sight))
        return actions

    def _oracle_ray(self, lot: AuctionLot, sight: Sight) -> int:
        """The market's own price of a lot's collateral in its debt, as lots are priced; 0 where it has none."""
        collateral_e8, debt_e8 = (sight.market.reserves[asset].price_e8 for asset in (lot.collateral, lot.debt))
        if not collateral_e8 or not debt_e8:
            return 0
        units = 10 ** sight.decimals[lot.debt], 10 ** sight.decimals[lot.collateral]
        return collateral_e8 * units[0] * RAY // (debt_e8 * units[1])

    # Starts and resets

    def _resets(self, sight: Sight, rewards: "_Incentives") -> list[Action]:
        actions: list[Action] = []
        for lot in sight.market.lots:
            key = f"reset/{lot.lot_id}"
            if len(actions) == self.model.max_liquidations_per_block:
                break
            if key in self._decided or not self._auction.needs_reset(lot, sight.observation.timestamp_s):
                continue
            price_ray = self._oracle_ray(lot, sight)
            if not price_ray:
                continue
            unit, debt_e8 = 10 ** sight.decimals[lot.debt], sight.market.reserves[lot.debt].price_e8
            offered = self._auction.reset_reward(lot, price_ray, unit, debt_e8)
            call = self._auction.reset(lot, self._address)
            reward = rewards.payable(lot.debt, offered)
            bid = self._bid_for_reward(call, lot.debt, reward, lot.tab_rad // RAY, sight)
            if bid is not None:
                rewards.pay(lot.debt, reward)
                facts = {"lot": lot.lot_id, "account": self.world.role(lot.account), "reward": reward}
                actions.append(self._action(call, "reset_lot", bid, key, facts, sight))
        return actions

    def _starts(self, sight: Sight, rewards: "_Incentives") -> list[Action]:
        """Start auctions of the accounts with the largest debts."""
        accounts = sight.market.accounts
        waiting = [a for a in sight.market.at_risk if self._key(a) not in self._decided]
        waiting.sort(key=lambda account: -accounts[account].debt_base)
        actions: list[Action] = []
        most = self.model.max_liquidations_per_block
        for account in waiting[: most * LOOKS_PER_START]:
            if len(actions) == most:
                break
            action = self._start(account, sight, rewards)
            if action is not None:
                actions.append(action)
        return actions

    def _start(self, account: str, sight: Sight, rewards: "_Incentives") -> Action | None:
        """Start with the pair that takes over the most debt."""
        quotes = []
        for collateral, debt in self._pairs(sight.market.accounts[account], sight):
            quote = self._auction.preview_start(account, collateral, debt)
            if quote is not None:
                value_usd = sight.outside_usd(debt, quote.debt_assets)
                quotes.append((value_usd, collateral, debt, quote))
        if not quotes:
            return None
        _, collateral, debt, quote = max(quotes, key=lambda one: one[0])
        call = self._auction.start(account, collateral, debt, self._address)
        reward = rewards.payable(debt, quote.reward)
        bid = self._bid_for_reward(call, debt, reward, quote.debt_assets, sight)
        if bid is None:
            return None
        rewards.pay(debt, reward)
        facts = {
            "account": self.world.role(account),
            "collateral": collateral,
            "debt": debt,
            "reward": reward,
        }
        return self._action(call, "liquidate", bid, self._key(account), facts, sight)

    def _bid_for_reward(self, call: Call, debt: str, reward: int, owed: int, sight: Sight) -> float | None:
        """Bid a share of a reward; what gets in, where it is the prospect of buying that pays."""
        observation = sight.observation
        if self.model.unprofitable_too:
            return inclusion_bid(observation, self.model.max_fee_gwei)
        gas, jitter = gas_of(call), float(self.rng.random())
        reward_usd = sight.outside_usd(debt, reward)
        prospect_usd = sight.outside_usd(debt, owed) * PROSPECT_BPS / BPS if self.model.buys else 0.0
        if self._bid.bid(reward_usd + prospect_usd, gas, observation, jitter) is None:
            return None
        bid = self._bid.bid(reward_usd, gas, observation, jitter)
        return inclusion_bid(observation, self.model.max_fee_gwei) if bid is None else bid


class _Incentives:
    """What an auction can still pay in rewards, read once per asset, less what is already counted on."""

    def __init__(self, auction: DutchAuction) -> None:
        self._auction = auction
        self._left: dict[str, int] = {}

    def payable(self, debt: str, reward: int) -> int:
        """Part of a reward that would be paid."""
        if debt not in self._left:
            self._left[debt] = self._auction.incentives(debt)
        return min(reward, self._left[debt])

    def pay(self, debt: str, reward: int) -> None:
        """Count on a reward."""
        self._left[debt] -= reward
