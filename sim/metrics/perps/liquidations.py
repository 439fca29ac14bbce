"""The table of perpetual liquidations: each with its mark and index, its cause and its generation.

*Direct*: the account would be below maintenance margin also if the mark were the exogenous price at the time of
the index feed's observation. Otherwise *induced*. Its *cause* is the last move in a direction that harms it, since
it was last above maintenance margin, of the book by another liquidation or of the index by a forced sale; where
nothing falls into that time, the largest that the mark's averages still held then, or else the largest before. A
mark holds the mid of before a block's trades, so that what a block does to the book counts from the next one on.
*Generation* as for lending: 0 if direct or without a cause, else its cause's plus 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.metrics.acquisitions import keeper_of
from sim.metrics.perps.book_moves import book_moves
from sim.metrics.perps.closings import Closing
from sim.metrics.perps.market import instruments, notional_base, value_quote
from sim.metrics.sales import Moves
from sim.metrics.timeline import Position, Timeline, block_start


@dataclass(frozen=True, slots=True)
class PerpLiquidation:
    """One liquidation. Sizes have the sign of the position, amounts are units of quote.

    Attributes
    ----------
    index
        Number among all liquidations of the run, those of lending markets included; `cause` is one too.
    book_wad, stages_wad
        Closed in the book at or above the bankruptcy price, and by the stages: what a stage's money then allowed
        to close in the book, and what was forced there at the end, included.
    closed_base
        Value of what was closed at the mark, quote at par (USD e8).
    equity_quote, maintenance_quote
        Of the account before.
    mark_e8, index_e8
        Prices read; the index of its feed as of then.
    """

    index: int
    block: int
    tx: int
    log: int
    time_s: int
    market: str
    account: str
    instrument: str
    keeper: str
    size_before_wad: int
    book_wad: int
    stages_wad: int
    closed_base: int
    fee_quote: int
    equity_quote: int
    maintenance_quote: int
    bankruptcy_e8: int
    mark_e8: int
    index_e8: int
    direct: bool
    cause: int | None
    generation: int

    @property
    def asset(self) -> str:
        """What was liquidated."""
        return self.instrument

    @property
    def liquidated_base(self) -> int:
        """What counts for waves (USD e8)."""
        return self.closed_base


@dataclass(frozen=True, slots=True)
class _Watched:
    """Moves that may have caused a liquidation: those since it was healthy, and since what its mark averages."""

    moves: Moves
    falling: bool
    since: Position
    averaged_since: Position
    end: Position
    ever: Position = (-1, -1, -1)


class PerpRows:
    """Makes the rows of one run; `index_moves` are moves of feeds' sources by forced sales (`source_moves`)."""

    def __init__(self, timeline: Timeline, index_moves: Mapping[str, Moves]) -> None:
        self._timeline = timeline
        self._index_moves = index_moves
        self._book_moves = book_moves(timeline)

    def row(self, closing: Closing, generations: Sequence[int]) -> PerpLiquidation:
        """The row of a liquidation, given the generations of all before it."""
        timeline, event = self._timeline, closing.liquidated
        args, number = event.args, closing.number
        sizes = self._sizes_wad(closing)
        direct = self._is_direct(closing, sizes)
        cause = None if direct else self._cause(closing, sizes)
        return PerpLiquidation(
            index=number,
            block=event.block,
            tx=event.tx,
            log=event.log,
            time_s=timeline.record(event.block).time_s,
            market=closing.market,
            account=closing.account,
            instrument=closing.instrument,
            keeper=keeper_of(timeline, event, args["liquidator"]),
            size_before_wad=args["sizeBeforeWad"],
            book_wad=args["bookWad"],
            stages_wad=args["stagesWad"],
            closed_base=notional_base(closing.closed_wad, args["markE8"]),
            fee_quote=args["feeQuote"],
            equity_quote=args["equityQuote"],
            maintenance_quote=args["maintenanceQuote"],
            bankruptcy_e8=args["bankruptcyE8"],
            mark_e8=args["markE8"],
            index_e8=timeline.round_before(closing.instrument, closing.position).price_e8,
            direct=direct,
            cause=cause,
            generation=0 if cause is None else generations[cause] + 1,
        )

    def _sizes_wad(self, closing: Closing) -> dict[str, int]:
        """Positions of the account: the one that is closed as it was then, others as at the block's start."""
        key = (closing.liquidated.block, closing.market, closing.account)
        before = self._timeline.trace.positions_before.get(key)
        others = before.sizes_wad if before is not None else {}
        return {**others, closing.instrument: closing.liquidated.args["sizeBeforeWad"]}

    def _is_direct(self, closing: Closing, sizes: Mapping[str, int]) -> bool:
        """Below maintenance margin also at the exogenous prices at the times of the observations.

        Collateral stays as it was valued. Maintenance margin is taken to move with the notional of all positions,
        which is exact for one position that stays within its bracket.
        """
        timeline, args = self._timeline, closing.liquidated.args
        before = timeline.record(closing.liquidated.block - 1).perps[closing.market]
        marks = {name: before[name].mark_e8 or before[name].index_e8 for name in sizes}
        marks[closing.instrument] = args["markE8"]
        gain, notional_read, notional = 0, 0, 0
        for name, size in sizes.items():
            observed = timeline.round_before(name, closing.position).observed_block
            exogenous = timeline.exogenous_e8(name, observed)
            gain += value_quote(timeline, closing.market, size, exogenous - marks[name])
            notional_read += notional_base(size, marks[name])
            notional += notional_base(size, exogenous)
        return (args["equityQuote"] + gain) * notional_read < args["maintenanceQuote"] * notional

    def _cause(self, closing: Closing, sizes: Mapping[str, int]) -> int | None:
        """Number of the liquidation whose move counts."""
        watched = [one for name, size in sizes.items() if size for one in self._watched(closing, name, size > 0)]
        lasts = [
            (one.moves.positions[found], one.moves.cause[found])
            for one in watched
            if (found := one.moves.last(one.falling, one.since, one.end)) is not None
        ]
        if lasts:
            return max(lasts)[1]
        for start in ("averaged_since", "ever"):
            largest = [
                (found[0], one.moves.cause[found[1]])
                for one in watched
                if (found := one.moves.largest(one.falling, getattr(one, start), one.end)) is not None
            ]
            if largest:
                return max(largest, key=lambda item: item[0])[1]
        return None

    def _watched(self, closing: Closing, instrument: str, falling: bool) -> Iterator[_Watched]:
        """The moves of the book and of the index of an instrument, and since when they count."""
        timeline, healthy = self._timeline, self._last_healthy(closing)
        # Who was seen to meet its margin at the start of a block did so at the mids of two blocks before.
        since = max(healthy - 1, -1)
        model = instruments(timeline, closing.market)[instrument].get("mark", {})
        window_s = max(model.get(name, 0) for name in ("premium_window_s", "long_window_s"))
        averaged = timeline.block_at(timeline.record(since).time_s - window_s)
        books, now = self._book_moves[closing.market, instrument], block_start(closing.liquidated.block)
        yield _Watched(books, falling, block_start(since), block_start(averaged), now)
        if instrument in self._index_moves:
            observed = timeline.round_before(instrument, closing.position).observed_at
            seen, then = (self._observed_at(instrument, block) for block in (healthy, averaged))
            yield _Watched(self._index_moves[instrument], falling, seen, then, observed)

    def _observed_at(self, instrument: str, block: int) -> Position:
        """Where the index was observed that was read at the start of a block."""
        if block < 0:
            return block_start(-1)
        return self._timeline.round_before(instrument, block_start(block)).observed_at

    def _last_healthy(self, closing: Closing) -> int:
        """The last block, up to its own, at whose start the account met maintenance margin; -1 if none."""
        for block in range(closing.liquidated.block, -1, -1):
            below = self._timeline.record(block).below_maintenance.get(closing.market, {})
            if closing.account not in below:
                return block
        return -1
