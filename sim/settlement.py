"""The outside leg of an arbitrage: the trade on the outside market, and the tokens that change hands for it."""

from collections.abc import Sequence

from sim.market.outside import OutsideMarket
from sim.trace import Event, OutsideTrade, VenueTrade
from sim.units import amount_from_base_down
from sim.world.action import SETTLEMENT, Action
from sim.world.world import World

BANDS_TRADED = "BandsTraded"
"""Event of an arbitrage with the bands of a market."""


class Settlements:
    """Trades outside what an arbitrage traded on its venue, and moves the tokens in the next block.

    Settlements are transfers between the arbitrageur and the `outside` account. They pay no fee and take no block
    space: exchanges settle off chain, the transfer only keeps every token accounted for.
    """

    def __init__(self, world: World, outside: OutsideMarket) -> None:
        self.world = world
        self.outside = outside
        self._due: list[Action] = []

    def due(self) -> list[Action]:
        """Transfers for the coming block; each is returned once."""
        due, self._due = self._due, []
        return due

    def trade(
        self, block: int, action: Action, events: Sequence[Event], trades: Sequence[VenueTrade]
    ) -> OutsideTrade:
        """Execute the outside leg of a successful arbitrage and queue its transfers.

        Buying the base asset on the venue, or from the bands of a market, sells the same amount outside, and the
        reverse.
        """
        name = action.meta["venue"]
        base, quote, base_amount, tx = self._traded(name, events, trades)
        fill = self.outside.trade(base, base_amount)
        decimals = self.world.tokens[quote].decimals
        quote_amount = amount_from_base_down(fill.value_e8, decimals, self.outside.price_e8(quote))
        outside, trader = "outside", action.agent
        if base_amount > 0:
            self._transfer(base, trader, outside, base_amount)
            self._transfer(quote, outside, trader, quote_amount)
        else:
            self._transfer(base, outside, trader, -base_amount)
            self._transfer(quote, trader, outside, quote_amount + 1)
        return OutsideTrade(
            block,
            tx,
            trader,
            base,
            name,
            base_amount,
            fill.value_e8,
            fill.price_before_e8,
            fill.price_after_e8,
        )

    def _traded(
        self, name: str, events: Sequence[Event], trades: Sequence[VenueTrade]
    ) -> tuple[str, str, int, int]:
        """Base and quote asset, the units of the base asset bought (negative: sold), and the transaction."""
        swap = next((trade for trade in trades if trade.venue == name), None)
        if swap is not None:
            venue = self.world.venues[name]
            bought = -swap.amount_in if swap.sold == venue.base else swap.amount_out
            return venue.base, venue.quote, bought, swap.tx
        event = next(event for event in events if event.name == BANDS_TRADED and event.emitter == name)
        exchange, args = self.world.lending[name].exchange, event.args
        bought = args["amountOut"] if args["sold"] == exchange.collateral else -args["amountIn"]
        return exchange.collateral, exchange.debt, bought, event.tx

    def _transfer(self, asset: str, source: str, target: str, amount: int) -> None:
        call = self.world.tokens[asset].transfer(self.world.address(target), amount)
        key = f"settle/{len(self._due)}"
        self._due.append(Action("outside", self.world.address(source), call, SETTLEMENT, None, key))
