"""The recorded hourly series of Black Thursday through a whole run: its time semantics, and one digest."""

import csv
import os
from pathlib import Path

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.loading import load_scenario

DATA = Path(os.environ.get("TAILSPIN_DATA") or Path(__file__).resolve().parents[2].parent / "shared" / "data")
FILE = DATA / "black_thursday_eth_1h_ethusd.csv"
HOUR_BLOCKS = 60
SHORT_BLOCKS = 5 * HOUR_BLOCKS

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"the recorded series is absent: {FILE}")


def _scenario(blocks: int | None):
    return load_scenario("black-thursday", prices={"WETH": str(FILE)}, blocks=blocks)


def _digests(artifacts, blocks: int | None) -> list[str]:
    scenario = _scenario(blocks)
    with AnvilChain.start() as node:
        return [launch(scenario, chain, artifacts).run().digest for chain in (RevmChain(), node)]


def test_the_series_runs_as_long_as_it_is_and_closes_hold_at_the_end_of_their_hour(artifacts):
    with FILE.open() as lines:
        closes = [float(row["price_usd"]) for row in csv.DictReader(lines)]
    engine = launch(_scenario(None), RevmChain(), artifacts)
    assert engine.blocks == len(closes) * HOUR_BLOCKS
    for _ in range(SHORT_BLOCKS):
        engine.step()
    for hour in range(SHORT_BLOCKS // HOUR_BLOCKS):
        record = engine.trace.blocks[(hour + 1) * HOUR_BLOCKS - 1]
        assert record.time_s == (hour + 1) * 3_600
        assert record.exogenous_e8["WETH"] == round(closes[hour] * 10**8)


def test_both_chains_agree_while_it_begins(artifacts):
    in_process, on_node = _digests(artifacts, SHORT_BLOCKS)
    assert in_process == on_node


@pytest.mark.slow
def test_both_chains_agree_on_all_of_it(artifacts):
    in_process, on_node = _digests(artifacts, None)
    assert in_process == on_node
