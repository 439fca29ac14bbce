"""Exact-integer mirror of ``TierLib`` and ``HaircutLib``: what collateral counts for by size; how haircuts move.

``_base`` values are US dollars with eight decimals, weighted values these times bps.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from sim.units import SECONDS_PER_YEAR, mul_div_down, mul_div_up


def tiered_weighted_down(base: int, weighted: int, brackets: Sequence[tuple[int, int]]) -> int:
    """Return what a position of value ``base`` counts for in marginal brackets.

    Parameters
    ----------
    weighted
        What it would count for without brackets.
    brackets
        Floor in base units (rising) and figure in bps; of the part above a floor the lower of the figure and of
        the average ``weighted / base`` counts.
    """
    if not brackets or base <= brackets[0][0]:
        return weighted
    total = mul_div_down(weighted, brackets[0][0], base)
    ceilings = [floor for floor, _ in brackets[1:]] + [base]
    for (floor, figure_bps), ceiling in zip(brackets, ceilings, strict=True):
        if base > floor:
            part = min(base, ceiling) - floor
            total += min(mul_div_down(weighted, part, base), part * figure_bps)
    return total


def haircut_target_bps_up(
    multiplier_bps: int, volatility_bps: int, horizon_s: int, floor_bps: int, cap_bps: int
) -> int:
    """Return multiplier · σ · √(horizon / year), between floor and cap."""
    root_wad = isqrt(horizon_s * 10**36 // SECONDS_PER_YEAR)
    wanted = mul_div_up(multiplier_bps * root_wad, volatility_bps, 10**22)
    return min(max(wanted, floor_bps), cap_bps)


def stepped(current: int, target: int, max_step: int) -> int:
    """Return ``current`` moved towards ``target`` by at most ``max_step``."""
    return min(target, current + max_step) if target >= current else max(target, current - max_step)


def ramped_down(start: int, end: int, elapsed_s: int, ramp_s: int) -> int:
    """Return a linear ramp from ``start`` up to ``end``."""
    return end if elapsed_s >= ramp_s else start + (end - start) * elapsed_s // ramp_s
