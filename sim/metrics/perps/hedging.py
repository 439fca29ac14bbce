"""Hedgers' spot sales: who was long spot and short the perpetual is exposed by what was closed of the short."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sim.metrics.perps.closings import Closing, closings
from sim.metrics.timeline import Position, Timeline, usd
from sim.perp_trace import account_owner
from sim.trace import VenueTrade
from sim.units import BPS, WAD

HEDGE_SALE = "hedge_sale"
"""Intent of a hedger's sale."""
Metric = float | int | None


@dataclass(frozen=True, slots=True)
class HedgeSale:
    """One sale of a hedger, by swaps on venues.

    Attributes
    ----------
    asset, amount
        What it sold, in units.
    value_usd
        At the outside market's price just before.
    waited_s
        Seconds since a liquidation or a deleveraging last closed something of the hedger's; None before any.
    deleveraged
        Whether that was a deleveraging.
    impact_bps
        Fall of the spot price by its swaps, in bps of the price before the first; the largest of several venues.
    liquidation
        Number of the liquidation in which that happened.
    """

    position: Position
    hedger: str
    asset: str
    amount: int
    value_usd: float
    waited_s: int | None
    deleveraged: bool
    impact_bps: float
    liquidation: int | None
    swaps: tuple[VenueTrade, ...]


@dataclass(frozen=True, slots=True)
class _Exposure:
    """Something of an owner's was closed: as the one in shortfall, or against one."""

    position: Position
    owner: str
    deleveraged: bool
    number: int


def hedge_sales(timeline: Timeline) -> list[HedgeSale]:
    """All sales with that intent which landed, in order."""
    swaps: dict[tuple[int, int], list[VenueTrade]] = {}
    for trade in timeline.trace.trades:
        swaps.setdefault((trade.block, trade.tx), []).append(trade)
    exposures: dict[str, list[_Exposure]] = {}
    for closing in timeline.once(closings):
        for one in _exposures(closing):
            exposures.setdefault(one.owner, []).append(one)
    found = []
    for item in timeline.trace.transactions:
        sold = swaps.get((item.block, item.index))
        if item.intent == HEDGE_SALE and item.ok and sold:
            earlier = [one for one in exposures.get(item.sender, ()) if one.position < sold[0].position]
            found.append(_sale(timeline, item.sender, sold, earlier[-1] if earlier else None))
    return found


def _exposures(closing: Closing) -> list[_Exposure]:
    owners = [(log.args["owner"], True) for log in closing.named("Deleveraged")]
    owners.append((account_owner(closing.account), False))
    return [_Exposure(closing.position, owner, ranked, closing.number) for owner, ranked in owners]


def _sale(timeline: Timeline, hedger: str, sold: Sequence[VenueTrade], since: _Exposure | None) -> HedgeSale:
    first = sold[0]
    swaps = tuple(swap for swap in sold if swap.sold == first.sold)
    amount = sum(swap.amount_in for swap in swaps)
    price_e8 = timeline.outside_before_e8(first.sold, first.position)
    falls: dict[str, float] = {}
    for swap in swaps:
        if swap.before_e8 and swap.after_e8:
            falls[swap.venue] = falls.get(swap.venue, 0.0) + abs(math.log(swap.before_e8 / swap.after_e8))
    now_s = timeline.record(first.block).time_s
    return HedgeSale(
        position=first.position,
        hedger=hedger,
        asset=first.sold,
        amount=amount,
        value_usd=usd(timeline.value_down(first.sold, amount, price_e8)),
        waited_s=None if since is None else now_s - timeline.record(since.position[0]).time_s,
        deleveraged=since is not None and since.deleveraged,
        impact_bps=max((-math.expm1(-fall) * BPS for fall in falls.values()), default=0.0),
        liquidation=None if since is None else since.number,
        swaps=swaps,
    )


def closed_of_hedgers_wad(timeline: Timeline, instrument: str) -> int:
    """Size of hedgers' positions in an instrument that was deleveraged or liquidated."""
    groups = {name for name, model in timeline.scenario.get("traders", {}).items() if model["kind"] == "hedgers"}
    total = 0
    for closing in timeline.once(closings):
        if closing.instrument != instrument:
            continue
        sizes = [(account_owner(closing.account), closing.closed_wad)]
        sizes += [(log.args["owner"], log.args["sizeWad"]) for log in closing.named("Deleveraged")]
        total += sum(abs(size) for owner, size in sizes if owner.partition("/")[0] in groups)
    return total


def hedging_metrics(timeline: Timeline) -> dict[str, Metric]:
    """Sales in all, what they were of what hedgers had lost of their shorts, how late, and their impact."""
    sales = hedge_sales(timeline)
    sold = {
        asset: sum(sale.amount for sale in sales if sale.asset == asset)
        for asset in dict.fromkeys(sale.asset for sale in sales)
    }
    closed_wad = sum(closed_of_hedgers_wad(timeline, asset) for asset in sold)
    sold_wad = sum(amount * WAD // 10 ** timeline.decimals[asset] for asset, amount in sold.items())
    waits = [sale.waited_s for sale in sales if sale.waited_s is not None]
    return {
        "hedge_sales": len(sales),
        "hedge_sold_usd": sum(sale.value_usd for sale in sales),
        "hedge_sold_share": sold_wad / closed_wad if closed_wad else None,
        "median_hedge_wait_s": median(waits) if waits else None,
        "max_hedge_sale_impact_bps": max((sale.impact_bps for sale in sales), default=None),
    }
