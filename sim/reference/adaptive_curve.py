"""Exact-integer mirror of ``AdaptiveCurveLib`` and of the exponential it calls.

Rates are per second in wad. With the error ``e`` of utilisation from its target, normalised to [-1, 1]:

    rate = rate_at_target · (1 + e (C - 1))        for e >= 0
    rate = rate_at_target · (1 + e (1 - 1 / C))    for e <  0
    d ln(rate_at_target) / dt = speed · e          within [min, max]

The curve is Morpho's; defaults are those of its deployment. All divisions round towards zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import SECONDS_PER_YEAR, WAD, mul_div_down

MAX_EXPONENT_WAD = 100 * WAD

_LN2_96 = 54_916_777_467_707_473_351_141_471_128
"""ln 2 times 2**96."""
_EXP_ZERO_BELOW_WAD = -41_446_531_673_892_822_313
_EXP_SCALE = 3_822_833_074_963_236_453_042_738_258_902_158_003_155_416_615_667


def _div(x: int, y: int) -> int:
    """Divide towards zero, as signed integers do on chain."""
    quotient = abs(x) // abs(y)
    return quotient if (x < 0) == (y < 0) else -quotient


def exp_wad(x_wad: int) -> int:
    """Return e to the power of ``x_wad``, as Solady's ``expWad`` computes it, for ``x_wad`` below 135e18.

    The argument is reduced to ``x - k ln 2`` in 2**96ths, where a rational function of degrees 6 and 7 serves.
    """
    if x_wad <= _EXP_ZERO_BELOW_WAD:
        return 0
    x = _div(x_wad << 78, 5**18)
    k = (_div(x << 96, _LN2_96) + (1 << 95)) >> 96
    x -= k * _LN2_96
    y = x + 1_346_386_616_545_796_478_920_950_773_328
    y = ((y * x) >> 96) + 57_155_421_227_552_351_082_224_309_758_442
    p = y + x - 94_201_549_194_550_492_254_356_042_504_812
    p = ((p * y) >> 96) + 28_719_021_644_029_726_153_956_944_680_412_240
    p = p * x + (4_385_272_521_454_847_904_659_076_985_693_276 << 96)
    q = x - 2_855_989_394_907_223_263_936_484_059_900
    for coefficient in (
        50_020_603_652_535_783_019_961_831_881_945,
        -533_845_033_583_426_703_283_633_433_725_380,
        3_604_857_256_930_695_427_073_651_918_091_429,
        -14_423_608_567_350_463_180_887_372_962_807_573,
        26_449_188_498_355_588_339_934_803_723_976_023,
    ):
        q = ((q * x) >> 96) + coefficient
    return (_div(p, q) * _EXP_SCALE) >> (195 - k)


@dataclass(frozen=True, slots=True)
class CurveParams:
    """The fields of the Solidity struct, with the values of Morpho's deployment."""

    steepness_wad: int = 4 * WAD
    target_wad: int = 9 * WAD // 10
    speed_per_second_wad: int = 50 * WAD // SECONDS_PER_YEAR
    min_rate_wad: int = WAD // 1_000 // SECONDS_PER_YEAR
    max_rate_wad: int = 2 * WAD // SECONDS_PER_YEAR
    initial_rate_wad: int = 4 * WAD // 100 // SECONDS_PER_YEAR


def utilisation_wad_down(supply_assets: int, borrow_assets: int) -> int:
    """Return debt over supply, 0 without supply."""
    return mul_div_down(borrow_assets, WAD, supply_assets) if supply_assets else 0


def error_wad(params: CurveParams, used_wad: int) -> int:
    """Return the signed distance of the utilisation from its target, over the largest on its side."""
    widest = WAD - params.target_wad if used_wad > params.target_wad else params.target_wad
    return _div((used_wad - params.target_wad) * WAD, widest)


def rate_wad(params: CurveParams, rate_at_target_wad: int, err_wad: int) -> int:
    """Return the rate at an error."""
    steepness = params.steepness_wad
    slope = WAD - _div(WAD * WAD, steepness) if err_wad < 0 else steepness - WAD
    return _div((_div(slope * err_wad, WAD) + WAD) * rate_at_target_wad, WAD)


def adapt(params: CurveParams, start_wad: int, err_wad: int, elapsed_s: int) -> tuple[int, int]:
    """Return mean (trapezoids on both halves) and end of the rate at the target after ``elapsed_s``.

    A rate of 0 was never set: it starts, and stays, at the initial one.
    """
    if start_wad == 0:
        return params.initial_rate_wad, params.initial_rate_wad
    exponent = _div(params.speed_per_second_wad * err_wad, WAD) * elapsed_s
    if exponent == 0:
        return start_wad, start_wad
    end = _grown_wad(params, start_wad, exponent)
    middle = _grown_wad(params, start_wad, _div(exponent, 2))
    return (start_wad + end + 2 * middle) // 4, end


def _grown_wad(params: CurveParams, start_wad: int, exponent_wad: int) -> int:
    exponent = min(max(exponent_wad, -MAX_EXPONENT_WAD), MAX_EXPONENT_WAD)
    grown = _div(start_wad * exp_wad(exponent), WAD)
    return min(max(grown, params.min_rate_wad), params.max_rate_wad)
