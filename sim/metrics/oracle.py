"""How late and how wrong the price was that markets read: at every liquidation, and block by block.

*Gap*: price read over the outside market's, minus one. At a liquidation both are prices of the collateral in units
of the debt asset, and the outside one is that just before it.

*Latency*: time from the observation behind an answer to its use; *age*: from its publication to its use. At a
liquidation that is the round it read, block by block the answer as of the end of the block. In percent, latency
is how far the outside price has moved since (economic latency), whatever a layer or a pool made of the price.

*Updates*: due whenever the outside price has left the feed's deviation threshold around the last update due, or
the heartbeat has passed since. A push feed misses those that it did not publish: delayed ones that fresher ones
overtook, and those that congestion or an outage kept out of blocks.
"""

from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any

from sim.metrics.liquidations import Liquidation
from sim.metrics.timeline import Timeline
from sim.units import BPS

LATENCIES = ("oracle_latency_blocks", "oracle_latency_percent", "oracle_latency_s", "oracle_age_s")
PERCENT = 100
DEFAULT_DEVIATION_BPS = 50
DEFAULT_HEARTBEAT_S = 3_600


def latency_series(timeline: Timeline, asset: str) -> dict[str, list[float | None]]:
    """Per block `oracle_latency_` in `s`, `blocks` and `percent`, and `oracle_age_s`; None without an answer."""
    series: dict[str, list[float | None]] = {f"{name}.{asset}": [] for name in LATENCIES}
    for record in timeline.trace.blocks:
        feed = record.feeds[asset]
        values: tuple[float | None, ...] = (None,) * len(LATENCIES)
        if feed.price_e8:
            observed = timeline.block_at(feed.observed_at_s)
            then, now = timeline.record(observed).outside_e8[asset], record.outside_e8[asset]
            percent = abs(then - now) * PERCENT / now
            since = (record.time_s - feed.observed_at_s, record.time_s - feed.updated_at_s)
            values = (record.block - observed, percent, *since)
        for column, value in zip(series.values(), values, strict=True):
            column.append(value)
    return series


def push_sources(feeds: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every push source of a scenario, nested ones too: role of its contract, asset, parameters."""
    for asset, feed in feeds.items():
        yield from _push_sources(asset, asset, feed)


def _push_sources(path: str, asset: str, feed: Mapping) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    if feed.get("kind", "push") == "push":
        yield f"{'source' if feed.get('through') else 'feed'}-{path}", asset, feed
    for i, part in enumerate((feed, *(feed.get("through") or ()))):
        nested = {**(part.get("sources") or {}), **({"anchor": part["anchor"]} if part.get("anchor") else {})}
        for name, source in nested.items():
            yield from _push_sources(f"{path}-{name}" if i == 0 else f"{path}-{i - 1}-{name}", asset, source)


def updates_due(timeline: Timeline, asset: str, deviation_bps: int, heartbeat_s: int) -> int:
    """Updates that a feed without delay, in blocks that always have room, would have published."""
    last_e8, last_s, due = timeline.records[0].outside_e8[asset], 0, 0
    for record in timeline.trace.blocks:
        price_e8 = record.outside_e8[asset]
        moved = abs(price_e8 - last_e8) * BPS > deviation_bps * last_e8
        if moved or record.time_s - last_s >= heartbeat_s:
            last_e8, last_s, due = price_e8, record.time_s, due + 1
    return due


def updates(timeline: Timeline) -> tuple[int, int] | None:
    """Updates due and updates missed, of all push sources together; None without one."""
    due = missed = 0
    sources = list(push_sources(timeline.feeds))
    for role, asset, feed in sources:
        published = sum(event.emitter == role for event in timeline.events("RoundPushed"))
        deviation_bps = feed.get("deviation_bps", DEFAULT_DEVIATION_BPS)
        expected = updates_due(timeline, asset, deviation_bps, feed.get("heartbeat_s", DEFAULT_HEARTBEAT_S))
        due += expected
        missed += max(expected - published, 0)
    return (due, missed) if sources else None


def oracle_metrics(
    timeline: Timeline, table: list[Liquidation], asset: str | None
) -> dict[str, float | int | None]:
    """Gap and latency at liquidations, latency of the main asset's feed over all blocks, and missed updates."""
    gaps = [abs(row.oracle_gap_bps) for row in table if row.oracle_gap_bps is not None]
    found: dict[str, float | int | None] = {
        **_mean_and_max("liquidation_oracle_gap_bps", gaps),
        **_mean_and_max("liquidation_oracle_latency_blocks", [row.oracle_latency_blocks for row in table]),
        **_mean_and_max("liquidation_oracle_latency_s", [row.oracle_latency_s for row in table]),
        **_mean_and_max("liquidation_oracle_age_s", [row.oracle_age_s for row in table]),
    }
    series = latency_series(timeline, asset) if asset in timeline.feeds else {}
    for name in LATENCIES:
        values = [value for value in series.get(f"{name}.{asset}", ()) if value is not None]
        found |= _mean_and_max(name, values)
    found["oracle_updates_due"], found["oracle_updates_missed"] = updates(timeline) or (None, None)
    return found


def _mean_and_max(name: str, values: list | tuple) -> dict[str, float | int | None]:
    return {
        f"mean_{name}": fmean(values) if values else None,
        f"max_{name}": max(values, default=None),
    }
