"""Exact-integer mirror of ``BankruptcyLib``: the prices at which a position is bankrupt or liquidated.

Prices are quote per base with eight decimals, sizes base with 18 decimals (long above 0), amounts units of the
quote token. Prices round up for a long and down for a short and do not go below 0, so that a close at the
bankruptcy price leaves no deficit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.reference.margin_tiers import MarginTier
from sim.units import BPS, E8_DECIMALS, WAD_DECIMALS, mul_div_down, mul_div_up


class PositionAtMark(NamedTuple):
    """A position, what counts for it, the mark price, and what size times price is divided by."""

    size_wad: int
    equity_quote: int
    mark_e8: int
    unit: int


def quote_unit(quote_decimals: int) -> int:
    """Return what a size (wad) times a price (e8) is divided by to be an amount of a token."""
    return 10 ** (WAD_DECIMALS + E8_DECIMALS - quote_decimals)


def bankruptcy_e8(position: PositionAtMark) -> int:
    """Return the price at which the equity is 0."""
    return _zero_e8(position, position.equity_quote, 0)


def liquidation_e8(position: PositionAtMark, other_quote: int, tiers: Sequence[MarginTier]) -> int:
    """Return the price at which equity is maintenance margin, with ``other_quote`` of it for other positions."""
    worst = max if position.size_wad > 0 else min
    return worst(
        _zero_e8(position, position.equity_quote + tier.deduction_quote - other_quote, tier.maintenance_bps)
        for tier in tiers
    )


def equity_share_down(equity_quote: int, maintenance_quote: int, total_maintenance_quote: int) -> int:
    """Return the part of an account's equity that one position may lose, by its maintenance margin."""
    return equity_quote * maintenance_quote // total_maintenance_quote


def _zero_e8(position: PositionAtMark, cushion_quote: int, rate_bps: int) -> int:
    size, long = abs(position.size_wad), position.size_wad > 0
    worth = cushion_quote * position.unit
    numerator = max(size * position.mark_e8 + (-worth if long else worth), 0)
    if long:
        return mul_div_up(numerator, BPS, size * (BPS - rate_bps))
    return mul_div_down(numerator, BPS, size * (BPS + rate_bps))
