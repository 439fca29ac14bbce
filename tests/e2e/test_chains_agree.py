"""The same run on every chain has the same digest: in process, on Anvil, and on a fork."""

from collections.abc import Callable

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from sim.scenario.references import list_library
from sim.trace import Trace
from tests.e2e.random_scenarios import draw_scenario
from tests.scenarios import small_document

LIBRARY = [entry.name for entry in list_library()]
SHORT_BLOCKS = 60
RANDOM_SEEDS = range(50)


def run(scenario: Scenario, open_chain: Callable[[], Chain], artifacts: Artifacts) -> Trace:
    with open_chain() as chain:
        return launch(scenario, chain, artifacts).run()


def assert_agree(scenario: Scenario, artifacts: Artifacts) -> Trace:
    in_process = run(scenario, RevmChain, artifacts)
    on_node = run(scenario, AnvilChain.start, artifacts)
    assert on_node.transactions == in_process.transactions
    assert on_node.events == in_process.events
    assert on_node.digest == in_process.digest
    return in_process


@pytest.mark.parametrize("name", LIBRARY)
def test_library_scenario_agrees_while_it_begins(name: str, artifacts: Artifacts) -> None:
    trace = assert_agree(load_scenario(name, blocks=SHORT_BLOCKS), artifacts)
    assert len(trace.blocks) == SHORT_BLOCKS


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARY)
def test_library_scenario_agrees_to_its_end(name: str, artifacts: Artifacts) -> None:
    assert_agree(load_scenario(name), artifacts)


def test_dutch_auctions_agree(artifacts: Artifacts) -> None:
    document = small_document()
    decay = {"kind": "exponential", "cut_bps": 100, "step_s": 12}
    document["lending"]["market"]["execution"] = {"kind": "dutch_auction", "decay": decay, "buffer_bps": 500}
    trace = assert_agree(Scenario(**document), artifacts)
    names = {event.name for event in trace.events}
    assert {"LotStarted", "CollateralSold", "LotClosed"} <= names and not trace.violations


@pytest.mark.parametrize("design", ["batch-auction", "backstop"])
def test_designs_that_sell_over_time_agree(design: str, artifacts: Artifacts) -> None:
    trace = assert_agree(load_scenario(f"flash-crash+{design}", blocks=45), artifacts)
    names = {event.name for event in trace.events}
    assert {"Liquidation", "CollateralSold", "LotClosed"} <= names and not trace.violations


def test_random_scenarios_agree(artifacts: Artifacts) -> None:
    liquidating = failing = 0
    for seed in RANDOM_SEEDS:
        trace = assert_agree(draw_scenario(seed), artifacts)
        assert not trace.violations, f"seed {seed}"
        liquidating += any(event.name == "Liquidation" for event in trace.events)
        failing += any(not tx.ok for tx in trace.transactions)
    # Agreement says little about runs in which nothing happens.
    assert liquidating >= 10
    assert failing >= 5


def test_fork_agrees(artifacts: Artifacts) -> None:
    scenario = load_scenario("flash-crash", blocks=SHORT_BLOCKS)
    with AnvilChain.start() as upstream:
        # The upstream has a history of its own: other contracts of the same accounts, at a later time.
        launch(load_scenario("calm", blocks=3), upstream, artifacts).run()
        forked = run(scenario, lambda: AnvilChain.start(fork_url=upstream.shown), artifacts)
    assert forked.digest == run(scenario, RevmChain, artifacts).digest
