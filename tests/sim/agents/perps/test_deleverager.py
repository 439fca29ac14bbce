"""The venue's bot takes what needs a ranking or pays nobody, after those who are paid. On real contracts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.units import WAD
from tests.sim.agents.perps.worlds import (
    DELEVERAGE,
    FUND,
    deleverager,
    keeper,
    long,
    named,
    opened,
    run,
    scenario,
    sent,
)

SHORTS = (long(-40, 30_000), long(-30, 10_000, isolated=True), long(-20, 5_000))
BANKRUPT = long(50, 3_000)
"""Worth nothing at 1,940."""
PAYING = long(60, 8_400)
"""Below maintenance margin at 1,880, with equity left for a fee."""
FALL = (2_000, 1_880)
POLICIES = [
    {"kind": "return_leverage_queue"},
    {"kind": "wallet_return_queue"},
    {"kind": "index_queue", "form": "by_side"},
    {"kind": "capped_pro_rata", "share_of": "profit"},
    {"kind": "capped_pro_rata", "share_of": "size"},
    {"kind": "random_start"},
]


def with_bot(*accounts, agents=None, waterfall=(DELEVERAGE,), path=FALL, **fields):
    bots = {"adl": deleverager(**fields)} if agents is None else agents
    return scenario(*accounts, *SHORTS, path=path, waterfall=waterfall, agents=bots)


@pytest.mark.parametrize("fill_price", ["bankruptcy", "previous_mark", "index"])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda one: one["kind"] + one.get("share_of", ""))
def test_what_needs_a_ranking_is_deleveraged(artifacts, policy, fill_price):
    stage = {"kind": "deleverage", "policy": policy, "fill_price": fill_price}
    trace = run(with_bot(BANKRUPT, waterfall=(stage,)), artifacts)
    tried = sent(trace, "deleverage", "adl")
    assert [one.ok for one in tried] == [True]
    assert tried[0].function == "liquidate" and tried[0].target == "deleverager"
    closed = named(trace, "Deleveraged")
    assert sum(one["sizeWad"] for one in closed) == 50 * WAD
    assert {one["bankruptOwner"] for one in closed} == {"t/0"}
    assert trace.final_positions["perp"]["t/0"].sizes_wad == {}


def test_short_positions_are_deleveraged_against_longs(artifacts):
    accounts = long(-50, 3_000), long(40, 30_000), long(30, 10_000)
    made = scenario(*accounts, path=(2_000, 2_120), waterfall=(DELEVERAGE,), agents={"adl": deleverager()})
    trace = run(made, artifacts)
    assert sum(one["sizeWad"] for one in named(trace, "Deleveraged")) == -50 * WAD


def test_what_keepers_are_paid_for_is_left_to_them(artifacts):
    trace = run(with_bot(BANKRUPT, PAYING), artifacts)
    assert {one.meta["account"] for one in sent(trace, "deleverage")} == {"t/0"}
    assert not sent(trace, "liquidate")
    both = run(with_bot(BANKRUPT, PAYING, all=True), artifacts)
    assert {one.meta["account"] for one in sent(both, "liquidate")} == {"t/1"}


def test_what_pays_nobody_is_liquidated_without_a_ranking(artifacts):
    """The fund pays for all of it, and the stage after it is never asked."""
    trace = run(with_bot(BANKRUPT, waterfall=(FUND, DELEVERAGE)), artifacts)
    assert [one.ok for one in sent(trace, "liquidate", "adl")] == [True]
    assert not sent(trace, "deleverage")
    assert named(trace, "FundDrawn")
    assert not named(trace, "Deleveraged")


def test_what_fails_is_tried_once(artifacts):
    """Nobody is closed against it, and the maker cannot carry it: the liquidation is undone each time."""
    made = scenario(
        long(10, 300),
        long(-10, 50_000),
        path=(2_000, 1_960),
        waterfall=({"kind": "deleverage", "policy": {"kind": "none"}},),
        agents={"adl": deleverager()},
        market={"maker_tokens": 300},
    )
    trace = run(made, artifacts)
    assert trace.blocks[-1].below_maintenance["perp"]
    assert [one.revert for one in sent(trace, "deleverage")] == ["NothingLiquidated()"]


def test_the_largest_comes_first_and_as_many_as_are_allowed(artifacts):
    trace = run(with_bot(long(10, 600), long(30, 1_800), long(20, 1_200), max_per_block=2), artifacts)
    done = sent(trace, "deleverage")
    assert [one.meta["account"] for one in done] == ["t/1", "t/2", "t/0"]
    assert done[0].block == done[1].block < done[2].block


@pytest.mark.parametrize("ordering", ["fees", "first_come"])
def test_plain_liquidations_of_a_block_come_before(artifacts, ordering):
    """Whatever the order in the scenario: by bid, and where the first to come is served first, by proposal."""
    made = scenario(
        BANKRUPT,
        PAYING,
        *SHORTS,
        path=FALL,
        waterfall=(DELEVERAGE,),
        agents={"adl": deleverager(), "k": keeper()},
        block_space={"base_fee_gwei": 10, "base_fee_moves": False, "ordering": ordering},
    )
    trace = run(made, artifacts)
    plain, ranked = sent(trace, "liquidate", "k"), sent(trace, "deleverage", "adl")
    shared = {one.block for one in plain} & {one.block for one in ranked}
    assert shared
    for block in shared:
        last = max(one.index for one in plain if one.block == block)
        assert last < min(one.index for one in ranked if one.block == block)


def test_it_acts_up_to_its_fee_and_without_any_profit(artifacts):
    assert not sent(run(with_bot(BANKRUPT, max_fee_gwei=5.0), artifacts), "deleverage")
    done = sent(run(with_bot(BANKRUPT, max_fee_gwei=10.0), artifacts), "deleverage")
    assert [one.fee_gwei for one in done] == [10.0]


def test_the_bid_rises_while_nothing_happens_and_falls_back_once_it_has(artifacts):
    engine = opened(with_bot(BANKRUPT, max_fee_gwei=14.0), artifacts)
    bot = engine.agents[-1]
    while not (seen := engine._observe(0)).perps["perp"].at_risk:
        engine.outside.advance((engine.block + 1) * 12)
        engine.step()
    bids = [bot.propose(replace(seen, block=seen.block + i))[0].max_fee_gwei for i in range(3)]
    assert bids == pytest.approx([10.5, 13.125, 14.0])
    key = seen.perps["perp"].at_risk[0]
    booked = replace(seen.perps["perp"].positions[key], cash_quote=1)
    changed = replace(seen.perps["perp"], positions={**seen.perps["perp"].positions, key: booked})
    again = replace(seen, block=seen.block + 3, perps={"perp": changed})
    assert bot.propose(again)[0].max_fee_gwei == pytest.approx(10.5)
