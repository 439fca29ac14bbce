"""Exact-integer mirror of ``BandLib``: the curve of a band of collateral that converts as the price falls.

Band n lies between the oracle prices U = base·((A−1)/A)ⁿ and D = base·((A−1)/A)ⁿ⁺¹. With x of the borrowed asset
and y of collateral in it and P the oracle price,

    (f + x)(g + y) = P·A²·y0²        f = A·y0·P²/U        g = (A−1)·y0·U/P

so that y0, the collateral that the band would hold at P = U, solves P·A·y0² = y0·(U(A−1)x/P + A·P²y/U) + xy. The
price (f + x)/(g + y) runs from P³/U² (all collateral) to P³/D² (all converted).

Arbitraged at every price on its way and without fees, dx + P·dy = 0, y0 moves with v = 1 − P/U as
(1 − v)/(1 − A·v²)^1.5. From U to D that factor is √(A/(A−1)): the whole band sells at √(U·D), exactly.

Amounts are precise units, 10³⁶ to a whole token, unless they are called smallest units; prices are wads of the
borrowed asset per token of collateral.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from sim.units import BPS, WAD, mul_div_down, mul_div_up

ONE = 10**36
"""One, and a whole token, in precise units."""
ROOT_ONE = 10**38
PRECISE_DECIMALS = 36
STEP_WINDOW_S = 120
"""Time in which a step of the oracle is bounded, and over which the fee that it causes fades."""
MAX_STEP_WAD = 125 * 10**16
"""Largest ratio of two prices within the window."""
MAX_FEE_WAD = 99 * 10**16
MARGIN = 10**15
"""Precise units withheld from every trade: above the error of the curve, far below a smallest unit."""
VIRTUAL_SHARES = 10**6
"""Shares of a band beside those of depositors."""
LAST_BAND = 1_023


@dataclass(frozen=True, slots=True)
class BandTrade:
    """A trade as every band of it sees it; the fields of the Solidity struct."""

    sells_collateral: bool
    oracle_wad: int
    fee_wad: int
    amplification: int
    scale_in: int
    scale_out: int
    limit_wad: int = 0


@dataclass(frozen=True, slots=True)
class BandFill:
    """What a trade does in one band, in smallest units. `fee` is a part of `spent`."""

    spent: int
    fee: int
    out: int
    emptied: bool


NOTHING = BandFill(0, 0, 0, False)


def max_band(amplification: int) -> int:
    """Return the last band on either side of band 0."""
    return min(LAST_BAND, 80 * (amplification - 1))


def power_down(amplification: int, n: int) -> int:
    """Return ((A−1)/A)ⁿ with 36 decimals, by squaring; each product rounded down."""
    numerator, denominator = (amplification, amplification - 1) if n < 0 else (amplification - 1, amplification)
    factor, exponent, result = ONE * numerator // denominator, abs(n), ONE
    while exponent:
        if exponent & 1:
            result = mul_div_down(result, factor, ONE)
        exponent >>= 1
        if exponent:
            factor = mul_div_down(factor, factor, ONE)
    return result


def edge_wad_down(base_wad: int, amplification: int, n: int) -> int:
    """Return the upper edge U of band n, the lower edge of band n−1."""
    return mul_div_down(base_wad, power_down(amplification, n), ONE)


def band_at_or_below(base_wad: int, amplification: int, price_wad: int) -> int:
    """Return the lowest n whose upper edge is at most a price; ``max_band`` + 1 if none is."""
    high = max_band(amplification) + 1
    low = 1 - high
    while low < high:
        middle = (low + high) >> 1
        if edge_wad_down(base_wad, amplification, middle) <= price_wad:
            high = middle
        else:
            low = middle + 1
    return low


def depth_down(borrowed: int, collateral: int, oracle_wad: int, up_wad: int, amplification: int) -> int:
    """Return y0 of a band that holds x = `borrowed` and y = `collateral`."""
    pa = oracle_wad * amplification
    b = mul_div_down(borrowed * (amplification - 1), up_wad, oracle_wad)
    b += mul_div_down(mul_div_down(collateral, pa, WAD), oracle_wad, up_wad)
    if b == 0:
        return 0
    q = mul_div_down(4 * amplification * borrowed, ROOT_ONE, b)
    q *= mul_div_down(mul_div_down(collateral, oracle_wad, WAD), ROOT_ONE, b)
    root = ROOT_ONE + isqrt(ROOT_ONE**2 + q)
    return mul_div_down(mul_div_down(b, root, 2 * ROOT_ONE), WAD, pa)


def reserves_down(
    borrowed: int, collateral: int, oracle_wad: int, up_wad: int, amplification: int
) -> tuple[int, int]:
    """Return f + x and g + y."""
    y0 = depth_down(borrowed, collateral, oracle_wad, up_wad, amplification)
    f = mul_div_down(mul_div_down(y0 * amplification, oracle_wad, WAD), oracle_wad, up_wad)
    g = mul_div_down(y0 * (amplification - 1), up_wad, oracle_wad)
    return f + borrowed, g + collateral


def end_price_wad_down(oracle_wad: int, edge_wad: int) -> int:
    """Return P³/edge²: a band's price where it is all collateral (upper edge) or all converted (lower edge)."""
    return mul_div_down(mul_div_down(oracle_wad, oracle_wad, edge_wad), oracle_wad, edge_wad)


def gap_fee_wad_down(oracle_wad: int, up_wad: int, down_wad: int) -> int:
    """Return a quarter of the relative distance between the oracle price and the nearest price of a band."""
    low, high = end_price_wad_down(oracle_wad, up_wad), end_price_wad_down(oracle_wad, down_wad)
    if oracle_wad < low:
        return mul_div_down(low - oracle_wad, WAD, 4 * low)
    if oracle_wad > high:
        return mul_div_down(oracle_wad - high, WAD, 4 * oracle_wad)
    return 0


def fill(trade: BandTrade, reserve_in: int, reserve_out: int, up_wad: int, down_wad: int, budget: int) -> BandFill:
    """Return what a trade of up to `budget` does in one band; reserves, budget and result in smallest units.

    Inputs are rounded up and outputs down, both after ``MARGIN``. A fill that would bring nothing spends nothing.
    """
    if not reserve_out:
        return NOTHING
    in_precise, out_precise = reserve_in * trade.scale_in, reserve_out * trade.scale_out
    virtual = _virtual(trade, in_precise, out_precise, up_wad)
    virtual_in, virtual_out = virtual
    if virtual_out <= out_precise:
        return NOTHING
    fee_wad = max(trade.fee_wad, gap_fee_wad_down(trade.oracle_wad, up_wad, down_wad))
    if trade.limit_wad:
        to_limit = input_to_price_down(trade, virtual_in, virtual_out, fee_wad)
        budget = min(budget, mul_div_down(to_limit, WAD, WAD - fee_wad) // trade.scale_in)
    net = mul_div_up(virtual_in, out_precise, virtual_out - out_precise) + MARGIN
    net = -(-net // trade.scale_in)
    gross = mul_div_up(net, WAD, WAD - fee_wad)
    if budget >= gross:
        return BandFill(gross, gross - net, reserve_out, True)
    fee = mul_div_up(budget, fee_wad, WAD)
    after_fee = (budget - fee) * trade.scale_in
    out = mul_div_down(virtual_out, after_fee, virtual_in + after_fee)
    out = min(max(out - MARGIN, 0) // trade.scale_out, reserve_out)
    return BandFill(budget, fee, out, False) if out else NOTHING


def _virtual(trade: BandTrade, in_precise: int, out_precise: int, up_wad: int) -> tuple[int, int]:
    """Return the virtual reserves of what comes in and of what goes out."""
    if trade.sells_collateral:
        f, g = reserves_down(out_precise, in_precise, trade.oracle_wad, up_wad, trade.amplification)
        return g, f
    return reserves_down(in_precise, out_precise, trade.oracle_wad, up_wad, trade.amplification)


def input_to_price_down(trade: BandTrade, virtual_in: int, virtual_out: int, fee_wad: int) -> int:
    """Return the input, after the fee, that brings the marginal price with the fee to ``trade.limit_wad``."""
    kept_wad = WAD - fee_wad
    if trade.sells_collateral:
        other = mul_div_down(virtual_out, kept_wad, trade.limit_wad)
    else:
        other = mul_div_down(virtual_out, mul_div_down(trade.limit_wad, kept_wad, WAD), WAD)
    return max(isqrt(virtual_in) * isqrt(other) - virtual_in, 0)


def step_down(raw_wad: int, last_wad: int, last_fee_wad: int, elapsed_s: int) -> tuple[int, int]:
    """Return the oracle price after its bound, and the fee that its step causes.

    Within the window of the last price L the price is held in [L/1.25, 1.25·L] and the fee is what is left of the
    last one plus 1 − (min/max)³, fading linearly to 0.
    """
    if elapsed_s >= STEP_WINDOW_S or not last_wad:
        return raw_wad, 0
    most = mul_div_down(last_wad, MAX_STEP_WAD, WAD)
    least = mul_div_down(last_wad, WAD, MAX_STEP_WAD)
    oracle_wad = min(max(raw_wad, least), most)
    ratio = mul_div_down(min(oracle_wad, last_wad), WAD, max(oracle_wad, last_wad))
    whole = last_fee_wad + WAD - ratio**3 // WAD**2
    return oracle_wad, min(whole * (STEP_WINDOW_S - elapsed_s) // STEP_WINDOW_S, MAX_FEE_WAD)


def recovered_down(
    borrowed: int, collateral: int, oracle_wad: int, up_wad: int, down_wad: int, amplification: int
) -> int:
    """Return y_up: collateral that the band turns into if the price rises through it slowly.

    First arbitraged at the present price to the curve's point of P, or to the end beyond which P lies.
    """
    if not borrowed and oracle_wad >= up_wad:
        return collateral
    y0 = depth_down(borrowed, collateral, oracle_wad, up_wad, amplification)
    if oracle_wad >= up_wad:
        return mul_div_down(y0, up_wad, oracle_wad)
    if oracle_wad <= down_wad:
        converted = mul_div_down(mul_div_down(y0, oracle_wad, WAD), oracle_wad, down_wad)
        return mul_div_down(converted, WAD, _sqrt_up(up_wad * down_wad))
    v = ONE - mul_div_down(oracle_wad, ONE, up_wad)
    s = ONE - mul_div_up(amplification * v, v, ONE)
    power = mul_div_down(s, isqrt(s * ONE), ONE)
    return mul_div_down(mul_div_down(y0, power, ONE), up_wad, oracle_wad)


def converted_down(
    borrowed: int, collateral: int, oracle_wad: int, up_wad: int, down_wad: int, amplification: int
) -> int:
    """Return x_down: borrowed asset that the band turns into if the price falls through it slowly."""
    if oracle_wad <= down_wad:
        if not collateral:
            return borrowed
        y0 = depth_down(borrowed, collateral, oracle_wad, up_wad, amplification)
        return mul_div_down(mul_div_down(y0, oracle_wad, WAD), oracle_wad, down_wad)
    recovered = recovered_down(borrowed, collateral, oracle_wad, up_wad, down_wad, amplification)
    return mul_div_down(recovered, isqrt(up_wad * down_wad), WAD)


def conversion_down(amplification: int, count: int) -> int:
    """Return what `count` equal bands convert to, per collateral and per upper edge of the first, 36 decimals.

    √r·A·(1 − r^count)/count with r = (A−1)/A.
    """
    ratio = power_down(amplification, 1)
    total = amplification * (ONE - power_down(amplification, count))
    return mul_div_down(total, isqrt(ratio * ONE), ONE) // count


def max_debt_per_edge_down(collateral: int, amplification: int, count: int, loan_discount_bps: int) -> int:
    """Return the debt (precise units) that `collateral` carries, per upper edge of its first band."""
    converted = mul_div_down(collateral, conversion_down(amplification, count), ONE)
    return converted * (BPS - loan_discount_bps) // BPS


def shares_down(assets: int, held: int, total_shares: int) -> int:
    """Return the shares of a band for a deposit, smallest units."""
    return mul_div_down(assets, total_shares + VIRTUAL_SHARES, held + 1)


def assets_down(shares: int, held: int, total_shares: int) -> int:
    """Return what shares of a band get of the `held` units of either asset; below `held` + 1."""
    return mul_div_down(shares, held + 1, total_shares + VIRTUAL_SHARES)


def _sqrt_up(value: int) -> int:
    root = isqrt(value)
    return root + (root * root < value)
