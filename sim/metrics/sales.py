"""Forced sales, and what they did to the prices that feeds read.

A forced sale is a swap in a transaction that brings its sender seized collateral (a liquidation, or a purchase
from the execution that took it over), or a later sale of such inventory, first in, first out. An arbitrage trade
inherits the latest forced sale on its pool. What an attack swaps in its own transaction it does by choice.
"""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from sim.metrics.acquisitions import Acquisition, acquisitions
from sim.metrics.timeline import AFTER_LOGS, Position, Timeline
from sim.trace import Event

ATTACK = "attack"
"""Intent of a transaction that pushes a price and uses it."""


@dataclass(frozen=True, slots=True)
class ForcedSale:
    """A swap of `amount` units of `asset` on `venue`, and the liquidation (its index) that it comes from."""

    position: Position
    venue: str
    asset: str
    amount: int
    liquidation: int


@dataclass(slots=True)
class Moves:
    """Moves of one price by forced sales or by the arbitrage that carried them on, in order.

    `before` and `after` are prices in USD e8; `cause` holds indexes of liquidations.
    """

    positions: list[Position] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    cause: list[int] = field(default_factory=list)
    _arrays: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, position: Position, before: int, after: int, cause: int) -> None:
        """Append a move."""
        self.positions.append(position)
        self.before.append(before)
        self.after.append(after)
        self.cause.append(cause)
        self._arrays = None

    def _prices(self) -> tuple[np.ndarray, np.ndarray]:
        if self._arrays is None:
            self._arrays = (np.array(self.before, dtype=float), np.array(self.after, dtype=float))
        return self._arrays

    def last_crossing(self, limit_e8: float, falling: bool, end: Position) -> int | None:
        """Index of the last move before `end` that took the price from the safe side of `limit_e8` past it.

        The limit itself is safe: at a health factor of exactly 1 nothing can be liquidated.
        """
        before, after = (prices[: bisect_left(self.positions, end)] for prices in self._prices())
        if falling:
            crossed = (before >= limit_e8) & (after < limit_e8)
        else:
            crossed = (before <= limit_e8) & (after > limit_e8)
        found = np.flatnonzero(crossed)
        return int(found[-1]) if found.size else None

    def last(self, falling: bool, start: Position, end: Position) -> int | None:
        """Index of the last move in the harmful direction in [start, end)."""
        low, high = bisect_left(self.positions, start), bisect_left(self.positions, end)
        before, after = (prices[low:high] for prices in self._prices())
        found = np.flatnonzero(after < before if falling else after > before)
        return low + int(found[-1]) if found.size else None

    def largest(self, falling: bool, start: Position, end: Position) -> tuple[float, int] | None:
        """Largest log impact in the harmful direction in [start, end), with its index; the earliest if equal."""
        low, high = bisect_left(self.positions, start), bisect_left(self.positions, end)
        if low >= high:
            return None
        before, after = (prices[low:high] for prices in self._prices())
        usable = (before > 0) & (after > 0)
        impact = np.zeros(high - low)
        np.log(np.divide(before, after, where=usable, out=np.ones_like(before)), out=impact)
        impact = impact if falling else -impact
        best = int(np.argmax(impact))
        return (float(impact[best]), low + best) if impact[best] > 0 else None


def forced_sales(timeline: Timeline, liquidations: list[Event]) -> list[ForcedSale]:
    """All forced sales in order; `liquidations` are the run's Liquidation events in order."""
    acquired = acquisitions(timeline, liquidations)
    by_transaction: dict[tuple[int, int], list[int]] = {}
    for i, one in enumerate(acquired):
        by_transaction.setdefault(one.position[:2], []).append(i)
    inventory = _Inventory(acquired)
    sales: list[ForcedSale] = []
    for swap in timeline.trace.trades:
        position, asset, amount = swap.position, swap.sold, swap.amount_in
        inventory.receive_until(position)
        transaction = timeline.transactions.get((swap.block, swap.tx))
        if transaction is not None and transaction.intent == ATTACK:
            continue
        inside = by_transaction.get((swap.block, swap.tx))
        if inside is not None:
            earlier = [i for i in inside if acquired[i].position < position]
            source = earlier[-1] if earlier else inside[0]
            inventory.take_from(source, asset, amount)
            sales.append(ForcedSale(position, swap.venue, asset, amount, acquired[source].liquidation))
            continue
        if transaction is None or transaction.intent != "sell_inventory":
            continue
        parts = inventory.sell(transaction.agent, asset, amount)
        if parts:
            largest = max(parts, key=lambda part: part[1])
            sales.append(ForcedSale(position, swap.venue, asset, sum(p[1] for p in parts), largest[0]))
    return sales


class _Inventory:
    """Seized collateral that keepers still hold, first in, first out."""

    def __init__(self, acquired: list[Acquisition]) -> None:
        self._acquired = acquired
        self._next = 0
        self._queues: dict[tuple[str, str], deque[int]] = {}
        self._left = [one.amount for one in acquired]

    def receive_until(self, position: Position) -> None:
        """Book what was acquired before a position."""
        while self._next < len(self._acquired) and self._acquired[self._next].position < position:
            self._queue(self._next).append(self._next)
            self._next += 1

    def _queue(self, source: int) -> deque[int]:
        one = self._acquired[source]
        return self._queues.setdefault((one.keeper, one.asset), deque())

    def take_from(self, source: int, asset: str, amount: int) -> None:
        """A sale in the acquisition's own transaction sells what it brings, also where that is booked after it."""
        if self._acquired[source].asset == asset:
            self._left[source] -= min(self._left[source], amount)

    def sell(self, keeper: str, asset: str, amount: int) -> list[tuple[int, int]]:
        """Sell from the oldest lots; returns (liquidation, units) of each lot touched."""
        queue = self._queues.get((keeper, asset), deque())
        parts: list[tuple[int, int]] = []
        while queue and amount > 0:
            source = queue[0]
            taken = min(self._left[source], amount)
            if taken:
                parts.append((self._acquired[source].liquidation, taken))
            self._left[source] -= taken
            amount -= taken
            if self._left[source] == 0:
                queue.popleft()
        return parts


def source_moves(timeline: Timeline, sales: list[ForcedSale]) -> dict[str, Moves]:
    """Per asset with a feed, the moves of the feed's source price that come from forced sales.

    The source of a pushed price is the outside market, that of a pool's spot or mean price is the pool.
    """
    latest = _LatestSale(sales)
    moves = {}
    for asset in timeline.feeds:
        venue = timeline.venue_read(asset)
        moves[asset] = _outside_moves(timeline, asset, latest) if venue is None else Moves()
        if venue is not None:
            _add_venue_moves(timeline, asset, venue, latest, moves[asset])
    return moves


class _LatestSale:
    """The latest forced sale on a venue up to a position."""

    def __init__(self, sales: list[ForcedSale]) -> None:
        self._positions: dict[str, list[Position]] = {}
        self._causes: dict[str, list[int]] = {}
        for sale in sales:
            self._positions.setdefault(sale.venue, []).append(sale.position)
            self._causes.setdefault(sale.venue, []).append(sale.liquidation)

    def up_to(self, venue: str, position: Position) -> int | None:
        """Liquidation of the latest forced sale at or before a position."""
        at = bisect_left(self._positions.get(venue, []), (*position[:2], position[2] + 1))
        return self._causes[venue][at - 1] if at else None

    def is_forced(self, venue: str, position: Position) -> bool:
        """Whether the swap at a position is itself a forced sale."""
        positions = self._positions.get(venue, [])
        at = bisect_left(positions, position)
        return at < len(positions) and positions[at] == position


def _outside_moves(timeline: Timeline, asset: str, latest: _LatestSale) -> Moves:
    moves = Moves()
    for trade in timeline.outside_trades.get(asset, ()):
        position = (trade.block, trade.tx, AFTER_LOGS)
        cause = latest.up_to(trade.venue, position)
        if cause is not None:
            moves.add(position, trade.price_before_e8, trade.price_after_e8, cause)
    return moves


def _add_venue_moves(timeline: Timeline, asset: str, venue: str, latest: _LatestSale, moves: Moves) -> None:
    """Forced sales on the venue itself and the arbitrage that followed them there."""
    for swap in timeline.trades[venue]:
        if not latest.is_forced(venue, swap.position):
            transaction = timeline.transactions.get((swap.block, swap.tx))
            if transaction is None or transaction.intent != "arbitrage":
                continue
        cause = latest.up_to(venue, swap.position)
        if cause is not None:
            before, after = (
                timeline.venue_price_e8(asset, spot_e8, swap.block) for spot_e8 in (swap.before_e8, swap.after_e8)
            )
            moves.add(swap.position, before, after, cause)
