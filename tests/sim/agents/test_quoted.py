"""Sizes found from a venue's quotes are those of the closed forms, on a pool where both are known."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.outside import OutsideLeg
from sim.agents.quoted import QuotedView
from sim.agents.sizing import PoolView
from sim.protocols.venue import VenueState
from sim.protocols.venues.constant_product import depth_units, spot_e8
from sim.reference.constant_product import PoolRevertError, amount_out_down
from sim.scenario.outside import ExponentialDepth
from tests.sim.agents.small import observation

WETH, USDC = 10**18, 10**6


class Pool:
    """A constant-product venue that tells nothing but quotes."""

    base, quote = "WETH", "USDC"
    decimals = {"WETH": 18, "USDC": 6}

    def __init__(self, base: int, quote: int, fee_bps: int) -> None:
        self.reserves = {"WETH": base, "USDC": quote}
        self.fee_bps = fee_bps

    def quote_exact_in(self, sell: str, amount: int) -> int:
        """What the pool would pay now."""
        buy = "USDC" if sell == "WETH" else "WETH"
        try:
            return amount_out_down(amount, self.reserves[sell], self.reserves[buy], self.fee_bps)
        except PoolRevertError:
            return 0

    def views(self) -> tuple[PoolView, QuotedView]:
        """The same pool in closed form and by its quotes."""
        base, quote = self.reserves["WETH"], self.reserves["USDC"]
        state = VenueState(base, quote, 0, spot_e8(base, quote, 18, 6), 0, 0)
        return PoolView("WETH", "USDC", dict(self.reserves), self.fee_bps), QuotedView(self, state)


pools = st.builds(
    Pool,
    st.integers(10 * WETH, 10**6 * WETH),
    st.integers(10_000 * USDC, 10**9 * USDC),
    st.sampled_from([0, 5, 30, 100]),
)


@given(pool=pools, sell=st.sampled_from(["WETH", "USDC"]), below=st.floats(0.2, 0.95))
@settings(max_examples=60)
def test_sales_to_a_price_agree_with_the_closed_forms(pool, sell, below):
    closed, quoted = pool.views()
    price = round(closed.reserves[closed.other(sell)] * below * 10**9), closed.reserves[sell] * 10**9
    for size in ("sale_to_price", "largest_sale_at"):
        exact = getattr(closed, size)(sell, price)
        assert getattr(quoted, size)(sell, price) == pytest.approx(exact, rel=2e-3)


@given(pool=pools, sell=st.sampled_from(["WETH", "USDC"]), first=st.floats(1e-4, 0.5), second=st.floats(1e-4, 0.5))
@settings(max_examples=60)
def test_quotes_come_after_what_was_planned(pool, sell, first, second):
    closed, quoted = pool.views()
    amounts = [int(pool.reserves[sell] * share) for share in (first, second)]
    # Without the fee that stays in the pool between two sales, one sale is the sum of its parts.
    pool.fee_bps = closed.fee_bps = 0
    for amount in amounts:
        assert abs(quoted.sell(sell, amount) - closed.sell(sell, amount)) <= 2


def test_a_sale_that_pays_nothing_at_all_is_not_looked_for():
    closed, quoted = Pool(1_000 * WETH, 2_000_000 * USDC, 30).views()
    dear = 3_000 * USDC, WETH
    assert quoted.sale_to_price("WETH", dear) == closed.sale_to_price("WETH", dear) == 0
    empty = QuotedView(Pool(1, 1, 30), VenueState(0, 0, 0, 0, 0, 0))
    assert empty.sale_to_price("WETH", dear) == 0
    assert empty.best_proceeds("WETH", 1.0, 1.0, 1.0) == -1.0


@given(pool=pools, most=st.floats(1.0, 1e15), bonus=st.floats(0.0, 0.2))
@settings(max_examples=60)
def test_the_bound_on_proceeds_is_one(pool, most, bonus):
    closed, quoted = pool.views()
    rate = pool.reserves["WETH"] / pool.reserves["USDC"] * (1 + bonus)
    best = closed.best_proceeds("WETH", most, rate, 1.0)
    assert quoted.best_proceeds("WETH", most, rate, 1.0) >= best - abs(best) * 1e-6 - most * 1e-9


@pytest.mark.parametrize("depth", [None, ExponentialDepth(depth_usd_per_pct=200_000.0)])
@pytest.mark.parametrize("price_usd", [1_500, 1_999, 2_000, 2_001, 2_600])
def test_arbitrage_meets_the_outside_price_where_the_closed_form_does(price_usd, depth):
    assets = {"WETH": SimpleNamespace(depth=depth)}
    tokens = {"WETH": SimpleNamespace(decimals=18), "USDC": SimpleNamespace(decimals=6)}
    leg = OutsideLeg(SimpleNamespace(scenario=SimpleNamespace(assets=assets), tokens=tokens), "WETH", "USDC")
    seen = observation(outside_e8={"WETH": price_usd * 10**8, "USDC": 10**8})
    closed, quoted = (view.arbitrage(leg, seen) for view in Pool(1_000 * WETH, 2_000_000 * USDC, 30).views())
    if closed is None:
        assert quoted is None
        return
    assert quoted[0] == closed[0]
    assert quoted[1] == pytest.approx(closed[1], rel=2e-3)


@given(base=st.integers(10**6, 10**30), change_bps=st.sampled_from([-200, 200]))
def test_depth_moves_the_price_by_two_percent(base, change_bps):
    quote = base
    moved = depth_units(base, change_bps) * (1 if change_bps < 0 else -1)
    after = (quote * base / (base + moved)) / (base + moved)
    assert after == pytest.approx(1 + change_bps / 10_000, rel=1e-5)
