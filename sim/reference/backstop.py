"""Exact-integer mirror of ``BackstopLib``: credit for absorbed collateral, and the price that it is sold at.

As Compound III defines them: credit is value · liquidation factor, and the price is
oracle · (1 - storefront factor · (1 - liquidation factor)), whose factor here has eight decimals.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import BPS, mul_div_down, mul_div_up

FACTOR_UNIT = BPS**2


@dataclass(frozen=True, slots=True)
class Pair:
    """A collateral against a debt asset: units are 10 ** decimals; the fields of the Solidity struct."""

    collateral_price_base: int
    collateral_unit: int
    debt_price_base: int
    debt_unit: int


def credit_down(assets: int, pair: Pair, factor_bps: int) -> int:
    """Return the credit for collateral, in the debt asset."""
    return mul_div_down(
        assets * pair.collateral_price_base,
        pair.debt_unit * factor_bps,
        pair.debt_price_base * pair.collateral_unit * BPS,
    )


def price_factor(storefront_factor_bps: int, factor_bps: int) -> int:
    """Return the share of the oracle's price that a buyer pays, in units of 1e-8."""
    return FACTOR_UNIT - storefront_factor_bps * (BPS - factor_bps)


def sold_down(paid_assets: int, pair: Pair, factor: int) -> int:
    """Return the collateral that a payment buys."""
    return mul_div_down(
        paid_assets * pair.debt_price_base,
        pair.collateral_unit * FACTOR_UNIT,
        pair.collateral_price_base * pair.debt_unit * factor,
    )


def cost_up(sold_assets: int, pair: Pair, factor: int) -> int:
    """Return what collateral costs; never more than a payment that buys it."""
    return mul_div_up(
        sold_assets * pair.collateral_price_base,
        pair.debt_unit * factor,
        pair.debt_price_base * pair.collateral_unit * FACTOR_UNIT,
    )
