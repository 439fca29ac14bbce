"""A shrunk episode is smaller, still fails, names where its design tips, and took no more replays than allowed."""

import pytest

from sim.chain.artifacts import load_artifacts
from sim.scenario.loading import with_fields
from sim.search.episode import Stage
from sim.search.history import Congest, Drift, NewBorrower, NewTrader, Shock, StopFeed, Wait
from sim.search.shrink import TIPPING_REPLAYS, Shrinker, _bisect
from sim.search.space import Space
from tests.sim.search.worlds import (
    BONUS,
    DELAY,
    DEPTH,
    MAINTENANCE,
    THRESHOLD,
    perp_searchable,
    small_stage,
)

VALUES = {THRESHOLD: 9_400, BONUS: 300, DELAY: 12, DEPTH: 30_000}
HISTORY = (
    Congest(fee_gwei=30, blocks=1),
    NewBorrower(account=0, collateral_tokens=20, health_bps=12_000),
    Shock(asset="WETH", change_bps=-800),
    Wait(blocks=1),
    Shock(asset="WETH", change_bps=-800),
    StopFeed(asset="USDC", blocks=2),
    Wait(blocks=1),
    Shock(asset="WETH", change_bps=-500),
    Wait(blocks=10),
)


@pytest.fixture(scope="module")
def shrunk():
    return Shrinker(small_stage(), "bad_debt").shrink(VALUES, HISTORY)


def test_what_is_left_still_fails(shrunk):
    stage = small_stage()
    again = stage.play(shrunk.played.values, shrunk.played.history)
    assert again.outcome("bad_debt") is not None
    assert again.trace.digest == shrunk.played.trace.digest


def test_fields_and_steps_that_do_not_matter_are_gone(shrunk):
    design, _ = small_stage().space.split(shrunk.played.values)
    assert THRESHOLD in design
    assert len(shrunk.played.history) < len(HISTORY)
    assert not any(isinstance(step, Congest | NewBorrower) for step in shrunk.played.history)
    assert sum(s.blocks for s in shrunk.played.history if isinstance(s, Wait)) < 12


def test_each_design_field_tips_where_it_says(shrunk):
    stage = small_stage()
    assert {tip.path for tip in shrunk.tipping} == set(stage.space.split(shrunk.played.values)[0])
    for tip in shrunk.tipping:
        assert shrunk.played.values[tip.path] == tip.fails
        held = stage.play({**shrunk.played.values, tip.path: tip.holds}, shrunk.played.history)
        assert held.outcome("bad_debt") is None


def test_shrinking_is_bounded_by_replays_and_repeatable():
    first, second = (Shrinker(small_stage(), "bad_debt", 12).shrink(VALUES, HISTORY) for _ in range(2))
    assert first.replays <= 12 + TIPPING_REPLAYS
    assert (first.played.values, first.played.history) == (second.played.values, second.played.history)


def test_an_episode_without_the_outcome_is_not_shrunk():
    assert Shrinker(small_stage(), "bad_debt").shrink({THRESHOLD: 8_400}, [Wait(blocks=1)]) is None


def test_bisection_finds_the_smallest_that_fails():
    for smallest in range(1, 20):
        assert _bisect(0, 19, lambda n, smallest=smallest: n >= smallest) == smallest


def test_traders_are_thinned_and_drifts_merged():
    """A stall of one account needs neither the others nor most of what was done."""
    crowd = {"kind": "book", "market": "perp", "instrument": "WETH", "count": 16, "notional_tokens": 50_000}
    base = perp_searchable(
        traders={"crowd": {**crowd, "leverage_median": 9.0, "leverage_sigma": 0.1}}, outcomes={"stall_blocks": 5}
    )
    base = with_fields(base, {"perps.perp.instruments.WETH.pricing.kind": "oracle_impact"})
    history = [
        NewTrader(account=0, instrument="WETH", side="long", notional_tokens=300_000, leverage=2),
        *[Drift(asset="WETH", change_bps=-200, blocks=2)] * 3,
        *[Wait(blocks=8)] * 2,
        *[Drift(asset="WETH", change_bps=-200, blocks=1)] * 2,
        Wait(blocks=8),
    ]
    shrunk = Shrinker(Stage(Space(base), load_artifacts()), "keeper_stall").shrink({MAINTENANCE: 500}, history)
    assert shrunk.played.values["traders.crowd.count"] < 16
    assert not any(isinstance(step, NewTrader) for step in shrunk.played.history)
    assert sum(isinstance(step, Drift) for step in shrunk.played.history) < 5
