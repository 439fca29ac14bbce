"""A trace in the order of time: which round a market read, where a venue stood, what an account held.

A position in a run is a triple (block, transaction, log); the start of a block is `(block, -1, -1)`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sim.trace import BlockRecord, Event, FeedRecord, OutsideTrade, Trace, TransactionRecord, VenueTrade
from sim.units import E8, E8_DECIMALS, WAD, from_units, value_base_down, value_base_up

Position = tuple[int, int, int]
Made = TypeVar("Made")
AFTER_LOGS = 1 << 20
"""A log index behind every log of a transaction: where its outside trade takes place."""

FEED_ROLES = ("feed", "source", "layer")
"""How the roles of a feed's contracts begin (`sim.scenario.feeds.stacks`)."""

FAITHFUL_LAYERS = frozenset({"staleness_guard", "sequencer_gate", "last_good", "converted"})
"""Layers that let every answer through as it is, or in another unit."""
INSTANT_LAYERS = FAITHFUL_LAYERS | {"capped", "anchored", "confidence"}
"""Layers whose answer follows from the one below at that moment."""

DEFAULT_NATIVE_PRICE_USD = 2_000.0


def usd(value_base: int) -> float:
    """A value or price in USD e8 as dollars."""
    return from_units(value_base, E8_DECIMALS)


def block_start(block: int) -> Position:
    """Position before the first transaction of a block."""
    return (block, -1, -1)


@dataclass(frozen=True, slots=True)
class Round:
    """What a market read of a feed: price (USD e8), where it was observed, when it was published."""

    asset: str
    price_e8: int
    observed_block: int
    observed_at: Position
    published_s: int


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
        self.perps: Mapping[str, Mapping[str, Any]] = self.scenario.get("perps", {})
        self._times = [record.time_s for record in trace.blocks]
        self._made: dict[Callable, Any] = {}

    def once(self, make: Callable[["Timeline"], Made]) -> Made:
        """What a function makes of this timeline, computed at the first call."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]

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
    def liquidations(self) -> list[Event]:
        """Liquidation events of the lending markets, in order."""
        return [event for event in self.events("Liquidation") if event.emitter in self.markets]

    @cached_property
    def all_liquidations(self) -> list[Event]:
        """The same with those of perpetual markets: liquidations are numbered in this order."""
        perps = [event for event in self.events("Liquidated") if event.emitter in self.perps]
        return sorted([*self.liquidations, *perps], key=lambda event: (event.block, event.tx, event.log))

    @cached_property
    def outside_trades(self) -> dict[str, list[OutsideTrade]]:
        """Trades on the outside market by asset, in order."""
        found: dict[str, list[OutsideTrade]] = {}
        for trade in self.trace.outside_trades:
            found.setdefault(trade.asset, []).append(trade)
        return found

    def reads_now(self, asset: str) -> bool:
        """Whether its feed says at every moment what its venue's trades have made of the price up to then."""
        layers = self.feeds.get(asset, {}).get("through", ())
        return self.venue_read(asset) is not None and all(layer["kind"] in INSTANT_LAYERS for layer in layers)

    def spot_venue(self, asset: str) -> str | None:
        """The venue whose spot price, read at that moment and at most converted, is the feed; None for another."""
        feed = self.feeds.get(asset, {})
        plain = all(layer["kind"] in FAITHFUL_LAYERS for layer in feed.get("through", ()))
        return feed["venue"] if feed.get("kind") == "pool_spot" and plain else None

    def venue_read(self, asset: str) -> str | None:
        """The venue whose trades make the asset's feed, at once or later; None where the outside market does.

        Of a feed with several sources: that of the first, which has no name in the scenario.
        """
        return self.feeds.get(asset, {}).get("venue")

    def converted_by(self, asset: str) -> str | None:
        """The asset that its feed's source counts in, where a layer converts that into USD; None for USD."""
        layers = self.feeds.get(asset, {}).get("through", ())
        return next((layer["by"] for layer in layers if layer["kind"] == "converted"), None)

    def priced_in_quote_e8(self, venue: str, spot_e8: int, asset: str) -> int:
        """Price of `asset` in the venue's other asset, given the base asset's (eight decimals, rounded down)."""
        if asset == self.venues[venue]["base"]:
            return spot_e8
        return E8 * E8 // spot_e8 if spot_e8 else 0

    def venue_price_e8(self, asset: str, spot_e8: int, block: int) -> int:
        """What a spot price of its venue is to an asset's feed: the asset's own, and converted as it does."""
        price_e8 = self.priced_in_quote_e8(self.feeds[asset]["venue"], spot_e8, asset)
        unit = self.converted_by(asset)
        if unit is None:
            return price_e8
        before = self.record(block - 1) if block >= 0 else self.records[0]
        return price_e8 * (before.feeds[unit].price_e8 or before.outside_e8[unit]) // E8

    @cached_property
    def trades(self) -> dict[str, list[VenueTrade]]:
        """Swaps by venue, in order."""
        found: dict[str, list[VenueTrade]] = {name: [] for name in self.venues}
        for trade in self.trace.trades:
            found[trade.venue].append(trade)
        return found

    def spot_before_e8(self, venue: str, position: Position) -> int:
        """Spot price of a venue just before a position: of the block's last swap before it, or of its start."""
        trades = self.trades[venue]
        at = bisect_left(trades, position, key=lambda trade: trade.position) - 1
        if at >= 0 and trades[at].block == position[0]:
            return trades[at].after_e8
        return self.record(position[0] - 1).venues[venue].spot_e8

    @cached_property
    def _changes(self) -> dict[tuple[str, int], list[Event]]:
        """Events of the contracts of an asset's feed, by asset and block."""
        changes: dict[tuple[str, int], list[Event]] = {}
        for event in self.trace.events:
            kind, _, path = event.emitter.partition("-")
            if kind in FEED_ROLES:
                asset = next((name for name in self._by_length if f"{path}-".startswith(f"{name}-")), path)
                changes.setdefault((asset, event.block), []).append(event)
        return changes

    @cached_property
    def _by_length(self) -> list[str]:
        """Assets with a feed, the longest names first."""
        return sorted(self.feeds, key=len, reverse=True)

    def round_before(self, asset: str, position: Position) -> Round:
        """The round that a market reads of an asset's feed just before a position.

        What a feed makes of its venue's trades is observed where it is read; a pushed price where its reporter
        looked. What a feed with layers answered between two of its changes within a block is not recorded: after
        the first it is taken for what it answered at the block's end.
        """
        block = position[0]
        venue = self.spot_venue(asset)
        if venue is not None:
            price_e8 = self.venue_price_e8(asset, self.spot_before_e8(venue, position), block)
            return Round(asset, price_e8, block, position, self.record(block).time_s)
        changes = self._changes.get((asset, block), ())
        earlier = [event for event in changes if (event.block, event.tx, event.log) < position]
        feed = self._last_answer(asset, block if earlier else block - 1)
        price_e8, observed_at_s = feed.price_e8, feed.observed_at_s
        model = self.feeds[asset]
        plain = model.get("kind", "push") == "push" and not model.get("through")
        if plain and earlier and earlier[-1] is not changes[-1]:
            observed_at_s -= changes[-1].args["observedAt"] - earlier[-1].args["observedAt"]
            price_e8 = earlier[-1].args["answer"] * E8 // 10 ** model.get("decimals", 8)
        if self.reads_now(asset):
            return Round(asset, price_e8, block, position, self.record(block).time_s)
        observed = self.block_at(observed_at_s)
        return Round(asset, price_e8, observed, block_start(observed), feed.updated_at_s)

    def _last_answer(self, asset: str, block: int) -> FeedRecord:
        """What a feed answered after a block or, where it gave no price, when it last did.

        Whoever acts without a valid price acts at the last good one.
        """
        for record in reversed(self.records[: block + 2]):
            if record.feeds[asset].price_e8:
                return record.feeds[asset]
        return self.record(block).feeds[asset]

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
