"""Exact-integer mirror of ``MarkLib`` and ``MedianMark``: the mark of a perpetual.

It is the median of the index with the moving average of the mid's clamped premium, a short and a long mean of the
mid, as Perpetual Protocol v2 (Curie) has it. Prices are quote per base with 8 decimals, times seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from sim.reference.feeds import smoothed_down
from sim.reference.mean_price import sum_within_down
from sim.units import BPS, WAD, mul_div_down


def clamped_ratio_wad_down(mid_e8: int, index_e8: int, clamp_bps: int) -> int:
    """Return mid / index in wad, within ``clamp_bps`` of one."""
    margin = clamp_bps * (WAD // BPS)
    return min(max(mul_div_down(mid_e8, WAD, index_e8), WAD - margin), WAD + margin)


def premium_price_e8_down(index_e8: int, ratio_wad: int) -> int:
    """Return an index with a premium; at least 1."""
    return max(mul_div_down(index_e8, ratio_wad, WAD), 1)


def sum_after_both(total: int, held_e8: int, held_s: int, then_e8: int, then_s: int) -> int:
    """Return a sum of price times seconds after times at two prices."""
    return total + held_e8 * held_s + then_e8 * then_s


def median_of_three(a: int, b: int, c: int) -> int:
    """Return the middle one."""
    return median((a, b, c))


@dataclass(frozen=True, slots=True)
class MarkParams:
    """Windows (seconds) and clamp of the contract's struct.

    The windows are those of Perpetual Protocol v2; spacing and clamp are ours.
    """

    premium_window_s: int = 900
    short_window_s: int = 15
    long_window_s: int = 1_800
    spacing_s: int = 12
    clamp_bps: int = 500


class MarkParts(NamedTuple):
    """What a mark is the median of."""

    premium_e8: int
    short_mean_e8: int
    long_mean_e8: int


class Observed(NamedTuple):
    """Index, mid before this block, and since when it stands."""

    index_e8: int
    mid_e8: int
    since_s: int


class _Next(NamedTuple):
    turn_s: int
    total: int
    ratio_wad: int
    average_wad: int


@dataclass(slots=True)
class MedianMark:
    """Mirror of the contract for one instrument; raises ``ValueError`` where the contract reverts."""

    params: MarkParams
    records: list[tuple[int, int]] = field(default_factory=list)
    """(time, sum up to it), oldest first."""
    mid_e8: int = 0
    ratio_wad: int = 0
    average_wad: int = 0

    def due(self, now_s: int) -> bool:
        """Return whether ``poke`` would record anything, the index being valid."""
        return not self.records or now_s >= self.records[-1][0] + self.params.spacing_s

    def poke(self, now_s: int, observed: Observed) -> None:
        """Record a mid."""
        if not self.due(now_s):
            raise ValueError("record too soon")
        following = self._next(now_s, observed)
        self.records.append((now_s, following.total))
        capacity = -(-self.params.long_window_s // self.params.spacing_s) + 1
        del self.records[:-capacity]
        self.mid_e8 = observed.mid_e8
        self.ratio_wad, self.average_wad = following.ratio_wad, following.average_wad

    def parts(self, now_s: int, observed: Observed) -> MarkParts:
        """Return what the mark is the median of."""
        if not self.records:
            raise ValueError("no record")
        following = self._next(now_s, observed)
        windows = self.params.short_window_s, self.params.long_window_s
        return MarkParts(
            premium_price_e8_down(observed.index_e8, following.average_wad),
            *(self._mean_e8(now_s, observed.mid_e8, following, window) for window in windows),
        )

    def mark_e8(self, now_s: int, observed: Observed) -> int:
        """Return the mark."""
        return median_of_three(*self.parts(now_s, observed))

    def _next(self, now_s: int, observed: Observed) -> _Next:
        ratio = clamped_ratio_wad_down(observed.mid_e8, observed.index_e8, self.params.clamp_bps)
        if not self.records:
            return _Next(0, 0, ratio, ratio)
        last_s, total = self.records[-1]
        turn = min(max(last_s, observed.since_s), now_s)
        held, then = turn - last_s, now_s - turn
        at_turn = smoothed_down(self.average_wad, self.ratio_wad, held, self.params.premium_window_s)
        average = smoothed_down(at_turn, ratio, then, self.params.premium_window_s)
        return _Next(turn, sum_after_both(total, self.mid_e8, held, observed.mid_e8, then), ratio, average)

    def _mean_e8(self, now_s: int, mid_e8: int, following: _Next, window_s: int) -> int:
        start = max(now_s - window_s, self.records[0][0])
        if start == now_s:
            return self.mid_e8
        return (following.total - self._sum_at(start, mid_e8, following.turn_s)) // (now_s - start)

    def _sum_at(self, time_s: int, mid_e8: int, turn_s: int) -> int:
        index = bisect_right(self.records, time_s, key=lambda record: record[0]) - 1
        before_s, before = self.records[index]
        if index + 1 == len(self.records):
            return sum_after_both(
                before, self.mid_e8, min(time_s, turn_s) - before_s, mid_e8, max(time_s - turn_s, 0)
            )
        after_s, after = self.records[index + 1]
        return sum_within_down(before, after, time_s - before_s, after_s - before_s)
