"""The keeper of a market whose execution is a backstop: absorbs accounts, and buys what pays."""

from dataclasses import dataclass

from sim.agents.bidding import gas_of, inclusion_bid
from sim.agents.funding import Sight
from sim.agents.keeper import Keeper
from sim.protocols.backstop import Backstop, BackstopStock
from sim.protocols.call import Call
from sim.units import BPS, RAY, amount_from_base_down, fee_usd, price_to_e8
from sim.world.action import Action
from sim.world.observation import Observation

PROSPECT_BPS = 2_500
"""What absorbing is worth, as a share of the discount on the collateral that it puts up for sale: absorbers are
not paid, and anybody may buy."""
LOOKS_PER_ABSORPTION = 3
"""Accounts looked at per absorption allowed in a block: some cannot be absorbed for want of cash."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase worth sending: `amount` offered buys `sold` units for `paid`; profit is before gas."""

    stock: BackstopStock
    amount: int
    sold: int
    paid: int
    profit_usd: float


class Absorber(Keeper):
    """Absorbs accounts below health 1, those with the largest debts first, and buys from the backstop's stock.

    It buys when the discounted price is below what the collateral brings: on the venue, in the same transaction
    and with a flash loan of the market itself (`flash_loan`), or at the fair price less a discount, from its
    inventory. Absorbing is not paid: it is worth a part of the discount to who wants to buy, and nothing is
    absorbed where gas costs more. Fees are bid as in `Keeper`; for an absorption, what gets in. With `buys` False
    it absorbs as a service to the public, whatever gas costs up to its limit.

    With `unprofitable_too` it absorbs everything, buys all that its inventory reaches for, at any price, and sells
    it in the next transaction.
    """

    @property
    def _backstop(self) -> Backstop:
        return self._lending.execution

    def _decide(self, observation: Observation) -> list[Action]:
        market = observation.markets[self.model.market]
        if not market.at_risk and not market.lots and self._flash:
            return []
        sight = self._look(observation)
        actions = [] if self._flash else self._sales(sight)
        if self.model.buys:
            actions += self._purchases(sight)
        return actions + self._absorptions(sight)

    # Purchases

    def _purchases(self, sight: Sight) -> list[Action]:
        """One purchase per stock, the most profitable first."""
        found = []
        for stock in sight.market.lots:
            if f"buy/{stock.debt}/{stock.collateral}" not in self._decided:
                purchase = self._purchase(stock, sight)
                if purchase is not None:
                    found.append(purchase)
        found.sort(key=lambda purchase: (-purchase.profit_usd, purchase.stock.collateral, purchase.stock.debt))
        actions: list[Action] = []
        for first_look in found:
            purchase = self._purchase(first_look.stock, sight)
            bid = None if purchase is None else self._bid_for_purchase(purchase, sight)
            if bid is not None:
                actions += self._buy(purchase, bid, sight)
        return actions

    def _purchase(self, stock: BackstopStock, sight: Sight) -> Purchase | None:
        """The most profitable purchase from a stock; None if none has a profit (or, without looking, money)."""
        if not stock.saleable or not sight.pool.trades(stock.collateral, stock.debt):
            return None
        size = self._size(stock, sight)
        # A unit more than the cost, so that rounding does not leave dust of a whole stock.
        amount = min(-(-size * stock.price_ray // RAY) + 1, sight.spendable[stock.debt])
        deal = self._backstop.preview_buy(stock, amount) if amount > 0 and size else None
        if deal is None or not deal[0]:
            return None
        sold, paid = deal
        profit_usd = self._profit_usd(stock, sold, paid, sight)
        if profit_usd <= 0 and not self.model.unprofitable_too:
            return None
        return Purchase(stock, amount, sold, paid, profit_usd)

    def _size(self, stock: BackstopStock, sight: Sight) -> int:
        """Units that maximise the profit."""
        if not self._flash:
            return stock.saleable
        price = (stock.price_ray * (BPS + self._lending.model.flash_fee_bps), RAY * BPS)
        return min(sight.pool.sale_to_price(stock.collateral, price), stock.saleable)

    def _profit_usd(self, stock: BackstopStock, sold: int, paid: int, sight: Sight) -> float:
        if self._flash:
            fee = -(-paid * self._lending.model.flash_fee_bps // BPS)
            proceeds = sight.pool.amount_out(stock.collateral, sold) - fee
        else:
            numerator, denominator = sight.resale_price(stock.collateral, stock.debt)
            proceeds = sold * numerator // denominator
        return sight.outside_usd(stock.debt, proceeds - paid)

    def _bid_for_purchase(self, purchase: Purchase, sight: Sight) -> float | None:
        if self.model.unprofitable_too:
            return inclusion_bid(sight.observation, self.model.max_fee_gwei)
        gas = gas_of(self._purchase_call(purchase, 0))
        if not self._flash:
            gas += gas_of(self._swap(purchase.stock.collateral, purchase.sold, 0))
        return self._bid.bid(purchase.profit_usd, gas, sight.observation, float(self.rng.random()))

    def _purchase_call(self, purchase: Purchase, least: int) -> Call:
        stock, amount = purchase.stock, purchase.amount
        if self._flash:
            return self._backstop.flash_buy(stock, amount, self._lending.address, self._venue, least)
        return self._backstop.buy(stock, 0, amount, self._address)

    def _buy(self, purchase: Purchase, bid: float, sight: Sight) -> list[Action]:
        stock = purchase.stock
        cost_usd = fee_usd(gas_of(self._purchase_call(purchase, 0)), bid, sight.observation.native_price_usd)
        value_base = price_to_e8(max(cost_usd + min(self.model.min_profit_usd, 0.0), 0.0))
        price_e8 = sight.observation.outside_e8[stock.debt]
        least = amount_from_base_down(value_base, sight.decimals[stock.debt], price_e8) + bool(value_base)
        facts = {
            "collateral": stock.collateral,
            "debt": stock.debt,
            "expected_profit_usd": purchase.profit_usd,
        }
        call = self._purchase_call(purchase, least)
        key = f"buy/{stock.debt}/{stock.collateral}"
        actions = [self._action(call, "buy_lot", bid, key, facts, sight)]
        if not self._flash:
            sight.spendable[stock.debt] -= purchase.paid
            self._touch(stock.collateral, sight)
        if self._flash or self.model.unprofitable_too:
            sight.pool.sell(stock.collateral, purchase.sold)
        if self.model.unprofitable_too:
            swap = self._swap(stock.collateral, purchase.sold, 0)
            actions.append(self._sale(swap, stock.collateral, bid, f"sell/{key}", sight))
        return actions

    # Absorptions

    def _absorptions(self, sight: Sight) -> list[Action]:
        accounts = sight.market.accounts
        waiting = [a for a in sight.market.at_risk if self._key(a) not in self._decided]
        waiting.sort(key=lambda account: -accounts[account].debt_base)
        actions: list[Action] = []
        most = self.model.max_liquidations_per_block
        for account in waiting[: most * LOOKS_PER_ABSORPTION]:
            if len(actions) == most:
                break
            action = self._absorb(account, sight)
            if action is not None:
                actions.append(action)
        return actions

    def _absorb(self, account: str, sight: Sight) -> Action | None:
        """Absorb an account for its largest debt."""
        state = sight.market.accounts[account]
        held, owed = (
            {name: units for name, units in zip(sight.market.reserve_list, amounts, strict=True) if units}
            for amounts in (state.supplied, state.debt)
        )
        if not owed or not held:
            return None
        debt_usd, debt = max((sight.outside_usd(name, units), name) for name, units in owed.items())
        discount = max(self._backstop.discount(name) for name in held)
        call = self._backstop.absorb(debt, [account])
        bid = self._bid_for_absorption(call, debt_usd * discount * PROSPECT_BPS / BPS, sight)
        if bid is None or not self._backstop.can_absorb(debt, account, self._address):
            return None
        facts = {"account": self.world.role(account), "debt": debt}
        return self._action(call, "liquidate", bid, self._key(account), facts, sight)

    def _bid_for_absorption(self, call: Call, prospect_usd: float, sight: Sight) -> float | None:
        observation = sight.observation
        wanted = inclusion_bid(observation, self.model.max_fee_gwei)
        if self.model.unprofitable_too or not self.model.buys:
            return wanted
        if self._bid.bid(prospect_usd, gas_of(call), observation, float(self.rng.random())) is None:
            return None
        return wanted
