"""The arbitrageur of bands: carries the price of soft liquidation markets to the outside market's."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import ProfitBid, expiry, gas_of
from sim.agents.outside import OutsideLeg
from sim.protocols.soft import BandExchange
from sim.scenario.actors import BandArbitrageur as BandArbitrageurModel
from sim.units import BPS, WAD
from sim.world.action import Action
from sim.world.exchanges import band_exchanges
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

HALVINGS = 12
"""Of the interval in which the price after the own impact outside is looked for: to a four-thousandth of it."""
WIDEST_BPS = 2_000
"""The price after the own impact is looked for up to this far from the one before."""
BEYOND_WAD = 2**255
"""A price that nothing pays."""


class BandArbitrageur(Agent):
    """Trades with the bands until their marginal price, fee included, meets the outside one after its own impact.

    As the oracle falls the bands sell collateral below the market: this agent buys it there and sells it outside,
    and the reverse as it rises. The trade is sent from its inventory; its twin on the outside market
    (`meta["outside"]`) is the engine's to make for exactly the collateral that was traded. The trade brings at
    least what the outside price before impact makes of its input, or reverts.
    """

    def __init__(self, name: str, model: BandArbitrageurModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._address = world.address(name)
        self._exchanges = band_exchanges(world, model)
        self._legs = {
            market: OutsideLeg(world, exchange.collateral, exchange.debt)
            for market, exchange in self._exchanges.items()
        }
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)

    def propose(self, observation: Observation) -> list[Action]:
        """Buy collateral from the bands of each market, or sell it to them, where that pays."""
        actions = []
        for market in self._exchanges:
            action = self._trade(market, False, observation) or self._trade(market, True, observation)
            if action is not None:
                actions.append(action)
        return actions

    def _trade(self, market: str, sells: bool, observation: Observation) -> Action | None:
        exchange, leg = self._exchanges[market], self._legs[market]
        own = observation.balances[self.name].get(exchange.collateral if sells else exchange.debt, 0)
        spent, received = self._size(exchange, leg, sells, own, observation)
        if not received:
            return None
        price, one = leg.price(observation)
        least = -(-spent * price // one) if sells else -(-spent * one // price)
        if received < least:
            return None
        base_amount, quote_amount = (spent, received) if sells else (received, spent)
        profit_usd = leg.profit_usd(base_amount, quote_amount, not sells, observation)
        call = exchange.exchange(sells, spent, least, self._address)
        bid = self._bid.bid(profit_usd, gas_of(call), observation, float(self.rng.random()))
        if bid is None:
            return None
        return Action(
            agent=self.name,
            sender=self._address,
            call=call,
            intent="arbitrage",
            max_fee_gwei=bid,
            key=f"arbitrage/{market}",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "observed_block": observation.block,
                "venue": market,
                "outside": {"asset": exchange.collateral, "sells": not sells},
                "expected_profit_usd": profit_usd,
            },
        )

    def _size(
        self, exchange: BandExchange, leg: OutsideLeg, sells: bool, own: int, observation: Observation
    ) -> tuple[int, int]:
        """Return the trade whose marginal price is the outside price after its twin, found by halving.

        The more is bought from the bands, the dearer they and the cheaper the outside get.
        """
        outside_e8 = observation.outside_e8
        price_wad = outside_e8[leg.base] * WAD // outside_e8[leg.quote]
        best = exchange.quote_to_price(sells, price_wad, own)
        if not best[1] or leg.is_endless:
            return best
        low, high = sorted((price_wad, price_wad * (BPS + (WIDEST_BPS if sells else -WIDEST_BPS)) // BPS))
        for _ in range(HALVINGS):
            limit_wad = (low + high) // 2
            trade = exchange.quote_to_price(sells, limit_wad, own)
            after_wad = self._outside_after(leg, trade, sells, price_wad, observation)
            if after_wad > limit_wad:
                low = limit_wad
            else:
                high = limit_wad
            best = trade
        return best

    @staticmethod
    def _outside_after(
        leg: OutsideLeg, trade: tuple[int, int], sells: bool, price_wad: int, observation: Observation
    ) -> int:
        """Outside price (wad) after the twin of a trade; beyond all prices where the book cannot give as much."""
        before, one = leg.price(observation)
        after, whole = leg.price_after(trade[0] if sells else trade[1], not sells, observation)
        return price_wad * after * one // (before * whole) if whole else BEYOND_WAD
