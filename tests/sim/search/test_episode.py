"""What each rule does to a world, and that a history always does the same."""

import pytest

from sim.search.budget import OutOfEnvelope
from sim.search.history import (
    Congest,
    LeverUp,
    NewBorrower,
    PullLiquidity,
    Shock,
    StopFeed,
    Wait,
)
from sim.units import WAD
from tests.sim.search.worlds import THRESHOLD, small_stage

STORM = (
    Shock(asset="WETH", change_bps=-500),
    NewBorrower(account=0, collateral_tokens=20, health_bps=10_800),
    LeverUp(borrower="borrowers/0", health_bps=10_600),
    PullLiquidity(venue="pool", share_bps=1_000),
    Wait(blocks=4),
    StopFeed(asset="WETH", blocks=3),
    Congest(fee_gwei=80, blocks=2),
    Shock(asset="WETH", change_bps=-700),
    Wait(blocks=10),
)


def transactions(trace, function):
    return [tx for tx in trace.transactions if tx.function == function]


def test_a_history_always_gives_the_same_trace():
    first, second = (small_stage().play({THRESHOLD: 9_000}, STORM) for _ in range(2))
    assert first.refused is None
    assert first.history == STORM
    assert first.trace.digest == second.trace.digest
    assert first.assessment == second.assessment


def test_a_shock_moves_the_exogenous_price():
    played = small_stage().play({}, [Wait(blocks=1), Shock(asset="WETH", change_bps=-800), Wait(blocks=1)])
    assert [record.exogenous_e8["WETH"] for record in played.trace.blocks] == [2_000 * 10**8, 1_840 * 10**8]


def test_a_stopped_feed_reports_when_it_may_again():
    steps = [Shock(asset="WETH", change_bps=-800), StopFeed(asset="WETH", blocks=5), Wait(blocks=10)]
    reports = transactions(small_stage().play({}, steps).trace, "pushRound")
    assert reports[0].block >= 5
    free = transactions(small_stage().play({}, [steps[0], steps[2]]).trace, "pushRound")
    assert free[0].block < 5


def test_congestion_raises_the_price_of_inclusion():
    trace = small_stage().play({}, [Congest(fee_gwei=90, blocks=3), Wait(blocks=5)]).trace
    assert [record.inclusion_fee_gwei >= 90 for record in trace.blocks] == [True, True, True, False, False]


def test_pulled_liquidity_leaves_the_venue():
    trace = small_stage().play({}, [PullLiquidity(venue="pool", share_bps=3_000), Wait(blocks=1)]).trace
    before, after = trace.initial.venues["pool"].reserves, trace.blocks[0].venues["pool"].reserves
    assert after[0] / before[0] == pytest.approx(0.7, rel=1e-9)
    assert after[1] / before[1] == pytest.approx(0.7, rel=1e-9)


def test_new_borrowers_open_at_the_health_asked_for():
    step = NewBorrower(account=0, collateral_tokens=20, health_bps=11_000)
    trace = small_stage().play({}, [step, Wait(blocks=1)]).trace
    account = trace.final_accounts["market"]["environment/0"]
    assert account.supplied == {"WETH": 20 * 10**18}
    assert account.health_wad / WAD == pytest.approx(1.1, rel=1e-6)


def test_levering_up_lowers_health_and_stops_at_the_loan_to_value():
    steps = [LeverUp(borrower="borrowers/3", health_bps=10_700), Wait(blocks=1)]
    account = small_stage().play({}, steps).trace.final_accounts["market"]["borrowers/3"]
    assert account.health_wad / WAD == pytest.approx(1.07, rel=1e-6)
    # LTV 80 %, threshold 83 %: no new debt below a health of 0.83 / 0.8.
    steps = [LeverUp(borrower="borrowers/3", health_bps=10_500), Wait(blocks=1)]
    trace = small_stage().play({}, steps).trace
    assert all(tx.ok for tx in transactions(trace, "borrow"))
    assert trace.final_accounts["market"]["borrowers/3"].health_wad / WAD == pytest.approx(1.05, rel=1e-6)


def test_nothing_to_do_is_refused_and_changes_nothing():
    stage = small_stage()
    episode = stage.open({})
    with pytest.raises(OutOfEnvelope, match="no USDC can be borrowed"):
        episode.play(LeverUp(borrower="borrowers/0", health_bps=90_000))
    with pytest.raises(OutOfEnvelope):
        episode.play(Wait(blocks=11))
    episode.play(Wait(blocks=2))
    assert episode.finish().digest == stage.play({}, [Wait(blocks=2)]).trace.digest
    assert episode.budget.levers()[0] == "borrowers/0"


def test_a_history_ends_before_what_is_refused():
    played = small_stage().play({}, [Wait(blocks=2), Wait(blocks=11), Wait(blocks=3)])
    assert played.history == (Wait(blocks=2),)
    assert "wait.blocks is 11, at most 10" in played.refused
