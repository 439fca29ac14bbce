"""Health on LendingPool: a liquidation above the frontier never lowers it beyond the stated rounding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sim.chain.base import CallReverted
from sim.chain.revm import RevmChain
from sim.units import BPS, E8, RAY, SECONDS_PER_YEAR, UINT256_MAX, WAD
from tests.lending import AAVE_TERMS, BORROWER, KINKED_RATES, LENDER, LendingMarket, new_market

FREE_TERMS = (10_000, 0, 0, 0)
"""Neither close factor nor dust rule: every partial liquidation is allowed."""
STEEP_RATES = (9_000, 0, 5_000, 50_000)


def scaled_unit_base(market: LendingMarket, symbol: str, index: str) -> Fraction:
    """Return the value in base units of one scaled unit of a reserve's supply or debt."""
    state = market.state(symbol)
    return Fraction(getattr(state, index) * state.priceBase, RAY * 10 ** market.assets[symbol].decimals)


def health_rounding_wad(market: LendingMarket, collateral: str, debt: str, debt_base_after: int) -> int:
    """Return the bound of ILendingPool's NatSpec, rounded up."""
    error_base = (
        2
        + 4 * scaled_unit_base(market, collateral, "liquidityIndexRay")
        + 2 * scaled_unit_base(market, debt, "borrowIndexRay")
    )
    return 1 + int(error_base * WAD / debt_base_after) + 1


@dataclass(frozen=True)
class Position:
    """One account at its liquidation: HF = LT·(1+b)·(1 + above_frontier); amounts follow from dollars."""

    collateral_usd: int
    above_frontier: Fraction
    collateral_decimals: int
    debt_decimals: int
    collateral_price_e8: int
    debt_price_e8: int
    threshold_bps: int
    bonus_bps: int
    protocol_fee_bps: int
    other_collateral_usd: int
    seconds_of_interest: int


POSITIONS = st.builds(
    Position,
    collateral_usd=st.integers(1, 10**7),
    # At the frontier only rounding decides, so most examples are there.
    above_frontier=st.one_of(
        st.integers(0, 10**9).map(lambda wei: Fraction(wei, WAD)),
        st.sampled_from([0, 1, 10, 10**3]).map(lambda wei: Fraction(wei, WAD)),
        st.fractions(Fraction(-1, 10), Fraction(1, 5), max_denominator=1_000),
    ),
    collateral_decimals=st.sampled_from([6, 8, 18]),
    debt_decimals=st.sampled_from([6, 8, 18]),
    collateral_price_e8=st.one_of(st.integers(10**5, 10**8), st.integers(10**8, 10**13)),
    debt_price_e8=st.integers(10**5, 10**13),
    threshold_bps=st.integers(4_000, 9_500),
    bonus_bps=st.integers(0, 1_500),
    protocol_fee_bps=st.integers(0, 10_000),
    other_collateral_usd=st.sampled_from([0, 0, 1, 500, 100_000]),
    seconds_of_interest=st.sampled_from([0, 1, 10**6, SECONDS_PER_YEAR]),
)


def _open(chain, deploy, position: Position, terms: tuple) -> LendingMarket:
    """Borrow while the collateral is worth ten times as much, let interest run, then set the position's prices."""
    market = new_market(chain, deploy, terms=terms)
    config = {"ltvBps": position.threshold_bps, "liquidationThresholdBps": position.threshold_bps}
    market.add(
        "COLL",
        position.collateral_decimals,
        position.collateral_price_e8 * 10,
        liquidationBonusBps=position.bonus_bps,
        protocolFeeBps=position.protocol_fee_bps,
        rates=STEEP_RATES,
        allow_toxic=True,
        **config,
    )
    market.add("DEBT", position.debt_decimals, position.debt_price_e8, rates=STEEP_RATES)
    market.add("SIDE", 6, 10 * E8)
    unit, price = 10**position.collateral_decimals, position.collateral_price_e8
    supplied = position.collateral_usd * E8 * unit // price
    unit, price = 10**position.debt_decimals, position.debt_price_e8
    collateral_usd = position.collateral_usd + position.other_collateral_usd
    # LTV = LT / HF, so the threshold cancels.
    ltv = Fraction(BPS, BPS + position.bonus_bps) / (1 + position.above_frontier)
    debt = int(collateral_usd * E8 * unit * ltv / price)
    # A second borrower makes both indexes move.
    market.supply(LENDER, "DEBT", 4 * debt)
    market.supply(LENDER, "COLL", supplied)
    market.supply(BORROWER, "COLL", supplied)
    market.pool.send(LENDER, "borrow", market.token("COLL"), supplied // 2 or 1)
    if position.other_collateral_usd:
        market.supply(BORROWER, "SIDE", position.other_collateral_usd * 10**6)
    market.pool.send(BORROWER, "borrow", market.token("DEBT"), debt)
    market.wait(position.seconds_of_interest)
    market.set_price("COLL", position.collateral_price_e8)
    market.set_price("SIDE", E8)
    return market


@settings(max_examples=200)
@given(
    position=POSITIONS,
    terms=st.sampled_from([AAVE_TERMS, FREE_TERMS]),
    share_percent=st.one_of(st.just(100), st.integers(1, 100)),
    shares=st.booleans(),
)
def test_liquidation_above_the_frontier_does_not_lower_health(
    position, terms, share_percent, shares, artifacts, deploy
):
    with RevmChain() as chain:
        market = _open(chain, deploy, position, terms)
        before = market.pool.read("accountData", BORROWER)
        limit_wad = position.threshold_bps * (BPS + position.bonus_bps) * WAD // BPS**2
        amount = max(market.debt("DEBT", BORROWER) * share_percent // 100, 1)
        arguments = (market.token("COLL"), market.token("DEBT"), BORROWER, amount, shares)
        try:
            market.pool.read("previewLiquidation", *arguments)
        except CallReverted as error:
            event(artifacts.decoder.error_parts(error.data)[0])
            return
        market.liquidate("COLL", "DEBT", amount=amount, receive_shares=shares)
        after = market.pool.read("accountData", BORROWER)
        if after.healthFactorWad == UINT256_MAX:
            event("no debt left")
        elif before.healthFactorWad > limit_wad:
            event("above the frontier")
            bound = health_rounding_wad(market, "COLL", "DEBT", after.debtBase)
            assert after.healthFactorWad >= before.healthFactorWad - bound
        else:
            event("below the frontier")


def test_below_the_frontier_health_falls(revm, deploy):
    """HF' - HF has the sign of HF - LT·(1+b): the bound above is not met by accident."""
    position = Position(100_000, Fraction(-1, 10), 18, 6, 2_000 * E8, E8, 8_000, 500, 0, 0, 0)
    market = _open(revm, deploy, position, AAVE_TERMS)
    before = market.health(BORROWER)
    market.liquidate("COLL", "DEBT", amount=10_000 * 10**6)
    assert market.health(BORROWER) < before * 99 // 100


@pytest.mark.parametrize("shares", [False, True])
def test_at_the_frontier_health_stays(revm, deploy, shares):
    """LT·(1+b) = 1 exactly and health just below 1: a liquidation moves it by rounding alone."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8, liquidationBonusBps=2_500, rates=KINKED_RATES)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * 10**18)
    market.borrow(BORROWER, "USDC", 15_000 * 10**6)
    market.set_price("WETH", 1_875 * E8 - 1)
    before = market.health(BORROWER)
    market.liquidate("WETH", "USDC", amount=5_000 * 10**6, receive_shares=shares)
    after = market.pool.read("accountData", BORROWER)
    assert abs(after.healthFactorWad - before) <= health_rounding_wad(market, "WETH", "USDC", after.debtBase)
