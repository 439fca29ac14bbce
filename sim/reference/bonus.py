"""Exact-integer mirror of ``BonusLib`` and the bonus rules: bonuses above par, in bps, rounded down.

Health factors are in wad, volatilities in bps per year, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sim.reference.context import LiquidationContext, toxic_health_wad
from sim.units import BPS, SECONDS_PER_HOUR, WAD, bps_mul_down, mul_div_down, wad_from_bps


def by_health_bps_down(max_bonus_bps: int, min_share_bps: int, max_bonus_health_wad: int, health_wad: int) -> int:
    """Return Aave v4's bonus: linear from the least, at health 1, to the most at a lower health."""
    if health_wad <= max_bonus_health_wad:
        return max_bonus_bps
    least_bps = bps_mul_down(max_bonus_bps, min_share_bps)
    if health_wad >= WAD:
        return least_bps
    return least_bps + mul_div_down(max_bonus_bps - least_bps, WAD - health_wad, WAD - max_bonus_health_wad)


def by_discount_bps_down(max_discount_bps: int, health_wad: int) -> int:
    """Return Euler v2's bonus: 1 / max(health, 1 - maximum discount) - 1."""
    factor_wad = max(health_wad, WAD - wad_from_bps(max_discount_bps))
    return 0 if factor_wad >= WAD else BPS * WAD // factor_wad - BPS


def by_volatility_bps_down(base_bps: int, slope_bps: int, volatility_bps: int, cap_bps: int) -> int:
    """Return base + slope * volatility, at most the cap."""
    return min(base_bps + bps_mul_down(slope_bps, volatility_bps), cap_bps)


def fermented_bps_down(start_bps: int, growth_bps_per_hour: int, elapsed_s: int, cap_bps: int) -> int:
    """Return start + growth * time, at most the cap."""
    return min(start_bps + growth_bps_per_hour * elapsed_s // SECONDS_PER_HOUR, cap_bps)


def guarded_bps_down(bonus_bps: int, liquidation_threshold_bps: int, health_wad: int, margin_bps: int) -> int:
    """Return the bonus while HF > LT (1 + b), and otherwise HF / LT - 1 - margin, never negative.

    Collateral that counts for nothing (LT = 0) takes no health along, at any bonus.
    """
    if liquidation_threshold_bps == 0:
        return bonus_bps
    if health_wad > toxic_health_wad(liquidation_threshold_bps, bonus_bps):
        return bonus_bps
    ratio_bps = health_wad * BPS // wad_from_bps(liquidation_threshold_bps)
    return max(ratio_bps - BPS - margin_bps, 0)


class BonusRule(Protocol):
    """The bonus of a liquidation."""

    def bonus_bps(self, context: LiquidationContext) -> int:
        """Return the collateral seized above par, in bps."""
        ...


@dataclass(frozen=True, slots=True)
class ConfiguredBonus:
    """The reserve's bonus."""

    def bonus_bps(self, context: LiquidationContext) -> int:
        """Return the collateral seized above par, in bps."""
        return context.configured_bonus_bps


@dataclass(frozen=True, slots=True)
class BonusByHealth:
    """Aave v4; the contract's parameters."""

    min_share_bps: int
    max_bonus_health_wad: int

    def bonus_bps(self, context: LiquidationContext) -> int:
        """Return the collateral seized above par, in bps."""
        most_bps = context.configured_bonus_bps
        return by_health_bps_down(
            most_bps, self.min_share_bps, self.max_bonus_health_wad, context.health_factor_wad
        )


@dataclass(frozen=True, slots=True)
class DiscountByHealth:
    """Euler v2; the contract's parameter."""

    max_discount_bps: int

    def bonus_bps(self, context: LiquidationContext) -> int:
        """Return the collateral seized above par, in bps."""
        return by_discount_bps_down(self.max_discount_bps, context.health_factor_wad)


@dataclass(frozen=True, slots=True)
class ToxicityGuard:
    """A bonus rule that does not let repayments lower the health factor; the contract's parameters."""

    inner: BonusRule
    margin_bps: int

    def bonus_bps(self, context: LiquidationContext) -> int:
        """Return the collateral seized above par, in bps."""
        return guarded_bps_down(
            self.inner.bonus_bps(context),
            context.liquidation_threshold_bps,
            context.health_factor_wad,
            self.margin_bps,
        )
