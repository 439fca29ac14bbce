"""Exact-integer mirror of ``QuoteLib``: what layers over feeds make of the prices of several.

Prices are positive ints below 2^127 with at most 18 decimals, times seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from sim.units import BPS, mul_div_down, mul_div_up


class Round(NamedTuple):
    """A round of a feed: price, when it was observed, when it reached the chain."""

    answer: int
    started_at_s: int
    updated_at_s: int


def rescaled_down(price: int, decimals: int, to_decimals: int) -> int:
    """Return a price with other decimals, rounded down."""
    return price * 10**to_decimals // 10**decimals


def anchored_down(price: int, decimals: int, anchor: int, anchor_decimals: int, band_bps: int) -> int:
    """Return ``price`` brought to within ``band_bps`` of ``anchor``; bounds round inwards, the upper one wins."""
    lowest = mul_div_up(anchor * (BPS - band_bps), 10**decimals, BPS * 10**anchor_decimals)
    highest = mul_div_down(anchor * (BPS + band_bps), 10**decimals, BPS * 10**anchor_decimals)
    return min(max(price, lowest), highest)


def converted_down(price: Round, unit_price: Round, unit_decimals: int) -> Round:
    """Return a price that is counted in an asset times that asset's own, with the older times of both."""
    return Round(
        price.answer * unit_price.answer // 10**unit_decimals,
        min(price.started_at_s, unit_price.started_at_s),
        min(price.updated_at_s, unit_price.updated_at_s),
    )


def median_down(rounds: Sequence[Round]) -> Round:
    """Return the median of at least one round, with the older of the times of those that determine it.

    Of an even number it is the mean of the middle two, rounded down; equal answers keep their order.
    """
    ordered = sorted(rounds, key=attrgetter("answer"))
    lower, upper = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return Round(
        (lower.answer + upper.answer) // 2,
        min(lower.started_at_s, upper.started_at_s),
        min(lower.updated_at_s, upper.updated_at_s),
    )
