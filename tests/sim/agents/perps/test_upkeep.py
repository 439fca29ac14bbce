"""Upkeep of a perpetual market: what is due is called, and nothing else. On real contracts."""

from __future__ import annotations

import pytest

from sim.world.action import Action
from tests.perp_scenarios import USD
from tests.sim.agents.perps.worlds import DELEVERAGE, FUND, keeper, long, named, opened, run, scenario, sent

BANKRUPT = long(50, 3_000)
FALL = (2_000, 1_880)
SERVICE = {"k": keeper(min_profit_usd=-1_000)}


def calls(trace, function):
    return [one for one in trace.transactions if one.agent == "upkeep-perp" and one.function == function]


def market(**fields):
    return {"market": {"upkeep_interval_s": 36, **fields}}


def test_the_mark_is_recorded_as_often_as_it_may_be(artifacts):
    trace = run(scenario(long(1, 1_000), path=(2_000,)), artifacts)
    assert len(calls(trace, "poke")) == len(trace.blocks)
    assert all(one.ok for one in calls(trace, "poke"))
    slow = {"mark": {"spacing_s": 36, "short_window_s": 36, "long_window_s": 72}}
    trace = run(scenario(long(1, 1_000), path=(2_000,), instrument=slow), artifacts)
    assert [one.block for one in calls(trace, "poke")] == [2, 5, 8, 11]


def test_funding_is_accrued_every_interval(artifacts):
    trace = run(scenario(long(1, 1_000), path=(2_000,), **market()), artifacts)
    assert [one.block for one in calls(trace, "accrueFunding")] == [2, 5, 8, 11]


def test_marks_are_noted_where_fills_are_at_an_earlier_one(artifacts):
    stage = {**DELEVERAGE, "fill_price": "previous_mark"}
    trace = run(scenario(long(1, 1_000), path=(2_000,), waterfall=(stage,)), artifacts)
    assert len(calls(trace, "noteMark")) == len(trace.blocks)
    assert not calls(run(scenario(long(1, 1_000), path=(2_000,), waterfall=(DELEVERAGE,)), artifacts), "noteMark")


def test_a_vault_gives_back_in_slices(artifacts):
    vault = {"kind": "backstop", "tokens": 100_000, "slice_tokens": 20_000, "interval_s": 24}
    trace = run(scenario(BANKRUPT, path=FALL, waterfall=(vault,), agents=SERVICE), artifacts)
    done = calls(trace, "unwind")
    assert len(named(trace, "PositionTaken")) == 1
    assert len(done) > 1 and all(one.ok for one in done)
    assert all(later.block - earlier.block == 2 for earlier, later in zip(done, done[1:], strict=False))


def test_dues_reach_the_fund(artifacts):
    """Half of every liquidation's fee goes by the stage into the fund."""
    trace = run(scenario(long(50, 6_000), path=(2_000, 1_890), agents={"k": keeper()}, **market()), artifacts)
    assert all(one.ok for one in [*calls(trace, "sendFundDues"), *calls(trace, "forwardDues")])
    dues = sum(one["feeQuote"] // 2 for one in named(trace, "Liquidated"))
    assert trace.blocks[-1].funds["fund"] == 50_000 * USD + dues
    assert dues > 0


@pytest.mark.parametrize("filled", [True, False])
def test_bad_debt_is_covered_once_a_fund_can(artifacts, filled):
    made = scenario(
        BANKRUPT,
        path=FALL,
        waterfall=({**FUND, "cap_tokens": 50_000},),
        agents=SERVICE,
        insurance={"fund": {"asset": "USDC", "assets_tokens": 0}},
        **market(),
    )
    engine = opened(made, artifacts)
    for _ in range(7):
        engine.step()
    assert engine.trace.blocks[-1].perps["perp"]["WETH"].bad_debt_quote > 0
    assert not calls(engine.trace, "resolveBadDebt")
    world, supplier = engine.world, engine.world.address("supplier")
    token, fund = world.tokens["USDC"], world.insurance["fund"]
    for sender, call in (
        (world.address("admin"), token.mint(supplier, 50_000 * USD)),
        (supplier, token.approve(fund.address, 50_000 * USD)),
        (supplier, fund.deposit(50_000 * USD, supplier)),
    ):
        if filled:
            engine.submit(Action("environment", sender, call, "environment", None, call.function))
    for _ in range(5):
        engine.step()
    assert len(calls(engine.trace, "resolveBadDebt")) == filled
    assert (engine.trace.blocks[-1].perps["perp"]["WETH"].bad_debt_quote == 0) == filled


def test_a_fee_limit_stops_it(artifacts):
    trace = run(scenario(long(1, 1_000), path=(2_000,), **market(upkeep_max_fee_gwei=5.0)), artifacts)
    assert not calls(trace, "poke")
    assert not sent(trace, "upkeep", "upkeep-perp")
