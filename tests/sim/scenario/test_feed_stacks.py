"""A feed is a source with layers: roles, accounts, paths in the scenario, and what bad ones are told."""

import pytest

from sim.errors import BadInput
from sim.scenario.feeds import PushFeed, StalenessGuard
from sim.scenario.feeds.stacks import Stack, warmup_s
from sim.scenario.loading import load_scenario
from sim.world.roles import Roles

GUARDED = "feeds.WETH.through=[{kind: staleness_guard, max_age_s: 600}]"


def stack(*through: StalenessGuard) -> Stack:
    return Stack("WETH", "WETH", "feeds.WETH", PushFeed(through=through))


def test_what_markets_read_is_always_called_the_same():
    one, two = StalenessGuard(kind="staleness_guard"), StalenessGuard(kind="staleness_guard", max_age_s=60)
    assert stack().roles == ("feed-WETH",)
    assert stack(one).roles == ("source-WETH", "feed-WETH")
    assert stack(one, two).roles == ("source-WETH", "layer-WETH-0", "feed-WETH")


def test_layers_move_no_account():
    plain, guarded = (Roles(load_scenario("flash-crash", given), []) for given in ([], [GUARDED]))
    assert plain.account_indexes == guarded.account_indexes


def test_plain_feeds_need_no_history_and_no_upkeep():
    stacks = load_scenario("flash-crash", [GUARDED]).feed_stacks
    assert [one.path for one in stacks] == ["WETH", "USDC"]
    assert warmup_s(stacks) == 0 and not any(one.needs_upkeep for one in stacks)


def test_a_layer_is_reached_by_a_path():
    scenario = load_scenario("flash-crash", [GUARDED, "feeds.WETH.through.0.max_age_s=60"])
    assert scenario.feeds["WETH"].through[0].max_age_s == 60


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("feeds.WETH.through=[{kind: staleness_guard, max_age: 60}]", "feeds.WETH.through.0.max_age"),
        ("feeds.WETH.through=[{kind: staleness_guard, max_age_s: 0}]", "feeds.WETH.through.0.max_age_s"),
        ("feeds.WETH.thru=[]", "through"),
        ("feeds.BTC={kind: push}", "feeds.BTC is 'BTC', one of"),
    ],
)
def test_a_bad_feed_is_told_where_and_what(given, complaint):
    with pytest.raises(BadInput, match=complaint):
        load_scenario("flash-crash", [given])


def test_a_venue_that_does_not_exist_is_named():
    with pytest.raises(BadInput, match="feeds.WETH.venue is 'pond', one of"):
        load_scenario("flash-crash", ["feeds.WETH={kind: pool_spot, venue: pond}"])
