"""How far the oracle was from the market, and whether the venues could take what had to be sold."""

import math
from collections.abc import Sequence

from sim.metrics.gain import DEPTH_MOVE
from sim.metrics.keepers import bonus_share
from sim.metrics.sales import ForcedSale
from sim.metrics.timeline import Timeline, usd
from sim.trace import BlockRecord
from sim.units import BPS


def oracle_gap_bps(timeline: Timeline, asset: str) -> list[float]:
    """Per block with an answer, the feed's distance from the outside market, (oracle - market) / market in bps."""
    return [
        (record.feeds[asset].price_e8 - record.outside_e8[asset]) * BPS / record.outside_e8[asset]
        for record in timeline.trace.blocks
        if record.feeds[asset].price_e8
    ]


def sell_depth_units(reserve_units: int, bonus: float) -> float:
    """Units of its base that a constant-product pool takes until its price has fallen by the bonus.

    q = x ((1 - s)^(-1/2) - 1), which follows from k = x y with price y / x; the swap fee is left out.
    """
    return reserve_units * ((1.0 - bonus) ** -0.5 - 1.0) if bonus < 1.0 else float("inf")


def venue_sell_depth_units(timeline: Timeline, venue: str, record: BlockRecord, bonus: float) -> float:
    """Units of its base that a venue takes until its price has fallen by the bonus, as of a record.

    Exact for a constant-product pool; for another kind what takes it 2 % down, in proportion to the log fall.
    """
    state = record.venues[venue]
    if timeline.venues[venue].get("kind", "constant_product") == "constant_product":
        return sell_depth_units(state.base, bonus)
    return state.sell_depth * math.log(1.0 - bonus) / math.log(1.0 - DEPTH_MOVE) if bonus < 1.0 else float("inf")


def depth_ratio(timeline: Timeline) -> float | None:
    """Smallest ratio, over blocks and venues, of sell depth within the bonus to collateral waiting to be sold.

    Waiting: collateral of the venue's base asset in accounts with health below 1. None where none waited.
    """
    lowest: float | None = None
    for record in timeline.trace.blocks:
        waiting: dict[tuple[str, str], int] = {}
        for market, accounts in record.below_one.items():
            for account in accounts.values():
                for asset, units in account.supplied.items():
                    waiting[market, asset] = waiting.get((market, asset), 0) + units
        if not waiting:
            continue
        start = timeline.record(record.block - 1)
        for (market, asset), units in waiting.items():
            depth = sum(
                venue_sell_depth_units(timeline, name, start, bonus_share(timeline, market, asset))
                for name, venue in own_venues(timeline).items()
                if venue["base"] == asset
            )
            ratio = depth / units
            lowest = ratio if lowest is None else min(lowest, ratio)
    return lowest


def own_venues(timeline: Timeline) -> dict[str, dict]:
    """Venues with liquidity of their own: not those that divide sales over others."""
    return {name: dict(venue) for name, venue in timeline.venues.items() if not venue.get("venues")}


def depth_series(timeline: Timeline) -> dict[str, list[float]]:
    """Depth at 2 % per block (USD at the outside price of the base asset), at the end of the block.

    `sell_depth_usd.V` and `buy_depth_usd.V` are what takes a venue's price 2 % down and up,
    `outside_sell_depth_usd.A` and `outside_buy_depth_usd.A` the same of the outside market's book.
    """
    blocks = timeline.trace.blocks
    series: dict[str, list[float]] = {}
    for name, venue in timeline.venues.items():
        base = venue["base"]
        states = [(record, record.venues[name]) for record in blocks]
        series[f"sell_depth_usd.{name}"] = [_usd(timeline, r, base, state.sell_depth) for r, state in states]
        series[f"buy_depth_usd.{name}"] = [_usd(timeline, r, base, state.buy_depth) for r, state in states]
    for asset in timeline.records[0].outside_depth:
        for i, side in enumerate(("sell", "buy")):
            series[f"outside_{side}_depth_usd.{asset}"] = [
                _usd(timeline, record, asset, record.outside_depth[asset][i]) for record in blocks
            ]
    return series


def _usd(timeline: Timeline, record: BlockRecord, asset: str, units: int) -> float:
    return usd(timeline.value_down(asset, units, record.outside_e8[asset]))


def _sell_depth_usd(timeline: Timeline, record: BlockRecord, asset: str) -> float:
    """What sales of an asset take 2 % off its price on all venues together."""
    total = 0.0
    for name, venue in own_venues(timeline).items():
        state = record.venues[name]
        if venue["base"] == asset:
            total += _usd(timeline, record, asset, state.sell_depth)
        elif venue["quote"] == asset:
            total += _usd(timeline, record, venue["base"], state.buy_depth)
    return total


def sold_fraction_series(timeline: Timeline, sales: Sequence[ForcedSale]) -> dict[str, list[float]]:
    """Per block and venue `sold_fraction.V`: forced sales over the venue's reserve of what is sold at the start.

    For a constant-product pool, a fraction of d takes the price down to 1 / (1 + d)^2 of it.
    """
    series = {f"sold_fraction.{name}": [0.0] * len(timeline.trace.blocks) for name in timeline.venues}
    for sale in sales:
        block = sale.position[0]
        state = timeline.record(block - 1).venues[sale.venue]
        reserve = state.base if timeline.venues[sale.venue]["base"] == sale.asset else state.quote
        if reserve:
            series[f"sold_fraction.{sale.venue}"][block] += sale.amount / reserve
    return series


def depth_metrics(
    timeline: Timeline, sales: Sequence[ForcedSale], asset: str | None
) -> dict[str, float | int | None]:
    """Sell depth at 2 % of the main asset, at the start and at its lowest, and the largest sold fraction."""
    fractions = [max(column, default=0.0) for column in sold_fraction_series(timeline, sales).values()]
    found: dict[str, float | int | None] = {"max_sold_fraction": max(fractions, default=None)}
    traded = any(asset in (venue["base"], venue["quote"]) for venue in timeline.venues.values())
    depths = [_sell_depth_usd(timeline, r, asset) for r in timeline.records] if asset and traded else []
    outside = [
        _usd(timeline, record, asset, record.outside_depth[asset][0])
        for record in timeline.records
        if asset in record.outside_depth
    ]
    for name, column in (("sell_depth_usd", depths), ("outside_sell_depth_usd", outside)):
        found[f"start_{name}"] = column[0] if column else None
        found[f"lowest_{name}"] = min(column, default=None)
    return found
