"""Exact-integer mirror of ``PositionLib``: values of perpetual positions, and what a change of one realises.

Sizes are base with 18 decimals (long above 0), prices quote per base with eight, amounts units of the quote token;
``unit`` is `bankruptcy.quote_unit` of its decimals. What belongs to the holder rounds down, margins up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.reference.margin_tiers import MarginTier, initial_quote_up, maintenance_quote_up
from sim.units import mul_div_up


class Requirement(NamedTuple):
    """Notional of a position and the margins that it needs, in quote units, rounded up."""

    notional_quote: int
    initial_quote: int
    maintenance_quote: int


class Change(NamedTuple):
    """A position after a trade, and what the trade realised."""

    size_wad: int
    entry_quote: int
    realised_quote: int


def value_floor(size_wad: int, price_e8: int, unit: int) -> int:
    """Return the value of a position, below 0 for a short, rounded to minus infinity."""
    return size_wad * price_e8 // unit


def notional_up(size_wad: int, price_e8: int, unit: int) -> int:
    """Return the value without its sign, rounded up."""
    return mul_div_up(abs(size_wad), price_e8, unit)


def requirement_up(
    size_wad: int, price_e8: int, unit: int, tiers: Sequence[MarginTier], share_bps: int
) -> Requirement:
    """Return notional, initial and maintenance margin; ``share_bps`` is the second as a share of the first."""
    notional = notional_up(size_wad, price_e8, unit)
    maintenance = maintenance_quote_up(notional, tiers)
    return Requirement(notional, initial_quote_up(maintenance, share_bps), maintenance)


def reduces(size_wad: int, size_delta_wad: int) -> bool:
    """Return whether a trade goes against the position, be it beyond zero."""
    return size_wad * size_delta_wad < 0


def changed(size_wad: int, entry_quote: int, size_delta_wad: int, quote_delta: int) -> Change:
    """Return a position after a trade that brings ``quote_delta``; entry and realised keep their sum.

    Closing takes the closed share of the entry, a trade across zero closes first and opens with the rest; shares
    round down.
    """
    realised = 0
    if reduces(size_wad, size_delta_wad):
        closed = min(abs(size_wad), abs(size_delta_wad))
        realised = entry_quote * closed // abs(size_wad) + quote_delta * closed // abs(size_delta_wad)
    return Change(size_wad + size_delta_wad, entry_quote + quote_delta - realised, realised)
