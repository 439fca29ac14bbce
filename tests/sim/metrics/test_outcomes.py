"""Each outcome at and beside its bound."""

import pytest

from sim.metrics.summary import summarise
from sim.trace import ReserveRecord, Violation
from sim.units import RAY, WAD
from tests.sim.metrics.traces import USDC, TraceBuilder, account, scenario


def kinds(builder: TraceBuilder) -> list[str]:
    return [outcome.kind for outcome in summarise(builder.trace).outcomes]


def detail(builder: TraceBuilder, kind: str) -> dict:
    return next(outcome.details for outcome in summarise(builder.trace).outcomes if outcome.kind == kind)


def test_a_quiet_run_has_none():
    assert kinds(TraceBuilder().block().block()) == []


# --- bad debt


def written_off(amount_units: int, peak_debt_usd: int = 100_000) -> TraceBuilder:
    builder = TraceBuilder().block().transaction("liquidate")
    builder.event("main", "DeficitCreated", user="a/0", asset="USDC", amount=amount_units)
    builder.liquidation("a/0", 100.0)
    return builder.set(reserves={"main": {"USDC": ReserveRecord(0, 0, peak_debt_usd * USDC, 0, RAY, RAY)}})


def test_bad_debt_of_a_hundred_dollars():
    assert kinds(written_off(100 * USDC)) == ["bad_debt"]
    assert kinds(written_off(100 * USDC - 1)) == []


def test_bad_debt_of_one_bp_of_peak_debt():
    assert kinds(written_off(200 * USDC, peak_debt_usd=2_000_000)) == ["bad_debt"]
    assert kinds(written_off(200 * USDC - 1, peak_debt_usd=2_000_000)) == []


def test_bad_debt_counts_what_is_not_written_off_yet_at_market_prices():
    # 10 WETH at 90 outside are worth 900: a debt of 1,050 leaves 150, whatever the feed still says.
    builder = TraceBuilder().block(exogenous=90.0)
    builder.trace.final_accounts = {"main": {"a/0": account(10, 1_050.0), "a/1": account(100, 1_050.0)}}
    assert detail(builder, "bad_debt") == {
        "bad_debt_usd": 150.0,
        "realised_usd": 0.0,
        "unrealised_usd": 150.0,
        "share_of_peak_debt": 150.0 / 100_000.0,
    }


def test_the_final_market_price_is_after_the_last_trade():
    builder = (
        TraceBuilder().block(exogenous=100.0).transaction("arbitrage", agent="arb").outside_trade(100.0, 90.0)
    )
    builder.trace.final_accounts = {"main": {"a/0": account(10, 1_000.0)}}
    assert detail(builder, "bad_debt")["unrealised_usd"] == 100.0


def test_bad_debt_is_before_insurance():
    builder = written_off(150 * USDC)
    builder.event(
        "fund",
        "DeficitDrawn",
        protocol="main",
        requested=150 * USDC,
        drawn=150 * USDC,
        capLeft=0,
        assetsBefore=10_000 * USDC,
    )
    assert kinds(builder) == ["bad_debt"]


# --- toxic liquidation


def liquidated(health_after_wad: int, deficit: bool = False) -> TraceBuilder:
    builder = TraceBuilder().block().transaction("liquidate")
    if deficit:
        builder.event("main", "DeficitCreated", user="a/0", asset="USDC", amount=1)
    return builder.liquidation("a/0", 100.0, 10.0, 1_000.0, 5.0, 480.0, health_after_wad)


def test_toxic_is_a_lower_health_with_debt_left():
    health = 8 * WAD // 10
    assert kinds(liquidated(health - 1)) == ["toxic_liquidation"]
    assert kinds(liquidated(health)) == []
    assert kinds(liquidated(2**256 - 1)) == []


def test_not_toxic_where_the_debt_is_written_off():
    assert kinds(liquidated(0, deficit=True)) == []


# --- keeper stall


def waiting(blocks: int, debt: float = 1_000.0, pause_at: int | None = None, **fields) -> TraceBuilder:
    builder = TraceBuilder(**fields)
    for i in range(blocks):
        below = {} if i == pause_at else {"a/0": account(10, debt)}
        builder.block(below_one={"main": below})
    return builder


def test_a_stall_is_25_blocks_of_at_least_a_thousand_dollars():
    assert kinds(waiting(25)) == ["keeper_stall"]
    assert kinds(waiting(24)) == []
    assert kinds(waiting(30, debt=999.999999)) == []


def test_a_stall_has_no_gap():
    assert kinds(waiting(30, pause_at=10)) == []
    assert detail(waiting(40, pause_at=10), "keeper_stall")["longest_blocks"] == 29


def test_stall_blocks_are_the_scenarios():
    builder = waiting(3)
    builder.trace.scenario = scenario(outcomes={"stall_blocks": 3})
    assert detail(builder, "keeper_stall")["longest_account"] == "a/0"


def test_a_liquidation_ends_a_stall():
    builder = TraceBuilder()
    for i in range(30):
        builder.block(below_one={"main": {"a/0": account(10, 1_000.0)}})
        if i == 12:
            builder.transaction("liquidate").liquidation("a/0", 100.0, 10, 1_000, 1, 80, WAD)
    assert "keeper_stall" not in kinds(builder)


def test_at_a_refused_price_nobody_can_liquidate():
    builder = waiting(30)
    blocks = builder.trace.blocks
    feeds = blocks[0].feeds
    for record in blocks[5:25]:
        object.__setattr__(record, "feeds", {**feeds, "WETH": _stale(feeds["WETH"])})
    assert kinds(builder) == []


def _stale(feed):
    return type(feed)(feed.price_e8, feed.observed_at_s, feed.updated_at_s, False)


# --- fund depleted


@pytest.mark.parametrize(("left", "expected"), [(100 * USDC, []), (100 * USDC - 1, ["fund_depleted"])])
def test_a_fund_is_depleted_below_one_percent(left, expected):
    assert kinds(TraceBuilder().block(funds={"fund": left}).block()) == expected


def drawn(requested: int, drawn: int, cap_left: int, before: int) -> TraceBuilder:
    builder = TraceBuilder().block().transaction("liquidate")
    args = {"requested": requested, "drawn": drawn, "capLeft": cap_left, "assetsBefore": before}
    return builder.event("fund", "DeficitDrawn", protocol="main", **args)


def test_a_draw_cut_short_by_assets_depletes_and_one_cut_by_the_cap_does_not():
    assert kinds(drawn(requested=50, drawn=30, cap_left=5, before=30)) == ["fund_depleted"]
    assert kinds(drawn(requested=50, drawn=30, cap_left=0, before=40)) == []
    assert kinds(drawn(requested=50, drawn=30, cap_left=0, before=30)) == []
    assert kinds(drawn(requested=30, drawn=30, cap_left=0, before=30)) == []


# --- invariant


def test_a_violation_is_an_outcome():
    builder = TraceBuilder().block()
    builder.trace.violations.append(Violation(0, "INV_SOLVENCY", "main.WETH: claims 2, at most 1"))
    assert detail(builder, "invariant")["invariants"] == ["INV_SOLVENCY"]


def test_a_trace_without_a_start_is_refused():
    builder = TraceBuilder().block()
    builder.trace.initial = None
    with pytest.raises(ValueError, match="before block 0"):
        summarise(builder.trace)
