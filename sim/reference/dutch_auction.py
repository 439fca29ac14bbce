"""Exact-integer mirror of ``DutchAuctionLib``: the arithmetic of Maker's Dutch auctions.

A lot is in smallest units of its collateral, a tab in rad of its debt (smallest units times 1e27), a price in
smallest units of debt per smallest unit of collateral, in ray. Where both tokens have 18 decimals these are
Maker's wad, rad and ray, and the results are those of its Dog, Clipper and price calculators (recorded outcomes
of their bytecode are held against the contract). Every division rounds down, but products inside ``pow_ray`` to
nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import RAY, WAD, mul_div_down, ray_div_down, ray_mul_down


class EmptyLot(ValueError):
    """There is no collateral, or no debt, to cut a lot from."""


class DustyLot(ValueError):
    """The throttle leaves room only for a lot whose debt is dust."""


class NoPartialPurchase(ValueError):
    """What a lot still has to raise is too little to be split."""


@dataclass(frozen=True, slots=True)
class Vault:
    """What a lot is cut from; the fields of the Solidity struct."""

    collateral_assets: int
    debt_assets: int
    rate_ray: int
    room_rad: int
    dust_rad: int
    penalty_wad: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A lot as cut; the fields of the Solidity struct."""

    lot_assets: int
    debt_assets: int
    due_rad: int
    tab_rad: int


def cut_down(vault: Vault) -> Cut:
    """Return as much of a vault as there is room for; a rest that would be dust is taken along.

    Raises
    ------
    DustyLot, EmptyLot
    """
    everything = vault.debt_assets
    debt = min(everything, mul_div_down(vault.room_rad, WAD, vault.rate_ray) // vault.penalty_wad)
    if debt < everything:
        if (everything - debt) * vault.rate_ray < vault.dust_rad:
            debt = everything
        elif debt * vault.rate_ray < vault.dust_rad:
            raise DustyLot(debt * vault.rate_ray, vault.dust_rad)
    due_rad = debt * vault.rate_ray
    tab_rad = mul_div_down(due_rad, vault.penalty_wad, WAD)
    lot = mul_div_down(vault.collateral_assets, debt, everything) if everything else 0
    if lot == 0 or tab_rad == 0:
        raise EmptyLot(lot, tab_rad)
    return Cut(lot, debt, due_rad, tab_rad)


def reward_rad_down(tab_rad: int, tip_rad: int, chip_wad: int) -> int:
    """Return a keeper's reward: a flat part and a share of the tab."""
    return tip_rad + mul_div_down(tab_rad, chip_wad, WAD)


def linear_price_down(top: int, elapsed_s: int, duration_s: int) -> int:
    """Return top * (duration - elapsed) / duration, and 0 from then on."""
    if elapsed_s >= duration_s:
        return 0
    return ray_mul_down(top, mul_div_down(duration_s - elapsed_s, RAY, duration_s))


def stepped_price_down(top: int, elapsed_s: int, cut_ray: int, step_s: int) -> int:
    """Return top * cut ** floor(elapsed / step)."""
    return ray_mul_down(top, pow_ray(cut_ray, elapsed_s // step_s))


def pow_ray(base_ray: int, exponent: int) -> int:
    """Return base ** exponent in ray, by squaring from the lowest bit, each product rounded to nearest."""
    result = base_ray if exponent & 1 else RAY
    exponent >>= 1
    while exponent:
        base_ray = _mul_nearest(base_ray, base_ray)
        if exponent & 1:
            result = _mul_nearest(result, base_ray)
        exponent >>= 1
    return result


def needs_reset(price_ray: int, top_ray: int, elapsed_s: int, tail_s: int, cusp_ray: int) -> bool:
    """Return whether an auction is older than its tail or its price below the cusp's share of its top."""
    return elapsed_s > tail_s or ray_div_down(price_ray, top_ray) < cusp_ray


def purchase_down(lot_assets: int, tab_rad: int, price_ray: int, wanted: int, min_tab_rad: int) -> tuple[int, int]:
    """Return what a buyer of up to `wanted` gets, and owes in rad.

    Nobody pays more than the tab; who buys a part leaves at least `min_tab_rad` of it.

    Raises
    ------
    NoPartialPurchase
    """
    sold = min(lot_assets, wanted)
    owed_rad = sold * price_ray
    if owed_rad > tab_rad:
        return tab_rad // price_ray, tab_rad
    if owed_rad < tab_rad and sold < lot_assets and tab_rad - owed_rad < min_tab_rad:
        if tab_rad <= min_tab_rad:
            raise NoPartialPurchase(tab_rad, min_tab_rad)
        owed_rad = tab_rad - min_tab_rad
        sold = owed_rad // price_ray
    return sold, owed_rad


def _mul_nearest(x: int, y: int) -> int:
    return (x * y + RAY // 2) // RAY
