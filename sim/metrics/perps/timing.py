"""When deleveraging comes: after the first liquidation, and within a block."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from sim.metrics.perps.closings import Closing, closings
from sim.metrics.timeline import Timeline

Metric = float | int | None


@dataclass(frozen=True, slots=True)
class Timing:
    """Deleveraging against liquidations, of all perpetual markets together.

    Attributes
    ----------
    first_delay_s
        Seconds from the first liquidation to the first in which positions were deleveraged.
    liquidations_before
        Liquidations before that one.
    before_share
        Of all pairs in one block of a liquidation without deleveraging and one with it, those in which the first
        came before the second; None without such a pair.
    correlation
        Pearson's, of the numbers of liquidations and of accounts deleveraged, over blocks with either; None with
        fewer than two, or where one of them does not vary.
    """

    first_delay_s: int | None
    liquidations_before: int | None
    before_share: float | None
    correlation: float | None


def timing(timeline: Timeline) -> Timing:
    """How deleveraging followed liquidations in a run."""
    rows = timeline.once(closings)
    first = next((i for i, closing in enumerate(rows) if _accounts(closing)), None)
    delay = None
    if first is not None:
        started, came = (timeline.record(rows[i].liquidated.block).time_s for i in (0, first))
        delay = came - started
    return Timing(delay, first, _before_share(rows), _correlation(rows))


def _accounts(closing: Closing) -> int:
    return sum(1 for _ in closing.named("Deleveraged"))


def _before_share(rows: list[Closing]) -> float | None:
    pairs = before = 0
    plain: Counter[int] = Counter()
    ranked: Counter[int] = Counter()
    for closing in rows:
        block = closing.liquidated.block
        if _accounts(closing):
            before += plain[block]
            ranked[block] += 1
            pairs += plain[block]
        else:
            plain[block] += 1
            pairs += ranked[block]
    return before / pairs if pairs else None


def _correlation(rows: list[Closing]) -> float | None:
    liquidations: Counter[int] = Counter(closing.liquidated.block for closing in rows)
    accounts: Counter[int] = Counter()
    for closing in rows:
        accounts[closing.liquidated.block] += _accounts(closing)
    blocks = sorted(liquidations)
    columns = np.array([[count[block] for block in blocks] for count in (liquidations, accounts)], dtype=float)
    if len(blocks) < 2 or not columns.std(axis=1).all():
        return None
    return float(np.corrcoef(columns)[0, 1])


def timing_metrics(timeline: Timeline) -> dict[str, Metric]:
    """The same as metrics."""
    found = timing(timeline)
    return {
        "adl_delay_s": found.first_delay_s,
        "liquidations_before_adl": found.liquidations_before,
        "liquidation_first_share": found.before_share,
        "liquidation_adl_correlation": found.correlation,
    }
