"""Stacks of feeds in whole runs: they agree on both chains, and each layer shows in what markets read."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.model import Scenario
from sim.trace import Trace
from sim.units import E8
from tests.e2e.test_chains_agree import assert_agree
from tests.sim.scenario.test_feeds import ANCHORED, LAYERS, MEDIAN, with_feed


def run(artifacts, feed: Any, blocks: int = 40) -> Trace:
    document = with_feed(feed)
    document["clock"]["blocks"] = blocks
    with RevmChain() as chain:
        trace = launch(Scenario.model_validate(document), chain, artifacts).run()
    assert not trace.violations
    return trace


def read(trace: Trace) -> list[int]:
    """What markets read of WETH, in whole cents."""
    return [record.feeds["WETH"].price_e8 * 100 // E8 for record in trace.blocks]


@pytest.mark.parametrize(
    "feed",
    [
        MEDIAN | {"through": LAYERS},
        {"kind": "push", "decimals": 18, "through": [*LAYERS[::-1]]},
        *(pytest.param({"kind": "push", "through": [layer]}, marks=pytest.mark.slow) for layer in LAYERS),
    ],
    ids=["all over a median", "all over a push feed", *(layer["kind"] for layer in LAYERS)],
)
def test_stacks_agree(artifacts, feed):
    trace = assert_agree(Scenario.model_validate(with_feed(feed)), artifacts)
    assert not trace.violations
    assert all(record.feeds["WETH"].valid for record in trace.blocks)


def test_whoever_looks_after_a_stack_pokes_it(artifacts):
    trace = run(artifacts, MEDIAN | {"through": LAYERS})
    poked = {(tx.sender, tx.target) for tx in trace.transactions if tx.intent == "upkeep" and tx.ok}
    assert poked == {
        ("upkeep-WETH-pool", "feed-WETH-pool"),
        ("upkeep-WETH", "source-WETH"),
        ("upkeep-WETH", "layer-WETH-0"),
        ("upkeep-WETH", "layer-WETH-1"),
    }


def test_a_delayed_feed_says_later_what_the_feed_below_said(artifacts):
    """At least from one poke to the next, and at most a block more than two hops of a minute."""
    trace = run(artifacts, {"kind": "push", "through": LAYERS[:1]})
    pushed: dict[int, int] = {2_000_00: -1}
    for event in trace.events:
        if event.name == "RoundPushed" and event.emitter == "source-WETH":
            pushed.setdefault(event.args["answer"] * 100 // E8, event.block)
    first: dict[int, int] = {}
    for block, price in enumerate(read(trace)):
        first.setdefault(price, block)
    assert len(first) > 5
    lags = [block - pushed[price] for price, block in first.items() if price != 2_000_00]
    assert all(5 <= lag <= 11 for lag in lags)


def test_a_cap_hides_the_top_alone(artifacts):
    plain, capped = (run(artifacts, {"kind": "push", "through": through}) for through in ([], [LAYERS[3]]))
    assert [min(price, 1_990_00) for price in read(plain)] == read(capped)


def test_an_anchor_that_does_not_move_holds_the_price_in_its_band(artifacts):
    still = {"kind": "push", "deviation_bps": 10_000, "heartbeat_s": 86_400}
    layer = ANCHORED | {"anchor": still, "band_bps": 500}
    plain, anchored = (run(artifacts, {"kind": "push", "through": through}) for through in ([], [layer]))
    assert min(read(plain)) < 1_900_00
    assert [max(price, 1_900_00) for price in read(plain)] == read(anchored)


def random_stack(random: Random) -> dict[str, Any]:
    """Draw a source, or a median of up to four, under up to four layers; each source may have layers too."""

    def layers(most: int) -> list[dict]:
        drawn = [
            {"kind": "delayed", "hop_s": random.choice([12, 60, 120])},
            {"kind": "last_good", "max_age_s": random.choice([0, 60, 600])},
            {"kind": "staleness_guard", "max_age_s": random.choice([120, 4_200])},
            {"kind": "capped", "cap_usd": random.choice([1_950, 2_100])},
            ANCHORED
            | {"band_bps": random.choice([100, 2_000]), "without_anchor": random.choice(["refuse", "pass_on"])},
        ]
        return random.sample(drawn, random.randint(0, most))

    def source() -> dict:
        push = {
            "kind": "push",
            "decimals": random.choice([0, 6, 8, 18]),
            "deviation_bps": random.choice([10, 300]),
            "heartbeat_s": random.choice([60, 3_600]),
            "delay_blocks": random.randint(0, 3),
        }
        mean = {"kind": "pool_mean", "venue": "pool", "window_s": 120, "spacing_s": 12}
        kind = random.choice([push, push, {"kind": "pool_spot", "venue": "pool"}, mean])
        return kind | {"through": layers(1)}

    if random.random() < 0.4:
        return source() | {"through": layers(4)}
    count = random.randint(1, 4)
    return {
        "kind": "median",
        "decimals": random.choice([6, 8, 18]),
        "sources": {f"s{i}": source() for i in range(count)},
        "quorum": random.randint(1, count),
        "max_age_s": random.choice([0, 120, 4_200]),
        "keep_last_good": random.random() < 0.5,
        "through": layers(3),
    }


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60))]
)
def test_random_stacks_agree_and_break_nothing(artifacts, seed):
    random = Random(seed)
    document = with_feed(random_stack(random))
    document["lending"]["market"]["invalid_price"] = random.choice(["revert", "last_good", "freeze"])
    document["lending"]["market"]["reserves"]["WETH"]["max_price_age_s"] = random.choice([0, 60, 4_200])
    assert not assert_agree(Scenario.model_validate(document), artifacts).violations
