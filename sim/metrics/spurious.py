"""Liquidations that the market took back: within an hour the account would have been safe at its prices.

A liquidation is *spurious* where the outside price of the collateral, in units of the debt asset, is at or above
the account's limit (below which it could be liquidated, all else as read) at the time of the liquidation or within
`REVERSAL_S` of it. One that the end of the run comes too early for is undecided, and counts in no share.
"""

from sim.metrics.liquidations import Liquidation
from sim.metrics.timeline import Position, Timeline, usd
from sim.units import SECONDS_PER_HOUR

REVERSAL_S = SECONDS_PER_HOUR


def is_spurious(timeline: Timeline, row: Liquidation) -> bool | None:
    """Whether a liquidation was taken back; None where no price decides it, or the run ends too early."""
    if row.limit_price is None:
        return None
    at = (row.block, row.tx, row.log)
    if _price(timeline, row, at) >= row.limit_price:
        return True
    for record in timeline.trace.blocks[row.block + 1 :]:
        if record.time_s > row.time_s + REVERSAL_S:
            return False
        if record.outside_e8[row.collateral_asset] >= row.limit_price * record.outside_e8[row.debt_asset]:
            return True
    return False if timeline.trace.blocks[-1].time_s >= row.time_s + REVERSAL_S else None


def _price(timeline: Timeline, row: Liquidation, at: Position) -> float:
    """Outside price of the collateral in units of the debt asset just before a position."""
    collateral, debt = (timeline.outside_before_e8(asset, at) for asset in (row.collateral_asset, row.debt_asset))
    return collateral / debt


def spurious_metrics(timeline: Timeline, table: list[Liquidation]) -> dict[str, float | int | None]:
    """Number, share of those decided, and collateral (USD at the prices read) of spurious liquidations."""
    decided = [(row, spurious) for row in table if (spurious := is_spurious(timeline, row)) is not None]
    found = [row for row, spurious in decided if spurious]
    return {
        "spurious_liquidations": len(found),
        "spurious_share": len(found) / len(decided) if decided else None,
        "spurious_usd": usd(sum(row.collateral_base for row in found)),
    }
