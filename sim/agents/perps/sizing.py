"""How much brings the price of a perpetual to a target."""

from collections.abc import Callable
from math import isqrt

from sim.protocols.perp_states import VirtualCurve
from sim.units import E8

STEPS = 24
"""Bisections: to 2^-24 of the largest trade."""
MARGIN_SHARE = 1_000
"""A marginal price is taken over this part of a trade, so that a rounded unit does not show in it."""


def curve_trade_wad(curve: VirtualCurve, price_e8: int) -> int:
    """Return the size that takes a virtual x · y = k to a price, long above 0: R - sqrt(k / p)."""
    return curve.reserve_wad - isqrt(curve.base_wad * curve.quote_wad * E8 // price_e8)


def largest_trade_wad(
    quote: Callable[[int], int | None], side: int, price_e8: int, most_wad: int, unit: int
) -> int:
    """Return the largest size without sign whose last part still brings a price, by bisection on quotes.

    Parameters
    ----------
    quote
        What a signed size brings before fees, in units of quote; None where it has no price.
    side
        1: buys, at `price_e8` at most; -1: sells, at that at least.
    unit
        Size (wad) times price (e8) over this is units of quote.
    """

    def pays(size: int) -> bool:
        step = max(size // MARGIN_SHARE, 1)
        all_of_it, without = quote(side * size), quote(side * (size - step)) if size > step else 0
        if all_of_it is None or without is None:
            return False
        return all_of_it - without >= -side * step * price_e8 // unit

    if most_wad <= 0 or pays(most_wad):
        return max(most_wad, 0)
    low, high = 0, most_wad
    for _ in range(STEPS):
        middle = (low + high) // 2
        low, high = (middle, high) if pays(middle) else (low, middle)
    return low
