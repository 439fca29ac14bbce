"""What each rule does to a perpetual market, and what it does where there is nothing to do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.search import moves
from sim.search.budget import OutOfEnvelope
from sim.search.history import (
    Drift,
    LagFeed,
    LeverTrader,
    NewTrader,
    PullDepth,
    Shock,
    StopKeepers,
    Wait,
)
from sim.search.machine import HypothesisChooser
from tests.sim.search.worlds import perp_stage

QUOTE = 10**6
SHOCK = Shock(asset="WETH", change_bps=-300)


def played(*steps):
    found = perp_stage().play({}, steps)
    assert found.refused is None
    assert found.trace.violations == []
    return found.trace


def after(trace):
    """Accounts at the end, and whether every transaction of the environment went through."""
    assert all(tx.ok for tx in trace.transactions if tx.intent == "environment")
    return trace.final_positions["perp"]


@pytest.mark.parametrize(("side", "sign"), [("long", 1), ("short", -1)])
def test_a_new_trader_opens_with_the_leverage_asked_for(side, sign):
    step = NewTrader(account=0, instrument="WETH", side=side, notional_tokens=200_000, leverage=10)
    opened = after(played(step, Wait(blocks=1)))["environment/trader-0"]
    size = opened.sizes_wad["WETH"]
    assert size == sign * 100 * 10**18
    # 10 % of 200,000, less the fee of 5 bps and the impact of 20 bps of a trade of 0.2 % of the depth.
    assert opened.equity_quote / QUOTE == pytest.approx(20_000 - 100 - 400, rel=5e-3)


def test_initial_margin_bounds_the_leverage_of_a_new_trader():
    # Maintenance of 2.5 % at half of initial margin: no more than 20 times, less fee and impact.
    found = {}
    for leverage in (15, 5):
        step = NewTrader(account=0, instrument="WETH", side="long", notional_tokens=400_000, leverage=leverage)
        found[leverage] = after(played(step, Wait(blocks=1)))["environment/trader-0"]
    assert found[15].equity_quote >= 2 * found[15].maintenance_quote
    assert found[5].equity_quote > 3 * found[15].equity_quote * 0.8


@pytest.mark.parametrize("trader", ["whales/0", "whales/1", "whales/2"])
@pytest.mark.parametrize("how", ["withdraw", "add"])
def test_a_trader_levers_up_to_the_margin_asked_for(trader, how):
    account = f"{trader}:WETH" if trader == "whales/2" else trader
    step = LeverTrader(trader=trader, how=how, margin_bps=12_000)
    trace = played(step, Wait(blocks=1))
    now, before = after(trace)[account], trace.initial_positions["perp"][account]
    assert now.equity_quote / now.initial_quote == pytest.approx(1.2, rel=2e-2)
    grew = abs(now.sizes_wad["WETH"]) > abs(before.sizes_wad["WETH"])
    assert grew == (how == "add")


def test_pulled_depth_leaves_at_the_price_that_holds():
    stage = perp_stage()
    episode = stage.open({})
    market = episode.engine.world.perps["perp"]
    start = market.depth_wad("WETH")
    for share, left in ((2_000, 0.8), (3_000, 0.5)):
        episode.play(PullDepth(instrument="WETH", share_bps=share))
        mid = market.read_instruments()["WETH"].mid_e8
        episode.play(Wait(blocks=1))
        assert market.depth_wad("WETH") / start == pytest.approx(left, rel=1e-9)
        assert market.read_instruments()["WETH"].mid_e8 == pytest.approx(mid, rel=1e-9)
    with pytest.raises(OutOfEnvelope, match="pull_depth.share_bps is 1, at most 0 left"):
        episode.play(PullDepth(instrument="WETH", share_bps=1))


def test_a_drift_takes_its_time_and_stays():
    trace = played(Wait(blocks=1), Drift(asset="WETH", change_bps=-400, blocks=4), Wait(blocks=8))
    prices = [record.exogenous_e8["WETH"] / 2_000e8 for record in trace.blocks]
    assert prices[:2] == [1.0, pytest.approx(0.96**0.25)]
    assert prices[4:] == [pytest.approx(0.96)] * 5
    assert sorted(prices, reverse=True) == prices


def test_rises_add_up_in_log_where_they_are_bounded():
    left = perp_stage().open({}).budget
    assert (left.rise_left_bps, left.drift_up_left_bps) == (800, 600)
    left = left.after(Shock(asset="WETH", change_bps=500)).after(Drift(asset="WETH", change_bps=300, blocks=2))
    # 1.05 * 1.03 * (1 + r) = 1.1
    assert (left.rise_left_bps, left.drift_up_left_bps) == (171, 171)
    with pytest.raises(OutOfEnvelope, match="shock.change_bps is 172, at most 171"):
        left.after(Shock(asset="WETH", change_bps=172))


def test_late_reports_come_in_late_and_in_the_end_none_is_missing():
    def reported(*steps):
        trace = played(*steps, SHOCK, Wait(blocks=10))
        return [tx.block for tx in trace.transactions if tx.function == "pushRound" and tx.ok], trace

    prompt, _ = reported()
    late, trace = reported(LagFeed(asset="WETH", lag_blocks=4, blocks=12))
    assert late == [block + 4 for block in prompt]
    assert all(tx.ok for tx in trace.transactions if tx.function == "pushRound")
    # What is under way when the lag ends is sent anew.
    cut, _ = reported(LagFeed(asset="WETH", lag_blocks=4, blocks=3))
    assert cut == [3]


def test_what_the_envelope_does_not_have_is_refused():
    episode = perp_stage().open({})
    refused = [
        (Drift(asset="WETH", change_bps=-601, blocks=2), "drift.change_bps is 601, at most 600"),
        (Drift(asset="WETH", change_bps=-600, blocks=11), "drift.blocks is 11, at most 10"),
        (LagFeed(asset="WETH", lag_blocks=5, blocks=1), "lag_feed.lag_blocks is 5, at most 4"),
        (LagFeed(asset="DAI", lag_blocks=1, blocks=1), "lag_feed.asset is 'DAI'"),
        (StopKeepers(kind="perp_keeper", blocks=1), "stop_keepers.kind is 'perp_keeper', one of"),
        (PullDepth(instrument="WETH", share_bps=5_001), "pull_depth.share_bps is 5001, at most 5000"),
        (LeverTrader(trader="whales/9", how="add", margin_bps=12_000), "lever_trader.trader is 'whales/9'"),
        (LeverTrader(trader="whales/0", how="add", margin_bps=10_999), "margin_bps is 10999, at least 11000"),
        (LeverTrader(trader="whales/0", how="withdraw", margin_bps=90_000), "nothing to take out"),
        (LeverTrader(trader="whales/0", how="add", margin_bps=90_000), "no margin for a larger position"),
    ]
    opened = {"instrument": "WETH", "side": "long", "notional_tokens": 1_000, "leverage": 2}
    for change, complaint in (
        ({"account": 1}, "new_trader.account is 1, 0 is next"),
        ({"account": 2}, "new_trader.account is 3, at most 2"),
        ({"notional_tokens": 400_001}, "new_trader.notional_tokens is 400001"),
        ({"leverage": 16}, "new_trader.leverage is 16, at most 15"),
        ({"instrument": "USDC"}, "new_trader.instrument is 'USDC'"),
    ):
        refused.append((NewTrader(**{"account": 0, **opened, **change}), complaint))
    for step, complaint in refused:
        with pytest.raises(OutOfEnvelope, match=complaint):
            episode.play(step)
    episode.play(Wait(blocks=1))
    assert episode.finish().digest == perp_stage().play({}, [Wait(blocks=1)]).trace.digest


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_what_is_drawn_can_be_played_and_breaks_no_invariant(data):
    episode = perp_stage().open({})
    for _ in range(8):
        possible = [move for move in moves.MOVES if move.possible(episode.budget)]
        move = data.draw(st.sampled_from(possible))
        step = move.draw(episode.budget, HypothesisChooser(data))
        try:
            episode.play(step)
        except OutOfEnvelope as error:
            assert isinstance(step, LeverTrader), error
        if not episode.budget.blocks_left:
            break
    assert episode.finish().violations == []
