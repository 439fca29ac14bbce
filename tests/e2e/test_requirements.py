"""Rule: each scenario of requirements that depend on more than the reserve shows what its summary says."""

from collections.abc import Callable
from functools import cache

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.reference.requirements import haircut_target_bps_up, stepped
from sim.reference.volatility import VolatilityEstimator
from sim.scenario.loading import load_scenario
from sim.trace import Trace
from sim.units import E8, WAD

ANY_TIME_S = 10**9
Run = Callable[..., tuple[Trace, Result]]


@pytest.fixture(scope="module")
def run(artifacts: Artifacts) -> Run:
    """Run a scenario of the library with overrides, once in this module."""

    @cache
    def once(name: str, *overrides: str) -> tuple[Trace, Result]:
        with RevmChain() as chain:
            trace = launch(load_scenario(name, overrides), chain, artifacts).run()
        assert trace.violations == []
        return trace, summarise(trace)

    return once


def feed_prices(trace: Trace, asset: str) -> list[int]:
    """Price of an asset's feed after each block."""
    return [block.feeds[asset].price_e8 for block in trace.blocks]


def test_an_instant_cut_is_a_cascade_trigger_of_its_own(run):
    """No liquidation and no price move before it; without it nothing ever happens."""
    trace, result = run("threshold-cut")
    cut = next(event for event in trace.events if event.name == "HaircutSet")
    first = next(event for event in trace.events if event.name == "Liquidation")
    prices = feed_prices(trace, "WETH")
    assert set(prices[: first.block]) == {2_000 * E8}, "the first liquidation finds the price untouched"
    assert first.block == cut.block + 1 and cut.args["rampS"] == 0
    assert result.liquidation_class == "cascade"
    assert result.metrics["liquidations"] > 30 and prices[-1] < 1_200 * E8
    reached_by_the_cut = len(trace.blocks[cut.block + 1].below_one["main"])
    assert 20 < reached_by_the_cut < 40
    assert len(trace.blocks[cut.block + 2].below_one["main"]) > reached_by_the_cut, "the rest came by the price"

    idle, calm = run("threshold-cut", "agents.steward.changes=[]")
    assert calm.metrics["liquidations"] == 0 and set(feed_prices(idle, "WETH")) == {2_000 * E8}


def test_the_same_cut_by_a_ramp_liquidates_nobody(run):
    """The two documents differ in the ramp and the length alone."""
    instant, ramped = (
        load_scenario(name).model_dump(exclude={"name", "summary", "requirements"})
        for name in ("threshold-cut", "threshold-ramp")
    )
    assert ramped["agents"]["steward"]["changes"][0].pop("ramp_s") == 3_600
    assert instant["agents"]["steward"]["changes"][0].pop("ramp_s") == 0
    assert ramped["clock"].pop("blocks") > instant["clock"].pop("blocks")
    assert instant == ramped
    trace, result = run("threshold-ramp")
    assert result.metrics["liquidations"] == 0
    assert result.metrics["rescues_landed"] > 50
    assert set(feed_prices(trace, "WETH")) == {2_000 * E8}
    assert all(account.health_wad >= WAD for account in trace.final_accounts["main"].values())


def test_the_ramp_without_rescues_only_puts_the_cascade_off(run):
    trace, result = run("threshold-ramp", "population.borrowers.rescue.share_bps=0", "clock.blocks=240")
    cut = next(event for event in trace.events if event.name == "HaircutSet")
    first = next(event for event in trace.events if event.name == "Liquidation")
    assert first.block > cut.block + 100 and result.metrics["liquidations"] > 10


def test_haircuts_follow_the_feeds_volatility_inside_the_slew_limit(run):
    """Every haircut is what the mirrors make of the rounds that were sampled."""
    trace, _ = run("moving-haircuts")
    rule = trace.scenario["lending"]["main"]["requirements"][0]
    params, sampling = rule, rule["volatility"]
    estimator = VolatilityEstimator(
        round(sampling["decay"] * WAD), sampling["interval_s"], sampling["initial_volatility_bps"]
    )
    haircut, updated_at_s, ltvs = params["floor_bps"], None, []
    times = {block.block: block.time_s for block in trace.blocks}
    for event in trace.events:
        if event.name == "VolatilitySampled":
            before_s = estimator.updated_at_s or ANY_TIME_S
            assert estimator.poke(event.args["answer"], before_s + event.args["elapsedS"])
            assert estimator.volatility_bps == event.args["volatilityBps"]
        elif event.name == "HaircutSet":
            args, time_s = event.args, times[event.block]
            assert args["volatilityBps"] == estimator.volatility_bps
            target = haircut_target_bps_up(
                params["multiplier_bps"],
                estimator.volatility_bps,
                params["horizon_s"],
                params["floor_bps"],
                params["cap_bps"],
            )
            new = stepped(haircut, target, params["max_step_bps"])
            assert args["ltvHaircutBps"] == args["thresholdToBps"] == new
            assert args["thresholdFromBps"] == min(haircut, new), "up by ramp, down at once"
            assert updated_at_s is None or time_s - updated_at_s >= params["min_interval_s"]
            haircut, updated_at_s = new, time_s
            ltvs.append(new)
    assert max(ltvs) > 4 * ltvs[0] and ltvs[-1] < max(ltvs) - 100, "up in the swings, down after them"
    assert max(abs(b - a) for a, b in zip(ltvs, ltvs[1:], strict=False)) == params["max_step_bps"]


def test_who_follows_a_moving_haircut_is_not_liquidated(run):
    trace, result = run("moving-haircuts")
    assert min(feed_prices(trace, "WETH")) > 1_960 * E8
    users = {event.args["user"].partition("/")[0] for event in trace.events if event.name == "Liquidation"}
    assert users == {"asleep"}
    assert result.metrics["rescues_landed"] > 5
    _, fixed = run("moving-haircuts", "agents.steward=null")
    assert fixed.metrics["liquidations"] == 0, "at the least haircut the swings reach nobody"


@pytest.mark.parametrize(("change_bps", "liquidated", "loss"), [(-330, 0, 0), (-500, 20, 0), (-1_000, 20, 1)])
def test_loops_in_a_mode_by_the_depth_of_the_depeg(run, change_bps, liquidated, loss):
    """ANCHORS: liquidatable from 3.51 %, a loss beyond 7.42 %."""
    trace, result = run("correlated-mode", f"assets.LST.shocks.0.change_bps={change_bps}")
    healths = {account.health_wad for account in trace.initial_accounts["main"].values()}
    assert all(abs(health - 1_036_400_000_000_000_000) < 10**12 for health in healths)
    users = {event.args["user"] for event in trace.events if event.name == "Liquidation"}
    assert len(users) >= liquidated * 9 // 10 if liquidated else not users
    assert (result.metrics["bad_debt_usd"] > 0) == bool(loss)
    rule = trace.market_rules["main"]["LST"]
    assert (rule.threshold_bps, rule.bonus_bps) == (9_500, 100)


def test_without_the_mode_the_same_loops_cannot_be(run):
    """LT 80 % carries 4.8 times, not 12: the population owes less at the same health."""
    inside, _ = run("correlated-mode")
    outside, _ = run("correlated-mode", "lending.main.requirements=[]")
    owed = [
        sum(account.debt_base for account in trace.initial_accounts["main"].values())
        for trace in (inside, outside)
    ]
    assert owed[0] / owed[1] == pytest.approx(95 / 80, rel=1e-6)


def test_tiers_make_a_whale_bearable(run):
    """At the same health the whale owes less; a tenth is liquidated, and nothing is lost."""
    tiered, small = run("size-tiers")
    flat, large = run("size-tiers", "lending.main.requirements=[]")
    whales = [trace.initial_accounts["main"]["whale/0"] for trace in (tiered, flat)]
    assert whales[0].health_wad == pytest.approx(whales[1].health_wad, rel=1e-6)
    assert whales[0].debt_base < 0.55 * whales[1].debt_base
    others = [
        [account for role, account in trace.initial_accounts["main"].items() if role.startswith("small/")]
        for trace in (tiered, flat)
    ]
    assert others[0] == others[1], "who is small is weighed as ever"
    assert small.metrics["liquidated_usd"] < large.metrics["liquidated_usd"] / 10
    assert small.metrics["bad_debt_usd"] == 0 < 300_000 < large.metrics["bad_debt_usd"]
