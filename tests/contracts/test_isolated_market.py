"""IsolatedMarket: supply, collateral, debt, liquidation, losses, interest, authorisation, flash loans."""

from __future__ import annotations

from math import e

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS, Block
from sim.units import E8, RAY, SECONDS_PER_YEAR, UINT256_MAX, WAD
from tests.isolated import ETH, LLTV_WAD, USD, new_isolated_market
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, START_S

STRANGER = ACCOUNTS.address(9)
SHARE = 10**6
CURVE = (9_000, 40_000, 500_000, 400, 10, 20_000)
"""AdaptiveCurveConfig as Morpho has it."""


@pytest.fixture
def market(revm, deploy):
    """WETH at $2,000 against USDC, LLTV 86 %, 100,000 USDC supplied."""
    market = new_isolated_market(revm, deploy)
    market.supply(100_000 * USD)
    return market


@pytest.fixture
def indebted(market):
    """BORROWER with 10 WETH, worth 20,000 USDC, and a debt of 16,000."""
    market.open(BORROWER, 10 * ETH, 16_000 * USD)
    return market


def event(events, name):
    """Return the values of the one event of this name."""
    (values,) = [values for one, values in events if one == name]
    return values


# What a market is made of


def test_parameters_are_fixed(market):
    params = market.market.read("params")
    assert params.loanToken == market.loan.address
    assert params.collateralToken == market.collateral.address
    assert (params.oracle, params.rateModel) == (market.oracle.address, ZERO_ADDRESS)
    assert params.lltvWad == LLTV_WAD
    assert market.market.read("liquidationIncentiveWad") == 1_043_841_336_116_910_229


def test_lltv_is_below_one(market, deploy):
    params = (market.loan.address, market.collateral.address, market.oracle.address, ZERO_ADDRESS)
    deploy(market.chain, "IsolatedMarket", OWNER, (*params, WAD - 1))
    with pytest.raises(Exception, match="reverted"):
        deploy(market.chain, "IsolatedMarket", OWNER, (*params, WAD))


def test_the_fee_is_the_owners_and_at_most_a_quarter(market):
    error = market.market.send_error(STRANGER, "setFee", 1, STRANGER)
    assert error == f"OwnableUnauthorizedAccount({STRANGER})"
    assert market.market.send_error(OWNER, "setFee", 2_501, OWNER) == "ParameterOutOfRange(feeBps, 2501, 2500)"
    market.market.send(OWNER, "setFee", 2_500, OWNER)
    assert market.market.read("feeBps") == 2_500


# Supply


def test_supply_and_withdraw(market):
    assert market.position(LENDER) == (100_000 * USD * SHARE, 0, 0)
    events = market.market.send(LENDER, "withdraw", 40_000 * USD, 0, LENDER, STRANGER)
    assert event(events, "Withdrawn") == {
        "asset": market.loan.address,
        "user": LENDER,
        "to": STRANGER,
        "amount": 40_000 * USD,
    }
    assert market.loan.read("balanceOf", STRANGER) == 40_000 * USD
    market.market.send(LENDER, "withdraw", 0, 60_000 * USD * SHARE, LENDER, LENDER)
    assert market.totals() == (0, 0, 0, 0)


def test_more_than_owned_is_refused(market):
    shares = 100_000 * USD * SHARE
    error = market.market.send_error(LENDER, "withdraw", 0, shares + 1, LENDER, LENDER)
    assert error == f"InsufficientBalance({shares + 1}, {shares})"


def test_lent_assets_cannot_be_withdrawn(indebted):
    error = indebted.market.send_error(LENDER, "withdraw", 84_000 * USD + 1, 0, LENDER, LENDER)
    assert error == f"InsufficientCash({84_000 * USD + 1}, {84_000 * USD})"
    indebted.market.send(LENDER, "withdraw", 84_000 * USD, 0, LENDER, LENDER)
    error = indebted.market.send_error(BORROWER, "borrow", 1, 0, BORROWER, BORROWER)
    assert error == "InsufficientCash(1, 0)"


@pytest.mark.parametrize("amounts", [(0, 0), (1, 1)])
@pytest.mark.parametrize(
    ("function", "rest"),
    [
        ("supply", (BORROWER, b"")),
        ("withdraw", (BORROWER, BORROWER)),
        ("borrow", (BORROWER, BORROWER)),
        ("repay", (BORROWER, b"")),
    ],
)
def test_exactly_one_amount(market, function, rest, amounts):
    error = market.market.send_error(BORROWER, function, *amounts, *rest)
    assert error == f"ExactlyOneAmount({amounts[0]}, {amounts[1]})"


@pytest.mark.parametrize("amounts", [(0, 0), (1, 1)])
def test_exactly_one_amount_of_a_liquidation(indebted, amounts):
    error = indebted.market.send_error(LIQUIDATOR, "liquidate", BORROWER, *amounts, b"")
    assert error == f"ExactlyOneAmount({amounts[0]}, {amounts[1]})"


@given(
    first=st.integers(1, 10**15),
    tricks=st.lists(st.tuples(st.booleans(), st.integers(1, 3 * SHARE)), max_size=6),
    donation=st.integers(0, 10**15),
    second=st.integers(1, 10**15),
)
def test_a_first_depositor_cannot_inflate_a_share(revm, deploy, first, tricks, donation, second):
    """Whatever the first supplier pays in, takes out or gives away, the next loses at most a unit to rounding."""
    market = new_isolated_market(revm, deploy)
    market.supply(first, DONOR)
    market.fund(DONOR, market.loan, donation + 100)
    for pays_in, amount in tricks:
        if pays_in:
            market.market.try_send(DONOR, "supply", 0, amount, DONOR, b"")
        else:
            market.market.try_send(DONOR, "withdraw", 0, amount, DONOR, DONOR)
    market.loan.send(DONOR, "transfer", market.market, donation)
    market.supply(second, LENDER)
    assert second - 1 <= market.supplied(LENDER) <= second
    worth = market.supplied(DONOR) + market.loan.read("balanceOf", DONOR)
    assert worth <= first + 100
    market.require_solvent()


def test_a_donation_is_nobodys(revm, deploy):
    market = new_isolated_market(revm, deploy)
    market.supply(1, DONOR)
    market.fund(DONOR, market.loan, 10**12)
    market.loan.send(DONOR, "transfer", market.market, 10**12)
    totals = market.totals()
    assert (totals.supplyAssets, totals.supplyShares) == (1, SHARE)


# Collateral and debt


def test_borrow_up_to_the_lltv_and_no_further(market):
    market.open(BORROWER, 10 * ETH, 17_200 * USD)
    assert market.health(BORROWER) == WAD
    error = market.market.send_error(BORROWER, "borrow", 1, 0, BORROWER, BORROWER)
    assert error == f"HealthFactorTooLow({WAD * 17_200 * USD // (17_200 * USD + 1)}, {WAD})"
    error = market.market.send_error(BORROWER, "withdrawCollateral", 1, BORROWER, BORROWER)
    assert error.startswith("HealthFactorTooLow(")


def test_without_debt_no_price_is_asked_for(market, deploy):
    """A dead oracle locks nobody's collateral in who owes nothing."""
    market.open(BORROWER, ETH, 0)
    dead = new_isolated_market(market.chain, deploy)
    empty_feed = deploy(market.chain, "PriceFeed", 8, "silent", OWNER)
    oracle = deploy(market.chain, "PairOracle", empty_feed, 18, dead.loan_feed, 6, 0, 0)
    params = (dead.loan.address, dead.collateral.address, oracle.address, ZERO_ADDRESS, LLTV_WAD)
    dead.market = deploy(market.chain, "IsolatedMarket", OWNER, params)
    dead.supply(USD)
    dead.open(BORROWER, ETH, 0)
    assert dead.market.send_error(BORROWER, "borrow", 1, 0, BORROWER, BORROWER) == "NoRound()"
    dead.market.send(BORROWER, "withdrawCollateral", ETH, BORROWER, BORROWER)
    assert dead.collateral.read("balanceOf", BORROWER) == ETH


def test_repay_by_shares_leaves_nothing(indebted):
    indebted.fund(STRANGER, indebted.loan, 16_000 * USD)
    shares = indebted.position(BORROWER).borrowShares
    events = indebted.market.send(STRANGER, "repay", 0, shares, BORROWER, b"")
    assert event(events, "Repaid")["amount"] == 16_000 * USD
    assert event(events, "Repaid")["payer"] == STRANGER
    assert indebted.debt(BORROWER) == 0
    indebted.market.send(BORROWER, "withdrawCollateral", 10 * ETH, BORROWER, BORROWER)
    assert indebted.market.read("healthFactorWad", BORROWER) == UINT256_MAX


def test_more_than_owed_is_refused(indebted):
    shares = indebted.position(BORROWER).borrowShares
    indebted.fund(BORROWER, indebted.loan, USD)
    error = indebted.market.send_error(BORROWER, "repay", 0, shares + 1, BORROWER, b"")
    assert error == f"ExceedsDebt({shares + 1}, {shares})"


# Authorisation


@pytest.mark.parametrize(
    ("function", "amounts"),
    [("withdraw", (USD, 0)), ("borrow", (USD, 0)), ("withdrawCollateral", (ETH,))],
)
def test_only_a_delegate_takes_out(indebted, function, amounts):
    indebted.supply(USD, BORROWER)
    indebted.fund(BORROWER, indebted.collateral, ETH)
    indebted.market.send(BORROWER, "supplyCollateral", ETH, BORROWER, b"")
    arguments = (*amounts, BORROWER, STRANGER)
    refused = f"Unauthorized({STRANGER}, {BORROWER})"
    assert indebted.market.send_error(STRANGER, function, *arguments) == refused
    indebted.market.send(BORROWER, "setAuthorization", STRANGER, True)
    indebted.market.send(STRANGER, function, *arguments)
    indebted.market.send(BORROWER, "setAuthorization", STRANGER, False)
    assert indebted.market.send_error(STRANGER, function, *arguments) == refused


# Liquidation


def test_health_one_is_healthy(market):
    market.open(BORROWER, 10 * ETH, 17_200 * USD)
    shares = market.position(BORROWER).borrowShares
    error = market.market.send_error(LIQUIDATOR, "liquidate", BORROWER, 0, shares, b"")
    assert error == f"HealthFactorNotBelowThreshold({WAD}, {WAD})"
    market.push(2_000 * E8 - 1)
    market.liquidate(BORROWER, shares=shares)


def test_no_close_factor(indebted):
    """At health 0.99 the whole position goes, at the incentive, and the rest of the collateral stays."""
    indebted.push(1_850 * E8)
    shares = indebted.position(BORROWER).borrowShares
    done = event(indebted.liquidate(BORROWER, shares=shares), "Liquidation")
    value = 16_000 * USD * 1_043_841_336_116_910_229 // WAD
    assert done == {
        "user": BORROWER,
        "collateralAsset": indebted.collateral.address,
        "debtAsset": indebted.loan.address,
        "liquidator": LIQUIDATOR,
        "repaidAssets": 16_000 * USD,
        "seizedAssets": value * ETH // (1_850 * USD),
        "protocolFeeAssets": 0,
        "receiveShares": False,
        "healthBeforeWad": 18_500 * USD * LLTV_WAD // (16_000 * USD),
        "healthAfterWad": UINT256_MAX,
        "collateralPriceBase": 1_850 * E8,
        "debtPriceBase": E8,
    }
    assert indebted.position(BORROWER).collateral == 10 * ETH - done["seizedAssets"]
    indebted.require_solvent()


def test_suppliers_bear_bad_debt_at_once(indebted):
    indebted.supply(100_000 * USD, DONOR)
    indebted.push(1_000 * E8)
    events = indebted.liquidate(BORROWER, seized=10 * ETH)
    repaid = event(events, "Liquidation")["repaidAssets"]
    assert repaid == 9_580_000_001
    lost = event(events, "DeficitCreated")
    assert lost == {"user": BORROWER, "asset": indebted.loan.address, "amount": 16_000 * USD - repaid}
    totals = indebted.totals()
    assert totals == (200_000 * USD - lost["amount"], 200_000 * USD * SHARE, 0, 0)
    for supplier in (LENDER, DONOR):
        assert indebted.supplied(supplier) in (
            100_000 * USD - lost["amount"] // 2 - 1,
            100_000 * USD - lost["amount"] // 2,
        )
    socialised = event(events, "LossSocialised")
    assert socialised["amount"] == lost["amount"]
    expected = (totals.supplyAssets + 1) * SHARE * RAY // (totals.supplyShares + SHARE)
    assert socialised["indexRay"] == expected
    indebted.require_solvent()


def test_a_unit_of_collateral_left_on_purpose_keeps_the_loss_hidden(indebted):
    """Documented: bad debt is realised at exactly no collateral, so one smallest unit blocks socialisation."""
    indebted.push(1_000 * E8)
    events = indebted.liquidate(BORROWER, seized=10 * ETH - 1)
    assert not [name for name, _ in events if name in ("DeficitCreated", "LossSocialised")]
    assert indebted.supplied(LENDER) == 100_000 * USD
    assert indebted.debt(BORROWER) == 16_000 * USD - 9_580_000_001
    cost = indebted.market.read("previewLiquidation", BORROWER, 1, 0)
    assert cost.repaid == 1
    event(indebted.liquidate(BORROWER, seized=1), "LossSocialised")
    assert indebted.supplied(LENDER) == 100_000 * USD - 6_420 * USD + 2


def test_who_withdraws_before_the_loss_does_not_bear_it(indebted):
    """Documented: socialisation is known beforehand, and the first out leaves the loss to the others."""
    indebted.supply(100_000 * USD, DONOR)
    indebted.push(1_000 * E8)
    indebted.market.send(DONOR, "withdraw", 100_000 * USD, 0, DONOR, DONOR)
    indebted.liquidate(BORROWER, seized=10 * ETH)
    assert indebted.loan.read("balanceOf", DONOR) == 100_000 * USD
    assert indebted.supplied(LENDER) == 100_000 * USD - 6_420 * USD + 1


def test_after_a_total_loss_the_market_still_works(market):
    market.open(BORROWER, 100 * ETH, 100_000 * USD)
    market.push(1)
    market.liquidate(BORROWER, seized=100 * ETH)
    assert market.supplied(LENDER) <= 1
    market.push(2_000 * E8)
    market.supply(1_000 * USD, DONOR)
    assert market.supplied(DONOR) >= 1_000 * USD - 1
    market.open(STRANGER, ETH, 1_000 * USD)
    market.require_solvent()


def test_liquidating_oneself_brings_nothing(indebted):
    """The bonus comes out of the own pocket, and nobody else's money moves."""
    indebted.push(1_850 * E8)
    shares = indebted.position(BORROWER).borrowShares
    before = indebted.supplied(LENDER)
    wealth = indebted.loan.read("balanceOf", BORROWER)
    indebted.liquidate(BORROWER, shares=shares, liquidator=BORROWER)
    left = indebted.position(BORROWER).collateral + indebted.collateral.read("balanceOf", BORROWER)
    assert left == 10 * ETH
    assert indebted.loan.read("balanceOf", BORROWER) == wealth + 1
    assert indebted.supplied(LENDER) == before


def test_full_utilisation_does_not_stop_a_liquidation(market):
    market.open(BORROWER, 59 * ETH, 100_000 * USD)
    market.push(1_900 * E8)
    event(market.liquidate(BORROWER, seized=ETH), "Liquidation")
    market.require_solvent()


@given(
    collateral=st.integers(1, 10**22),
    health_bps=st.integers(10_000, 15_000),
    fall_bps=st.integers(1, 9_999),
    share_bps=st.integers(1, 10_000),
    by_shares=st.booleans(),
)
def test_a_liquidation_is_fair(revm, deploy, collateral, health_bps, fall_bps, share_bps, by_shares):
    """Never more collateral than repaid times the incentive; suppliers lose only what DeficitCreated says."""
    debt = collateral * 2_000 * USD // ETH * 86 // 100 * 10_000 // health_bps
    if debt == 0:
        return
    market = new_isolated_market(revm, deploy)
    market.supply(2 * debt)
    market.open(BORROWER, collateral, debt)
    price = 2_000 * E8 * (10_000 - fall_bps) // 10_000
    market.push(price)
    if market.health(BORROWER) >= WAD:
        return
    owned = market.position(BORROWER)
    asked = (0, max(owned.borrowShares * share_bps // 10_000, 1))
    if not by_shares:
        asked = (max(collateral * share_bps // 10_000, 1), 0)
    market.fund(LIQUIDATOR, market.loan, 2 * debt)
    receipt = market.market.try_send(LIQUIDATOR, "liquidate", BORROWER, *asked, b"")
    if not receipt.ok:
        error = market.market.artifacts.decoder.decode_error(receipt.revert_data)
        assert error.split("(")[0] in ("ExceedsDebt", "ExceedsCollateral")
        return
    events = dict(market.market.artifacts.decoder.decode(log) for log in receipt.logs)
    done = events["Liquidation"]
    incentive = market.market.read("liquidationIncentiveWad")
    oracle_price = market.oracle.read("price")
    assert done["seizedAssets"] * oracle_price * WAD <= done["repaidAssets"] * incentive * 10**36
    lost = events.get("DeficitCreated", {"amount": 0})["amount"]
    assert market.totals().supplyAssets == 2 * debt - lost
    assert lost == 0 or market.position(BORROWER) == (0, 0, 0)
    market.require_solvent()


# Two markets


def test_a_loss_stays_in_its_market(revm, deploy):
    """Two markets on the same tokens share nothing: no balance, no price, no loss."""
    first = new_isolated_market(revm, deploy)
    second = new_isolated_market(revm, deploy, loan=first.loan, collateral=first.collateral)
    for market in (first, second):
        market.supply(100_000 * USD)
        market.open(BORROWER, 10 * ETH, 16_000 * USD)
    before = second.totals(), second.position(BORROWER), second.health(BORROWER), second.supplied(LENDER)
    first.push(1_000 * E8)
    first.liquidate(BORROWER, seized=10 * ETH)
    assert first.supplied(LENDER) < 100_000 * USD
    assert (second.totals(), second.position(BORROWER), second.health(BORROWER), second.supplied(LENDER)) == before
    assert second.loan.read("balanceOf", second.market) == 84_000 * USD
    second.market.send(LENDER, "withdraw", 84_000 * USD, 0, LENDER, LENDER)


# Interest


@pytest.fixture
def bearing(revm, deploy):
    """100,000 USDC at the curve's target: 90 % lent."""
    revm.begin(START_S)
    model = deploy(revm, "AdaptiveCurveRateModel", CURVE)
    market = new_isolated_market(revm, deploy, rate_model=model)
    market.supply(100_000 * USD)
    market.open(BORROWER, 100 * ETH, 90_000 * USD)
    market.market.send(STRANGER, "accrueInterest")
    return market


def test_interest_at_the_target_is_four_percent(bearing):
    bearing.wait(SECONDS_PER_YEAR)
    owed = bearing.debt(BORROWER)
    assert owed == pytest.approx(90_000 * USD * 1.0408, rel=1e-4)
    assert bearing.totals().supplyAssets - 100_000 * USD == bearing.totals().borrowAssets - 90_000 * USD
    view = bearing.totals()
    events = bearing.market.send(STRANGER, "accrueInterest")
    assert bearing.totals() == view
    updated = event(events, "ReserveUpdated")
    assert updated["borrowRateRay"] / RAY == pytest.approx(0.04, rel=1e-6)
    assert updated["supplyRateRay"] / RAY == pytest.approx(0.036, rel=0.01)
    assert updated["borrowIndexRay"] == pytest.approx(1.0408 * RAY, rel=1e-4)


def test_the_fee_is_paid_in_shares_by_suppliers(bearing):
    bearing.market.send(OWNER, "setFee", 1_000, STRANGER)
    bearing.wait(SECONDS_PER_YEAR)
    interest = bearing.totals().borrowAssets - 90_000 * USD
    bearing.market.send(STRANGER, "accrueInterest")
    fee = bearing.supplied(STRANGER)
    assert fee == pytest.approx(interest / 10, abs=2)
    assert bearing.supplied(LENDER) == pytest.approx(100_000 * USD + interest - fee, abs=2)
    bearing.require_solvent()


def test_many_steps_and_one(revm, deploy):
    """At a constant rate with rate * time = 1: 10,000 steps give more than one, by less than x^4/24 e^x."""
    revm.begin(START_S)
    kinked = deploy(revm, "KinkedRateModel", (9_000, 10_000, 0, 0))
    market = new_isolated_market(revm, deploy, rate_model=deploy(revm, "PointRateModel", kinked))
    market.supply(100_000 * USD)
    market.open(BORROWER, 100 * ETH, 90_000 * USD)
    snapshot, start = revm.snapshot(), revm.timestamp_s
    market.wait(SECONDS_PER_YEAR)
    at_once = market.debt(BORROWER)
    revm.revert(snapshot)
    steps = 10_000
    call = market.market.transaction(STRANGER, "accrueInterest")
    for step in range(1, steps + 1):
        revm.execute(Block(start + SECONDS_PER_YEAR * step // steps, [call]))
    in_steps = market.debt(BORROWER)
    assert at_once == pytest.approx(90_000 * USD * (1 + 1 + 1 / 2 + 1 / 6), rel=1e-9)
    assert in_steps == pytest.approx(90_000 * USD * e, rel=1e-4)
    assert 0 <= in_steps - at_once <= 90_000 * USD / 24 * e
    market.require_solvent()


@given(gaps=st.lists(st.integers(0, 10**7), min_size=1, max_size=6))
def test_solvent_whenever_interest_accrues(revm, deploy, gaps):
    revm.begin(START_S)
    model = deploy(revm, "AdaptiveCurveRateModel", CURVE)
    market = new_isolated_market(revm, deploy, rate_model=model)
    market.market.send(OWNER, "setFee", 2_500, STRANGER)
    market.supply(100_000 * USD)
    market.open(BORROWER, 100 * ETH, 95_000 * USD)
    debt = market.debt(BORROWER)
    for gap in gaps:
        market.wait(gap)
        market.market.send(STRANGER, "accrueInterest")
        market.require_solvent()
        assert market.debt(BORROWER) >= debt
        debt = market.debt(BORROWER)


# Flash loans


def test_flash_loans_are_free_and_must_come_back(indebted, deploy):
    actor = deploy(indebted.chain, "IsolatedActor")
    back = [(indebted.loan.address, indebted.loan.encode("approve", indebted.market, UINT256_MAX))]
    data = actor.type.encode("act", back)[4:]
    call = indebted.market.encode("flashLoan", indebted.loan, 84_000 * USD, data)
    events = actor.send(STRANGER, "act", [(indebted.market.address, call)])
    assert event(events, "FlashLoan") == {
        "receiver": actor.address,
        "asset": indebted.loan.address,
        "amount": 84_000 * USD,
        "fee": 0,
    }
    assert indebted.loan.read("balanceOf", indebted.market) == 84_000 * USD
    gone = [(indebted.loan.address, indebted.loan.encode("transfer", STRANGER, USD)), *back]
    call = indebted.market.encode("flashLoan", indebted.loan, USD, actor.type.encode("act", gone)[4:])
    error = actor.send_error(STRANGER, "act", [(indebted.market.address, call)])
    assert error.startswith("ERC20InsufficientBalance(")
