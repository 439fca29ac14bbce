"""Exact-integer mirror of ``SharesLib``, ``IsolatedMarketLib`` and ``PreLiquidationLib``.

Amounts are smallest units, fractions wad, prices collateral in loan assets times 1e36 and the difference of
decimals. Formulas and rounding are those of Morpho Blue, held against its bytecode by the conformance vectors:

    HF = collateral · price · LLTV / debt       LIF = min(1.15, 1 / (1 - 0.3 (1 - LLTV)))
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import (
    UINT256_MAX,
    WAD,
    mul_div_down,
    mul_div_up,
    wad_div_down,
    wad_div_up,
    wad_mul_down,
)

VIRTUAL_SHARES = 10**6
VIRTUAL_ASSETS = 1
PRICE_SCALE = 10**36
MAX_INCENTIVE_WAD = 115 * WAD // 100
INCENTIVE_CURSOR_WAD = 3 * WAD // 10


def to_assets_down(shares: int, total_assets: int, total_shares: int) -> int:
    """Return the assets that ``shares`` are worth, rounded down."""
    return mul_div_down(shares, total_assets + VIRTUAL_ASSETS, total_shares + VIRTUAL_SHARES)


def to_assets_up(shares: int, total_assets: int, total_shares: int) -> int:
    """Return the assets that ``shares`` are worth, rounded up."""
    return mul_div_up(shares, total_assets + VIRTUAL_ASSETS, total_shares + VIRTUAL_SHARES)


def to_shares_down(assets: int, total_assets: int, total_shares: int) -> int:
    """Return the shares for ``assets``, rounded down."""
    return mul_div_down(assets, total_shares + VIRTUAL_SHARES, total_assets + VIRTUAL_ASSETS)


def to_shares_up(assets: int, total_assets: int, total_shares: int) -> int:
    """Return the shares for ``assets``, rounded up."""
    return mul_div_up(assets, total_shares + VIRTUAL_SHARES, total_assets + VIRTUAL_ASSETS)


def max_debt_down(collateral: int, price: int, lltv_wad: int) -> int:
    """Return the most debt that ``collateral`` keeps healthy."""
    return wad_mul_down(mul_div_down(collateral, price, PRICE_SCALE), lltv_wad)


def health_factor_wad_down(collateral: int, debt: int, price: int, lltv_wad: int) -> int:
    """Return the health factor in wad, ``UINT256_MAX`` without debt."""
    if debt == 0:
        return UINT256_MAX
    return wad_div_down(max_debt_down(collateral, price, lltv_wad), debt)


def incentive_factor_wad_down(lltv_wad: int) -> int:
    """Return the collateral seized per debt repaid, by value."""
    distance = wad_mul_down(INCENTIVE_CURSOR_WAD, WAD - lltv_wad)
    return min(MAX_INCENTIVE_WAD, wad_div_down(WAD, WAD - distance))


@dataclass(frozen=True, slots=True)
class MarketTotals:
    """The fields of the Solidity struct."""

    supply_assets: int
    supply_shares: int
    borrow_assets: int
    borrow_shares: int


@dataclass(frozen=True, slots=True)
class IsolatedSeizure:
    """The fields of the Solidity struct."""

    repaid_assets: int
    repaid_shares: int
    seized_assets: int


def seizure(
    seized_assets: int, repaid_shares: int, totals: MarketTotals, price: int, incentive_wad: int
) -> IsolatedSeizure:
    """Return the amounts of a liquidation that asks for collateral, or for shares if that is 0."""
    debt = totals.borrow_assets, totals.borrow_shares
    if seized_assets:
        worth = mul_div_up(seized_assets, price, PRICE_SCALE)
        repaid_shares = to_shares_up(wad_div_up(worth, incentive_wad), *debt)
    else:
        worth = wad_mul_down(to_assets_down(repaid_shares, *debt), incentive_wad)
        seized_assets = mul_div_down(worth, PRICE_SCALE, price)
    return IsolatedSeizure(to_assets_up(repaid_shares, *debt), repaid_shares, seized_assets)


def interest_up(assets: int, rate_per_second_wad: int, elapsed_s: int) -> int:
    """Return the interest ``assets · (x + x²/2 + x³/6)`` with ``x = rate · seconds``, rounded up once."""
    x = rate_per_second_wad * elapsed_s
    return mul_div_up(assets, 6 * WAD**2 * x + 3 * WAD * x**2 + x**3, 6 * WAD**3)


def distance_wad_down(ltv_wad: int, pre_lltv_wad: int, lltv_wad: int) -> int:
    """Return how far an LTV lies between the limits of pre-liquidation and liquidation: 0 to 1 in wad."""
    return wad_div_down(ltv_wad - pre_lltv_wad, lltv_wad - pre_lltv_wad)


def interpolate_wad_down(first_wad: int, last_wad: int, distance_wad: int) -> int:
    """Return the value at a distance between ``first_wad`` (at 0) and ``last_wad`` (at 1)."""
    return wad_mul_down(distance_wad, last_wad - first_wad) + first_wad
