"""Collateral of accounts in debt: bought at its discount, and sold on a venue."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.agents.bidding import ProfitBid, gas_of, inclusion_bid
from sim.agents.funding import SALE_DISCOUNT_BPS
from sim.agents.venue_view import Price
from sim.agents.views import view_of
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey
from sim.scenario.perps.agents import PerpKeeper as PerpKeeperModel
from sim.units import BPS, E8, fee_usd
from sim.world.observation import Observation, PerpObservation

if TYPE_CHECKING:
    from sim.world.world import World


@dataclass(frozen=True, slots=True)
class Deal:
    """A purchase or a sale worth sending, by what it is for; facts are for the trace."""

    call: Call
    intent: str
    bid: float
    key: str
    facts: dict[str, Any]


class CollateralTrade:
    """Buys with a keeper's own quote what is worth more than it costs, less a discount off the outside price.

    Per account it buys the asset that pays most. What it holds it sells on its venue, where it has one, down to
    the same price.
    """

    def __init__(self, name: str, model: PerpKeeperModel, world: "World") -> None:
        self._name = name
        self._address = world.address(name)
        self._world = world
        self._market = world.perps[model.market]
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)
        self._max_fee_gwei = model.max_fee_gwei
        self._venue = None if model.venue is None else world.venues[model.venue]

    def decide(self, perp: PerpObservation, observation: Observation) -> list[Deal]:
        """Purchases of what is for sale now, and sales of what was bought before."""
        own = observation.balances[self._name]
        return [*self._purchases(perp, own[self._market.quote], observation), *self._sales(own, observation)]

    def _purchases(self, perp: PerpObservation, spendable: int, observation: Observation) -> Iterator[Deal]:
        at_risk = set(perp.at_risk)
        for key, booked in perp.positions.items():
            if key.instrument is not None or booked.cash_quote >= 0 or (booked.positions and key not in at_risk):
                continue
            deals = [self._purchase(key, asset, spendable, observation) for asset in self._market.model.collateral]
            profit_usd, paid, deal = max(filter(None, deals), key=lambda one: one[0], default=(0.0, 0, None))
            if deal is not None:
                spendable -= paid
                yield deal

    def _purchase(
        self, key: PerpKey, asset: str, most: int, observation: Observation
    ) -> tuple[float, int, Deal] | None:
        """Profit before gas, price and call of buying all that is for sale; None where that does not pay."""
        found = self._market.preview_purchase(key.owner, asset, most, self._address)
        if found is None:
            return None
        amount, paid = found
        worth_usd = self._usd(asset, amount, observation) * (1 - SALE_DISCOUNT_BPS / BPS)
        profit_usd = worth_usd - self._usd(self._market.quote, paid, observation)
        call = self._market.buy_collateral(key.owner, asset, paid)
        bid = self._bid.bid(profit_usd, gas_of(call), observation, 0.0)
        if bid is None:
            return None
        role = self._world.role(key.owner)
        facts = {"account": role, "asset": asset, "expected_profit_usd": profit_usd}
        return profit_usd, paid, Deal(call, "buy_collateral", bid, f"buy/{role}", facts)

    def _sales(self, own: dict[str, int], observation: Observation) -> Iterator[Deal]:
        venue = self._venue
        if venue is None:
            return
        view = view_of(venue, observation.venues[venue.name])
        for asset in self._market.model.collateral:
            if not own[asset] or not view.trades(asset, self._market.quote):
                continue
            price = self._resale_price(asset, observation)
            amount = min(view.largest_sale_at(asset, price), own[asset])
            call = venue.swap_exact_in(asset, amount, amount * price[0] // price[1], self._address)
            bid = inclusion_bid(observation, self._max_fee_gwei)
            cost_usd = fee_usd(gas_of(call), bid, observation.native_price_usd)
            if self._usd(asset, amount, observation) > cost_usd:
                facts = {"asset": asset, "venue": venue.name}
                yield Deal(call, "sell_inventory", bid, f"sell/{asset}", facts)

    def _resale_price(self, asset: str, observation: Observation) -> Price:
        """Units of quote per unit of `asset` at the outside price less the sale's discount."""
        quote, tokens = self._market.quote, self._world.tokens
        numerator = observation.outside_e8[asset] * 10 ** tokens[quote].decimals * (BPS - SALE_DISCOUNT_BPS)
        return numerator, observation.outside_e8[quote] * 10 ** tokens[asset].decimals * BPS

    def _usd(self, asset: str, amount: int, observation: Observation) -> float:
        return amount * observation.outside_e8[asset] / E8 / 10 ** self._world.tokens[asset].decimals
