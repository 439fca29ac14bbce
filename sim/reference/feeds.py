"""Exact-integer mirrors of the formulas of feeds: growth, confidence, the mean of a window and moving averages.

Growth and its cap are those of Aave's correlated-asset price oracle, the window and the gap those of limit-up
limit-down in US equities, the moving average that of crvUSD's price oracles.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.reference.adaptive_curve import exp_wad
from sim.units import BPS, SECONDS_PER_YEAR, WAD, mul_div_down, mul_div_up


def grown_down(base: int, growth_bps_per_year: int, elapsed_s: int) -> int:
    """Return base * (1 + growth * elapsed / year)."""
    return base + mul_div_down(base, growth_bps_per_year * elapsed_s, BPS * SECONDS_PER_YEAR)


def capped_rate_wad(live_wad: int, snapshot_wad: int, growth_bps_per_year: int, age_s: int) -> int:
    """Return the rate that counts, with a snapshot of that age; mirror of ``CappedRate.rateWad``."""
    return min(live_wad, grown_down(snapshot_wad, growth_bps_per_year, age_s))


def margin_up(confidence: int, multiplier_bps: int) -> int:
    """Return the half-width of an interval of that many confidences."""
    return mul_div_up(confidence, multiplier_bps, BPS)


def window_mean_down(prices: Sequence[int], since_s: Sequence[int], now_s: int, window_s: int) -> int:
    """Return the mean over the window that ends now, weighted by time; the last price where none has held."""
    start_s = max(now_s - window_s, 0)
    ends = [*since_s[1:], now_s]
    weights = [max(end - max(since, start_s), 0) for since, end in zip(since_s, ends, strict=True)]
    total = sum(weights)
    return sum(p * w for p, w in zip(prices, weights, strict=True)) // total if total else prices[-1]


def gap_bps_down(before: int, price: int) -> int:
    """Return the distance of two prices in bps of the first."""
    return mul_div_down(abs(before - price), BPS, before)


def smoothed_down(average: int, target: int, elapsed_s: int, time_constant_s: int) -> int:
    """Return target + (average - target) * exp(-elapsed / time constant)."""
    weight = exp_wad(-(elapsed_s * WAD // time_constant_s))
    return (average * weight + target * (WAD - weight)) // WAD
