"""Exact-integer mirror of ``ImpactLib``: linear price impact of a close, and what it lacks."""

from __future__ import annotations

from sim.units import WAD, mul_div_up


def execution_e8(mark_e8: int, size_delta_wad: int, slope_e8: int) -> int:
    """Return the average price of a trade that moves the price by ``slope_e8`` per base, against the trader.

    Parameters
    ----------
    size_delta_wad
        Base bought (above 0) or sold.
    """
    impact_e8 = mul_div_up(abs(size_delta_wad), slope_e8, 2 * WAD)
    return mark_e8 + impact_e8 if size_delta_wad > 0 else max(mark_e8 - impact_e8, 0)


def shortfall_quote_up(size_wad: int, bankruptcy_e8: int, executed_e8: int, unit: int) -> int:
    """Return what closing a position (long above 0) lacks at a price worse than its bankruptcy price, else 0."""
    worse_by = bankruptcy_e8 - executed_e8 if size_wad > 0 else executed_e8 - bankruptcy_e8
    return mul_div_up(abs(size_wad), max(worse_by, 0), unit)
