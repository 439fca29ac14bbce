"""Exact-integer mirror of ``MarginTierLib``: maintenance margin in continuous brackets.

Amounts are in units of the quote token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.units import BPS, bps_div_up, bps_mul_up, mul_div_up


class MarginTier(NamedTuple):
    """A bracket: margin of a notional in it is notional · ``maintenance_bps`` − ``deduction_quote``."""

    floor_quote: int
    maintenance_bps: int
    deduction_quote: int


def continuous_tiers(rates_bps: Sequence[tuple[int, int]]) -> list[MarginTier]:
    """Return the brackets of (floor, rate in bps) with the deductions that make them continuous.

    Raises
    ------
    ValueError
        If they do not rise from nothing, or a deduction would have a fraction of a unit.
    """
    tiers, deduction_bps, rate = [], 0, 0
    for floor, next_rate in rates_bps:
        deduction_bps += floor * (next_rate - rate)
        tiers.append(MarginTier(floor, next_rate, deduction_bps // BPS))
        rate = next_rate
    require_continuous(tiers)
    return tiers


def require_continuous(tiers: Sequence[MarginTier]) -> None:
    """Raise ``ValueError``, named as the contract's error, unless brackets are as `MarginTierLib` wants them."""
    if not tiers or tiers[0].floor_quote or tiers[0].deduction_quote:
        raise ValueError("TiersWithoutStart()")
    floor, rate, deduction_bps = 0, 0, 0
    for index, tier in enumerate(tiers):
        if index and tier.floor_quote <= floor:
            raise ValueError(f"TierFloorNotRising({index}, {tier.floor_quote}, {floor})")
        if not rate < tier.maintenance_bps < BPS:
            raise ValueError(f"TierRateOutOfRange({index}, {tier.maintenance_bps}, {rate})")
        deduction_bps += tier.floor_quote * (tier.maintenance_bps - rate)
        if tier.deduction_quote * BPS != deduction_bps:
            raise ValueError(f"TierNotContinuous({index}, {tier.deduction_quote}, {deduction_bps // BPS})")
        floor, rate = tier.floor_quote, tier.maintenance_bps


def tier_of(notional_quote: int, tiers: Sequence[MarginTier]) -> int:
    """Return the index of the bracket of a notional; on a floor, of the one that begins there."""
    return max(i for i, tier in enumerate(tiers) if i == 0 or notional_quote >= tier.floor_quote)


def maintenance_quote_up(notional_quote: int, tiers: Sequence[MarginTier]) -> int:
    """Return the maintenance margin of a notional, in favour of the market."""
    tier = tiers[tier_of(notional_quote, tiers)]
    return bps_mul_up(notional_quote, tier.maintenance_bps) - tier.deduction_quote


def initial_quote_up(maintenance_quote: int, share_bps: int) -> int:
    """Return the initial margin of which the maintenance margin is ``share_bps`` (dYdX v4: 6,000)."""
    return bps_div_up(maintenance_quote, share_bps)


def scaled_initial_quote_up(
    initial_quote: int,
    notional_quote: int,
    open_interest_quote: int,
    lower_cap_quote: int,
    upper_cap_quote: int,
) -> int:
    """Return initial margin that grows to the whole notional as open interest goes from one cap to the other."""
    if initial_quote >= notional_quote or open_interest_quote <= lower_cap_quote:
        return initial_quote
    if open_interest_quote >= upper_cap_quote:
        return notional_quote
    return initial_quote + mul_div_up(
        notional_quote - initial_quote,
        open_interest_quote - lower_cap_quote,
        upper_cap_quote - lower_cap_quote,
    )
