"""How a keeper pays for a liquidation, and what that makes it worth."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.agents.bidding import gas_of
from sim.agents.venue_view import Price, VenueView
from sim.protocols.base import AccountState, LendingAdapter, LiquidationQuote
from sim.protocols.call import Call
from sim.protocols.venue import VenueAdapter
from sim.scenario.actors import Keeper as KeeperModel
from sim.scenario.lending import LendingMarket
from sim.scenario.lending.prices import accepted_age_s
from sim.units import BPS, E8, UINT256_MAX, amount_from_base_down, price_to_e8
from sim.world.observation import MarketObservation, Observation

SALE_DISCOUNT_BPS = 200
"""Inventory is valued, and sold without haste, at this much below its fair price."""

Preview = Callable[[int], LiquidationQuote | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A liquidation worth sending: `repay` is its argument, `quote` what it would do, profit is before gas."""

    account: str
    collateral: str
    debt: str
    repay: int
    quote: LiquidationQuote
    profit_usd: float


@dataclass(frozen=True, slots=True)
class Sight:
    """What a keeper looks at within one block.

    `spendable` holds what it can repay by asset (own balance, or cash of the lender), `pool` the venue's reserves;
    both move with what it plans. `decimals` are by asset. `rates` keeps what was computed for a pair.
    """

    observation: Observation
    market: MarketObservation
    pool: VenueView
    spendable: dict[str, int]
    decimals: dict[str, int]
    rates: dict[tuple[str, str], tuple[float, float] | None] = field(default_factory=dict)

    def outside_usd(self, asset: str, units: float) -> float:
        """Dollar value at the outside price, for estimates."""
        return units * self.observation.outside_e8[asset] / E8 / 10 ** self.decimals[asset]

    def fair_e8(self, asset: str) -> int:
        """The lower of the outside price and the market's own: the careful value of what is seized."""
        outside_e8 = self.observation.outside_e8[asset]
        reserve = self.market.reserves.get(asset)
        return min(outside_e8, reserve.price_e8) if reserve is not None and reserve.price_e8 else outside_e8

    def resale_price(self, asset: str, into: str) -> Price:
        """Units of `into` per unit of `asset` at the fair price less the sale's discount."""
        numerator = self.fair_e8(asset) * 10 ** self.decimals[into] * (BPS - SALE_DISCOUNT_BPS)
        return numerator, self.observation.outside_e8[into] * 10 ** self.decimals[asset] * BPS


class Funding(ABC):
    """Values and builds liquidations of one lending market, selling on one venue.

    Parameters
    ----------
    model
        The keeper.
    market
        The lending market's model, for bonus and fees.
    lending, venue
        Adapters that build the calls.
    """

    def __init__(
        self, model: KeeperModel, market: LendingMarket, lending: LendingAdapter, venue: VenueAdapter
    ) -> None:
        self.model = model
        self.market = market
        self.lending = lending
        self.venue = venue
        self._gas: int | None = None

    def gas(self, plan: Plan, sight: Sight) -> int:
        """Gas of a liquidation that succeeds: one figure, since all of a keeper's are the same function."""
        if self._gas is None:
            self._gas = gas_of(self.call(plan, 0.0, sight))
        return self._gas

    def bound_usd(self, state: AccountState, collateral: str, debt: str, sight: Sight) -> float:
        """At least the profit that any allowed liquidation of this pair can make, in dollars before gas.

        In floats and without a call: it orders candidates and leaves out the hopeless. Negative where the market
        refuses a price.
        """
        if (collateral, debt) not in sight.rates:
            sight.rates[collateral, debt] = self._rates(collateral, debt, sight)
        rates = sight.rates[collateral, debt]
        if rates is None:
            return -1.0
        taken, kept = rates
        names = sight.market.reserve_list
        most = min(state.debt[names.index(debt)], state.supplied[names.index(collateral)] / taken)
        return self._bound_usd(most, kept, collateral, debt, sight)

    def _rates(self, collateral: str, debt: str, sight: Sight) -> tuple[float, float] | None:
        """Collateral units taken from the account at least, and kept at most, per unit of debt repaid."""
        reserve, reserves = self.market.reserves[collateral], sight.market.reserves
        collateral_e8, debt_e8 = reserves[collateral].price_e8, reserves[debt].price_e8
        if not collateral_e8 or not debt_e8 or self._stale(collateral, sight) or self._stale(debt, sight):
            return None
        par = debt_e8 / collateral_e8 * 10.0 ** (sight.decimals[collateral] - sight.decimals[debt])
        low, high = (bps / BPS for bps in self.lending.bonus_range_bps(collateral))
        return par * (1 + low), par * (1 + high * (1 - reserve.protocol_fee_bps / BPS))

    def plan(self, account: str, collateral: str, debt: str, preview: Preview, sight: Sight) -> Plan | None:
        """Return the most profitable of all that is allowed and of a smaller size, or None if both would revert.

        `preview` quotes a repayment of this pair. The smaller size may be refused by a rule against dust; then
        only the full one is left.
        """
        full = preview(UINT256_MAX)
        if full is None or not full.repaid or not full.seized:
            return None
        sizes = [UINT256_MAX] if full.repaid <= sight.spendable[debt] else []
        smaller = min(self._best_repay(full, collateral, debt, sight), sight.spendable[debt])
        if 0 < smaller < full.repaid:
            sizes.append(smaller)
        plans = []
        for repay in sizes:
            quote = full if repay == UINT256_MAX else preview(repay)
            if quote is not None and quote.repaid and quote.seized:
                profit_usd = self._profit_usd(quote, collateral, debt, sight)
                plans.append(Plan(account, collateral, debt, repay, quote, profit_usd))
        return max(plans, key=lambda plan: plan.profit_usd, default=None)

    def _stale(self, asset: str, sight: Sight) -> bool:
        limit_s = accepted_age_s(self.market, asset)
        age_s = sight.observation.timestamp_s - sight.market.reserves[asset].price_updated_at_s
        return bool(limit_s) and age_s > limit_s

    @abstractmethod
    def call(self, plan: Plan, least_profit_usd: float, sight: Sight) -> Call:
        """Build the liquidation; on chain it must keep `least_profit_usd` where its way of paying can tell."""

    @abstractmethod
    def take(self, plan: Plan, sight: Sight) -> None:
        """Move the reserves and the spendable amount as if `plan` had been executed."""

    @abstractmethod
    def _bound_usd(self, most: float, kept: float, collateral: str, debt: str, sight: Sight) -> float:
        """Bound on the profit of repaying up to `most` units, `kept` collateral units coming for each."""

    @abstractmethod
    def _best_repay(self, full: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> int:
        """Size that maximises the profit, whatever is allowed."""

    @abstractmethod
    def _profit_usd(self, quote: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> float:
        """Profit of a quote before gas."""


class FlashFunding(Funding):
    """Borrows, liquidates, sells everything and repays in one transaction, which reverts below a least profit."""

    def call(self, plan: Plan, least_profit_usd: float, sight: Sight) -> Call:
        """Build the flash liquidation; the least profit is rounded up to a unit of the debt asset."""
        value_base = price_to_e8(max(least_profit_usd, 0.0))
        price_e8 = sight.observation.outside_e8[plan.debt]
        least = amount_from_base_down(value_base, sight.decimals[plan.debt], price_e8) + bool(value_base)
        return self.lending.flash_liquidate(
            plan.collateral, plan.debt, plan.account, plan.repay, self.venue, least
        )

    def take(self, plan: Plan, sight: Sight) -> None:
        """Sell what is seized; the loan is back at the end of the transaction."""
        if plan.collateral != plan.debt:
            sight.pool.sell(plan.collateral, plan.quote.seized)

    def _bound_usd(self, most: float, kept: float, collateral: str, debt: str, sight: Sight) -> float:
        cost = 1 + self.market.flash_fee_bps / BPS
        if collateral == debt:
            return sight.outside_usd(debt, most * (kept - cost))
        return sight.outside_usd(debt, sight.pool.best_proceeds(collateral, most, kept, cost))

    def _best_repay(self, full: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> int:
        if collateral == debt:
            return full.repaid
        sizes = full.repaid, full.seized, self.market.flash_fee_bps
        return sight.pool.most_profitable_repayment(collateral, *sizes)

    def _profit_usd(self, quote: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> float:
        fee = -(-quote.repaid * self.market.flash_fee_bps // BPS)
        same = collateral == debt
        proceeds = quote.seized if same else sight.pool.amount_out(collateral, quote.seized)
        return sight.outside_usd(debt, proceeds - quote.repaid - fee)


class InventoryFunding(Funding):
    """Repays from the keeper's own balance and keeps the collateral, valued at the fair price less a discount."""

    def call(self, plan: Plan, least_profit_usd: float, sight: Sight) -> Call:
        """Build the plain liquidation; the pool pays the bonus, so there is nothing to check on chain."""
        return self.lending.liquidate(plan.collateral, plan.debt, plan.account, plan.repay, False)

    def take(self, plan: Plan, sight: Sight) -> None:
        """Spend the repayment."""
        sight.spendable[plan.debt] -= plan.quote.repaid

    def _bound_usd(self, most: float, kept: float, collateral: str, debt: str, sight: Sight) -> float:
        most = min(most, sight.spendable[debt])
        resale = 1 - SALE_DISCOUNT_BPS / BPS
        value_usd = most * kept * resale * sight.fair_e8(collateral) / E8 / 10 ** sight.decimals[collateral]
        return value_usd - sight.outside_usd(debt, most)

    def _best_repay(self, full: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> int:
        return full.repaid

    def _profit_usd(self, quote: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> float:
        resale = 1 - SALE_DISCOUNT_BPS / BPS
        value_usd = quote.seized * resale * sight.fair_e8(collateral) / E8 / 10 ** sight.decimals[collateral]
        return value_usd - sight.outside_usd(debt, quote.repaid)


class UnprofitableFunding(InventoryFunding):
    """As from inventory, but profit is not looked at: the largest repayment comes first, and all of it is sold."""

    def take(self, plan: Plan, sight: Sight) -> None:
        """Spend the repayment and sell what is seized."""
        super().take(plan, sight)
        if plan.collateral != plan.debt:
            sight.pool.sell(plan.collateral, plan.quote.seized)

    def _bound_usd(self, most: float, kept: float, collateral: str, debt: str, sight: Sight) -> float:
        return sight.outside_usd(debt, most)

    def _profit_usd(self, quote: LiquidationQuote, collateral: str, debt: str, sight: Sight) -> float:
        return sight.outside_usd(debt, quote.repaid)
