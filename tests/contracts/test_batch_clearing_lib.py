"""BatchClearingLib equals its mirror on 10,000 random lots, and the mirror a search over all prices."""

from __future__ import annotations

from dataclasses import astuple
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sim.reference.batch_auction import Clearing, Order, clear, escrow_up, rank
from sim.units import RAY

LOTS, LOTS_PER_CALL, MAX_BIDS = 10_000, 250, 32


def random_lot(rng: Random) -> tuple[list[Order], int, int]:
    """Return orders, collateral and debt, of all sizes, with many ties and many debts at the edge."""
    lot = int(10 ** rng.uniform(0, rng.choice([26, 33])))
    price = int(10 ** rng.uniform(0, rng.choice([34, 43]))) + 1
    orders = []
    for _ in range(rng.choice([0, 1, 2, 3, 5, 8, MAX_BIDS])):
        quantity = rng.choice([lot, rng.randrange(lot + 1), lot // MAX_BIDS + 1])
        limit = rng.choice([price, price * rng.randrange(80, 121) // 100, rng.randrange(2 * price), 0, 1])
        orders.append(Order(quantity, limit))
    worth = min(lot * price // RAY, 2**127)
    debts = [0, 1, worth, worth + 1, max(worth - 1, 0), rng.randrange(2 * worth + 1), 2**128 - 1]
    return orders, rng.choice([lot, lot, lot, 0]), rng.choice(debts)


def test_equal_to_the_mirror_on_random_lots(revm, deploy):
    exposed = deploy(revm, "ExposedBatchClearing")
    rng = Random(20)
    sold = 0
    for _ in range(LOTS // LOTS_PER_CALL):
        lots = [random_lot(rng) for _ in range(LOTS_PER_CALL)]
        on_chain = exposed.read(
            "clear", [([tuple(one) for one in orders], lot, debt) for orders, lot, debt in lots]
        )
        for given_lot, found in zip(lots, on_chain, strict=True):
            expected = clear(*given_lot)
            fields = (
                found.priceRay,
                found.soldAssets,
                found.paidAssets,
                tuple(found.fills),
                tuple(found.payments),
            )
            assert fields == astuple(expected), given_lot
            sold += expected.sold_assets > 0
    assert LOTS // 4 < sold < LOTS, "lots that sell, and others that do not"
    orders = [Order(1, limit) for limit in (3, 5, 3, 9, 5, 0)]
    assert exposed.read("rank", [tuple(one) for one in orders]) == rank(orders) == [3, 1, 4, 0, 2, 5]


SMALL = st.integers(0, 12)
ORDERS = st.lists(st.builds(Order, SMALL, SMALL.map(lambda price: price * RAY // 7)), max_size=6)


def raised(orders: list[Order], price_ray: Fraction, lot: int, debt: int) -> Fraction:
    """Return what a lot raises at a price, by the definition."""
    demand = sum(order.quantity for order in orders if order.price_ray >= price_ray)
    return min(Fraction(debt), price_ray * min(lot, demand) / RAY)


@given(orders=ORDERS, lot=st.integers(0, 20), debt=st.integers(0, 30))
def test_price_is_the_highest_of_those_that_raise_most(orders, lot, debt):
    """Against a search over a grid of prices finer than the limits, and the limits themselves."""
    found = clear(orders, lot, debt)
    grid = {Fraction(step * RAY, 70) for step in range(1, 130)} | {Fraction(order.price_ray) for order in orders}
    values = {price: raised(orders, price, lot, debt) for price in grid if price}
    most = max(values.values(), default=Fraction(0))
    if most == 0:
        assert found == Clearing(0, 0, 0, (0,) * len(orders), (0,) * len(orders))
        return
    assert found.price_ray == max(price for price, value in values.items() if value == most)
    check_sale(orders, lot, debt, found)


def check_sale(orders: list[Order], lot: int, debt: int, found: Clearing) -> None:
    """Hold a clearing against the rules: who is filled, what is paid, how much is sold."""
    price = found.price_ray
    assert found.sold_assets == sum(found.fills) <= lot
    assert found.paid_assets == sum(found.payments) <= debt
    demand = min(lot, sum(order.quantity for order in orders if order.price_ray >= price))
    if demand * price >= debt * RAY:
        assert found.paid_assets == debt, "what repays the debt does so to the unit"
        assert found.sold_assets == -(-debt * RAY // price), "and no more is sold"
    else:
        assert found.sold_assets == demand
        assert found.paid_assets >= min(debt, demand * price // RAY), "rounded for the protocol"
    for order, fill, payment in zip(orders, found.fills, found.payments, strict=True):
        assert fill <= order.quantity and payment <= escrow_up(order)
        assert payment * RAY < fill * price + RAY, "nobody pays a unit more than the price"
        if order.price_ray > price:
            assert fill == order.quantity, "everyone above the price gets all"
        if order.price_ray < price:
            assert fill == payment == 0
    filled = zip(orders, found.fills, strict=True)
    marginal = [(order.quantity, fill) for order, fill in filled if order.price_ray == price]
    short = next((at for at, (wanted, fill) in enumerate(marginal) if fill < wanted), len(marginal))
    assert all(fill == 0 for _, fill in marginal[short + 1 :]), "at the price, first come, first served"


@given(
    bids=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), min_size=1, max_size=14),
    lot=st.integers(1, 40),
    debt=st.integers(1, 200),
    most=st.integers(1, 5),
)
def test_bounded_book_loses_nothing(bids, lot, debt, most):
    """Bids of at least a share of the lot each: turning the lowest away changes neither price nor sale."""
    least = -(-lot // most)
    every = [Order(min(max(quantity, least), lot), price * RAY) for quantity, price in bids]
    book: list[Order] = []
    for order in every:
        if len(book) == most:
            lowest = rank(book)[-1]
            if order.price_ray <= book[lowest].price_ray:
                continue
            del book[lowest]
        book.append(order)
    bounded, unbounded = clear(book, lot, debt), clear(every, lot, debt)
    assert (bounded.price_ray, bounded.sold_assets) == (unbounded.price_ray, unbounded.sold_assets)
    assert bounded.paid_assets == unbounded.paid_assets
