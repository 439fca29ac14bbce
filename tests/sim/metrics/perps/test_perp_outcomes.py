"""Outcomes and metrics of a run with perpetual markets, and that one without has none of theirs."""

from sim.metrics.summary import summarise
from sim.units import E8
from tests.sim.metrics.perps.test_deleveraging import QUEUE, deleveraged
from tests.sim.metrics.perps.test_margins import waiting
from tests.sim.metrics.perps.test_perp_liquidations import chain
from tests.sim.metrics.perps.test_perp_losses import played
from tests.sim.metrics.perps.test_waterfall import all_stages
from tests.sim.metrics.perps.traces import NOBODY, PerpTraceBuilder, usdc
from tests.sim.metrics.traces import TraceBuilder


def kinds(builder: TraceBuilder) -> list[str]:
    return [outcome.kind for outcome in summarise(builder.trace).outcomes]


def detail(builder: TraceBuilder, kind: str) -> dict:
    return next(outcome.details for outcome in summarise(builder.trace).outcomes if outcome.kind == kind)


def test_a_quiet_run_has_none():
    assert kinds(PerpTraceBuilder().trader("a/0", 1, 100, 60).block().block().finish()) == []


def test_adl_is_any_deleveraged_notional():
    assert kinds(deleveraged(QUEUE)) == ["adl"]
    assert detail(deleveraged(QUEUE), "adl") == {
        "deleveraged_usd": 750.0,
        "events": 1,
        "accounts": 2,
        "first_block": 0,
        "first_account": "l/0",
        "needed_usd": 7.5,
        "taken_usd": 7.5,
        "beyond_equal_usd": 1.6,
        "largest_haircut_share": 1.0,
    }
    assert summarise(deleveraged(QUEUE).trace).metrics["adl_usd"] == 750.0


def lost(amount: float, open_interest: float = 0.0) -> PerpTraceBuilder:
    builder = PerpTraceBuilder().block().prices(long=open_interest / 100)
    builder.cash["a/0"] = 0
    return builder.transaction("x").book_bad_debt("a/0", amount)


def test_bad_debt_has_the_same_bounds_with_open_interest_for_debt():
    # Peak debt is 100,000 at the start of these traces, 1 bp of it with 1.9 million of open interest is 200.
    assert kinds(lost(100)) == ["bad_debt"]
    assert kinds(lost(99.999999)) == []
    assert kinds(lost(200, open_interest=1_900_000)) == ["bad_debt"]
    assert kinds(lost(199.999999, open_interest=1_900_000)) == []
    assert detail(lost(100), "bad_debt")["share_of_peak_debt"] == 100 / 100_000


def test_a_cascade_of_perpetual_liquidations():
    found = detail(chain(), "cascade")
    assert (found["waves"], found["liquidations"], found["liquidated_usd"]) == (3, 3, 2_850.0)
    assert found["induced_share"] == 1_850 / 2_850
    assert summarise(chain().trace).liquidation_class == "cascade"


def test_a_stall_of_a_perpetual_account():
    found = detail(waiting(25), "keeper_stall")
    assert (found["accounts"], found["longest_account"], found["notional_usd"]) == (1, "a/0", 1_000.0)


def test_a_draw_of_a_stage_that_assets_cut_short_depletes_the_fund():
    builder = PerpTraceBuilder().block().transaction("x")
    args = {"requested": 50, "drawn": 30, "capLeft": 5, "assetsBefore": 30}
    builder.event("fund", "DeficitDrawn", protocol="stage-perp-fund", **args)
    assert kinds(builder) == ["fund_depleted"]


def test_what_a_stage_draws_does_not_cover_lending():
    builder = PerpTraceBuilder().block().transaction("x").pay(NOBODY, 90, slot="WETH")
    args = {"requested": usdc(90), "drawn": usdc(90), "capLeft": 5, "assetsBefore": usdc(1_000)}
    builder.event("fund", "DeficitDrawn", protocol="stage-perp-fund", **args)
    builder.event("main", "DeficitCreated", user="b/0", asset="USDC", amount=usdc(90))
    metrics = summarise(builder.trace).metrics
    assert (metrics["insurance_drawn_usd"], metrics["residual_bad_debt_usd"]) == (90.0, 90.0)


def test_tables_are_joined_by_the_number_of_the_liquidation():
    result = summarise(all_stages().finish().trace)
    assert result.perps is not None
    assert [row.index for row in result.perps.liquidations] == [0]
    assert [row.number for row in result.perps.waterfall] == [0]
    assert [event.number for event in result.perps.deleveragings] == [0]
    assert result.metrics["perp_liquidated_usd"] == result.metrics["liquidated_usd"] == 1_000.0
    assert result.perps.losses.realised_base == 15 * E8


def test_a_socialised_loss_of_a_perpetual_market_is_none_of_suppliers():
    assert summarise(all_stages().trace).metrics["socialised_usd"] == 0.0


def test_withdrawals_of_traders_are_none_of_borrowers():
    builder = played().transaction("liquidate").liquidation("b/0", 100.0)
    assert summarise(builder.trace).metrics["liquidations"] == 3


def test_recovery_waits_for_perpetual_accounts():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).trader("a/1", 10, 100, 60).block()
    builder.closed("a/0", 10, 96).block().below("a/1").block().below("a/1").closed("a/1", 10, 96).block().finish()
    assert summarise(builder.trace).metrics["blocks_to_recovery"] == 2


def test_keepers_earn_what_they_are_credited():
    agents = {"keeper-1": {"kind": "perp_keeper", "market": "perp"}}
    builder = PerpTraceBuilder(agents=agents).trader("a/0", 10, 100, 60).block().closed("a/0", 10, 96, fee=3)
    assert summarise(builder.finish().trace).keeper_profit_usd == {"keeper-1": 1.5}


def test_every_series_has_one_value_a_block():
    result = summarise(all_stages().block().block().trace)
    assert {name: len(values) for name, values in result.series.items()} == dict.fromkeys(result.series, 3)


def test_a_run_without_them_has_no_metric_of_theirs():
    plain, perps = (summarise(builder().block().trace) for builder in (TraceBuilder, PerpTraceBuilder))
    assert plain.perps is None
    assert plain.metrics["adl_usd"] == 0.0
    extra = [name for name in perps.metrics if name not in plain.metrics]
    assert {"perp_liquidations", "adl_events", "lowest_margin_ratio", "hedge_sold_usd"} <= set(extra)
    assert {name: plain.metrics[name] for name in plain.metrics} == {n: perps.metrics[n] for n in plain.metrics}
    assert [name for name in plain.series if name not in perps.series] == []
