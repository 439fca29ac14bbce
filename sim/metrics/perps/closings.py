"""Liquidations of perpetual markets with everything that happened inside them: book, stages, transfers."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.perps.market import account_in, emitters
from sim.metrics.timeline import Position, Timeline
from sim.trace import Event


@dataclass(frozen=True, slots=True)
class Closing:
    """A liquidation: its number among all of the run, its `Liquidated`, and the logs that belong to it, in order.

    The logs are those of the market, its stages and its pricings in the same transaction, since what came before
    in it, and without `Liquidated` itself.
    """

    number: int
    market: str
    account: str
    liquidated: Event
    logs: tuple[Event, ...]

    @property
    def instrument(self) -> str:
        """The instrument whose position is closed."""
        return self.liquidated.args["instrument"]

    @property
    def position(self) -> Position:
        """Where it lies in the run."""
        return self.liquidated.block, self.liquidated.tx, self.liquidated.log

    @property
    def closed_wad(self) -> int:
        """What it closed, with the sign of the position."""
        return self.liquidated.args["bookWad"] + self.liquidated.args["stagesWad"]

    def named(self, name: str) -> Iterator[Event]:
        """Its logs of one name."""
        return (event for event in self.logs if event.name == name)


def closings(timeline: Timeline) -> list[Closing]:
    """All liquidations of perpetual markets, in order. Read through `Timeline.once`."""
    market_of = emitters(timeline)
    numbers = {
        (event.block, event.tx, event.log): number for number, event in enumerate(timeline.all_liquidations)
    }
    found: list[Closing] = []
    open_logs: dict[tuple[int, int, str], list[Event]] = {}
    for event in timeline.trace.events if timeline.perps else ():
        market = market_of.get(event.emitter)
        if market is None:
            continue
        logs = open_logs.setdefault((event.block, event.tx, market), [])
        if event.name == "Liquidated" and event.emitter == market:
            account = account_in(timeline, market, event)
            number = numbers[event.block, event.tx, event.log]
            found.append(Closing(number, market, account, event, tuple(logs)))
            logs.clear()
        elif event.name == "Traded" and event.emitter == market:
            # The end of a trade of somebody's own: nothing of it belongs to a liquidation after it.
            logs.clear()
        else:
            logs.append(event)
    return found
