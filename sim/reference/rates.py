"""Exact-integer mirror of ``KinkedRateLib``, ``KinkedCurveLib`` and ``InterestLib``.

Rates are yearly in ray (a year has 365 days), indexes in ray, amounts in smallest units. ``RateParams`` is the
two-slope curve of Aave V3, where the treasury's share and booked deficit both lower what suppliers earn;
``KinkedCurve`` is a curve of Compound III, which has one for suppliers and one for borrowers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.units import (
    BPS,
    RAY,
    SECONDS_PER_YEAR,
    bps_mul_down,
    mul_div_down,
    mul_div_up,
    ray_div_down,
    ray_div_up,
    ray_from_bps,
    ray_mul_down,
    ray_mul_up,
)


@dataclass(frozen=True, slots=True)
class RateParams:
    """The fields of the Solidity struct, in bps (a year)."""

    optimal_utilisation_bps: int
    base_rate_bps: int
    slope1_bps: int
    slope2_bps: int


def borrow_rate_ray_up(params: RateParams, cash: int, debt: int) -> int:
    """Return the yearly borrow rate at ``U = debt / (cash + debt)``, rounded up."""
    rate = ray_from_bps(params.base_rate_bps)
    if debt == 0:
        return rate
    used = ray_div_up(debt, cash + debt)
    optimal = ray_from_bps(params.optimal_utilisation_bps)
    slope1 = ray_from_bps(params.slope1_bps)
    if used <= optimal:
        return rate + mul_div_up(slope1, used, optimal)
    return rate + slope1 + mul_div_up(ray_from_bps(params.slope2_bps), used - optimal, RAY - optimal)


def supply_rate_ray_down(borrow_rate_ray: int, cash: int, debt: int, deficit: int, reserve_factor_bps: int) -> int:
    """Return the yearly supply rate: borrowers' interest less the treasury's share, over all claims."""
    if debt == 0:
        return 0
    lent = ray_div_down(debt, cash + debt + deficit)
    return bps_mul_down(ray_mul_down(borrow_rate_ray, lent), BPS - reserve_factor_bps)


MAX_CURVE_RATE_RAY = 10 * RAY
"""1000 % a year: Compound III's curves are flat from there on."""
MAX_USE = 10**9


@dataclass(frozen=True, slots=True)
class KinkedCurve:
    """The fields of the Solidity struct, in bps: slopes are per unit of utilisation."""

    kink_bps: int
    base_rate_bps: int
    slope_low_bps: int
    slope_high_bps: int


def utilisation_ray_down(debt: int, supplied: int) -> int:
    """Return debt over supply, rounded down; 0 without supply, at most 1e9."""
    return 0 if supplied == 0 else min(ray_div_down(debt, supplied), MAX_USE * RAY)


def utilisation_ray_up(debt: int, supplied: int) -> int:
    """Return debt over supply, rounded up; 0 without supply, at most 1e9."""
    return 0 if supplied == 0 else min(ray_div_up(debt, supplied), MAX_USE * RAY)


def rate_ray_down(curve: KinkedCurve, used_ray: int) -> int:
    """Return the yearly rate of a curve at a utilisation, each slope's part rounded down."""
    return _rate_ray(curve, used_ray, mul_div_down)


def rate_ray_up(curve: KinkedCurve, used_ray: int) -> int:
    """Return the yearly rate of a curve at a utilisation, each slope's part rounded up."""
    return _rate_ray(curve, used_ray, mul_div_up)


def _rate_ray(curve: KinkedCurve, used_ray: int, mul_div: Callable[[int, int, int], int]) -> int:
    low = min(used_ray, ray_from_bps(curve.kink_bps))
    rate = ray_from_bps(curve.base_rate_bps)
    rate += mul_div(ray_from_bps(curve.slope_low_bps), low, RAY)
    rate += mul_div(ray_from_bps(curve.slope_high_bps), used_ray - low, RAY)
    return min(rate, MAX_CURVE_RATE_RAY)


def linear_factor_ray_down(rate_ray: int, elapsed_s: int) -> int:
    """Return ``1 + r·t`` in ray: growth of suppliers' index."""
    return RAY + mul_div_down(rate_ray, elapsed_s, SECONDS_PER_YEAR)


def compound_factor_ray_up(rate_ray: int, elapsed_s: int) -> int:
    """Return ``1 + x + x²/2 + x³/6`` in ray with ``x = r·t``: growth of borrowers' index."""
    x = mul_div_up(rate_ray, elapsed_s, SECONDS_PER_YEAR)
    x2 = ray_mul_up(x, x)
    x3 = ray_mul_up(x2, x)
    return RAY + x + mul_div_up(x2, 1, 2) + mul_div_up(x3, 1, 6)
