"""TickLib is its mirror on 10,000 random inputs, and both are what the published pool computes, bit by bit."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.reference import concentrated as reference
from sim.reference.concentrated import MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, Q96
from tests.batch import assert_equal_mirror, exposed
from tests.concentrated import Concentrated

TICK = st.integers(-MAX_TICK, MAX_TICK)
WORD = 2**256


def signed(word):
    return word - WORD if word >> 255 else word


def root(random):
    """A root price: log-uniform over all that a pool can have."""
    return reference.sqrt_price_x96_at_tick(random.randint(-MAX_TICK, MAX_TICK - 1)) + random.getrandbits(20)


def scales(random):
    """10 to base plus answer decimals, and to quote decimals."""
    return 10 ** random.randint(0, 36), 10 ** random.randint(0, 18)


MIRRORS = {
    "sqrtPriceX96AtTick": (
        lambda r: (r.randint(-MAX_TICK, MAX_TICK) % WORD,),
        lambda tick: reference.sqrt_price_x96_at_tick(signed(tick)),
    ),
    "meanTickDown": (
        lambda r: (r.randint(-(2**55), 2**55) % WORD, r.randint(1, 2**32 - 1)),
        lambda grown, length: reference.mean_tick_down(signed(grown), length) % WORD,
    ),
    "priceDown": (lambda r: (root(r), *scales(r)), reference.price_down),
    "inversePriceDown": (
        # Answers of more than 200 bits panic; a root of 2^57 and more brings none.
        lambda r: (root(r) | 2**57, *scales(r)),
        reference.inverse_price_down,
    ),
}


@pytest.mark.parametrize("function", MIRRORS)
def test_mirror(function):
    assert_equal_mirror(exposed("ExposedTickMath"), function, *MIRRORS[function])


@pytest.fixture(scope="module")
def world():
    return Concentrated.deploy((18, 18))


@given(tick=st.integers(-MAX_TICK + 1, MAX_TICK - 1))
@example(tick=-MAX_TICK + 1)
@example(tick=MAX_TICK - 1)
@example(tick=0)
def test_a_tick_begins_where_the_pool_says(world, tick):
    """A pool initialised at a tick's root price is at that tick, and just below it at the one before."""
    price = reference.sqrt_price_x96_at_tick(tick)
    for given_price, expected in ((price, tick), (price - 1, tick - 1)):
        with world.undone():
            pool = world.pool(3_000, given_price)
            assert pool.read("slot0").tick == expected == reference.tick_at_sqrt_price(given_price)


def test_the_ends():
    assert reference.sqrt_price_x96_at_tick(-MAX_TICK) == MIN_SQRT_PRICE
    assert reference.sqrt_price_x96_at_tick(MAX_TICK) == MAX_SQRT_PRICE
    for tick in (-MAX_TICK - 1, MAX_TICK + 1):
        error = exposed("ExposedTickMath").read_error("sqrtPriceX96AtTick", tick)
        assert error == f"TickOutOfRange({tick})"
        with pytest.raises(ValueError, match="outside"):
            reference.sqrt_price_x96_at_tick(tick)
    for price in (MIN_SQRT_PRICE - 1, MAX_SQRT_PRICE):
        with pytest.raises(ValueError, match="outside"):
            reference.tick_at_sqrt_price(price)


@given(tick=TICK)
def test_a_root_price_is_the_power_it_stands_for(tick):
    with localcontext() as context:
        context.prec = 80
        exact = Decimal("1.0001") ** tick
        found = (Decimal(reference.sqrt_price_x96_at_tick(tick)) / Q96) ** 2
        assert abs(found / exact - 1) < Decimal(3) / MIN_SQRT_PRICE


@given(price=st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1), scale=st.integers(1, 10**36))
def test_prices_are_exact_floors(price, scale):
    exact = Fraction(price, Q96) ** 2
    assert reference.price_down(price, scale, 7) == exact * scale / 7 // 1
    assert reference.inverse_price_down(price, scale, 7) == scale / exact / 7 // 1
