"""The loop gain: what the first state predicts, by hand, and what waves show."""

import math

import pytest

from sim.market.books import PowerBook
from sim.metrics.gain import branching_ratio, depth_units, loop_gain_predicted
from sim.metrics.prices import amplification
from sim.metrics.summary import summarise
from sim.metrics.timeline import Timeline
from sim.metrics.waves import Wave
from sim.scenario.outside import PowerDepth
from sim.trace import AccountRecord, ReserveRule
from sim.units import E8, WAD
from tests.sim.metrics.traces import LT_BPS, USDC, WETH, TraceBuilder

PRICE = 100.0


def near(fall: float, collateral: float) -> AccountRecord:
    """An account that reaches health 1 after a log fall."""
    debt = collateral * PRICE * LT_BPS / 10_000 * math.exp(-fall)
    return AccountRecord(0, 0, 0, {"WETH": round(collateral * WETH)}, {"USDC": round(debt * USDC)})


def timeline_of(accounts: list[AccountRecord], pool_spot: bool = True, **parts) -> Timeline:
    builder = TraceBuilder(PRICE, pool_spot=pool_spot, **parts).block()
    builder.trace.initial_accounts = {"main": {f"a/{i}": account for i, account in enumerate(accounts)}}
    return Timeline(builder.trace)


def assets(depth_usd_per_pct: float | None) -> dict:
    depth = None if depth_usd_per_pct is None else {"depth_usd_per_pct": depth_usd_per_pct}
    return {"WETH": {"decimals": 18, "depth": depth}, "USDC": {"decimals": 6, "depth": None}}


KEEPER_ALONE = {"keeper-1": {"kind": "keeper"}}
ARBITRAGED = {"arb": {"kind": "arbitrageur", "venue": "pool"}}


def test_only_thresholds_within_the_window_count_and_only_what_is_sold():
    # 10 WETH at health 1 with a threshold of 80 % and a bonus of 5 % bring 8.4 WETH to a pool of 1,000.
    accounts = [near(0.0, 10), near(0.03, 10), near(0.0501, 10), near(1.0, 1_000)]
    gain = loop_gain_predicted(timeline_of(accounts, agents=KEEPER_ALONE), "WETH")
    assert gain == pytest.approx(2 * (2 * 8.4 / 0.05) / 1_000, rel=1e-6)


def test_under_rules_the_health_of_an_account_tells_what_its_collateral_counts_for():
    """The reserve says 80 %; a rule takes 5 % off, so that this account is at health 1 and not at 1.067."""
    debt = 10 * PRICE * 0.75
    rows = {"WETH": 10 * WETH}, {"USDC": round(debt * USDC)}
    at_one = AccountRecord(WAD, round(10 * PRICE * E8), round(debt * E8), *rows)
    ruled = {"main": {"requirements": [{"kind": "moving"}]}}
    gain = loop_gain_predicted(timeline_of([at_one], agents=KEEPER_ALONE, lending=ruled), "WETH")
    assert gain == pytest.approx(2 * (0.75 * 10 * 1.05 / 0.05) / 1_000, rel=1e-6)
    assert not loop_gain_predicted(timeline_of([at_one], agents=KEEPER_ALONE), "WETH")


def test_the_close_factor_and_the_protocol_fee_keep_collateral_off_the_market():
    terms = {"close_factor_bps": 5_000, "full_close_below_usd": 500.0}
    timeline = timeline_of([near(0.0, 10), near(0.0, 1)], agents=KEEPER_ALONE, lending={"main": {"terms": terms}})
    timeline.trace.market_rules = {"main": {"WETH": ReserveRule(LT_BPS, 500, 2_000)}}
    # 800 USD of debt are halved; 80 USD are below the limit. Of each 1.05 seized, 0.01 stay with the protocol.
    found = loop_gain_predicted(timeline, "WETH")
    assert found == pytest.approx((4.0 + 0.8) * 1.04 / 0.05 / 500, rel=1e-6)


def test_terms_decide_what_a_liquidation_at_health_1_sells():
    """Of 800 USD of debt: half, all, and (1.05 - 1) / (1.05 - .8 * 1.05) of it, unless dust would be left."""
    target = {"kind": "target_health", "target_health_bps": 10_500}
    share = 0.05 / (1.05 - 0.8 * 1.05)
    for terms, expected in (
        ({"kind": "reserve_close_factor", "close_factor_bps": 5_000}, 0.5),
        ({"kind": "whole_position"}, 1.0),
        (target | {"dust_usd": 100.0}, share),
        (target | {"dust_usd": 1_000.0}, 1.0),
        (target | {"target_health_bps": 10_000, "dust_usd": 0.0}, 0.0),
    ):
        market = {"main": {"terms": terms}}
        timeline = timeline_of([near(0.0, 10)], agents=KEEPER_ALONE, lending=market)
        found = loop_gain_predicted(timeline, "WETH")
        assert found == pytest.approx(expected * 8.4 / 0.05 / 500, rel=1e-6), terms


def test_other_collateral_and_debt_in_the_asset_itself_move_the_threshold():
    # Cover 0.8 (10 x 100 + 500) against 900 owed: health 1 where 800 r = 500. Debt in WETH: (800 - 200) r = 300.
    mixed = AccountRecord(0, 0, 0, {"WETH": 10 * WETH, "USDC": 500 * USDC}, {"USDC": 900 * USDC})
    short = AccountRecord(0, 0, 0, {"WETH": 10 * WETH}, {"WETH": 2 * WETH, "USDC": 300 * USDC})
    for account, ratio in ((mixed, 500 / 800), (short, 300 / 600)):
        timeline = timeline_of([account], agents=KEEPER_ALONE)
        fall = -math.log(ratio)
        assert loop_gain_predicted(timeline, "WETH", fall * 0.999) == 0.0
        assert loop_gain_predicted(timeline, "WETH", fall * 1.001) > 0


@pytest.mark.parametrize(
    ("pool_spot", "agents", "depth", "units"),
    [
        (True, KEEPER_ALONE, 1_000.0, 500),
        (True, ARBITRAGED, 1_000.0, 500 + 1_000),
        (False, ARBITRAGED, 1_000.0, 500 + 1_000),
        (False, KEEPER_ALONE, 1_000.0, None),
        (False, ARBITRAGED, None, None),
    ],
)
def test_depth_is_the_pool_the_book_or_both(pool_spot, agents, depth, units):
    # 1,000 USD per percent take 100,000 USD per unit of log: 1,000 WETH at 100 USD.
    timeline = timeline_of([near(0.0, 10)], pool_spot, agents=agents, assets=assets(depth))
    found = depth_units(timeline, "WETH")
    assert found is None if units is None else found == pytest.approx(units * WETH)
    assert (loop_gain_predicted(timeline, "WETH") == 0.0) == (units is None)


def test_no_gain_is_predicted_without_accounts_or_a_feed():
    assert loop_gain_predicted(timeline_of([]), "WETH") is None
    assert loop_gain_predicted(timeline_of([near(0.0, 10)], feeds={}), "WETH") is None


def test_branching_ratio_is_value_induced_per_value_before():
    def wave(generation: int, value: float) -> Wave:
        return Wave(generation, 1, 0, 0, value)

    assert branching_ratio([]) is None
    assert branching_ratio([wave(0, 100.0)]) == 0.0
    assert branching_ratio([wave(0, 100.0), wave(1, 50.0), wave(2, 25.0)]) == pytest.approx(0.5)
    assert branching_ratio([wave(0, 100.0), wave(1, 200.0)]) == pytest.approx(2.0)


def test_a_rise_of_the_debt_is_a_fall_of_what_secures_it():
    builder = TraceBuilder(PRICE, pool_spot=True)
    prices = {"WETH": round(PRICE * E8), "USDC": round(1.25 * E8)}
    builder.block(exogenous_e8=prices, outside_e8=prices).transaction("liquidate").liquidation("a/0", PRICE)
    builder.swap(base_in=1_000 * WETH)
    timeline = Timeline(builder.trace)
    assert amplification(timeline, "WETH") is None
    expected = math.log(4 * 1.25) / math.log(1.25)
    assert amplification(timeline, "WETH", "USDC") == pytest.approx(expected)
    metrics = summarise(builder.trace).metrics
    assert metrics["amplification"] == pytest.approx(expected)
    assert metrics["loop_gain_measured"] == pytest.approx(1 - 1 / expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
def test_a_power_book_counts_as_deep_as_it_is_over_the_window(gamma):
    """A fall by 5 % in log takes (100 (1 - e^-0.05))^(1 + gamma) times what the first percent takes."""
    depth = {"kind": "power", "depth_usd_per_pct": 1_000.0, "gamma": gamma}
    parts = {"WETH": {"decimals": 18, "depth": depth}, "USDC": {"decimals": 6, "depth": None}}
    timeline = timeline_of([], pool_spot=False, assets=parts, agents=ARBITRAGED)
    book = PowerBook(PowerDepth(kind="power", depth_usd_per_pct=1_000.0, gamma=gamma))
    tokens = book.tokens_to(math.exp(-0.05) - 1, PRICE) / 0.05
    assert depth_units(timeline, "WETH") == pytest.approx((tokens + 1_000 / 2) * WETH)
