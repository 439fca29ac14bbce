"""The liquidations of a run: of lending and of perpetual markets, numbered and caused together."""

from dataclasses import dataclass

from sim.metrics.forced import all_forced_sales
from sim.metrics.liquidations import LendingRows, Liquidation
from sim.metrics.perps.closings import closings
from sim.metrics.perps.liquidations import PerpLiquidation, PerpRows
from sim.metrics.sales import source_moves
from sim.metrics.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Tables:
    """Both tables, each in order; their indexes number all rows together."""

    lending: list[Liquidation]
    perps: list[PerpLiquidation]

    @property
    def merged(self) -> list[Liquidation | PerpLiquidation]:
        """All rows in order of position."""
        return sorted([*self.lending, *self.perps], key=lambda row: row.index)


def liquidation_tables(timeline: Timeline) -> Tables:
    """All liquidations of a run. Read through `Timeline.once`."""
    tables = Tables([], [])
    if not timeline.all_liquidations:
        return tables
    moves = source_moves(timeline, timeline.once(all_forced_sales))
    lending = LendingRows(timeline, moves)
    perps = PerpRows(timeline, moves) if timeline.perps else None
    closing_of = {closing.number: closing for closing in timeline.once(closings)}
    generations: list[int] = []
    for number, event in enumerate(timeline.all_liquidations):
        closing = closing_of.get(number)
        if closing is not None and perps is not None:
            row = perps.row(closing, generations)
            tables.perps.append(row)
        else:
            row = lending.row(event, generations)
            tables.lending.append(row)
        generations.append(row.generation)
    return tables


def liquidation_table(timeline: Timeline) -> list[Liquidation]:
    """Liquidations of the lending markets, in order."""
    return timeline.once(liquidation_tables).lending
