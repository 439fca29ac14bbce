"""The outside leg of an arbitrage: the trade on the outside market, and the tokens that change hands for it."""

from collections.abc import Sequence

from sim.market.outside import OutsideMarket
from sim.trace import Event, OutsideTrade
from sim.units import amount_from_base_down
from sim.world.action import SETTLEMENT, Action
from sim.world.world import World

TRADES = ("Swap", "BandsTraded")
"""Events of an arbitrage: on a venue, or with the bands of a market."""


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

    def trade(self, block: int, action: Action, events: Sequence[Event]) -> OutsideTrade:
        """Execute the outside leg of a successful arbitrage and queue its transfers.

        Buying the base asset on the venue, or from the bands of a market, sells the same amount outside, and the
        reverse.
        """
        name = action.meta["venue"]
        trade = next(event for event in events if event.name in TRADES and event.emitter == name)
        base, quote, base_amount = self._traded(name, trade)
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
            trade.tx,
            trader,
            base,
            name,
            base_amount,
            fill.value_e8,
            fill.price_before_e8,
            fill.price_after_e8,
        )

    def _traded(self, name: str, trade: Event) -> tuple[str, str, int]:
        """Base and quote asset of a trade, and the units of the base asset bought in it (negative: sold)."""
        args = trade.args
        if trade.name == "Swap":
            venue = self.world.venues[name]
            return venue.base, venue.quote, args["amount0Out"] - args["amount0In"]
        exchange = self.world.lending[name].exchange
        bought = args["amountOut"] if args["sold"] == exchange.collateral else -args["amountIn"]
        return exchange.collateral, exchange.debt, bought

    def _transfer(self, asset: str, source: str, target: str, amount: int) -> None:
        call = self.world.tokens[asset].transfer(self.world.address(target), amount)
        key = f"settle/{len(self._due)}"
        self._due.append(Action("outside", self.world.address(source), call, SETTLEMENT, None, key))
