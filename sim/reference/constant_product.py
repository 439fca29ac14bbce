"""Exact-integer mirror of ``ConstantProductLib`` and ``UQ112x112``.

Amounts are in smallest units, fees in basis points of the input, shares have 18 decimals. With ``x`` and ``y`` the
reserves of the input and the output token and φ the fee:

    out = floor(in·(1−φ)·y / (x + in·(1−φ)))          in = floor(x·out / ((y − out)·(1−φ))) + 1

At 30 bps these are the integers of Uniswap V2 (``UniswapV2Library``, ``UniswapV2Pair``). The mirror agrees with
the EVM wherever reserves fit in 112 bits and no product exceeds 256; beyond that the EVM panics and this does not.
"""

from __future__ import annotations

from math import isqrt

from sim.units import BPS, mul_div_down

MINIMUM_LIQUIDITY = 1_000
"""Shares that the first deposit locks for ever."""
SHAREHOLDER_PARTS = 5
"""Part of the growth of √k that stays with the shareholders, per part that the protocol gets."""
_UINT32 = 2**32
_UINT256 = 2**256


class PoolRevertError(ValueError):
    """The formula has no answer; ``error`` is the custom error that the contract reverts with."""

    def __init__(self, error: str, *values: int):
        super().__init__(f"{error}{values}")
        self.error = error
        self.values = values


def amount_out_down(amount_in: int, reserve_in: int, reserve_out: int, fee_bps: int) -> int:
    """Return the output for an exact input.

    Raises
    ------
    PoolRevertError
        ``ZeroInput`` or ``NoLiquidity``.
    """
    if amount_in == 0:
        raise PoolRevertError("ZeroInput")
    _require_liquidity(reserve_in, reserve_out)
    after_fee = amount_in * (BPS - fee_bps)
    return mul_div_down(after_fee, reserve_out, reserve_in * BPS + after_fee)


def amount_in_up(amount_out: int, reserve_in: int, reserve_out: int, fee_bps: int) -> int:
    """Return the input for an exact output: one more than the ceiling if the division is exact.

    Raises
    ------
    PoolRevertError
        ``ZeroOutput``, ``NoLiquidity``, or ``InsufficientLiquidity`` if the output is not below the reserve.
    """
    if amount_out == 0:
        raise PoolRevertError("ZeroOutput")
    _require_liquidity(reserve_in, reserve_out)
    if amount_out >= reserve_out:
        raise PoolRevertError("InsufficientLiquidity", amount_out, reserve_out)
    return mul_div_down(reserve_in * BPS, amount_out, (reserve_out - amount_out) * (BPS - fee_bps)) + 1


def matching_amount_down(amount: int, reserve: int, other_reserve: int) -> int:
    """Return the amount of the other token that matches ``amount`` at the reserves, without fee.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``.
    """
    _require_liquidity(reserve, other_reserve)
    return mul_div_down(amount, other_reserve, reserve)


def scaled_products(
    balances: tuple[int, int], amounts_in: tuple[int, int], reserves: tuple[int, int], fee_bps: int
) -> tuple[int, int]:
    """Return the products of the fee-adjusted balances and of the reserves, both scaled by 10_000².

    A swap is paid for if the first is not below the second.
    """
    adjusted = [balance * BPS - amount * fee_bps for balance, amount in zip(balances, amounts_in, strict=True)]
    return adjusted[0] * adjusted[1], reserves[0] * reserves[1] * BPS**2


def initial_shares_down(amount0: int, amount1: int) -> int:
    """Return the shares of the first deposit after the locked minimum; 0 if they do not exceed it."""
    return max(isqrt(amount0 * amount1) - MINIMUM_LIQUIDITY, 0)


def shares_down(amounts: tuple[int, int], reserves: tuple[int, int], total_shares: int) -> int:
    """Return the shares of a later deposit: the smaller of both proportions."""
    return min(mul_div_down(amounts[i], total_shares, reserves[i]) for i in (0, 1))


def assets_down(shares: int, balance: int, total_shares: int) -> int:
    """Return the part of a balance that shares stand for."""
    return mul_div_down(shares, balance, total_shares)


def protocol_fee_shares_down(reserve0: int, reserve1: int, k_last: int, total_shares: int) -> int:
    """Return the shares that give the protocol a sixth of the growth of √k since the last change of liquidity."""
    root_k, root_k_last = isqrt(reserve0 * reserve1), isqrt(k_last)
    if root_k <= root_k_last:
        return 0
    return mul_div_down(total_shares, root_k - root_k_last, root_k * SHAREHOLDER_PARTS + root_k_last)


def fraction_down(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` as UQ112×112."""
    return mul_div_down(numerator, 2**112, denominator)


def accrued_price(cumulative: int, base_reserve: int, quote_reserve: int, last_s: int, now_s: int) -> int:
    """Return a cumulative price after accrual, modulo 2²⁵⁶.

    Parameters
    ----------
    cumulative
        Sum so far, in seconds × UQ112×112.
    base_reserve, quote_reserve
        Reserves since the last change; the price is the second over the first.
    last_s, now_s
        Timestamps of the last change and of now; they wrap at 2³², only their difference counts.
    """
    if base_reserve == 0 or quote_reserve == 0:
        return cumulative
    elapsed_s = (now_s - last_s) % _UINT32
    return (cumulative + fraction_down(quote_reserve, base_reserve) * elapsed_s) % _UINT256


def spot_price_down(
    base_reserve: int, quote_reserve: int, base_decimals: int, quote_decimals: int, answer_decimals: int
) -> int:
    """Return quote tokens per whole base token with ``answer_decimals``, as ``PoolSpotFeed`` answers."""
    _require_liquidity(base_reserve, quote_reserve)
    scale = 10 ** (base_decimals + answer_decimals)
    return mul_div_down(quote_reserve, scale, base_reserve * 10**quote_decimals)


def _require_liquidity(reserve_in: int, reserve_out: int) -> None:
    if reserve_in == 0 or reserve_out == 0:
        raise PoolRevertError("NoLiquidity", reserve_in, reserve_out)
