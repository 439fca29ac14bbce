"""Feeds of a scenario: stacks and their names, and one clear line for everything that is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from sim.errors import BadInput
from sim.scenario.feeds import AnchoredFeed, CappedFeed, DelayedFeed, LastGoodFeed, MedianFeed, StalenessGuard
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from tests.scenarios import small_document

MEDIAN = {
    "kind": "median",
    "sources": {
        "fast": {"kind": "push", "deviation_bps": 10},
        "fine": {"kind": "push", "decimals": 18, "delay_blocks": 3},
        "pool": {"kind": "pool_spot", "venue": "pool", "through": [{"kind": "last_good"}]},
    },
}
ANCHORED = {"kind": "anchored", "anchor": {"kind": "push", "decimals": 6}}
LAYERS = [
    {"kind": "delayed", "hop_s": 60},
    {"kind": "last_good", "max_age_s": 0},
    ANCHORED,
    {"kind": "capped", "cap_usd": 1_990},
    {"kind": "staleness_guard"},
]


def with_feed(feed: Any) -> dict[str, Any]:
    """The small scenario with another feed for WETH."""
    document = small_document()
    document["feeds"]["WETH"] = feed
    return document


def complaint(tmp_path, feed: Any) -> str:
    """What the loader says about it."""
    file = tmp_path / "scenario.yaml"
    file.write_text(yaml.safe_dump(with_feed(feed)))
    with pytest.raises(BadInput) as raised:
        load_scenario(str(file))
    line = str(raised.value)
    assert "\n" not in line
    return line


def test_every_part_of_a_stack_has_a_role_of_its_own():
    scenario = Scenario.model_validate(with_feed(MEDIAN | {"through": LAYERS}))
    names = {stack.path: (stack.roles, stack.needs_upkeep) for stack in scenario.feed_stacks}
    assert names == {
        "WETH-fast": (("feed-WETH-fast",), False),
        "WETH-fine": (("feed-WETH-fine",), False),
        "WETH-pool": (("source-WETH-pool", "feed-WETH-pool"), True),
        "WETH-2-anchor": (("feed-WETH-2-anchor",), False),
        "WETH": (("source-WETH", *(f"layer-WETH-{i}" for i in range(4)), "feed-WETH"), True),
        "USDC": (("feed-USDC",), False),
    }


def test_defaults_are_those_of_their_sources():
    median = MedianFeed.model_validate(MEDIAN | {"max_ages_s": {"pool": 0}})
    assert [median.source_max_age_s(name) for name in median.sources] == [4_200, 4_200, 0]
    assert (median.quorum, median.keep_last_good, median.decimals) == (2, True, 8)
    assert DelayedFeed(kind="delayed").hop_s == 3_600
    assert CappedFeed(kind="capped").cap_usd == 1.04
    assert LastGoodFeed(kind="last_good").max_age_s == StalenessGuard(kind="staleness_guard").max_age_s == 4_200
    anchored = AnchoredFeed.model_validate(ANCHORED)
    assert (anchored.band_bps, anchored.without_anchor) == (2_000, "refuse")


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (MEDIAN | {"quorum": 4}, "feeds.WETH: quorum is 4, at most the number of sources 3 expected"),
        (MEDIAN | {"quorum": 0}, "feeds.WETH.quorum is 0"),
        (MEDIAN | {"sources": {}}, "feeds.WETH.sources"),
        (MEDIAN | {"max_ages_s": {"pol": 1}}, "feeds.WETH: max_ages_s.pol names no source"),
        (
            {"kind": "median", "quorum": 1, "sources": {"pool": {"kind": "pool_spot", "venue": "pol"}}},
            "feeds.WETH.sources.pool.venue is 'pol', one of ['pool'] expected",
        ),
        (
            {"kind": "push", "through": [{"kind": "anchored", "anchor": {"kind": "pool_spot", "venue": "pol"}}]},
            "feeds.WETH.through.0.anchor.venue is 'pol'",
        ),
        ({"kind": "push", "through": [{"kind": "anchored"}]}, "feeds.WETH.through.0.anchor"),
        ({"kind": "push", "through": [ANCHORED | {"band_bps": 10_001}]}, "feeds.WETH.through.0.band_bps is 10001"),
        (
            {"kind": "push", "through": [ANCHORED | {"without_anchor": "ignore"}]},
            "feeds.WETH.through.0.without_anchor is 'ignore'",
        ),
        ({"kind": "push", "through": [{"kind": "delayed", "hop_s": 0}]}, "feeds.WETH.through.0.hop_s is 0"),
        ({"kind": "push", "through": [{"kind": "capped", "cap_usd": 0}]}, "feeds.WETH.through.0.cap_usd is 0"),
        (
            {"kind": "push", "through": [{"kind": "last_good", "max_age_s": -1}]},
            "feeds.WETH.through.0.max_age_s is -1",
        ),
        ({"kind": "push", "through": [{"kind": "delay"}]}, "feeds.WETH.through.0.kind is 'delay'"),
        ({"kind": "push", "through": [{"kind": "delayed", "hops": 1}]}, "hop_s"),
        ({"kind": "push", "decimals": 19}, "feeds.WETH.decimals is 19"),
    ],
)
def test_bad_feeds_get_one_clear_line(tmp_path, feed, expected):
    assert expected in complaint(tmp_path, feed)
