"""How fast the impact of trades goes away: the response of a price to a trade, by the number of blocks since.

The displacement of a price is the log of it over its exogenous price; what a block's trades do to it is their
impact. If the impact of one block is still there to a share R(k) after k blocks, the displacement at the start of
block t is the sum over k of R(k) times the impact of block t - k, and from some lag on R is taken for constant
(what is permanent). R is the least squares solution of these equations over all blocks; 1 - R(k) is the share of
an impact that is gone. Where the book of the outside market is all that moves a price, that is exact but for a
tail longer than the lags; on a venue it is an average over what arbitrageurs and others did.
"""

import math
from collections.abc import Sequence

import numpy as np

from sim.metrics.sales import ForcedSale
from sim.metrics.timeline import Timeline

VENUE_LAGS = 20
OUTSIDE_LAGS = 60
"""Blocks after which an impact is taken for permanent, at most a third of the run."""
SHARE_BLOCKS = 5
MAX_BLOCKS = 20_000
Metrics = dict[str, float | int | None]


def response(displacement: Sequence[float], impact: Sequence[float], most_lags: int) -> list[float] | None:
    """R(1) to the last lag, of displacements before each block's trades and impacts of these trades.

    Of at most `MAX_BLOCKS` from the first impact on. None where impacts are too few or too late to tell, or less
    than three times `SHARE_BLOCKS` are left.
    """
    first = next((block for block, size in enumerate(impact) if size), len(impact))
    impacts = np.asarray(impact[first : first + MAX_BLOCKS], dtype=float)
    count = len(impacts)
    lags = min(most_lags, count // 3)
    if lags < SHARE_BLOCKS:
        return None
    columns = np.zeros((count, lags))
    for lag in range(1, lags):
        columns[lag:, lag - 1] = impacts[: count - lag]
    columns[lags:, lags - 1] = np.cumsum(impacts)[: count - lags]
    values = np.asarray(displacement[first : first + count], dtype=float) - displacement[first]
    solution, _, rank, _ = np.linalg.lstsq(columns, values, rcond=None)
    return solution.tolist() if rank == lags else None


def half_life_blocks(shares_left: Sequence[float]) -> float | None:
    """Blocks until half of an impact is gone, linear between blocks; None if that is beyond them."""
    before = 1.0
    for block, left in enumerate(shares_left):
        if left <= 0.5:
            return block + (before - 0.5) / (before - left)
        before = left
    return None


def outside_response(timeline: Timeline, asset: str) -> list[float] | None:
    """Response of an asset's outside price to the trades there."""
    blocks = timeline.trace.blocks
    impact = [0.0] * len(blocks)
    for trade in timeline.outside_trades.get(asset, ()):
        impact[trade.block] += math.log(trade.price_after_e8 / trade.price_before_e8)
    displacement = [math.log(record.outside_e8[asset] / record.exogenous_e8[asset]) for record in blocks]
    return response(displacement, impact, OUTSIDE_LAGS)


def venue_response(timeline: Timeline, venue: str, sales: Sequence[ForcedSale]) -> list[float] | None:
    """Response of a venue's spot price to forced sales there; arbitrage and others' trades are the refill.

    None too where the venue was ever empty.
    """
    model, records = timeline.venues[venue], timeline.records
    if not all(record.venues[venue].spot_e8 for record in records):
        return None
    forced = {sale.position for sale in sales if sale.venue == venue}
    impact = [0.0] * len(timeline.trace.blocks)
    for trade in timeline.trades[venue]:
        if trade.position in forced and trade.before_e8 and trade.after_e8:
            impact[trade.block] += math.log(trade.after_e8 / trade.before_e8)
    base, quote = model["base"], model["quote"]
    displacement = [
        math.log(record.venues[venue].spot_e8 * record.exogenous_e8[quote] / record.exogenous_e8[base])
        for record in records[:-1]
    ]
    return response(displacement, impact, VENUE_LAGS)


def refill_metrics(timeline: Timeline, sales: Sequence[ForcedSale], asset: str | None) -> Metrics:
    """Share gone after `SHARE_BLOCKS` blocks and half-life, of an asset outside and where it was sold most."""
    sold: dict[str, int] = {}
    for sale in sales:
        if sale.asset == asset:
            sold[sale.venue] = sold.get(sale.venue, 0) + sale.amount
    venue = max(sold, key=sold.__getitem__, default=None)
    return {
        **_of("venue", venue_response(timeline, venue, sales) if venue is not None else None),
        **_of("outside", outside_response(timeline, asset) if asset is not None else None),
    }


def _of(where: str, left: list[float] | None) -> Metrics:
    return {
        f"{where}_refill_share_{SHARE_BLOCKS}_blocks": None if left is None else 1 - left[SHARE_BLOCKS - 1],
        f"{where}_refill_half_life_blocks": None if left is None else half_life_blocks(left),
    }
