"""Exact-integer mirror of ``StableSwapLib``: a StableSwap pool of two coins.

Balances ``x`` and ``y`` are counted in one unit of 18 decimals (``normalised_down``), each at most
``MAX_BALANCE``. With n = 2 and Ann = A·n the invariant D solves

    Ann·(x + y) + D = Ann·D + D³ / (4·x·y)

A is held times 100 (``amplification_e2``). ``up`` and ``down`` bound the exact solution, so that every amount is
rounded in favour of the pool. Beyond ``MAX_BALANCE`` the EVM overflows and this does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from sim.reference.constant_product import PoolRevertError
from sim.units import BPS, WAD, mul_div_down, mul_div_up, wad_mul_up

A_PRECISION = 100
"""The unit of ``amplification_e2``."""
COINS = 2
PPM = 10**6
MAX_BALANCE = 2**96 - 1
MAX_ITERATIONS = 255
MINIMUM_LIQUIDITY = 1_000
"""Shares that the first deposit locks for ever."""
INVARIANT_SLACK = 2
"""No invariant that is found exceeds the exact one by as much."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class StableCurve:
    """What shapes a pool; the fields of the Solidity struct."""

    amplification_e2: int
    fee_ppm: int
    off_peg_fee_multiplier_bps: int


def invariant_up(x: int, y: int, amplification_e2: int) -> int:
    """Return the invariant D, not below the exact one and less than 2 above it; 0 of an empty pool.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity`` if one balance is 0.
    """
    return invariant_within(x, y, amplification_e2, MAX_ITERATIONS)


def invariant_down(x: int, y: int, amplification_e2: int) -> int:
    """Return the invariant D, not above the exact one and at most 2 below it."""
    return max(invariant_up(x, y, amplification_e2) - INVARIANT_SLACK, 0)


def invariant_within(x: int, y: int, amplification_e2: int, max_iterations: int) -> int:
    """Return ``invariant_up`` in so many steps of Newton's method, from x + y downwards.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``, or ``InvariantNotFound`` if the steps do not suffice.
    """
    if x == 0 and y == 0:
        return 0
    _require_liquidity(x, y)
    ann_e2, total = amplification_e2 * COINS, x + y
    invariant = total
    for _ in range(max_iterations):
        quotient = _quotient_down(x, y, invariant)
        following = mul_div_up(
            ann_e2 * total + COINS * A_PRECISION * quotient,
            invariant,
            (ann_e2 - A_PRECISION) * invariant + (COINS + 1) * A_PRECISION * quotient,
        )
        if following + 1 >= invariant:
            return min(following, invariant)
        invariant = following
    raise PoolRevertError("InvariantNotFound", x, y, invariant, max_iterations)


def balance_up(other: int, invariant: int, amplification_e2: int) -> int:
    """Return the balance of one coin at which the invariant is ``invariant`` while the other's is ``other``.

    Above the exact one, by 1 or less but for 1e-3.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``.
    """
    if other == 0:
        raise PoolRevertError("NoLiquidity", other, 0)
    ann_e2 = amplification_e2 * COINS
    gain = ann_e2 * invariant
    loss = ann_e2 * other + A_PRECISION * invariant
    free = mul_div_up(invariant**2, A_PRECISION * gain, other)
    return (isqrt((gain - loss) ** 2 + free) + gain - loss) // (2 * ann_e2) + 1


def spot_price_wad(x: int, y: int, amplification_e2: int) -> int:
    """Return what a unit of the first coin is worth in the second at the margin and without fee, in wad.

    Rounded down, at an invariant that may be a unit too high.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``.
    """
    _require_liquidity(x, y)
    ann_e2 = amplification_e2 * COINS
    quotient_e2 = A_PRECISION * _quotient_down(x, y, invariant_up(x, y, amplification_e2))
    ratio = mul_div_down(ann_e2 * x + quotient_e2, WAD**2, ann_e2 * y + quotient_e2)
    return mul_div_down(ratio, y, x * WAD)


def fee_wad_up(x: int, y: int, curve: StableCurve) -> int:
    """Return the fee at these balances, in wad of an output: φ·m / ((m − 1)·4xy/(x + y)² + 1)."""
    square = (x + y) ** 2
    multiplier = curve.off_peg_fee_multiplier_bps
    divisor = (multiplier - BPS) * 4 * x * y + BPS * square
    return mul_div_up(curve.fee_ppm * multiplier * square, WAD // PPM, divisor)


def output_down(balance_in: int, balance_out: int, amount: int, curve: StableCurve) -> Pair:
    """Return the output of a sale of ``amount``, and the fee that it has been charged and that stays in the pool.

    The fee is that at the mean of the balances before and after.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``.
    """
    _require_liquidity(balance_in, balance_out)
    invariant = invariant_up(balance_in, balance_out, curve.amplification_e2)
    left = balance_up(balance_in + amount, invariant, curve.amplification_e2)
    if left >= balance_out:
        return 0, 0
    rate = fee_wad_up((2 * balance_in + amount) // 2, (balance_out + left) // 2, curve)
    fee = wad_mul_up(balance_out - left, rate)
    return balance_out - left - fee, fee


def deposit_shares_down(balances: Pair, amounts: Pair, total_shares: int, curve: StableCurve) -> tuple[int, Pair]:
    """Return the shares of a deposit into a pool that has some, and what it has been charged of each coin.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``.
    """
    amplification_e2 = curve.amplification_e2
    before = invariant_up(*balances, amplification_e2)
    grown = [held + more for held, more in zip(balances, amounts, strict=True)]
    full = invariant_down(*grown, amplification_e2)
    rate = _imbalance_fee_wad_up(*((held + new) // 2 for held, new in zip(balances, grown, strict=True)), curve)
    fees = [0, 0]
    for i in range(COINS):
        fees[i] = wad_mul_up(abs(mul_div_down(full, balances[i], before) - grown[i]), rate)
        if fees[i] >= grown[i]:
            return 0, tuple(fees)
        grown[i] -= fees[i]
    invariant = invariant_down(*grown, amplification_e2)
    shares = mul_div_down(total_shares, invariant - before, before) if invariant > before else 0
    return shares, tuple(fees)


def withdrawal_down(other: int, balance_out: int, shares: int, total_shares: int, curve: StableCurve) -> Pair:
    """Return what shares are worth in one coin alone, and what that has been charged in it.

    Raises
    ------
    PoolRevertError
        ``NoLiquidity``.
    """
    amplification_e2 = curve.amplification_e2
    before = invariant_up(other, balance_out, amplification_e2)
    invariant = mul_div_up(before, total_shares - shares, total_shares)
    left = balance_up(other, invariant, amplification_e2)
    if left >= balance_out:
        return 0, 0
    rate = _imbalance_fee_wad_up(other, (balance_out + left) // 2, curve)
    fee_other = wad_mul_up(other - mul_div_down(other, invariant, before), rate)
    fee = wad_mul_up(abs(mul_div_down(balance_out, invariant, before) - left), rate)
    if fee_other >= other:
        return 0, 0
    left_after_fee = balance_up(other - fee_other, invariant, amplification_e2)
    output = max(balance_out - fee - left_after_fee, 0)
    return output, balance_out - left - output


def normalised_down(amount: int, rate: int) -> int:
    """Return an amount of a coin in the pool's unit; ``rate`` is its ``coin_rate``."""
    return mul_div_down(amount, rate, WAD)


def coin_amount_down(normalised: int, rate: int) -> int:
    """Return an amount in the pool's unit as one of a coin, in its smallest unit."""
    return mul_div_down(normalised, WAD, rate)


def coin_rate(decimals: int, rate_wad: int = WAD) -> int:
    """Return what turns a coin's smallest units into the pool's, times 1e18: 10^(18 − decimals) · rate."""
    return 10 ** (18 - decimals) * rate_wad


def _imbalance_fee_wad_up(x: int, y: int, curve: StableCurve) -> int:
    return -(-fee_wad_up(x, y, curve) * COINS // (4 * (COINS - 1)))


def _quotient_down(x: int, y: int, invariant: int) -> int:
    return mul_div_down(invariant**2, invariant, 4 * x * y)


def _require_liquidity(x: int, y: int) -> None:
    if x == 0 or y == 0:
        raise PoolRevertError("NoLiquidity", x, y)
