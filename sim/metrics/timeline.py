"""A trace in the order of time: which round a market read, where a venue stood, what an account held.

A position in a run is a triple (block, transaction, log); the start of a block is `(block, -1, -1)`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.trace import BlockRecord, Event, OutsideTrade, Trace, TransactionRecord
from sim.units import E8, E8_DECIMALS, WAD, from_units, value_base_down, value_base_up

Position = tuple[int, int, int]
AFTER_LOGS = 1 << 20
"""A log index behind every log of a transaction: where its outside trade takes place."""

DEFAULT_NATIVE_PRICE_USD = 2_000.0


def usd(value_base: int) -> float:
    """A value or price in USD e8 as dollars."""
    return from_units(value_base, E8_DECIMALS)


def block_start(block: int) -> Position:
    """Position before the first transaction of a block."""
    return (block, -1, -1)


@dataclass(frozen=True, slots=True)
class Round:
    """What a market read of a feed: price (USD e8), the block of its observation, and where that lies."""

    asset: str
    price_e8: int
    observed_block: int
    observed_at: Position


class Timeline:
    """Lookups over one trace.

    Parameters
    ----------
    trace
        Blocks are numbered from 0 without gaps, and `initial` is set.

    Raises
    ------
    ValueError
        If the trace has no initial record.
    """

    def __init__(self, trace: Trace) -> None:
        if trace.initial is None:
            raise ValueError("the trace has no record of the state before block 0")
        self.trace = trace
        self.scenario = trace.scenario
        self.decimals = trace.decimals
        self.records: list[BlockRecord] = [trace.initial, *trace.blocks]
        self.feeds: Mapping[str, Mapping[str, Any]] = self.scenario.get("feeds", {})
        self.venues: Mapping[str, Mapping[str, Any]] = self.scenario.get("venues", {})
        self.markets: Mapping[str, Mapping[str, Any]] = self.scenario.get("lending", {})
        self._times = [record.time_s for record in trace.blocks]

    def record(self, block: int) -> BlockRecord:
        """State after a block; block -1 is the state before the run."""
        return self.records[block + 1]

    def block_at(self, time_s: int) -> int:
        """The last block that had started by a time; -1 before the first."""
        return bisect_right(self._times, time_s) - 1

    @cached_property
    def transactions(self) -> dict[tuple[int, int], TransactionRecord]:
        """Transactions by (block, index)."""
        return {(item.block, item.index): item for item in self.trace.transactions}

    @cached_property
    def events_by_name(self) -> dict[str, list[Event]]:
        """Events by name, each list in order."""
        found: dict[str, list[Event]] = {}
        for event in self.trace.events:
            found.setdefault(event.name, []).append(event)
        return found

    def events(self, name: str) -> list[Event]:
        """All events of one name, in order."""
        return self.events_by_name.get(name, [])

    @cached_property
    def outside_trades(self) -> dict[str, list[OutsideTrade]]:
        """Trades on the outside market by asset, in order."""
        found: dict[str, list[OutsideTrade]] = {}
        for trade in self.trace.outside_trades:
            found.setdefault(trade.asset, []).append(trade)
        return found

    def spot_venue(self, asset: str) -> str | None:
        """The venue whose spot price is the asset's feed; None for any other feed."""
        feed = self.feeds.get(asset, {})
        return feed["venue"] if feed.get("kind") == "pool_spot" else None

    def spot_e8(self, venue: str, reserves: tuple[int, int], asset: str) -> int:
        """Price of `asset` on a venue, in the venue's other asset (eight decimals, rounded down)."""
        model = self.venues[venue]
        base, quote = reserves
        own, other, other_asset = (base, quote, model["quote"])
        if asset != model["base"]:
            own, other, other_asset = (quote, base, model["base"])
        if own == 0:
            return 0
        return other * 10 ** self.decimals[asset] * E8 // (own * 10 ** self.decimals[other_asset])

    @cached_property
    def venue_states(self) -> dict[str, tuple[list[Position], list[tuple[int, int]]]]:
        """Reserves of every venue after each of its Sync events: positions and (base, quote)."""
        states: dict[str, tuple[list[Position], list[tuple[int, int]]]] = {name: ([], []) for name in self.venues}
        for event in self.events("Sync"):
            if event.emitter in states:
                positions, reserves = states[event.emitter]
                positions.append((event.block, event.tx, event.log))
                reserves.append((event.args["reserve0"], event.args["reserve1"]))
        return states

    def venue_before(self, venue: str, position: Position) -> tuple[int, int]:
        """Reserves (base, quote) of a venue just before a position."""
        positions, reserves = self.venue_states[venue]
        at = bisect_left(positions, position) - 1
        if at >= 0 and positions[at][0] == position[0]:
            return reserves[at]
        return self.record(position[0] - 1).venues[venue]

    @cached_property
    def _pushes(self) -> dict[tuple[str, int], list[Event]]:
        pushes: dict[tuple[str, int], list[Event]] = {}
        for event in self.events("RoundPushed"):
            pushes.setdefault((event.emitter, event.block), []).append(event)
        return pushes

    def round_before(self, asset: str, position: Position) -> Round:
        """The round that a market reads of an asset's feed just before a position.

        A pool's spot price is observed where it is read; a pushed price where its reporter looked.
        """
        block = position[0]
        venue = self.spot_venue(asset)
        if venue is not None:
            return Round(asset, self.spot_e8(venue, self.venue_before(venue, position), asset), block, position)
        pushes = self._pushes.get((f"feed-{asset}", block), ())
        earlier = [event for event in pushes if (event.block, event.tx, event.log) < position]
        feed = self.record(block if earlier else block - 1).feeds[asset]
        price_e8, observed_at_s = feed.price_e8, feed.observed_at_s
        if earlier and earlier[-1] is not pushes[-1]:
            observed_at_s -= pushes[-1].args["observedAt"] - earlier[-1].args["observedAt"]
            feed_decimals = self.feeds[asset].get("decimals", 8)
            price_e8 = earlier[-1].args["answer"] * E8 // 10**feed_decimals
        observed = self.block_at(observed_at_s)
        return Round(asset, price_e8, observed, block_start(observed))

    def exogenous_e8(self, asset: str, block: int) -> int:
        """Price of an asset during a block without anything that the run did to it."""
        return self.record(block).exogenous_e8[asset]

    def outside_end_e8(self, asset: str, block: int) -> int:
        """Price of an asset on the outside market after the trades of a block."""
        for trade in reversed(self.outside_trades.get(asset, ())):
            if trade.block == block:
                return trade.price_after_e8
            if trade.block < block:
                break
        return self.record(block).outside_e8[asset]

    def outside_before_e8(self, asset: str, position: Position) -> int:
        """Price of an asset on the outside market just before a position, after earlier trades of its block."""
        trades = self.outside_trades.get(asset, [])
        at = bisect_left(trades, position[:2], key=lambda trade: (trade.block, trade.tx)) - 1
        if at >= 0 and trades[at].block == position[0]:
            return trades[at].price_after_e8
        return self.record(position[0]).outside_e8[asset]

    @cached_property
    def final_prices_e8(self) -> dict[str, int]:
        """Prices of the outside market after the last block."""
        last = self.records[-1]
        return {asset: self.outside_end_e8(asset, last.block) for asset in last.outside_e8}

    def value_down(self, asset: str, amount: int, price_e8: int) -> int:
        """USD value (eight decimals) of an amount in units, rounded down."""
        return value_base_down(amount, self.decimals[asset], price_e8)

    def value_up(self, asset: str, amount: int, price_e8: int) -> int:
        """USD value (eight decimals) of an amount in units, rounded up."""
        return value_base_up(amount, self.decimals[asset], price_e8)

    def threshold_bps(self, market: str, asset: str) -> int:
        """Liquidation threshold of an asset in a market."""
        return self.trace.market_rules[market][asset].threshold_bps

    def limit_share(self, market: str, asset: str, health_wad: int) -> float:
        """Share of the threshold at which an account of this health was liquidatable: below 1 for an early one."""
        rule = self.trace.market_rules[market][asset]
        early = health_wad >= WAD and rule.early_threshold_bps
        return rule.early_threshold_bps / rule.threshold_bps if early else 1.0

    def native_price_usd(self, block: int) -> float:
        """USD price of the asset in which fees are paid, during a block."""
        space = self.scenario.get("block_space", {})
        asset = space.get("native_asset")
        if asset is None:
            return space.get("native_price_usd", DEFAULT_NATIVE_PRICE_USD)
        return usd(self.record(block).outside_e8[asset])
