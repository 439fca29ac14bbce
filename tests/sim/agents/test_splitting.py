"""The view of a split: what the router pays, to the unit, and sizes at which its price is met."""

from hypothesis import assume, given
from hypothesis import strategies as st

from sim.agents.sizing import PoolView
from sim.agents.splitting import SplitView
from sim.reference.split import constant_product_optimum, divide, numeric_optimum
from sim.units import WAD
from tests.split import pool_quote

USDC = 10**6
PRICE = 2_000
pools = st.lists(
    st.tuples(
        st.integers(100 * WAD, 100_000 * WAD), st.integers(1_900, 2_100), st.sampled_from([1, 5, 30, 100])
    ).map(lambda one: (one[0], one[0] * one[1] * USDC // WAD, one[2])),
    min_size=2,
    max_size=4,
)
amounts = st.integers(WAD, 50_000 * WAD)


def view(depths: list[tuple[int, int, int]]) -> SplitView:
    return SplitView([PoolView("WETH", "USDC", {"WETH": x, "USDC": y}, fee_bps) for x, y, fee_bps in depths])


@given(depths=pools, amount=amounts)
def test_pays_as_the_router_divides(depths, amount):
    division = divide([pool_quote(*pool) for pool in depths], amount)
    assert view(depths).amount_out("WETH", amount) == division.total_out


@given(depths=pools, first=amounts, second=amounts)
def test_what_it_means_to_sell_moves_every_pool_by_its_leg(depths, first, second):
    seen = view(depths)
    division = divide([pool_quote(*pool) for pool in depths], first)
    assert seen.sell("WETH", first) == division.total_out
    moved = [
        (x + leg, y - out, fee_bps)
        for (x, y, fee_bps), leg, out in zip(depths, division.amounts_in, division.amounts_out, strict=True)
    ]
    assert seen.amount_out("WETH", second) == view(moved).amount_out("WETH", second)
    assert seen.reserves == view(moved).reserves


@given(depths=pools, price=st.integers(1_000, 2_050))
def test_a_sale_to_a_price_ends_at_it_on_every_pool_that_takes_part(depths, price):
    """The best division of that size takes it: no pool would have paid the price for a unit more."""
    seen = view(depths)
    amount = seen.sale_to_price("WETH", (price * USDC, WAD))
    assume(amount > WAD)
    legs = constant_product_optimum(depths, amount)
    for (x, y, fee_bps), leg in zip(depths, legs, strict=True):
        fed = x * 10_000 / (10_000 - fee_bps)
        marginal = fed * y / (fed + leg) ** 2 * WAD / USDC
        assert marginal < price * (1 + 1e-6)
        assert not leg or marginal > price * (1 - 1e-6)


@given(depths=pools, price=st.integers(1_000, 2_050))
def test_the_largest_sale_brings_the_price_on_average_and_a_larger_one_does_not(depths, price):
    seen = view(depths)
    amount = seen.largest_sale_at("WETH", (price * USDC, WAD))
    if amount:
        rounding = len(depths)
        assert (seen.amount_out("WETH", amount) + rounding) * WAD >= price * USDC * amount
        more = amount + amount // 1_000 + WAD
        assert seen.amount_out("WETH", more) * WAD < price * USDC * more
    else:
        assert seen.amount_out("WETH", WAD) * WAD < price * USDC * WAD * (1 + 1e-3)


@given(depths=pools, repaid=st.integers(1_000, 10_000_000), rate=st.floats(0.3e12, 0.7e12))
def test_no_repayment_brings_more_than_its_bound(depths, repaid, rate):
    """`rate` is units of collateral per unit of debt: at 0.5e12 a whole token for 2,000 whole ones."""
    seen, most = view(depths), repaid * USDC
    bound = seen.best_proceeds("WETH", most, rate, 1.0)
    for part in (1, 3, 10):
        size = most // part
        assert seen.amount_out("WETH", int(rate * size)) - size <= bound * (1 + 1e-9) + 2


@given(depths=pools, amount=amounts)
def test_the_numeric_optimum_is_the_closed_form(depths, amount):
    quotes = [pool_quote(*pool) for pool in depths]

    def paid(legs):
        return sum(quote(leg) for quote, leg in zip(quotes, legs, strict=True) if leg)

    closed, searched = constant_product_optimum(depths, amount), numeric_optimum(quotes, amount)
    assert sum(searched) == amount
    assert abs(paid(closed) - paid(searched)) <= paid(closed) * 1e-9 + 2 * len(depths)


def test_empty_pools_have_no_bound_and_take_nothing():
    empty = view([(0, 0, 30), (0, 0, 5)])
    assert empty.best_proceeds("WETH", 1.0, 1.0, 1.0) == -1.0
    assert empty.amount_out("WETH", WAD) == 0 == empty.sell("WETH", WAD)
    assert empty.sale_to_price("WETH", (1, 1)) == 0 == empty.largest_sale_at("WETH", (1, 1))
