"""IsolatedLens: its words are what the market itself answers."""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.units import E8, RAY, UINT256_MAX
from tests.contracts.test_isolated_market import CURVE
from tests.isolated import ETH, USD, new_isolated_market
from tests.lending import BORROWER, LENDER, OWNER, START_S

STRANGER = ACCOUNTS.address(9)
USERS = [BORROWER, LENDER, STRANGER]


@pytest.fixture
def market(revm, deploy):
    revm.begin(START_S)
    market = new_isolated_market(revm, deploy, rate_model=deploy(revm, "AdaptiveCurveRateModel", CURVE))
    market.market.send(OWNER, "setFee", 1_000, STRANGER)
    market.supply(100_000 * USD)
    market.open(BORROWER, 50 * ETH, 80_000 * USD)
    market.market.send(OWNER, "accrueInterest")
    market.wait(10**7)
    market.market.send(OWNER, "accrueInterest")
    market.wait(10**6)
    return market


@pytest.fixture
def lens(revm, deploy):
    return deploy(revm, "IsolatedLens")


def test_accounts(market, lens):
    words = lens.read("accountWords", market.market, USERS)
    assert len(words) == 7 * len(USERS)
    for i, user in enumerate(USERS):
        health, collateral_base, debt_base, *amounts = words[7 * i : 7 * i + 7]
        position = market.position(user)
        assert health == market.health(user)
        assert collateral_base == position.collateral * 2_000 * E8 // ETH
        debt = market.debt(user)
        assert debt_base == debt * 100
        assert amounts == [position.collateral, market.supplied(user), 0, debt]
    assert words[7] == UINT256_MAX


def test_reserves(market, lens):
    words = lens.read("reserveWords", market.market)
    collateral, loan = words[:12], words[12:]
    now = market.chain.timestamp_s
    assert collateral == [RAY, RAY, 0, 0, 50 * ETH, 50 * ETH, 0, 0, 0, 0, 2_000 * E8, START_S]
    totals, indexes = market.totals(), market.market.read("indexes")
    assert loan[:2] == list(indexes) and now > START_S
    assert loan[3] > loan[2] > 0
    assert loan[4:9] == [
        totals.supplyAssets - totals.borrowAssets,
        totals.supplyAssets,
        totals.borrowAssets,
        0,
        0,
    ]
    assert loan[9] == market.supplied(STRANGER) > 0
    assert loan[10:] == [E8, START_S]


def test_health_at_the_last_price_where_the_oracle_refuses_it(revm, deploy, lens):
    market = new_isolated_market(revm, deploy)
    oracle = deploy(revm, "PairOracle", market.collateral_feed, 18, market.loan_feed, 6, 60, 0)
    params = (*market.market.read("params")[:2], oracle.address, *market.market.read("params")[3:])
    market.market = deploy(revm, "IsolatedMarket", OWNER, params)
    market.supply(100_000 * USD)
    market.open(BORROWER, 10 * ETH, 16_000 * USD)
    fresh = market.health(BORROWER)
    market.wait(61)
    assert market.market.read_error("healthFactorWad", BORROWER) == "StalePrice(61, 60)"
    assert lens.read("accountWords", market.market, [BORROWER])[0] == fresh
