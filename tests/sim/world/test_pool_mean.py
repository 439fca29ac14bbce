"""The mean price of a venue as a scenario's feed."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.feeds import PoolMeanFeed
from sim.scenario.loading import load_scenario

WINDOW_S, BLOCK_S = 600, 12
MEAN = ["feeds.WETH.kind=pool_mean", f"feeds.WETH.window_s={WINDOW_S}"]


def run(artifacts, *overrides: str):
    with RevmChain() as chain:
        return launch(load_scenario("thin-liquidity", [*MEAN, *overrides], blocks=70), chain, artifacts).run()


class Path:
    """Prices of a run's venue, each from the end of its block on, as the definition of the mean wants them."""

    def __init__(self, trace, mean: str) -> None:
        records = [trace.initial, *trace.blocks]
        self.prices = {record.time_s: record.venues["pool"].spot_e8 for record in records}
        self.pokes = [-WINDOW_S, 0, *(12 * (e.block + 1) for e in trace.events if e.name == "Checkpointed")]
        self.geometric = mean == "geometric"

    def added(self, from_s: int, to_s: int) -> float:
        """Price, or the logarithm of its mean, times seconds, between two checkpoints."""
        total = sum(self.prices[max(at, 0)] * BLOCK_S for at in range(from_s, to_s, BLOCK_S))
        return math.log(total / (to_s - from_s)) * (to_s - from_s) if self.geometric else total

    def mean(self, now_s: int) -> float:
        """Over the window, on a straight line between the checkpoints around its start."""
        points = [at for at in self.pokes if at < now_s] + [now_s]
        total = 0.0
        for a, b in pairwise(points):
            inside_s = max(b - max(a, now_s - WINDOW_S), 0)
            total += self.added(a, b) * inside_s / (b - a)
        return math.exp(total / WINDOW_S) if self.geometric else total / WINDOW_S


@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_follows_the_venue_by_its_window(artifacts, mean):
    trace = run(artifacts, f"feeds.WETH.mean={mean}")
    path = Path(trace, mean)
    for record in trace.blocks:
        feed = record.feeds["WETH"]
        assert feed.valid
        assert feed.updated_at_s == record.time_s
        assert feed.price_e8 == pytest.approx(path.mean(record.time_s), rel=1e-10)
    assert record.venues["pool"].spot_e8 < feed.price_e8 < 0.99 * trace.initial.venues["pool"].spot_e8


def test_pokes_keep_their_spacing(artifacts):
    trace = run(artifacts, "feeds.WETH.spacing_s=60")
    times = [event.block for event in trace.events if event.name == "Checkpointed"]
    assert {b - a for a, b in pairwise(times)} == {6}, "due after five blocks, seen and poked in the sixth"
    assert not trace.violations


def test_the_venue_is_the_first_that_trades_the_asset():
    feed = load_scenario("thin-liquidity", MEAN).feeds["WETH"]
    assert feed == PoolMeanFeed(kind="pool_mean", venue="pool", window_s=WINDOW_S)


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("feeds.WETH.spacing_s=601", "spacing_s 601 must be at most window_s 600"),
        ("feeds.WETH.venue=other", "feeds.WETH.venue is 'other', one of"),
        ("feeds.WETH.mean=harmonic", "one of arithmetic, geometric expected"),
        ("feeds.WETH.window_s=0", "feeds.WETH.window_s"),
    ],
)
def test_refuses(override, complaint):
    with pytest.raises(BadInput, match=complaint):
        load_scenario("thin-liquidity", [*MEAN, override])
