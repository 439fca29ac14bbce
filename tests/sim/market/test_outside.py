"""Rule: impact is exponential in dollars sold, path-independent, and fades except for its permanent share."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.books import MAX_RISE
from sim.market.outside import OutsideMarket
from sim.market.paths import ExogenousPath, LogLinear
from sim.scenario.outside import Asset, ConstantPath, ExponentialDepth, PowerDepth

ETH = 10**18
PRICE_USD = 2_000.0
AMOUNTS = st.integers(1, 200_000).map(lambda n: n * ETH // 10)
DEPTHS = st.floats(1e6, 1e8)


def market(depth_usd_per_pct=1e6, permanent_share_bps=3_000, half_life_s=60.0, deep=False) -> OutsideMarket:
    depth = ExponentialDepth(
        depth_usd_per_pct=depth_usd_per_pct,
        permanent_share_bps=permanent_share_bps,
        refill_half_life_s=half_life_s,
    )
    asset = Asset(decimals=18, price=ConstantPath(price_usd=PRICE_USD), depth=None if deep else depth)
    return OutsideMarket({"WETH": asset}, {"WETH": ExogenousPath(LogLinear([(0, PRICE_USD)]))})


@given(AMOUNTS, DEPTHS)
def test_two_half_sales_are_one_sale(amount, depth):
    amount -= amount % 2
    whole, halves = market(depth), market(depth)
    fill = whole.trade("WETH", amount)
    first, second = halves.trade("WETH", amount // 2), halves.trade("WETH", amount // 2)
    assert first.value_e8 + second.value_e8 == pytest.approx(fill.value_e8, rel=1e-12, abs=2)
    assert second.price_after_e8 == pytest.approx(fill.price_after_e8, abs=1)
    assert first.value_e8 >= second.value_e8 - 1


@given(AMOUNTS, DEPTHS, st.booleans())
def test_a_round_trip_at_once_loses_nothing(amount, depth, sell_first):
    outside = market(depth)
    amount = min(amount, int(50 * depth / PRICE_USD) * ETH)
    sign = 1 if sell_first else -1
    out = outside.trade("WETH", sign * amount)
    back = outside.trade("WETH", -sign * amount)
    assert back.value_e8 == pytest.approx(out.value_e8, rel=1e-9, abs=2)
    assert outside.price_e8("WETH") == pytest.approx(PRICE_USD * 1e8, rel=1e-12)


@given(st.floats(1e6, 1e8), st.floats(0.01, 10))
def test_selling_the_depth_moves_the_log_price_by_one_percent(depth, percents):
    outside = market(depth)
    tokens = 100 * depth / PRICE_USD * (math.exp(percents / 100) - 1)
    fill = outside.trade("WETH", round(tokens * ETH))
    assert fill.value_e8 / 1e8 == pytest.approx(percents * depth, rel=1e-9)
    assert math.log(fill.price_before_e8 / fill.price_after_e8) == pytest.approx(percents / 100, rel=1e-6)


@given(st.integers(0, 10_000), st.floats(1, 600), st.integers(0, 5))
def test_the_permanent_share_stays_and_the_rest_halves_every_half_life(share_bps, half_life_s, half_lives):
    outside = market(permanent_share_bps=share_bps, half_life_s=half_life_s)
    fill = outside.trade("WETH", 10_000 * ETH)
    move = math.log(fill.price_after_e8 / fill.price_before_e8)
    time_s = math.ceil(half_lives * half_life_s)
    outside.advance(time_s)
    left = share_bps / 10_000 + (1 - share_bps / 10_000) * 0.5 ** (time_s / half_life_s)
    assert math.log(outside.price_e8("WETH") / (PRICE_USD * 1e8)) == pytest.approx(
        move * left, rel=1e-6, abs=1e-10
    )
    assert outside.exogenous_e8("WETH") == PRICE_USD * 1e8


def test_exactly_half_of_a_fading_move_is_left_after_one_half_life():
    outside = market(permanent_share_bps=0)
    fill = outside.trade("WETH", 1_000 * ETH)
    outside.advance(60)
    assert outside.price_e8("WETH") == pytest.approx(math.sqrt(fill.price_before_e8 * fill.price_after_e8), abs=1)


def test_a_quote_is_the_trade_and_moves_nothing():
    outside = market()
    quote = outside.quote("WETH", 500 * ETH)
    assert outside.price_e8("WETH") == PRICE_USD * 1e8
    assert outside.trade("WETH", 500 * ETH) == quote


def test_an_endless_book_trades_at_the_price():
    outside = market(deep=True)
    fill = outside.trade("WETH", 3 * ETH)
    assert (fill.value_e8, fill.price_after_e8) == (6_000 * 10**8, 2_000 * 10**8)
    assert outside.trade("WETH", -1).value_e8 == 1, "a purchase rounds up"
    assert outside.trade("WETH", 1).value_e8 == 0, "a sale rounds down"


def test_a_purchase_of_the_whole_book_ends_at_the_bound():
    outside = market()
    fill = outside.quote("WETH", -50_000 * ETH)
    assert fill.price_after_e8 == pytest.approx(MAX_RISE * PRICE_USD * 1e8, rel=1e-9)
    within = 1e8 * math.log(MAX_RISE)
    assert fill.value_e8 / 1e8 == pytest.approx(within + 50 * PRICE_USD * MAX_RISE, rel=1e-9)
    assert outside.quote("WETH", -40_000 * ETH).price_after_e8 == pytest.approx(5 * PRICE_USD * 1e8, rel=1e-9)


def test_a_shock_moves_the_exogenous_path_for_good_and_keeps_the_impact():
    outside = market(permanent_share_bps=10_000)
    fill = outside.trade("WETH", 1_000 * ETH)
    outside.shock("WETH", -1_000)
    outside.advance(10_000)
    assert outside.exogenous_e8("WETH") == 1_800 * 10**8
    assert outside.price_e8("WETH") == pytest.approx(0.9 * fill.price_after_e8, rel=1e-9)
    with pytest.raises(ValueError, match="above -10000"):
        outside.shock("WETH", -10_000)


def test_time_does_not_run_backwards():
    outside = market()
    outside.advance(12)
    with pytest.raises(ValueError, match="at least 12"):
        outside.advance(11)


@pytest.mark.parametrize("model", [ExponentialDepth, PowerDepth])
def test_in_stress_the_refill_takes_a_multiple_of_the_time(model):
    """A sale fades by half in 60 s; once it is a tenth below its highest of the window, in 600 s."""
    kind = {"kind": "power", "gamma": 0.0} if model is PowerDepth else {}
    depth = model(
        **kind,
        depth_usd_per_pct=1e6,
        permanent_share_bps=0,
        refill_half_life_s=60.0,
        stress={"below_bps": 1_000, "window_s": 120, "factor": 10.0},
    )
    path = ExogenousPath(LogLinear([(0, PRICE_USD), (60, PRICE_USD), (61, 0.88 * PRICE_USD)]))
    outside = OutsideMarket(
        {"WETH": Asset(decimals=18, price=ConstantPath(price_usd=1), depth=depth)}, {"WETH": path}
    )

    def gap() -> float:
        return 1 - outside.price_e8("WETH") / outside.exogenous_e8("WETH")

    outside.trade("WETH", 500 * ETH)
    before = gap()
    outside.advance(60)
    assert gap() == pytest.approx(before / 2, rel=0.01), "calm: the only fall so far is its own percent"
    outside.advance(61)
    stressed = gap()
    outside.advance(121)
    assert gap() == pytest.approx(stressed * 0.5**0.1, rel=0.01)
    outside.advance(200)
    calm = gap()
    outside.advance(260)
    assert gap() == pytest.approx(calm / 2, rel=0.01), "the high price has left the window"
