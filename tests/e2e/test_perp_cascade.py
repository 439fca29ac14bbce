"""Rule: the base of searches on perpetual markets is safe, and a search says what has to change to break it."""

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.search import search as search_module
from sim.search import shrink as shrink_module
from sim.search.episode import Stage
from sim.search.finding import load_finding
from sim.search.history import Drift, NewTrader, Wait
from sim.search.replay import replay
from sim.search.safety import require_safe
from sim.search.search import search
from sim.search.space import Space

MAINTENANCE = "perps.perp.instruments.WETH.tiers.0.maintenance_bps"
FUND = "insurance.fund.assets_tokens"
FALL = (Drift(asset="WETH", change_bps=-150, blocks=1), Wait(blocks=15), Wait(blocks=15), Wait(blocks=10))


@pytest.fixture(scope="module")
def stage(artifacts: Artifacts) -> Stage:
    return Stage(Space(load_scenario("perp-cascade")), artifacts)


def kinds(played) -> set[str]:
    assert played.refused is None and played.trace.violations == []
    return {outcome.kind for outcome in played.assessment.outcomes}


def test_the_base_withstands_its_fall_with_everybody_at_work(artifacts):
    with RevmChain() as chain:
        trace = launch(load_scenario("perp-cascade"), chain, artifacts).run()
    result = summarise(trace)
    assert trace.violations == [] and result.outcomes == []
    assert result.metrics["perp_liquidations"] > 0
    assert result.metrics["perp_bad_debt_usd"] == 0
    traded = {tx.sender for tx in trace.transactions if tx.intent == "perp_trade" and tx.ok}
    assert traded == {"carry", "trend"}
    assert any(tx.sender == "keeper" and tx.intent == "liquidate" and tx.ok for tx in trace.transactions)
    assert any(tx.intent == "market_making" and tx.ok for tx in trace.transactions)


def test_it_takes_both_low_margins_and_a_small_fund(stage):
    """With margins as they are nothing is lost, and with the fund as it is nobody else bears it."""
    assert kinds(stage.play({}, FALL)) == set()
    assert kinds(stage.play({FUND: 5_000}, FALL)) == set()
    assert kinds(stage.play({MAINTENANCE: 50}, FALL)) == {"bad_debt"}
    assert kinds(stage.play({MAINTENANCE: 50, FUND: 5_000}, FALL)) == {"bad_debt", "fund_depleted", "adl"}


def test_new_traders_take_part(stage):
    opened = NewTrader(account=0, instrument="WETH", side="long", notional_tokens=3_000_000, leverage=50)
    trace = stage.play({MAINTENANCE: 50}, (opened, *FALL)).trace
    assert "environment/trader-0" in {
        event.args.get("owner") for event in trace.events if event.name == "Liquidated"
    }


@pytest.mark.parametrize("outcome", ["adl", "fund_depleted"])
def test_a_search_finds_and_both_chains_agree(outcome, tmp_path, monkeypatch):
    """The proof of the base apart; shrunk no more than it takes to replay quickly."""
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    monkeypatch.setattr(shrink_module, "TIPPING_REPLAYS", 4)
    result = search(load_scenario("perp-cascade"), [outcome], examples=64, first=True, out=tmp_path, max_replays=4)
    assert result.found and result.outcome == outcome
    assert result.minimal["design"]
    finding = load_finding(result.finding)
    for chain in ("revm", "anvil"):
        (replayed,) = replay(result.finding, chain)
        assert (replayed.verdict, replayed.digest) == ("still_fails", finding.digest)


@pytest.mark.slow
def test_the_base_is_safe(stage):
    """400 draws, or the record that they were made with the code and the contracts as they are."""
    require_safe(stage, workers=2)
    assert require_safe(stage, workers=2) == 0, "a proof is kept"


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["adl", "fund_depleted", "cascade", "bad_debt"])
def test_a_search_on_one_core_finds_the_smallest(outcome, tmp_path):
    result = search(load_scenario("perp-cascade"), [outcome], workers=1, first=True, out=tmp_path)
    assert result.found and result.outcome == outcome
    assert len(result.minimal["design"]) <= 3
    for chain in ("revm", "anvil"):
        (replayed,) = replay(result.finding, chain)
        assert (replayed.verdict, replayed.same_digest) == ("still_fails", True)
