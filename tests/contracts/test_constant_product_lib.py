"""Rule: the formulas on chain and ``sim.reference.constant_product`` give the same integers."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.chain.base import CallReverted
from sim.reference import constant_product as reference
from sim.units import UINT112_MAX
from tests.venue import OWNER, PROVIDER, TRADER, TREASURY, Venue

FEES_BPS = (0, 1, 30, 100, 9_999)
RESERVE = st.one_of(st.integers(1, 10**9), st.integers(1, UINT112_MAX))
AMOUNT = st.one_of(st.integers(0, 10**6), st.integers(0, 2**128))
DEPOSIT = st.integers(10**4, 10**30)


@pytest.fixture(scope="module")
def venues():
    return {fee_bps: Venue.deploy(fee_bps) for fee_bps in FEES_BPS}


def outcome(function, *args):
    """Return what a formula gives, or the name of the error it raises."""
    try:
        return function(*args)
    except reference.PoolRevertError as error:
        return error.error


def quoted(venue, function, amount):
    """Return what the router quotes for selling token0, or the name of its error."""
    try:
        return venue.router.read(function, [venue.pool], venue.token0, amount)
    except CallReverted as error:
        return venue.pool.artifacts.decoder.error_parts(error.data)[0]


@given(fee_bps=st.sampled_from(FEES_BPS), reserves=st.tuples(RESERVE, RESERVE), amount=AMOUNT)
def test_quotes(venues, fee_bps, reserves, amount):
    with venues[fee_bps].undone() as venue:
        venue.set_reserves(*reserves)
        expected = outcome(reference.amount_out_down, amount, *reserves, fee_bps)
        assert quoted(venue, "quoteExactIn", amount) == expected
        expected = outcome(reference.amount_in_up, amount, *reserves, fee_bps)
        assert quoted(venue, "quoteExactOut", amount) == expected


@given(first=st.tuples(DEPOSIT, DEPOSIT), second=st.tuples(DEPOSIT, DEPOSIT), part=st.integers(1, 1_000))
def test_deposits_and_withdrawals(venues, first, second, part):
    shares = reference.initial_shares_down(*first)
    assume(shares > 0)
    with venues[30].undone() as venue:
        assert venue.seed(*first) == shares
        total = shares + reference.MINIMUM_LIQUIDITY
        more = reference.shares_down(second, first, total)
        assume(more > 0)
        assert venue.seed(*second) == more
        burned = max((shares + more) * part // 1_000, 1)
        balances = [first[i] + second[i] for i in (0, 1)]
        amounts = [reference.assets_down(burned, balance, total + more) for balance in balances]
        assume(min(amounts) > 0)
        venue.pool.send(PROVIDER, "transfer", venue.pool, burned)
        venue.pool.send(PROVIDER, "burn", TREASURY)
        assert [token.read("balanceOf", TREASURY) for token in venue.tokens] == amounts


@given(
    first=st.tuples(DEPOSIT, DEPOSIT),
    growth=st.tuples(st.integers(0, 10**30), st.integers(0, 10**30)),
)
def test_protocol_fee(venues, first, growth):
    shares = reference.initial_shares_down(*first)
    assume(shares > 1_000)
    with venues[30].undone() as venue:
        venue.pool.send(OWNER, "setFeeTo", TREASURY)
        venue.seed(*first)
        assert venue.pool.read("kLast") == first[0] * first[1]
        venue.fund(*growth)
        venue.pool.send(TRADER, "sync")
        reserves = venue.reserves()
        total = shares + reference.MINIMUM_LIQUIDITY
        fee = reference.protocol_fee_shares_down(*reserves, first[0] * first[1], total)
        venue.pool.send(PROVIDER, "transfer", venue.pool, shares)
        venue.pool.send(PROVIDER, "burn", PROVIDER)
        assert venue.shares(TREASURY) == fee


@given(
    reserves=st.tuples(RESERVE, RESERVE),
    elapsed_s=st.one_of(st.integers(0, 10**6), st.integers(0, 2**34)),
)
def test_cumulative_prices(venues, reserves, elapsed_s):
    with venues[30].undone() as venue:
        venue.set_reserves(*reserves)
        start_s = venue.chain.timestamp_s
        venue.wait(elapsed_s)
        for _ in range(2):  # The second change of a block adds nothing.
            venue.pool.send(TRADER, "sync")
        for name, pair in (("price0", reserves), ("price1", reserves[::-1])):
            expected = reference.accrued_price(0, *pair, start_s, start_s + elapsed_s)
            assert venue.pool.read(f"{name}CumulativeLast") == expected
        assert venue.pool.read("getReserves")[2] == (start_s + elapsed_s) % 2**32
