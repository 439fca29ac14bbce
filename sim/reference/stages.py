"""Exact-integer mirrors of ``SocialLossLib`` and ``VaultSizeLib``: formulas of the stages of a perpetual market.

Amounts are units of the quote token, sizes base with 18 decimals, prices quote per base with eight; ``unit`` is
10 ** (26 - decimals of the quote token).
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.units import BPS


def part_of(amount: int, before: int, weight: int, total: int) -> int:
    """Return what falls on ``weight`` of ``total`` after ``before`` of it: all parts together are ``amount``."""
    if weight == 0:
        return 0
    return amount * (before + weight) // total - amount * before // total


def shared_loss(loss_quote: int, profits_quote: Sequence[int], margins_quote: Sequence[int]) -> list[int]:
    """Return what each account pays of a loss: in proportion to profits, beyond all of them to margins.

    In sum the loss, or all profits and margins if that is less.
    """
    parts = [0] * len(profits_quote)
    left = loss_quote
    for weights in (profits_quote, margins_quote):
        total = sum(weights)
        amount, before = min(left, total), 0
        for i, weight in enumerate(weights):
            parts[i] += part_of(amount, before, weight, total)
            before += weight
        left -= amount
    return parts


def size_wad_down(notional_quote: int, price_e8: int, unit: int) -> int:
    """Return the largest size whose notional, rounded up, is at most ``notional_quote``."""
    return notional_quote * unit // price_e8


def chord_wad_down(low_wad: int, spare_quote: int, high_wad: int, missing_quote: int) -> int:
    """Return where the line from (low, spare) to (high, -missing) crosses zero."""
    return low_wad + (high_wad - low_wad) * spare_quote // (spare_quote + missing_quote)


def slice_wad(size_wad: int, slice_size_wad: int, least_wad: int) -> int:
    """Return a slice of a size, or all of it where less than ``least_wad`` would be left."""
    return slice_size_wad if size_wad - slice_size_wad >= max(least_wad, 1) else size_wad


def limit_quote_down(value_quote: int, slippage_bps: int) -> int:
    """Return the least that a trade worth ``value_quote`` brings; below 0, a purchase pays more."""
    factor = BPS - slippage_bps if value_quote >= 0 else BPS + slippage_bps
    return value_quote * factor // BPS
