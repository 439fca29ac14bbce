"""Exact-integer mirror of ``BatchClearingLib``: one price for a lot and all its bids.

Quantities are smallest units of the collateral, prices smallest units of debt per smallest unit of collateral in
ray. At a price p, the orders with a limit of at least p want D(p), and the lot raises
min(debt, p · min(lot, D(p))); the price is the highest of those that raise most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.units import RAY, ray_mul_up


class Order(NamedTuple):
    """Collateral wanted at most at a price; the fields of the Solidity struct."""

    quantity: int
    price_ray: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a lot sells for; the fields of the Solidity struct, by order in the order in which they came."""

    price_ray: int
    sold_assets: int
    paid_assets: int
    fills: tuple[int, ...]
    payments: tuple[int, ...]


def rank(orders: Sequence[Order]) -> list[int]:
    """Return places of orders from the highest limit to the lowest, equal ones as they came."""
    return sorted(range(len(orders)), key=lambda at: -orders[at].price_ray)


def escrow_up(order: Order) -> int:
    """Return what an order puts down: the most that it can have to pay."""
    return ray_mul_up(order.quantity, order.price_ray)


def clear(orders: Sequence[Order], lot_assets: int, debt_assets: int) -> Clearing:
    """Return the clearing of a lot.

    Orders above the price are filled, those at the price as they came; payments are rounded up, but together they
    never exceed the debt.
    """
    ranking = rank(orders)
    price_ray, sold = _price([orders[at] for at in ranking], lot_assets, debt_assets * RAY)
    fills, payments = [0] * len(orders), [0] * len(orders)
    left, unpaid = sold, debt_assets
    for at in ranking:
        fills[at] = min(left, orders[at].quantity)
        payments[at] = min(ray_mul_up(fills[at], price_ray), unpaid)
        left -= fills[at]
        unpaid -= payments[at]
    return Clearing(price_ray, sold, debt_assets - unpaid, tuple(fills), tuple(payments))


def _price(ranked: Sequence[Order], lot_assets: int, debt_rad: int) -> tuple[int, int]:
    demand = best_rad = price_ray = sold = 0
    for order in ranked:
        if demand >= lot_assets or best_rad >= debt_rad:
            break
        demand = min(demand + order.quantity, lot_assets)
        raised_rad = min(demand * order.price_ray, debt_rad)
        if raised_rad > best_rad:
            best_rad, price_ray = raised_rad, order.price_ray
            sold = -(-debt_rad // price_ray) if raised_rad == debt_rad else demand
    return price_ray, sold
