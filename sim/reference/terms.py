"""Exact-integer mirror of ``TermsLib`` and the terms of a liquidation.

Amounts are smallest units, ``_base`` values US dollars with eight decimals, health factors wads.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.reference.context import LiquidationContext, toxic_health_wad
from sim.units import BPS, E8, UINT256_MAX, WAD, bps_mul_half_up, bps_mul_up, mul_div_down, mul_div_up


def target_repayment_base_up(
    total_debt_base: int,
    health_wad: int,
    target_health_wad: int,
    liquidation_threshold_bps: int,
    bonus_bps: int,
) -> int:
    """Return Aave v4's D (HF_T - HF) / (HF_T - LT (1 + b)); ``UINT256_MAX`` if no repayment gets there."""
    if health_wad >= target_health_wad:
        return 0
    toxic_wad = toxic_health_wad(liquidation_threshold_bps, bonus_bps)
    if target_health_wad <= toxic_wad:
        return UINT256_MAX
    return mul_div_up(total_debt_base, target_health_wad - health_wad, target_health_wad - toxic_wad)


def _leaves_dust(
    dust_base: int, debt_assets: int, debt_base: int, collateral_assets: int, collateral_base: int
) -> bool:
    if debt_assets == 0 or collateral_assets == 0:
        return False
    return min(debt_base, collateral_base) < dust_base


@dataclass(frozen=True, slots=True)
class TotalDebtCloseFactor:
    """Terms of Aave v3.6; the fields of the contract's parameters, with Aave's values."""

    close_factor_bps: int = 5_000
    full_close_health_wad: int = 95 * WAD // 100
    full_close_below_base: int = 2_000 * E8
    min_leftover_base: int = 1_000 * E8

    def max_debt_assets(self, context: LiquidationContext, bonus_bps: int) -> int:
        """Return the most that one call may repay of the reserve's debt, in assets."""
        smaller = min(context.reserve_collateral_base, context.reserve_debt_base)
        if context.health_factor_wad <= self.full_close_health_wad or smaller < self.full_close_below_base:
            return context.reserve_debt_assets
        closable_base = bps_mul_half_up(context.total_debt_base, self.close_factor_bps)
        if context.reserve_debt_base <= closable_base:
            return context.reserve_debt_assets
        return mul_div_down(closable_base, context.debt_unit, context.debt_price_base)

    def leaves_dust(self, debt_assets: int, debt_base: int, collateral_assets: int, collateral_base: int) -> bool:
        """Return whether these leftovers (base values rounded down) are refused."""
        return _leaves_dust(self.min_leftover_base, debt_assets, debt_base, collateral_assets, collateral_base)


@dataclass(frozen=True, slots=True)
class ReserveCloseFactor:
    """Terms of Aave v3.0; a full-close health of 0 makes them Compound v2's."""

    close_factor_bps: int = 5_000
    full_close_health_wad: int = 95 * WAD // 100

    def max_debt_assets(self, context: LiquidationContext, bonus_bps: int) -> int:
        """Return the most that one call may repay of the reserve's debt, in assets."""
        if self.full_close_health_wad and context.health_factor_wad <= self.full_close_health_wad:
            return context.reserve_debt_assets
        return bps_mul_half_up(context.reserve_debt_assets, self.close_factor_bps)


@dataclass(frozen=True, slots=True)
class WholePosition:
    """No close factor (Euler v2, Morpho Blue)."""

    def max_debt_assets(self, context: LiquidationContext, bonus_bps: int) -> int:
        """Return the most that one call may repay of the reserve's debt, in assets."""
        return context.reserve_debt_assets


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """Terms of Aave v4; the fields of the contract's parameters, with Aave's values."""

    target_health_wad: int = 105 * WAD // 100
    dust_base: int = 1_000 * E8

    def max_debt_assets(self, context: LiquidationContext, bonus_bps: int) -> int:
        """Return the most that one call may repay of the reserve's debt, in assets."""
        debt = context.reserve_debt_assets
        repaid_base = target_repayment_base_up(
            context.total_debt_base,
            context.health_factor_wad,
            self.target_health_wad,
            context.liquidation_threshold_bps,
            bonus_bps,
        )
        if repaid_base >= context.reserve_debt_base:
            return debt
        repaid = mul_div_up(repaid_base, context.debt_unit, context.debt_price_base)
        if repaid >= debt:
            return debt
        left_base = mul_div_down(debt - repaid, context.debt_price_base, context.debt_unit)
        seized_base = bps_mul_up(repaid_base, BPS + bonus_bps)
        dust = self.dust_base
        return debt if left_base < dust or context.reserve_collateral_base < seized_base + dust else repaid

    def leaves_dust(self, debt_assets: int, debt_base: int, collateral_assets: int, collateral_base: int) -> bool:
        """Return whether these leftovers (base values rounded down) are refused."""
        return _leaves_dust(self.dust_base, debt_assets, debt_base, collateral_assets, collateral_base)
