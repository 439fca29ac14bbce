"""TestbedLens says what the protocols say, in flat words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.revm import RevmChain
from sim.units import E8, SECONDS_PER_DAY, UINT256_MAX
from tests.lending import KINKED_RATES, LENDER, OWNER, REPORTER, new_market

ETH = 10**18
USD = 10**6
USERS = [ACCOUNTS.address(i) for i in range(20, 24)]


def new_scene(chain, deploy):
    """Three reserves with interest (NOTE is no collateral), and a lens."""
    market = new_market(chain, deploy)
    market.add("WETH", 18, 2_000 * E8, rates=KINKED_RATES)
    market.add("USDC", 6, E8, rates=KINKED_RATES)
    market.add("NOTE", 8, 3 * E8, ltvBps=0, liquidationThresholdBps=0)
    return market, deploy(chain, "TestbedLens")


@pytest.fixture
def scene(revm, deploy):
    return new_scene(revm, deploy)


@settings(max_examples=15)
@given(
    supplies=st.lists(st.integers(0, 20 * ETH), min_size=4, max_size=4),
    notes=st.lists(st.integers(0, 10**12), min_size=4, max_size=4),
    shares_percent=st.lists(st.integers(0, 100), min_size=4, max_size=4),
    price=st.integers(1_000 * E8, 3_000 * E8),
    days=st.integers(0, 1_000),
)
def test_account_words_equal_the_pool(supplies, notes, shares_percent, price, days, artifacts, deploy):
    with RevmChain() as chain:
        market, lens = new_scene(chain, deploy)
        market.supply(LENDER, "USDC", 1_000_000 * USD)
        for user, weth, note, percent in zip(USERS, supplies, notes, shares_percent, strict=True):
            if note:
                market.supply(user, "NOTE", note)
            if weth:
                market.supply(user, "WETH", weth)
            debt = weth * 1_500 * percent // (100 * 10**12)
            if debt:
                market.borrow(user, "USDC", debt)
        market.wait(days * SECONDS_PER_DAY)
        market.set_price("WETH", price)
        words = lens.read("accountWords", market.pool, USERS)
        width = 3 + 2 * len(market.assets)
        assert len(words) == width * len(USERS)
        for k, user in enumerate(USERS):
            data = market.pool.read("accountData", user)
            row = words[k * width : (k + 1) * width]
            assert row[:3] == [data.healthFactorWad, data.collateralBase, data.debtBase]
            assert row[3:6] == [market.supplied(one, user) for one in market.assets]
            assert row[6:] == [market.debt(one, user) for one in market.assets]


def test_reserve_words_are_the_states_in_order(scene):
    market, lens = scene
    market.supply(USERS[0], "WETH", 10 * ETH)
    market.borrow(USERS[0], "USDC", 1_000 * USD)
    market.wait(SECONDS_PER_DAY)
    words = lens.read("reserveWords", market.pool)
    assert words == [field for symbol in market.assets for field in market.state(symbol)]
    assert len(market.state("WETH")) == 12


def test_observers_see_through_stale_and_missing_prices(scene):
    market, lens = scene
    market.supply(USERS[0], "WETH", 10 * ETH)
    market.borrow(USERS[0], "USDC", 1_000 * USD)
    config = market.assets["WETH"].config | {"maxPriceAgeS": 60}
    market.pool.send(OWNER, "setReserveConfig", market.token("WETH"), config, False)
    before = lens.read("accountWords", market.pool, USERS[:1])
    market.wait(61)
    assert market.pool.read_error("accountData", USERS[0]).startswith("StalePrice(")
    after = lens.read("accountWords", market.pool, USERS[:1])
    assert after[1] == before[1] == 20_000 * E8
    assert lens.read("reserveWords", market.pool)[10] == 2_000 * E8


def test_accounts_without_anything(scene):
    market, lens = scene
    assert lens.read("accountWords", market.pool, []) == []
    assert lens.read("accountWords", market.pool, USERS[:1]) == [UINT256_MAX] + [0] * 8


def test_token_words(scene):
    market, lens = scene
    weth, usdc = market.token("WETH"), market.token("USDC")
    for i, user in enumerate(USERS):
        weth.send(OWNER, "mint", user, i + 1)
        usdc.send(OWNER, "mint", user, 10 * (i + 1))
    assert lens.read("balanceWords", [weth, usdc], USERS) == [1, 2, 3, 4, 10, 20, 30, 40]
    assert lens.read("sumBalances", usdc, USERS) == 100
    assert lens.read("balanceWords", [], USERS) == []


def test_pool_words(scene, deploy):
    market, lens = scene
    weth, usdc = market.token("WETH"), market.token("USDC")
    venue = deploy(market.chain, "ConstantProductPool", weth, usdc, 30, OWNER)
    weth.send(OWNER, "mint", venue, 4 * ETH)
    usdc.send(OWNER, "mint", venue, 9 * ETH)
    venue.send(USERS[0], "mint", USERS[0])
    assert lens.read("poolWords", [venue, venue]) == [4 * ETH, 9 * ETH, 6 * ETH] * 2


def test_feed_words(scene, deploy):
    market, lens = scene
    silent = deploy(market.chain, "PriceFeed", 8, "NEW / USD", REPORTER)
    feed = market.assets["WETH"].feed
    at_s = market.chain.timestamp_s
    feed.send(REPORTER, "pushRound", 1_999 * E8, at_s + 3, at_s=at_s + 5)
    words = lens.read("feedWords", [silent, feed])
    assert words == [0, 0, 0, 0, 2, 1_999 * E8, at_s + 3, at_s + 5]
