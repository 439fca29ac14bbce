"""Exact-integer mirror of ``HealthLib`` and ``LiquidationLib``.

Amounts are smallest units, ``_base`` values US dollars with eight decimals, units 10 ** decimals. The formulas
and their rounding are those of Aave v3.6, held against its bytecode by the conformance vectors:

    HF = Σ(collateral_i · LT_i) / debt          seized = repaid · p_debt / p_collateral · (1 + bonus)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.units import (
    BPS,
    UINT256_MAX,
    WAD,
    bps_div_half_up,
    bps_div_up,
    bps_mul_down,
    bps_mul_half_up,
    mul_div_down,
)


def health_factor_wad_down(collaterals: Iterable[tuple[int, int]], debt_base: int) -> int:
    """Return the health factor in wad, ``UINT256_MAX`` without debt.

    Parameters
    ----------
    collaterals
        Value in base units and liquidation threshold in bps, per reserve.
    debt_base
        Value of all debt.
    """
    if debt_base == 0:
        return UINT256_MAX
    weighted = sum(base * threshold_bps for base, threshold_bps in collaterals)
    return mul_div_down(weighted, WAD, debt_base) // BPS


def max_debt_base_down(collaterals: Iterable[tuple[int, int]]) -> int:
    """Return the most debt in base units that collateral (value, LTV in bps) lets its owner take."""
    return sum(base * ltv_bps for base, ltv_bps in collaterals) // BPS


def average_bps_down(collaterals: Sequence[tuple[int, int]]) -> int:
    """Return the average of weights in bps over the collateral's value, 0 without collateral."""
    total = sum(base for base, _ in collaterals)
    return 0 if total == 0 else sum(base * weight_bps for base, weight_bps in collaterals) // total


@dataclass(frozen=True, slots=True)
class SeizureInput:
    """What a seizure is computed from; the fields of the Solidity struct."""

    debt_assets: int
    collateral_balance: int
    debt_price_base: int
    debt_unit: int
    collateral_price_base: int
    collateral_unit: int
    bonus_bps: int
    protocol_fee_bps: int
    fee_on_seized: bool = False


@dataclass(frozen=True, slots=True)
class Seizure:
    """What is repaid, what leaves the account, and the treasury's part of the latter."""

    repaid_assets: int
    seized_assets: int
    protocol_fee_assets: int


def seize(given: SeizureInput) -> Seizure:
    """Return the seizure for a repayment, bounded by the collateral.

    The fee is a share of the bonus (Aave), or with ``fee_on_seized`` of everything seized (Compound v2).
    """
    factor_bps = BPS + given.bonus_bps
    repaid = given.debt_assets
    at_par = mul_div_down(
        given.debt_assets * given.debt_price_base,
        given.collateral_unit,
        given.collateral_price_base * given.debt_unit,
    )
    seized = bps_mul_half_up(at_par, factor_bps)
    if seized > given.collateral_balance:
        seized = given.collateral_balance
        worth = mul_div_down(
            seized * given.collateral_price_base,
            given.debt_unit,
            given.debt_price_base * given.collateral_unit,
        )
        repaid = bps_div_up(worth, factor_bps)
    if given.fee_on_seized:
        return Seizure(repaid, seized, bps_mul_down(seized, given.protocol_fee_bps))
    bonus = seized - bps_div_half_up(seized, factor_bps)
    return Seizure(repaid, seized, bps_mul_half_up(bonus, given.protocol_fee_bps))
