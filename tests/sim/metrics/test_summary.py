"""Numbers of a run: prices, losses, keepers, depth, and that they agree with each other."""

import math

import pytest

from sim.metrics.depth import sell_depth_units
from sim.metrics.prices import amplification
from sim.metrics.summary import summarise
from sim.metrics.timeline import Timeline
from sim.trace import FirstBid
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder, account, venue_record


def falling(exogenous: float, market: float) -> TraceBuilder:
    builder = TraceBuilder(price=100.0).block(exogenous=exogenous)
    return builder.transaction("arbitrage", agent="arb").outside_trade(exogenous, market).block(outside=exogenous)


def test_amplification_is_the_ratio_of_log_falls():
    assert amplification(Timeline(falling(90.0, 81.0).trace), "WETH") == pytest.approx(2.0)


@pytest.mark.parametrize(("lowest", "defined"), [(99.9, True), (99.900001, False), (100.0, False), (101.0, False)])
def test_amplification_needs_an_exogenous_fall_of_a_tenth_of_a_percent(lowest, defined):
    assert (amplification(Timeline(falling(lowest, 90.0).trace), "WETH") is not None) == defined


def test_the_market_of_a_spot_feed_is_its_pool():
    builder = TraceBuilder(price=100.0, pool_spot=True).block(exogenous=90.0).transaction("liquidate")
    builder.swap(base_in=1_000 * WETH)
    expected = math.log(100 / 25) / math.log(100 / 90)
    assert amplification(Timeline(builder.trace), "WETH") == pytest.approx(expected)


def test_spot_price_follows_decimals_and_direction():
    timeline = Timeline(TraceBuilder().block().trace)
    spot_e8 = venue_record((2 * WETH, 500 * USDC)).spot_e8
    assert timeline.priced_in_quote_e8("pool", spot_e8, "WETH") == 250 * 10**8
    assert timeline.priced_in_quote_e8("pool", spot_e8, "USDC") == 4 * 10**5


def test_losses_and_insurance():
    builder = TraceBuilder().block().transaction("liquidate")
    builder.event("main", "DeficitCreated", user="a/0", asset="USDC", amount=300 * USDC)
    builder.liquidation("a/0", 100.0)
    args = {"requested": 300 * USDC, "drawn": 120 * USDC, "capLeft": 0, "assetsBefore": 10_000 * USDC}
    builder.event("fund", "DeficitDrawn", protocol="main", **args)
    metrics = summarise(builder.trace).metrics
    assert metrics["bad_debt_usd"] == 300.0
    assert metrics["insurance_drawn_usd"] == 120.0
    assert metrics["residual_bad_debt_usd"] == 180.0
    assert metrics["peak_debt_usd"] == 100_000.0


def test_keeper_profit_is_at_final_prices_net_of_fees():
    # 1 WETH at the start is worth 90 at both ends; it gains 50 USDC and half a WETH (45), and pays gas:
    # 300,000 gas at 100 gwei and 2,000 USD a token are 60 USD.
    builder = TraceBuilder()
    object.__setattr__(builder.trace.initial, "balances", {"keeper-1": {"WETH": WETH, "USDC": 0}})
    builder.block(exogenous=90.0, balances={"keeper-1": {"WETH": 3 * WETH // 2, "USDC": 50 * USDC}})
    builder.transaction("liquidate", fee_gwei=100.0, gas=300_000)
    result = summarise(builder.trace)
    assert result.keeper_profit_usd == {"keeper-1": pytest.approx(35.0)}
    assert result.metrics["fees_usd"] == pytest.approx(60.0)


def test_rescues_backlog_and_reverts_are_counted():
    builder = TraceBuilder().block(below_one={"main": {"a/0": account(10, 900.0, 0.7), "a/1": account(1, 90.0)}})
    builder.transaction("rescue", agent="a/0").transaction("rescue", agent="a/1", ok=False)
    builder.trace.first_bids.append(FirstBid(0, "rescue", "a/2"))
    builder.transaction("liquidate", ok=False)
    metrics = summarise(builder.trace).metrics
    assert (metrics["rescues_tried"], metrics["rescues_landed"]) == (3, 1)
    assert metrics["reverted_liquidations"] == 1
    assert (metrics["max_backlog_accounts"], metrics["max_backlog_debt_usd"]) == (2, 990.0)
    assert metrics["lowest_health"] == pytest.approx(0.7)


def test_a_rescue_waits_and_can_come_too_late():
    # a/0 bids in block 0 and lands in block 2 unharmed; a/1 bids in block 0, is liquidated in 1 and lands in 2;
    # a/2 bids in block 1 and is liquidated in 2; a/3 is liquidated before it bids.
    builder = TraceBuilder().block().transaction("liquidate").liquidation("a/3", 100.0)
    builder.trace.first_bids += [FirstBid(0, "rescue", "a/0"), FirstBid(0, "rescue", "a/1")]
    builder.block().transaction("liquidate").liquidation("a/1", 100.0)
    builder.trace.first_bids += [FirstBid(1, "rescue", "a/2"), FirstBid(1, "rescue", "a/3")]
    builder.block().transaction("rescue", agent="a/0").transaction("rescue", agent="a/1")
    builder.transaction("liquidate").liquidation("a/2", 100.0)
    metrics = summarise(builder.trace).metrics
    assert (metrics["rescues_tried"], metrics["rescues_landed"], metrics["rescues_too_late"]) == (4, 2, 2)
    assert metrics["mean_rescue_wait_blocks"] == 2.0


def test_depth_ratio_is_what_the_pool_takes_within_the_bonus():
    # ((1 - 0.05)^-0.5 - 1) * 1,000 = 25.98 WETH against 10 waiting.
    builder = TraceBuilder().block(below_one={"main": {"a/0": account(10, 900.0)}})
    assert summarise(builder.trace).metrics["depth_ratio"] == pytest.approx(2.5978, abs=1e-4)
    assert sell_depth_units(1_000, 1.0) == math.inf


def test_every_series_has_one_value_a_block():
    builder = TraceBuilder().block().block(exogenous=95.0).block()
    result = summarise(builder.trace)
    assert {name: len(values) for name, values in result.series.items()} == dict.fromkeys(result.series, 3)


def test_the_oracle_gap_is_against_the_market():
    metrics = summarise(TraceBuilder(price=100.0).block(exogenous=80.0).trace).metrics
    assert metrics["max_oracle_gap_bps"] == 2_500.0
