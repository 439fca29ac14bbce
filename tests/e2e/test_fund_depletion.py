"""Rule: the path that empties a fund is shown, no market draws beyond its cap, and who waits bears losses."""

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

USD = 10**6
CAP_USD = 40_000


@pytest.fixture(scope="module")
def run(artifacts: Artifacts) -> tuple[Trace, Result]:
    """The scenario, once."""
    with RevmChain() as chain:
        trace = launch(load_scenario("fund-depletion"), chain, artifacts).run()
    assert trace.violations == []
    return trace, summarise(trace)


def test_the_path_to_depletion_is_a_metric(run):
    trace, result = run
    assert {"fund_depleted", "adl"} <= {outcome.kind for outcome in result.outcomes}
    start = trace.initial.funds["fund"]
    empty = [record for record in trace.blocks if record.funds["fund"] * 100 < start]
    assert result.metrics["fund_depleted_s"] == empty[0].time_s == 1_044
    assert result.metrics["lowest_fund_share"] == 0
    falls = {
        record.block
        for record, last in zip(trace.blocks[1:], trace.blocks, strict=False)
        if record.funds["fund"] < last.funds["fund"]
    }
    drawn = {event.block for event in trace.events if event.name == "DeficitDrawn" and event.args["drawn"]}
    left = {event.block for event in trace.events if event.name == "Withdraw" and event.emitter == "fund"}
    assert falls == (drawn | left) - {0}


def test_one_market_does_not_draw_beyond_its_cap(run):
    trace, result = run
    draws = [event for event in trace.events if event.name == "DeficitDrawn"]
    by_market = {
        role: sum(e.args["drawn"] for e in draws if e.args["protocol"] == role) / USD
        for role in ("stage-majors-fund", "stage-minors-fund")
    }
    assert by_market["stage-minors-fund"] == CAP_USD
    assert by_market["stage-majors-fund"] > 4 * CAP_USD
    assert result.metrics["largest_fund_cap_share"] == 1
    # The smaller market deleverages while the fund could pay four times what it has had.
    first = next(event for event in trace.events if event.name == "Deleveraged")
    assert first.emitter == "stage-minors-deleverage"
    assert trace.blocks[first.block].funds["fund"] > 4 * CAP_USD * USD
    later = [event.block for event in trace.events if event.name == "Deleveraged" and "majors" in event.emitter]
    assert min(later) >= next(r.block for r in trace.blocks if not r.funds["fund"])


def test_who_waits_bears_losses_and_who_asks_first_keeps_most(run):
    trace, _ = run
    asked = {e.args["owner"]: e for e in trace.events if e.name == "UnstakeRequested"}
    redeemed = {e.args["owner"]: e for e in trace.events if e.name == "Withdraw" and e.emitter == "fund"}
    assert asked.keys() == redeemed.keys() == {"early", "late"}
    times = {record.block: record.time_s for record in trace.blocks}
    for owner, event in redeemed.items():
        bounds = asked[owner].args["fromTimestamp"], asked[owner].args["untilTimestamp"]
        assert bounds[0] <= times[event.block] < bounds[1]
    start = trace.initial.funds["fund"]
    kept = {owner: event.args["assets"] / (100_000 * USD) for owner, event in redeemed.items()}
    assert kept["early"] == pytest.approx(0.52, abs=0.01)
    assert kept["late"] == pytest.approx(0.11, abs=0.01)
    # Both had more when they asked than when they left, and the one that stayed has least when it is over.
    for owner, event in asked.items():
        supply = 350_000 - (100_000 if owner == "late" else 0)
        worth = trace.blocks[event.block].funds["fund"] / (supply * USD)
        assert kept[owner] < worth - 0.1
    assert min(record.funds["fund"] for record in trace.blocks) == 0 < start
