"""Exact-integer mirror of ``FundingLib``: funding rates, their index, and what a position owes of it.

Rates are wad per interval; longs pay where they are above 0. The index is quote per whole base with 26 decimals.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.units import WAD, mul_div_down

_INDEX_PER_E8 = 10**18


class AdaptiveFunding(NamedTuple):
    """Funding that ramps while one side outweighs the other (GMX v2); rates are per interval."""

    ramp_wad: int
    decay_wad: int
    stable_skew_wad: int
    decay_skew_wad: int
    floor_wad: int
    cap_wad: int


def premium_wad(price_e8: int, index_e8: int) -> int:
    """Return how far a price is above the index."""
    return _truncated((price_e8 - index_e8) * WAD, index_e8)


def clamped_rate_wad(premium: int, interest_wad: int, bound_wad: int, cap_wad: int) -> int:
    """Return premium + clamp(interest − premium, ±bound), within ±cap (Binance)."""
    return clamped(premium + clamped(interest_wad - premium, bound_wad), cap_wad)


def skew_wad(long_wad: int, short_wad: int) -> int:
    """Return which side outweighs the other, as a share of both; 0 without any."""
    return _truncated((long_wad - short_wad) * WAD, long_wad + short_wad) if long_wad + short_wad else 0


def adaptive_rate_wad(rate_wad: int, skew: int, elapsed_s: int, interval_s: int, params: AdaptiveFunding) -> int:
    """Return the rate after ``elapsed_s`` at a skew: towards the heavier side, or back to 0 where it is small."""
    against = skew * rate_wad < 0
    if against or abs(skew) > params.stable_skew_wad:
        step = mul_div_down(params.ramp_wad * abs(skew), elapsed_s, interval_s * WAD)
        rate_wad += step if skew > 0 else -step
    elif abs(skew) < params.decay_skew_wad:
        left = max(abs(rate_wad) - mul_div_down(params.decay_wad, elapsed_s, interval_s), 0)
        rate_wad = left if rate_wad > 0 else -left
    if rate_wad == 0:
        return 0
    bounded = min(max(abs(rate_wad), params.floor_wad), params.cap_wad)
    return bounded if rate_wad > 0 else -bounded


def growth_truncated(rate_wad: int, price_e8: int, elapsed_s: int, interval_s: int) -> int:
    """Return what the index grows by: linear in time, so a long pause is the sum of its parts."""
    return _truncated(rate_wad * price_e8 * elapsed_s, interval_s)


def payment_quote_up(size_wad: int, growth: int, unit: int) -> int:
    """Return what a position pays (above 0) or gets for a growth of the index; rounding is the market's dust."""
    return -(-size_wad * growth // (unit * _INDEX_PER_E8))


def clamped(x: int, bound: int) -> int:
    """Return the nearest number within ±``bound``."""
    return max(min(x, bound), -bound)


def _truncated(x: int, y: int) -> int:
    return x // y if x >= 0 else -(-x // y)
