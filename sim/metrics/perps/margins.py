"""Margins, open interest, funding and marks over a run, and accounts that nobody liquidated."""

import math
from dataclasses import dataclass

from sim.metrics.perps.closings import closings
from sim.metrics.perps.market import instruments, notional_base
from sim.metrics.timeline import Timeline, usd
from sim.perp_trace import PerpAccountRecord
from sim.units import BPS, E8, WAD

DEFAULT_STALL_BLOCKS = 25
MIN_STALLED_NOTIONAL_BASE = 1_000 * E8
MIN_EXOGENOUS_FALL = 1e-3
"""Amplification of a mark is None where the exogenous price falls by less than this share."""
Metric = float | int | None


def lowest_margin_ratio(timeline: Timeline) -> float | None:
    """Lowest equity over maintenance margin of an account at the start of a block; None if none was below 1."""
    ratios = [
        account.equity_quote / account.maintenance_quote
        for record in timeline.trace.blocks
        for accounts in record.below_maintenance.values()
        for account in accounts.values()
        if account.maintenance_quote
    ]
    return min(ratios, default=None)


@dataclass(frozen=True, slots=True)
class PerpStall:
    """An account that nobody liquidated: from its first block below maintenance margin, for how many blocks."""

    market: str
    account: str
    first_block: int
    blocks: int
    notional_usd: float


def perp_stalls(timeline: Timeline) -> list[PerpStall]:
    """Every stretch in which an account could have been liquidated for `stall_blocks` blocks and was not.

    A stretch counts block starts at which equity is below maintenance margin with at least 1,000 USD of notional,
    and index and mark of all its instruments are valid. A liquidation of the account in a block ends it.
    """
    needed = timeline.scenario.get("outcomes", {}).get("stall_blocks", DEFAULT_STALL_BLOCKS)
    liquidated = {(one.liquidated.block, one.market, one.account) for one in timeline.once(closings)}
    found: dict[tuple[str, str, int], PerpStall] = {}
    running: dict[tuple[str, str], tuple[int, int]] = {}
    for record in timeline.trace.blocks:
        still: dict[tuple[str, str], tuple[int, int]] = {}
        for market, accounts in record.below_maintenance.items():
            for name, account in accounts.items():
                notional = _notional_base(timeline, record.block - 1, market, account)
                if notional < MIN_STALLED_NOTIONAL_BASE or (record.block, market, name) in liquidated:
                    continue
                first, blocks = running.get((market, name), (record.block, 0))
                still[market, name] = (first, blocks + 1)
                if blocks + 1 >= needed:
                    found[market, name, first] = PerpStall(market, name, first, blocks + 1, usd(notional))
        running = still
    return list(found.values())


def _notional_base(timeline: Timeline, block: int, market: str, account: PerpAccountRecord) -> int:
    """Notional of all positions after a block; 0 where a price is not valid."""
    states = timeline.record(block).perps[market]
    if not all(states[name].mark_e8 and states[name].index_e8 for name in account.sizes_wad):
        return 0
    return sum(notional_base(size, states[name].mark_e8) for name, size in account.sizes_wad.items())


def mark_amplification(timeline: Timeline, market: str, instrument: str) -> float | None:
    """Log move of the mark over that of the exogenous price, each to its lowest; None for a fall below 0.1 %.

    The start is the exogenous price before the run.
    """
    start = timeline.records[0].exogenous_e8[instrument]
    lowest = min(record.exogenous_e8[instrument] for record in timeline.records)
    marks = [mark for record in timeline.records if (mark := record.perps[market][instrument].mark_e8)]
    if not marks or lowest <= 0 or start - lowest < start * MIN_EXOGENOUS_FALL:
        return None
    return math.log(start / min(marks)) / math.log(start / lowest)


def margin_metrics(timeline: Timeline) -> dict[str, Metric]:
    """Lowest margin ratio, stalls, and the widest distance of a mark from its index."""
    pairs = [(market, name) for market in timeline.perps for name in instruments(timeline, market)]
    gaps = [abs(gap) for pair in pairs for gap in _gaps_bps(timeline, *pair) if gap is not None]
    amplified = [ratio for pair in pairs if (ratio := mark_amplification(timeline, *pair)) is not None]
    backlog = below_maintenance_series(timeline)
    return {
        "lowest_margin_ratio": lowest_margin_ratio(timeline),
        "max_mark_gap_bps": max(gaps, default=None),
        "mark_amplification": max(amplified, default=None),
        "max_below_maintenance_accounts": max(backlog, default=0),
        "final_below_maintenance_accounts": backlog[-1] if backlog else 0,
        "perp_stalled_accounts": len({(one.market, one.account) for one in perp_stalls(timeline)}),
    }


def below_maintenance_series(timeline: Timeline) -> list[int]:
    """Accounts below maintenance margin at the start of each block."""
    return [sum(map(len, record.below_maintenance.values())) for record in timeline.trace.blocks]


def _gaps_bps(timeline: Timeline, market: str, instrument: str) -> list[float | None]:
    states = [record.perps[market][instrument] for record in timeline.trace.blocks]
    return [(one.mark_e8 / one.index_e8 - 1) * BPS if one.mark_e8 and one.index_e8 else None for one in states]


def perp_series(timeline: Timeline) -> dict[str, list]:
    """Per block, at its end and by market and instrument; None where a price is not valid.

    `mark_usd`, `index_usd`, `mid_usd`, `mark_gap_bps` (over the index), `long_usd` and `short_usd` (traders' open
    interest at the mark), `maker_usd` (above 0 long), `funding_rate_bps` (per interval, longs pay above 0).
    """
    series: dict[str, list] = {}
    if timeline.perps:
        series["below_maintenance_accounts"] = below_maintenance_series(timeline)
    for market in timeline.perps:
        for name in instruments(timeline, market):
            states = [record.perps[market][name] for record in timeline.trace.blocks]
            key = f"{market}.{name}"
            for price in ("mark", "index", "mid"):
                prices = (getattr(one, f"{price}_e8") for one in states)
                series[f"{price}_usd.{key}"] = [usd(price_e8) if price_e8 else None for price_e8 in prices]
            series[f"mark_gap_bps.{key}"] = _gaps_bps(timeline, market, name)
            for side in ("long", "short", "maker"):
                series[f"{side}_usd.{key}"] = [
                    getattr(one, f"{side}_wad") / WAD * usd(one.mark_e8) if one.mark_e8 else None for one in states
                ]
            series[f"funding_rate_bps.{key}"] = [one.funding_rate_wad / WAD * BPS for one in states]
    return series
