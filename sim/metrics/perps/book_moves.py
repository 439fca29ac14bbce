"""What liquidations did to the mid of their instrument: they sell longs and buy back shorts in the book."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.metrics.perps.closings import Closing, closings
from sim.metrics.perps.market import instruments, notional_base, pricing_role
from sim.metrics.sales import Moves
from sim.metrics.timeline import Timeline
from sim.trace import Event
from sim.units import BPS, E8

MILLION_BASE = 1_000_000 * E8


def book_moves(timeline: Timeline) -> dict[tuple[str, str], Moves]:
    """Moves of the mid by book trades of liquidations, by market and instrument; `cause` numbers liquidations.

    On a virtual AMM the mid before a trade is what the last trade or peg of the block left, or the block before.
    Where an index prices, the mid follows the imbalance: a trade moves it by `adverse_bps_per_million` of its
    value, which is exact while the imbalance grows and taken for it where it shrinks.
    """
    found = {(market, name): Moves() for market in timeline.perps for name in instruments(timeline, market)}
    inside = {_at(event): closing for closing in timeline.once(closings) for event in closing.named("Priced")}
    for (market, name), moves in found.items():
        for event, before, after in _mids(timeline, market, name):
            closing = inside.get(_at(event))
            if closing is not None and before > 0:
                moves.add(_at(event), before, after, closing.number)
    return found


def book_events(timeline: Timeline, closing: Closing) -> Iterator[Event]:
    """Trades of a liquidation in the book."""
    role = pricing_role(timeline, closing.market, closing.instrument)
    return (event for event in closing.named("Priced") if event.emitter == role)


def _at(event: Event) -> tuple[int, int, int]:
    return event.block, event.tx, event.log


def _mids(timeline: Timeline, market: str, instrument: str) -> Iterator[tuple[Event, int, int]]:
    """Trades of an instrument with the mid before and after each."""
    role, model = pricing_role(timeline, market, instrument), instruments(timeline, market)[instrument]["pricing"]
    events = [
        event
        for name in ("Priced", "Repegged")
        for event in timeline.events(name)
        if event.emitter == role and event.args["instrument"] == instrument
    ]
    block, mid = -1, 0
    for event in sorted(events, key=_at):
        if event.block != block:
            block, mid = event.block, timeline.record(event.block - 1).perps[market][instrument].mid_e8
        if "indexE8" in event.args:
            mid = event.args["indexE8"]
            yield event, mid, _skewed(model, event)
            continue
        if event.name == "Priced":
            yield event, mid, event.args["priceE8"]
        mid = event.args["priceE8"]


def _skewed(model: Mapping[str, Any], event: Event) -> int:
    size, index = event.args["sizeDeltaWad"], event.args["indexE8"]
    share = model["adverse_bps_per_million"] / BPS * notional_base(size, index) / MILLION_BASE
    return max(0, round(index * (1 + share if size > 0 else 1 - share)))
