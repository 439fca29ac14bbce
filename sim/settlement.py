"""The outside leg of an arbitrage: the trade on the outside market, and the tokens that change hands for it."""

from collections.abc import Sequence

from sim.market.outside import OutsideMarket
from sim.trace import Event, OutsideTrade
from sim.units import amount_from_base_down
from sim.world.action import Action
from sim.world.world import World


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

        Buying the base asset on the venue sells the same amount outside, and the reverse.
        """
        venue = self.world.venues[action.meta["venue"]]
        swap = next(event for event in events if event.name == "Swap" and event.emitter == venue.name)
        base_amount = swap.args["amount0Out"] - swap.args["amount0In"]
        fill = self.outside.trade(venue.base, base_amount)
        decimals = self.world.tokens[venue.quote].decimals
        quote_amount = amount_from_base_down(fill.value_e8, decimals, self.outside.price_e8(venue.quote))
        outside, trader = "outside", action.agent
        if base_amount > 0:
            self._transfer(venue.base, trader, outside, base_amount)
            self._transfer(venue.quote, outside, trader, quote_amount)
        else:
            self._transfer(venue.base, outside, trader, -base_amount)
            self._transfer(venue.quote, trader, outside, quote_amount + 1)
        return OutsideTrade(
            block,
            swap.tx,
            trader,
            venue.base,
            venue.name,
            base_amount,
            fill.value_e8,
            fill.price_before_e8,
            fill.price_after_e8,
        )

    def _transfer(self, asset: str, source: str, target: str, amount: int) -> None:
        call = self.world.tokens[asset].transfer(self.world.address(target), amount)
        key = f"settle/{len(self._due)}"
        self._due.append(Action("outside", self.world.address(source), call, "settle", None, key))
