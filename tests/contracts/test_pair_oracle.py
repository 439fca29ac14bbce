"""PairOracle and OpeningOracle: the quotient of two feeds at the market's scale, its refusals, and the opening."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from tests.lending import OWNER, REPORTER, START_S

STRANGER = ACCOUNTS.address(9)
E8 = 10**8


def new_oracle(chain, deploy, answers=(2_000 * E8, E8), feed_decimals=(8, 8), decimals=(18, 6), ages=(0, 0)):
    """Deploy two feeds with their answers, and the oracle over them."""
    chain.begin(START_S)
    feeds = [deploy(chain, "PriceFeed", one, "feed", REPORTER) for one in feed_decimals]
    for feed, answer in zip(feeds, answers, strict=True):
        if answer:
            feed.send(REPORTER, "pushRound", answer, chain.timestamp_s)
    oracle = deploy(chain, "PairOracle", feeds[0], decimals[0], feeds[1], decimals[1], *ages)
    return oracle, feeds


@given(
    answers=st.tuples(st.integers(1, 10**20), st.integers(1, 10**20)),
    feed_decimals=st.tuples(st.integers(0, 18), st.integers(0, 18)),
    decimals=st.tuples(st.integers(0, 18), st.integers(0, 18)),
)
def test_price_is_the_quotient_at_scale(revm, deploy, answers, feed_decimals, decimals):
    oracle, _ = new_oracle(revm, deploy, answers, feed_decimals, decimals)
    exponent = 36 + decimals[1] + feed_decimals[1] - decimals[0] - feed_decimals[0]
    expected = answers[0] * 10**exponent // answers[1]
    if expected == 0:
        assert oracle.read_error("price").startswith("InvalidPrice(")
    else:
        assert oracle.read("price") == expected
    base = [answer * 10**8 // 10**places for answer, places in zip(answers, feed_decimals, strict=True)]
    prices = oracle.read("basePrices")
    assert (prices.collateralBase, prices.loanBase) == tuple(base)


def test_a_scale_that_does_not_fit_is_refused(revm, deploy):
    with pytest.raises(DeployReverted):
        new_oracle(revm, deploy, feed_decimals=(37, 0), decimals=(6, 6))
    with pytest.raises(DeployReverted):
        new_oracle(revm, deploy, feed_decimals=(0, 24), decimals=(0, 18))


@pytest.mark.parametrize("side", [0, 1])
def test_an_old_price_is_refused_only_where_age_is_checked(revm, deploy, side):
    ages = [0, 0]
    ages[side] = 60
    oracle, feeds = new_oracle(revm, deploy, ages=tuple(ages))
    revm.begin(START_S + 60)
    oracle.read("price")
    revm.begin(START_S + 61)
    assert oracle.read_error("price") == "StalePrice(61, 60)"
    assert oracle.read("basePrices").collateralUpdatedAt == START_S
    feeds[side].send(REPORTER, "pushRound", 5 * E8, revm.timestamp_s)
    oracle.read("price")


@pytest.mark.parametrize("side", [0, 1])
def test_a_silent_feed_gives_no_price_and_observers_a_zero(revm, deploy, side):
    answers = [2_000 * E8, E8]
    answers[side] = 0
    oracle, _ = new_oracle(revm, deploy, answers)
    assert oracle.read_error("price") == "NoRound()"
    prices = oracle.read("basePrices")
    assert (prices.collateralBase, prices.loanBase)[side] == 0
    assert (prices.collateralUpdatedAt, prices.loanUpdatedAt)[side] == 0


def test_the_opening_lifts_the_price_until_its_owner_ends_it(revm, deploy):
    inner, _ = new_oracle(revm, deploy)
    oracle = deploy(revm, "OpeningOracle", inner, OWNER)
    price = inner.read("price")
    assert oracle.read("price") == 1_000 * price
    assert oracle.read("basePrices") == inner.read("basePrices")
    assert oracle.send_error(STRANGER, "endOpening") == f"NotOpener({STRANGER}, {OWNER})"
    oracle.send(OWNER, "endOpening")
    assert oracle.read("price") == price and not oracle.read("opening")
    for name in ("collateralFeed", "loanFeed", "maxCollateralAgeS", "maxLoanAgeS"):
        assert oracle.read(name) == inner.read(name)
