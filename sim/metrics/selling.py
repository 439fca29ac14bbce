"""What forced sales cost their sellers, and over how many venues they went."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.metrics.forced import all_forced_sales
from sim.metrics.timeline import Timeline
from sim.trace import VenueTrade
from sim.units import BPS, E8


@dataclass(frozen=True, slots=True)
class SaleCosts:
    """What forced sales brought, held against the spot price just before each.

    Attributes
    ----------
    slippage_bps
        Part of the sales' value at the spot prices before them that they did not bring, fees included, over all.
        Negative only where a venue paid better than its own spot price. None without forced sales.
    by_venue
        The same by venue that was sold on.
    venues_per_sale
        Venues that a transaction with a forced sale sold on, on average; None without one.
    """

    slippage_bps: float | None
    by_venue: Mapping[str, float]
    venues_per_sale: float | None


def sale_costs(timeline: Timeline) -> SaleCosts:
    """What all forced sales of a run cost; sales at no spot price are left out."""
    forced = {(sale.venue, sale.position) for sale in timeline.once(all_forced_sales)}
    value: dict[str, float] = {}
    brought: dict[str, float] = {}
    venues: dict[tuple[int, int], set[str]] = {}
    for trade in timeline.trace.trades:
        if (trade.venue, trade.position) not in forced or not trade.before_e8:
            continue
        before_usd, after_usd = _values_usd(timeline, trade)
        value[trade.venue] = value.get(trade.venue, 0.0) + before_usd
        brought[trade.venue] = brought.get(trade.venue, 0.0) + after_usd
        venues.setdefault((trade.block, trade.tx), set()).add(trade.venue)
    if not venues:
        return SaleCosts(None, {}, None)
    return SaleCosts(
        (1 - sum(brought.values()) / sum(value.values())) * BPS,
        {name: (1 - brought[name] / value[name]) * BPS for name in value},
        sum(map(len, venues.values())) / len(venues),
    )


def _values_usd(timeline: Timeline, trade: VenueTrade) -> tuple[float, float]:
    """What was sold, at the venue's spot price before it, and what came for it, at the outside price of that."""
    model = timeline.venues[trade.venue]
    base, quote = model["base"], model["quote"]
    bought = quote if trade.sold == base else base
    price = trade.before_e8 / E8 if trade.sold == base else E8 / trade.before_e8
    bought_usd = timeline.record(trade.block).outside_e8[bought] / E8
    sold = trade.amount_in / 10 ** timeline.decimals[trade.sold]
    return sold * price * bought_usd, trade.amount_out / 10 ** timeline.decimals[bought] * bought_usd
