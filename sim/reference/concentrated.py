"""Exact-integer mirror of ``TickLib`` and of what a Uniswap V3 pool computes in a swap.

Prices are square roots of token1 units per token0 unit with 96 binary places, liquidity is L, fees are in
hundredths of a bp of the input. Between two initialised ticks

    Δ√P = Δy / L          Δ(1/√P) = Δx / L

with inputs rounded up and outputs down (Uniswap v3 whitepaper, section 6.2). A pool walks from one initialised
tick to the next, and never further at once than to the edge of a word of its bitmap; every step rounds, so the
mirror takes the same ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isqrt, log

from sim.units import mul_div_down, mul_div_up

Q96 = 2**96
MAX_TICK = 887_272
MIN_SQRT_PRICE = 4_295_128_739
"""At ``-MAX_TICK``; a pool's price is never below."""
MAX_SQRT_PRICE = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342
"""At ``MAX_TICK``; a pool's price is always below."""
FEE_SCALE = 1_000_000
"""A fee of 3,000 is 30 bps."""
_WORD = 256
_Q32, _Q128, _UINT256 = 2**32, 2**128, 2**256
_ROOTS = (
    0xFFFCB933BD6FAD37AA2D162D1A594001,
    0xFFF97272373D413259A46990580E213A,
    0xFFF2E50F5F656932EF12357CF3C7FDCC,
    0xFFE5CACA7E10E4E61C3624EAA0941CD0,
    0xFFCB9843D60F6159C9DB58835C926644,
    0xFF973B41FA98C081472E6896DFB254C0,
    0xFF2EA16466C96A3843EC78B326B52861,
    0xFE5DEE046A99A2A811C461F1969C3053,
    0xFCBE86C7900A88AEDCFFC83B479AA3A4,
    0xF987A7253AC413176F2B074CF7815E54,
    0xF3392B0822B70005940C7A398E4B70F3,
    0xE7159475A2C29B7443B29C7FA6E889D9,
    0xD097F3BDFD2022B8845AD8F792AA5825,
    0xA9F746462D870FDF8A65DC1F90E061E5,
    0x70D869A156D2A1B890BB3DF62BAF32F7,
    0x31BE135F97D08FD981231505542FCFA6,
    0x09AA508B5B7A84E1C677DE54F3E99BC9,
    0x005D6AF8DEDB81196699C329225EE604,
    0x00002216E584F5FA1EA926041BEDFE98,
    0x00000000048A170391F7DC42444E8FA2,
)
"""1.0001^(-2^i / 2) with 128 binary places, rounded to nearest."""


# Prices


@lru_cache(maxsize=65_536)
def sqrt_price_x96_at_tick(tick: int) -> int:
    """Return √1.0001^tick; ValueError beyond ``MAX_TICK``."""
    if abs(tick) > MAX_TICK:
        raise ValueError(f"tick {tick} is outside ±{MAX_TICK}")
    ratio = _Q128
    for i, root in enumerate(_ROOTS):
        if abs(tick) >> i & 1:
            ratio = ratio * root >> 128
    if tick > 0:
        ratio = (_UINT256 - 1) // ratio
    return -(-ratio // _Q32)


def tick_at_sqrt_price(sqrt_price_x96: int) -> int:
    """Return the highest tick whose price is not above the given one; ValueError where a pool cannot be."""
    if not MIN_SQRT_PRICE <= sqrt_price_x96 < MAX_SQRT_PRICE:
        raise ValueError(f"√price {sqrt_price_x96} is outside {MIN_SQRT_PRICE} ≤ √price < {MAX_SQRT_PRICE}")
    tick = min(max(int(2 * log(sqrt_price_x96 / Q96) / log(1.0001)), -MAX_TICK), MAX_TICK)
    while tick > -MAX_TICK and sqrt_price_x96_at_tick(tick) > sqrt_price_x96:
        tick -= 1
    while tick < MAX_TICK and sqrt_price_x96_at_tick(tick + 1) <= sqrt_price_x96:
        tick += 1
    return tick


def sqrt_price_x96_down(amount1: int, amount0: int) -> int:
    """Return the root price at which ``amount0`` is worth ``amount1``."""
    return isqrt(amount1 * Q96**2 // amount0)


def mean_tick_down(grown: int, length_s: int) -> int:
    """Return the mean tick of a sum of ticks times seconds that grew by ``grown``."""
    return grown // length_s


def price_down(sqrt_price_x96: int, scale: int, unit: int) -> int:
    """Return token1 per token0 times ``scale`` over ``unit``."""
    return sqrt_price_x96**2 * scale // (Q96**2 * unit)


def inverse_price_down(sqrt_price_x96: int, scale: int, unit: int) -> int:
    """Return token0 per token1 times ``scale`` over ``unit``."""
    return Q96**2 * scale // (sqrt_price_x96**2 * unit)


# Positions


def amount0_between(lower_x96: int, upper_x96: int, liquidity: int, up: bool) -> int:
    """Return the token0 of ``liquidity`` between two root prices: L·(1/√Pa − 1/√Pb)."""
    if not up:
        return liquidity * Q96 * (upper_x96 - lower_x96) // upper_x96 // lower_x96
    return -(-mul_div_up(liquidity * Q96, upper_x96 - lower_x96, upper_x96) // lower_x96)


def amount1_between(lower_x96: int, upper_x96: int, liquidity: int, up: bool) -> int:
    """Return the token1 of ``liquidity`` between two root prices: L·(√Pb − √Pa)."""
    return (mul_div_up if up else mul_div_down)(liquidity, upper_x96 - lower_x96, Q96)


def position_amounts(
    sqrt_price_x96: int, lower_tick: int, upper_tick: int, liquidity: int, up: bool
) -> tuple[int, int]:
    """Return token0 and token1 of a position at a price: what minting takes (``up``) or burning gives."""
    lower, upper = sqrt_price_x96_at_tick(lower_tick), sqrt_price_x96_at_tick(upper_tick)
    price = min(max(sqrt_price_x96, lower), upper)
    return amount0_between(price, upper, liquidity, up), amount1_between(lower, price, liquidity, up)


def position_liquidity_down(
    sqrt_price_x96: int, lower_tick: int, upper_tick: int, amount0: int, amount1: int
) -> int:
    """Return the largest liquidity that a position gets for at most these amounts (``LiquidityAmounts``)."""
    lower, upper = sqrt_price_x96_at_tick(lower_tick), sqrt_price_x96_at_tick(upper_tick)
    price = min(max(sqrt_price_x96, lower), upper)
    candidates = []
    if price < upper:
        candidates.append(amount0 * (price * upper // Q96) // (upper - price))
    if price > lower:
        candidates.append(amount1 * Q96 // (price - lower))
    return min(candidates)


# Swaps


@dataclass(frozen=True, slots=True)
class ConcentratedPool:
    """A pool as a swap finds it.

    Attributes
    ----------
    fee
        In hundredths of a bp. spacing: of ticks.
    sqrt_price_x96, tick, liquidity
        Present price, tick and liquidity in range.
    ticks
        Initialised ticks, ascending, and the liquidity that comes into range at each on the way up.
    """

    fee: int
    spacing: int
    sqrt_price_x96: int
    tick: int
    liquidity: int
    ticks: tuple[tuple[int, int], ...]

    def next_tick(self, down: bool) -> tuple[int, int]:
        """Return the next tick that a swap stops at and the liquidity that comes into range there upwards.

        That is the next initialised tick, or the last of the present word of the bitmap with nothing coming.
        """
        at = self.tick // self.spacing
        if down:
            found = bisect_right(self.ticks, self.tick, key=lambda one: one[0]) - 1
            edge = (at - at % _WORD) * self.spacing
            return self.ticks[found] if found >= 0 and self.ticks[found][0] >= edge else (edge, 0)
        at += 1
        found = bisect_left(self.ticks, at * self.spacing, key=lambda one: one[0])
        edge = (at + _WORD - 1 - at % _WORD) * self.spacing
        return self.ticks[found] if found < len(self.ticks) and self.ticks[found][0] <= edge else (edge, 0)


def swap(
    pool: ConcentratedPool, zero_for_one: bool, amount: int | None, limit_x96: int
) -> tuple[int, int, ConcentratedPool]:
    """Trade until the amount is done or the price limit is reached.

    Parameters
    ----------
    amount
        Units sold if positive, minus the units bought if negative; None: whatever it takes to reach the limit.

    Returns
    -------
    tuple
        Units sold with the fee, units bought, and the pool afterwards.
    """
    sold = bought = 0
    remaining = amount
    while remaining != 0 and pool.sqrt_price_x96 != limit_x96:
        tick, net = pool.next_tick(zero_for_one)
        edge = sqrt_price_x96_at_tick(min(max(tick, -MAX_TICK), MAX_TICK))
        target = max(edge, limit_x96) if zero_for_one else min(edge, limit_x96)
        price, paid, got = _step(pool, target, remaining)
        sold, bought = sold + paid, bought + got
        if remaining is not None:
            remaining += -paid if remaining > 0 else got
        if price == edge:
            liquidity = pool.liquidity - net if zero_for_one else pool.liquidity + net
            pool = replace(pool, sqrt_price_x96=price, tick=tick - zero_for_one, liquidity=liquidity)
        else:
            pool = replace(pool, sqrt_price_x96=price, tick=tick_at_sqrt_price(price))
    return sold, bought, pool


def amounts_to(pool: ConcentratedPool, target_x96: int) -> tuple[int, int]:
    """Return token0 and token1 that change hands while the price moves to a target, the fee left out, both down.

    Closed forms between initialised ticks; ticks that the pool was read without are taken as not initialised.
    """
    low, high = sorted((pool.sqrt_price_x96, target_x96))
    down = target_x96 < pool.sqrt_price_x96
    liquidity, price = pool.liquidity, pool.sqrt_price_x96
    amount0 = amount1 = 0
    for tick, net in reversed(pool.ticks) if down else pool.ticks:
        edge = sqrt_price_x96_at_tick(tick)
        if (tick <= pool.tick) != down or not low <= edge <= high:
            continue
        ends = sorted((price, edge))
        amount0 += amount0_between(*ends, liquidity, False)
        amount1 += amount1_between(*ends, liquidity, False)
        price, liquidity = edge, liquidity - net if down else liquidity + net
    ends = sorted((price, target_x96))
    amount0 += amount0_between(*ends, liquidity, False)
    amount1 += amount1_between(*ends, liquidity, False)
    return amount0, amount1


def _step(pool: ConcentratedPool, target: int, remaining: int | None) -> tuple[int, int, int]:
    """Trade towards ``target`` at constant liquidity; return the price reached, input with fee, and output."""
    price, liquidity, down = pool.sqrt_price_x96, pool.liquidity, target <= pool.sqrt_price_x96
    keep = FEE_SCALE - pool.fee
    whole_in, whole_out = _moved(price, target, liquidity, down)
    if remaining is None or (remaining > 0 and mul_div_down(remaining, keep, FEE_SCALE) >= whole_in):
        return target, whole_in + mul_div_up(whole_in, pool.fee, keep), whole_out
    if remaining > 0:
        reached = _price_after_input(price, liquidity, mul_div_down(remaining, keep, FEE_SCALE), down)
        return reached, remaining, _moved(price, reached, liquidity, down)[1]
    if -remaining >= whole_out:
        return target, whole_in + mul_div_up(whole_in, pool.fee, keep), whole_out
    reached = _price_after_output(price, liquidity, -remaining, down)
    paid = _moved(price, reached, liquidity, down)[0]
    return reached, paid + mul_div_up(paid, pool.fee, keep), -remaining


def _moved(price: int, target: int, liquidity: int, down: bool) -> tuple[int, int]:
    """Return input without fee and output of a move at constant liquidity."""
    if down:
        return amount0_between(target, price, liquidity, True), amount1_between(target, price, liquidity, False)
    return amount1_between(price, target, liquidity, True), amount0_between(price, target, liquidity, False)


def _price_after_input(price: int, liquidity: int, amount: int, down: bool) -> int:
    """√P' = L√P / (L + x√P) for token0, √P + y/L for token1; rounded so that the pool never gives too much."""
    if down:
        return mul_div_up(liquidity * Q96, price, liquidity * Q96 + amount * price)
    return price + amount * Q96 // liquidity


def _price_after_output(price: int, liquidity: int, amount: int, down: bool) -> int:
    """√P' = √P − y/L when token1 leaves, L√P / (L − x√P) when token0 does."""
    if down:
        return price - mul_div_up(amount, Q96, liquidity)
    return mul_div_up(liquidity * Q96, price, liquidity * Q96 - amount * price)
