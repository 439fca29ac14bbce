"""Scales and the only conversions between them.

On-chain amounts are ``int`` in the smallest unit of their token, fractions of one are wad (1e18) or ray
(1e27), parameters are basis points (1e4) and prices are US dollars with eight decimals ("base units",
``_e8`` or ``_base`` in names). Each integer operation names its rounding: ``down`` is the floor, ``up`` the
ceiling, and ``half_up`` the nearest integer with ties upwards.

Every function of integers raises ``ZeroDivisionError`` for a zero divisor and ``ValueError`` for a negative
operand, since Solidity's unsigned arithmetic has neither.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

WAD = 10**18
RAY = 10**27
BPS = 10**4
E8 = 10**8
E8_DECIMALS = 8
WAD_DECIMALS = 18
GWEI_PER_NATIVE = 10**9
SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3_600
SECONDS_PER_DAY = 86_400
SECONDS_PER_YEAR = 365 * SECONDS_PER_DAY
"""A year of 365 days, as interest rates of lending protocols count it."""
UINT112_MAX = 2**112 - 1
UINT128_MAX = 2**128 - 1
UINT256_MAX = 2**256 - 1
"""On chain: "all of it" where an amount is asked for, and the health factor of an account without debt."""


def mul_div_down(x: int, y: int, denominator: int) -> int:
    """Return ``floor(x * y / denominator)``."""
    _require_unsigned(x, y, denominator)
    return x * y // denominator


def mul_div_up(x: int, y: int, denominator: int) -> int:
    """Return ``ceil(x * y / denominator)``."""
    _require_unsigned(x, y, denominator)
    return -(-x * y // denominator)


def mul_div_half_up(x: int, y: int, denominator: int) -> int:
    """Return ``x * y / denominator`` rounded to the nearest integer, ties upwards."""
    _require_unsigned(x, y, denominator)
    return (x * y + denominator // 2) // denominator


def wad_mul_down(x: int, y_wad: int) -> int:
    """Return ``floor(x * y_wad / 1e18)``."""
    return mul_div_down(x, y_wad, WAD)


def wad_mul_up(x: int, y_wad: int) -> int:
    """Return ``ceil(x * y_wad / 1e18)``."""
    return mul_div_up(x, y_wad, WAD)


def wad_div_down(x: int, y: int) -> int:
    """Return ``floor(x * 1e18 / y)``: the ratio of two amounts of one scale in wad."""
    return mul_div_down(x, WAD, y)


def wad_div_up(x: int, y: int) -> int:
    """Return ``ceil(x * 1e18 / y)``."""
    return mul_div_up(x, WAD, y)


def wad_div_half_up(x: int, y: int) -> int:
    """Return ``x * 1e18 / y``, nearest, ties upwards."""
    return mul_div_half_up(x, WAD, y)


def ray_mul_down(x: int, y_ray: int) -> int:
    """Return ``floor(x * y_ray / 1e27)``: scaled balance to assets in the protocol's favour for a supply."""
    return mul_div_down(x, y_ray, RAY)


def ray_mul_up(x: int, y_ray: int) -> int:
    """Return ``ceil(x * y_ray / 1e27)``: scaled balance to assets in the protocol's favour for a debt."""
    return mul_div_up(x, y_ray, RAY)


def ray_mul_half_up(x: int, y_ray: int) -> int:
    """Return ``x * y_ray / 1e27``, nearest, ties upwards."""
    return mul_div_half_up(x, y_ray, RAY)


def ray_div_down(x: int, y_ray: int) -> int:
    """Return ``floor(x * 1e27 / y_ray)``."""
    return mul_div_down(x, RAY, y_ray)


def ray_div_up(x: int, y_ray: int) -> int:
    """Return ``ceil(x * 1e27 / y_ray)``."""
    return mul_div_up(x, RAY, y_ray)


def ray_div_half_up(x: int, y_ray: int) -> int:
    """Return ``x * 1e27 / y_ray``, nearest, ties upwards."""
    return mul_div_half_up(x, RAY, y_ray)


def bps_mul_down(x: int, y_bps: int) -> int:
    """Return ``floor(x * y_bps / 10_000)``."""
    return mul_div_down(x, y_bps, BPS)


def bps_mul_up(x: int, y_bps: int) -> int:
    """Return ``ceil(x * y_bps / 10_000)``."""
    return mul_div_up(x, y_bps, BPS)


def bps_mul_half_up(x: int, y_bps: int) -> int:
    """Return ``x * y_bps / 10_000``, nearest, ties upwards."""
    return mul_div_half_up(x, y_bps, BPS)


def bps_div_down(x: int, y_bps: int) -> int:
    """Return ``floor(x * 10_000 / y_bps)``."""
    return mul_div_down(x, BPS, y_bps)


def bps_div_up(x: int, y_bps: int) -> int:
    """Return ``ceil(x * 10_000 / y_bps)``."""
    return mul_div_up(x, BPS, y_bps)


def bps_div_half_up(x: int, y_bps: int) -> int:
    """Return ``x * 10_000 / y_bps``, nearest, ties upwards."""
    return mul_div_half_up(x, BPS, y_bps)


def ray_from_bps(value_bps: int) -> int:
    """Return basis points as a ray, exactly."""
    return value_bps * (RAY // BPS)


def wad_from_bps(value_bps: int) -> int:
    """Return basis points as a wad, exactly."""
    return value_bps * (WAD // BPS)


def rescale_down(amount: int, from_decimals: int, to_decimals: int) -> int:
    """Return ``amount`` of ``from_decimals`` with ``to_decimals``, rounded down."""
    _require_unsigned(amount, from_decimals, to_decimals)
    return amount * 10**to_decimals // 10**from_decimals


def to_units(amount: int | str | Decimal, decimals: int) -> int:
    """Return a whole-token amount in smallest units, exactly.

    Parameters
    ----------
    amount
        Whole tokens (or dollars) as people write them, for instance ``"1.5"``. May be negative.
    decimals
        Decimals of the token.

    Raises
    ------
    ValueError
        If ``amount`` is not a finite decimal number or has more decimals than the token.
    """
    try:
        exact = Fraction(Decimal(amount)) * 10**decimals
    except (InvalidOperation, OverflowError, ValueError):
        raise ValueError(f"amount is {amount!r}, not a finite decimal number") from None
    if exact.denominator != 1:
        raise ValueError(f"amount is {amount!r}, which has more than the token's {decimals} decimals")
    return exact.numerator


def from_units(amount: int, decimals: int) -> float:
    """Return smallest units as whole tokens: the correctly rounded float, for metrics and the batch model."""
    return amount / 10**decimals


def format_units(amount: int, decimals: int) -> str:
    """Return smallest units as whole tokens in exact decimal notation without trailing zeros."""
    whole, part = divmod(abs(amount), 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0") if part else ""
    return f"{'-' if amount < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def quantise(value: float, decimals: int) -> int:
    """Return a float of the outside world in smallest units: nearest, ties to even.

    The one way in which a float becomes an on-chain number.

    Raises
    ------
    ValueError
        If ``value`` is not finite.
    """
    try:
        numerator, denominator = value.as_integer_ratio()
    except (OverflowError, ValueError):
        raise ValueError(f"value is {value!r}, not a finite number") from None
    units, rest = divmod(numerator * 10**decimals, denominator)
    above_half = 2 * rest - denominator
    return units + 1 if above_half > 0 or (above_half == 0 and units & 1) else units


def price_to_e8(price_usd: float) -> int:
    """Return a price in dollars with eight decimals, as feeds report it: nearest, ties to even."""
    return quantise(price_usd, E8_DECIMALS)


def value_base_down(amount: int, decimals: int, price_e8: int) -> int:
    """Return the dollar value (8 decimals) of a token amount at a price per whole token, rounded down."""
    return mul_div_down(amount, price_e8, 10**decimals)


def value_base_up(amount: int, decimals: int, price_e8: int) -> int:
    """Return the dollar value (8 decimals) of a token amount at a price per whole token, rounded up."""
    return mul_div_up(amount, price_e8, 10**decimals)


def amount_from_base_down(value_base: int, decimals: int, price_e8: int) -> int:
    """Return the token amount that a dollar value (eight decimals) buys, rounded down."""
    return mul_div_down(value_base, 10**decimals, price_e8)


def fee_usd(gas: int, fee_gwei: float, native_price_usd: float) -> float:
    """Return the dollars that `gas` costs at `fee_gwei` per gas and a price of the native asset, for estimates."""
    return gas * fee_gwei * native_price_usd / GWEI_PER_NATIVE


def _require_unsigned(x: int, y: int, z: int) -> None:
    if x < 0 or y < 0 or z < 0:
        raise ValueError(f"operands are {(x, y, z)}, and none may be negative")
