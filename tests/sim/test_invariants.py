"""Every INV_* identifier has one predicate, and every predicate is seen to hold and to break."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim.invariants as invariants
from sim.invariants import PREDICATES, LiquidationRule, PerpBooks, ShareValue, Totals, check
from sim.trace import AccountRecord, BlockRecord, Event, ReserveRecord, VenueRecord
from sim.units import E8, RAY, WAD
from tests.sim.metrics.traces import TraceBuilder

RULES = {"main": {"WETH": LiquidationRule(8_000, 18), "USDC": LiquidationRule(8_000, 6)}}
RESERVE = ReserveRecord(500, 1_000, 450, 50, RAY, RAY)


def pool(base: int, quote: int) -> VenueRecord:
    return VenueRecord(base, quote, 0)


def record(reserve: ReserveRecord = RESERVE, **fields) -> BlockRecord:
    start = TraceBuilder().trace.initial
    return replace(start, reserves={"main": {"WETH": reserve}}, venues={"pool": pool(1_000, 1_000)}, **fields)


def event(name: str, emitter: str = "main", **args) -> Event:
    return Event(0, 0, 0, emitter, name, args)


def liquidation(before: int, after: int, repaid: int = 100 * 10**6, seized: int = 105 * 10**16) -> Event:
    return event(
        "Liquidation",
        user="a/0",
        collateralAsset="WETH",
        debtAsset="USDC",
        repaidAssets=repaid,
        seizedAssets=seized,
        healthBeforeWad=before,
        healthAfterWad=after,
        collateralPriceBase=100 * E8,
        debtPriceBase=E8,
    )


def draw(drawn: int) -> Event:
    return event("DeficitDrawn", "fund", requested=100, drawn=drawn, capLeft=0, assetsBefore=80)


def sync(base: int, quote: int) -> Event:
    return event("Sync", "pool", reserve0=base, reserve1=quote)


def case(current: BlockRecord | None = None, events: tuple = (), previous: BlockRecord | None = None, **totals):
    return previous or record(), current or record(), events, Totals(**totals)


def shares(after: ShareValue) -> dict[str, tuple[ShareValue, ShareValue]]:
    return {"curve": (ShareValue(10**24, 10**24, (WAD, WAD)), after)}


HARM = Totals(rules=RULES, accounts_before={("main", "a/0"): AccountRecord(0, 0, 300 * E8, {}, {})})
SWAP = event("Swap", "pool")


def books(**changes):
    """Return those of a market that holds 900, has 100 of bad debt, and owes 1,000; two sizes that cancel out."""
    return {"perp": replace(PerpBooks(900, 900, 100, 1_000, {"WETH": 0}), **changes)}


HOLDS = {
    "INV_SOLVENCY": [case(), case(record(replace(RESERVE, total_supplied=1_002)))],
    "INV_CONSERVATION": [case(token_totals={"WETH": (7, 7)})],
    "INV_INDEX_MONOTONE": [case(), case(record(replace(RESERVE, borrow_index_ray=RAY + 1)))],
    "INV_FUND_NON_NEGATIVE": [
        case(events=(draw(80),), fund_draws={"fund": {"main": (80, 80)}}),
        case(record(funds={"fund": 0})),
    ],
    "INV_NO_HARMFUL_LIQUIDATION": [
        # 0.84 = 0.8 * 1.05 is the frontier: at it and below, health may fall.
        case(events=(liquidation(84 * 10**16, 10**17),), rules=RULES),
        case(events=(liquidation(90 * 10**16, 91 * 10**16),), rules=RULES),
        case(events=(liquidation(90 * 10**16, 2**256 - 1),), rules=RULES),
        (record(), record(), (liquidation(90 * 10**16, 90 * 10**16 - 10**9),), HARM),
    ],
    "INV_CASH_MATCHES_BALANCE": [case(pool_balances={"main": {"WETH": 500}})],
    "INV_K_NON_DECREASING": [
        case(events=(sync(1_250, 800), SWAP, sync(1_000, 1_000), SWAP)),
        case(replace(record(), venues={"pool": pool(500, 500)}), (sync(500, 500), event("Burn", "pool"))),
        case(replace(record(), venues={"pool": pool(1_250, 800)}), (sync(1_250, 800), SWAP)),
    ],
    "INV_SHARE_VALUE": [
        case(share_values=shares(ShareValue(10**24 - 100, 10**24, (WAD, WAD)))),
        case(share_values=shares(ShareValue(10**23, 10**23, (WAD, WAD)))),
        case(share_values=shares(ShareValue(9 * 10**23, 10**24, (WAD, WAD - 1)))),
    ],
    "INV_PERP_CONSERVATION": [case(perp_books=books()), case(perp_books=books(balance=901))],
    "INV_PERP_ZERO_SUM": [case(perp_books=books())],
}

BREAKS = {
    "INV_SOLVENCY": [case(record(replace(RESERVE, total_supplied=1_003)))],
    "INV_CONSERVATION": [case(token_totals={"WETH": (7, 6)}), case(token_totals={"WETH": (7, 8)})],
    "INV_INDEX_MONOTONE": [
        case(record(replace(RESERVE, borrow_index_ray=RAY - 1))),
        case(record(replace(RESERVE, liquidity_index_ray=RAY - 1))),
    ],
    "INV_FUND_NON_NEGATIVE": [
        case(record(funds={"fund": -1})),
        case(events=(draw(81),)),
        case(fund_draws={"fund": {"main": (81, 80)}}),
    ],
    "INV_NO_HARMFUL_LIQUIDATION": [
        case(events=(liquidation(84 * 10**16 + 10**10, 83 * 10**16),), rules=RULES),
        (record(), record(), (liquidation(90 * 10**16, 90 * 10**16 - 10**13),), HARM),
    ],
    "INV_CASH_MATCHES_BALANCE": [case(pool_balances={"main": {"WETH": 499}})],
    "INV_K_NON_DECREASING": [
        case(replace(record(), venues={"pool": pool(1_250, 799)}), (sync(1_250, 799), SWAP)),
        case(replace(record(), venues={"pool": pool(999, 1_000)})),
        case(events=(sync(999, 1_000), SWAP, sync(1_000, 1_000), SWAP)),
    ],
    "INV_SHARE_VALUE": [
        case(share_values=shares(ShareValue(10**24 - 101, 10**24, (WAD, WAD)))),
        case(share_values=shares(ShareValue(10**24, 10**24 + 101, (WAD, WAD + 1)))),
    ],
    "INV_PERP_CONSERVATION": [
        case(perp_books=books(owed=999)),
        case(perp_books=books(owed=1_001)),
        case(perp_books=books(balance=899)),
    ],
    "INV_PERP_ZERO_SUM": [case(perp_books=books(net_wad={"WETH": -1}))],
}


def test_every_identifier_has_one_predicate():
    identifiers = {value for name, value in vars(invariants).items() if name.startswith("INV_")}
    assert identifiers == set(PREDICATES)
    assert len(set(PREDICATES.values())) == len(PREDICATES)


def test_every_predicate_is_exercised_both_ways():
    assert set(HOLDS) == set(BREAKS) == set(PREDICATES)


@pytest.mark.parametrize("identifier", PREDICATES)
def test_holds(identifier):
    for arguments in HOLDS[identifier]:
        assert check(*arguments) == []


@pytest.mark.parametrize("identifier", PREDICATES)
def test_breaks_and_nothing_else_does(identifier):
    for arguments in BREAKS[identifier]:
        violations = check(*arguments)
        assert [violation.invariant for violation in violations] == [identifier] * len(violations)
        assert violations


def test_a_standing_shortfall_is_reported_once():
    broken = record(replace(RESERVE, total_supplied=2_000))
    assert len(check(record(), broken, ())) == 1
    assert check(broken, broken, ()) == []


@given(
    debt=st.integers(10**9, 10**14),
    health=st.integers(8_401, 9_999),
    share=st.integers(1, 9_999),
)
def test_the_algebra_of_a_fair_liquidation_never_breaks_it(debt, health, share):
    # Amounts in base units at prices of 1: C = HF D / LT; repay r, seize r (1 + b) rounded down.
    collateral = health * debt // 8_000
    repaid = debt * share // 10_000
    seized = repaid * 10_500 // 10_000
    if seized > collateral or repaid == 0 or repaid == debt:
        return
    before = collateral * 8_000 * WAD // (debt * 10_000)
    after = (collateral - seized) * 8_000 * WAD // ((debt - repaid) * 10_000)
    args = liquidation(before, after, repaid=repaid // 100, seized=seized * 10**8).args
    totals = Totals(rules=RULES, accounts_before={("main", "a/0"): AccountRecord(0, 0, debt, {}, {})})
    assert check(record(), record(), (event("Liquidation", **args),), totals) == []
