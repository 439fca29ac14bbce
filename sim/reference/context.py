"""Mirror of ``LiquidationContext``: what terms and bonus rules know about an unhealthy account."""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import BPS, WAD


@dataclass(frozen=True, slots=True)
class LiquidationContext:
    """The fields of the Solidity struct but for its addresses; base values have eight decimals."""

    health_factor_wad: int
    total_collateral_base: int
    total_debt_base: int
    reserve_collateral_base: int
    reserve_debt_base: int
    reserve_debt_assets: int
    debt_unit: int
    debt_price_base: int
    liquidation_threshold_bps: int
    configured_bonus_bps: int


def toxic_health_wad(liquidation_threshold_bps: int, bonus_bps: int) -> int:
    """Return LT (1 + bonus) in wad: at health factors below it a repayment lowers the health factor."""
    return liquidation_threshold_bps * (BPS + bonus_bps) * WAD // BPS**2
