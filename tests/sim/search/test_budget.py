"""No history leaves the declared envelope, whatever is drawn; what would is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.space import Envelope
from sim.search import moves
from sim.search.budget import Budget, OutOfEnvelope
from sim.search.history import Congest, LeverUp, NewBorrower, PullLiquidity, Shock, Step, StopFeed, Wait
from sim.search.machine import HypothesisChooser

ENVELOPE = Envelope(shock_asset="WETH", max_shock_bps=800, max_total_fall_bps=2_000, max_blocks=40)


def budget(envelope: Envelope = ENVELOPE) -> Budget:
    return Budget(envelope, ["pool"], ["WETH"], ["borrowers/0", "borrowers/1"], 500)


@given(st.data())
def test_drawn_moves_stay_in_the_envelope(data):
    left = budget()
    kept, pulled, stopped, congested, blocks = 1.0, 0, 0, 0, 0
    for _ in range(15):
        possible = [move for move in moves.MOVES if move.possible(left)]
        if not possible:
            break
        step = data.draw(st.sampled_from(possible)).draw(left, HypothesisChooser(data))
        left = left.after(step)
        match step:
            case Shock(change_bps=change):
                assert abs(change) <= ENVELOPE.max_shock_bps
                kept *= 1 + min(change, 0) / 1e4
            case PullLiquidity(share_bps=share):
                pulled += share
            case StopFeed(blocks=count):
                stopped += count
            case Congest(blocks=count):
                congested += count
            case Wait(blocks=count):
                blocks += count
    assert kept >= 0.8 - 1e-12
    assert pulled <= ENVELOPE.max_liquidity_pull_bps
    assert stopped <= ENVELOPE.max_feed_stop_blocks
    assert congested <= ENVELOPE.max_congestion_blocks
    assert blocks <= ENVELOPE.max_blocks
    assert left.blocks_left == ENVELOPE.max_blocks - blocks


def test_falls_add_up_in_log_and_rises_give_nothing_back():
    left = budget()
    for change in (-800, 800, -800):
        left = left.after(Shock(asset="WETH", change_bps=change))
    # 0.92 * 0.92 * (1 - f) = 0.8
    assert left.fall_left_bps == 548
    assert left.after(Shock(asset="WETH", change_bps=-548)).fall_left_bps == 0
    with pytest.raises(OutOfEnvelope, match="shock.change_bps is 549, at most 548"):
        left.after(Shock(asset="WETH", change_bps=-549))


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([Shock(asset="USDC", change_bps=-1)], "shock.asset is 'USDC'"),
        ([Shock(asset="WETH", change_bps=801)], "shock.change_bps is 801, at most 800"),
        ([Wait(blocks=21)], "wait.blocks is 21, at most 20"),
        ([Wait(blocks=20), Wait(blocks=20), Wait(blocks=1)], "wait.blocks is 1, at most 0"),
        ([StopFeed(asset="WETH", blocks=8), StopFeed(asset="WETH", blocks=3)], "stop_feed.blocks is 3, at most 2"),
        ([StopFeed(asset="DAI", blocks=1)], "stop_feed.asset is 'DAI'"),
        ([Congest(fee_gwei=201, blocks=1)], "congest.fee_gwei is 201, at most 200"),
        ([Congest(fee_gwei=10, blocks=11)], "congest.blocks is 11, at most 10"),
        ([PullLiquidity(venue="pool", share_bps=3_001)], "pull_liquidity.share_bps is 3001, at most 3000"),
        ([PullLiquidity(venue="other", share_bps=1)], "pull_liquidity.venue is 'other'"),
        ([NewBorrower(account=1, collateral_tokens=1, health_bps=12_000)], "new_borrower.account is 1, 0 is next"),
        ([NewBorrower(account=0, collateral_tokens=501, health_bps=12_000)], "collateral_tokens is 501"),
        ([NewBorrower(account=0, collateral_tokens=1, health_bps=10_499)], "health_bps is 10499, at least 10500"),
        ([LeverUp(borrower="borrowers/0", health_bps=10_500)] * 2, "lever_up.borrower is 'borrowers/0'"),
    ],
)
def test_steps_outside_are_refused(steps: list[Step], complaint: str):
    left = budget()
    for step in steps[:-1]:
        left = left.after(step)
    with pytest.raises(OutOfEnvelope, match=complaint):
        left.after(steps[-1])


def test_a_refused_step_spends_nothing():
    left = budget()
    with pytest.raises(OutOfEnvelope):
        left.after(Wait(blocks=21))
    assert left.blocks_left == ENVELOPE.max_blocks
    after = left.after(Wait(blocks=5))
    assert (left.blocks, after.blocks) == (0, 5)
