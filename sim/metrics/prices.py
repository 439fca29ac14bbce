"""Prices: what the market did, what it would have done, and the ratio of the two."""

import math

from sim.metrics.timeline import Timeline, usd

MIN_EXOGENOUS_FALL = (1, 1_000)
"""Amplification is null where the exogenous price falls by less than this share (numerator, denominator)."""


def lowest_exogenous_e8(timeline: Timeline, asset: str) -> int:
    """Lowest exogenous price from the start to the end of a run."""
    return min(record.exogenous_e8[asset] for record in timeline.records)


def lowest_market_e8(timeline: Timeline, asset: str) -> int:
    """Lowest price of the market that the asset's feed looks at, within blocks too.

    That is the outside market or, for a pool's spot price, the pool.
    """
    venue = timeline.spot_venue(asset)
    if venue is None:
        lows = [record.outside_e8[asset] for record in timeline.records]
        lows += [trade.price_after_e8 for trade in timeline.outside_trades.get(asset, ())]
        return min(lows)
    _, states = timeline.venue_states[venue]
    reserves = [record.venues[venue] for record in timeline.records]
    return min(timeline.spot_e8(venue, state, asset) for state in (*reserves, *states))


def amplification(timeline: Timeline, asset: str) -> float | None:
    """ln(p0 / lowest market price) / ln(p0 / lowest exogenous price).

    None where the exogenous fall is below 0.1 %, and where the market price reached nothing.
    """
    start = timeline.records[0].exogenous_e8[asset]
    exogenous = lowest_exogenous_e8(timeline, asset)
    share, whole = MIN_EXOGENOUS_FALL
    if (start - exogenous) * whole < start * share or exogenous <= 0:
        return None
    market = lowest_market_e8(timeline, asset)
    return math.log(start / market) / math.log(start / exogenous) if market > 0 else None


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
            usd(timeline.spot_e8(venue, record.venues[venue], model["base"]))
            * usd(record.outside_e8[model["quote"]])
            for record in blocks
        ]
    return series
