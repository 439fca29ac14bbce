"""Prices: what the market did, what it would have done, and the ratio of the two."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

from sim.metrics.timeline import Timeline, usd
from sim.units import E8

MIN_EXOGENOUS_FALL = (1, 1_000)
"""Amplification is null where the exogenous price falls by less than this share (numerator, denominator)."""


def lowest_exogenous_e8(timeline: Timeline, asset: str) -> int:
    """Lowest exogenous price from the start to the end of a run."""
    return min(record.exogenous_e8[asset] for record in timeline.records)


def lowest_market_e8(timeline: Timeline, asset: str) -> int:
    """Lowest price of the market that the asset's feed looks at, within blocks too.

    That is the outside market or, for a pool's spot or mean price, the pool.
    """
    return min(price_e8 for _, price_e8 in _market_e8(timeline, asset))


def _market_e8(timeline: Timeline, asset: str) -> Iterator[tuple[int, int]]:
    """Blocks and prices that the market went through; not in order."""
    venue = timeline.venue_read(asset)
    if venue is None:
        yield from ((record.block, record.outside_e8[asset]) for record in timeline.records)
        yield from ((trade.block, trade.price_after_e8) for trade in timeline.outside_trades.get(asset, ()))
        return
    spots = [(record.block, record.venues[venue].spot_e8) for record in timeline.records]
    spots += [(trade.block, trade.after_e8) for trade in timeline.trades[venue]]
    for block, spot_e8 in spots:
        yield block, timeline.venue_price_e8(asset, spot_e8, block)


def amplification(timeline: Timeline, asset: str, debt: str | None = None) -> float | None:
    """ln(p0 / lowest market price) / ln(p0 / lowest exogenous price).

    A price is in units of the `debt` asset that `asset` secures, since a position's health depends on that; in USD
    without one, which is the same for a debt whose price does not move.

    None where the exogenous fall is below 0.1 %, and where the market price reached nothing. So it is None for a
    chain that no price set off.
    """
    exogenous = min(_in_debt(record.exogenous_e8[asset], record.exogenous_e8, debt) for record in timeline.records)
    start = _in_debt(timeline.records[0].exogenous_e8[asset], timeline.records[0].exogenous_e8, debt)
    share, whole = MIN_EXOGENOUS_FALL
    if (start - exogenous) * whole < start * share or exogenous <= 0:
        return None
    market = min(
        _in_debt(price_e8, timeline.record(block).outside_e8, debt)
        for block, price_e8 in _market_e8(timeline, asset)
    )
    return math.log(start / market) / math.log(start / exogenous) if market > 0 else None


def _in_debt(price_e8: int, prices_e8: Mapping[str, int], debt: str | None) -> Fraction:
    return Fraction(price_e8, E8 if debt is None else prices_e8[debt])


def price_series(timeline: Timeline) -> dict[str, list[float | None]]:
    """Per block, USD: `outside_usd.A`, `exogenous_usd.A`, `oracle_usd.A` by asset and `pool_usd.V` by venue.

    Outside prices are those during the block, before its trades; oracle and pool prices those after it.
    """
    blocks = timeline.trace.blocks
    series: dict[str, list[float | None]] = {}
    for asset in timeline.records[0].outside_e8:
        series[f"outside_usd.{asset}"] = [usd(record.outside_e8[asset]) for record in blocks]
        series[f"exogenous_usd.{asset}"] = [usd(record.exogenous_e8[asset]) for record in blocks]
    for asset in timeline.feeds:
        prices = (record.feeds[asset].price_e8 for record in blocks)
        series[f"oracle_usd.{asset}"] = [usd(price) if price > 0 else None for price in prices]
    for venue, model in timeline.venues.items():
        series[f"pool_usd.{venue}"] = [
            usd(record.venues[venue].spot_e8) * usd(record.outside_e8[model["quote"]]) for record in blocks
        ]
    return series
