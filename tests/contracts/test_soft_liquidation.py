"""SoftLiquidationMarket: loans, health by its definition, hard liquidation, losses, and what a price path does.

That a slow fall converts without bad debt while a jump loses, and that swings bleed collateral, is what LLAMMA's
authors say of it; here it is measured.
"""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.reference import bands
from sim.units import BPS, E8, SECONDS_PER_YEAR, UINT256_MAX, WAD
from tests.soft import (
    BORROWER,
    DONOR,
    ETH,
    LENDER,
    LIQUIDATOR,
    OWNER,
    USD,
    SoftMarket,
    new_soft_market,
)

ALL = WAD


def event(events: list, name: str) -> dict:
    return next(values for one, values in events if one == name)


def names(events: list) -> list[str]:
    return [name for name, _ in events]


def converted_wei(soft: SoftMarket, account: str) -> int:
    """x_down of the mirror, from what the chain holds."""
    oracle, _ = soft.exchange.read("oracleWad")
    first, count = soft.exchange.read("positionOf", account)
    total, a = 0, soft.amplification
    for n in range(first, first + count):
        x, y, shares = soft.exchange.read("bandAt", n)
        up, down = (bands.edge_wad_down(2_000 * WAD, a, n + i) for i in (0, 1))
        value = bands.converted_down(x * 10**30, y * ETH, oracle, up, down, a)
        total += value * soft.exchange.read("sharesOf", account, n) // (shares + bands.VIRTUAL_SHARES)
    return total // 10**30


def walk(soft: SoftMarket, prices: list[int], step_s: int = 200) -> None:
    """Let the price go through whole dollars, arbitraged at each."""
    for price in prices:
        soft.wait(step_s)
        soft.set_price(price * E8)
        soft.arbitrage()
        soft.reconcile()


def underwater(revm, deploy, price: int = 1_500, **config) -> SoftMarket:
    """A loan of 17,000 USD on 10 WETH whose price jumped."""
    soft = new_soft_market(revm, deploy, **config)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.wait(200)
    soft.set_price(price * E8)
    assert soft.health() < 0
    return soft


# Loans


@pytest.mark.parametrize("count", [4, 10, 50])
def test_largest_loan_is_the_closed_form(count, revm, deploy):
    soft = new_soft_market(revm, deploy)
    limit = soft.market.read("maxDebt", 10 * ETH, count)
    per_edge = bands.max_debt_per_edge_down(10 * ETH * ETH, 100, count, 900)
    assert limit == per_edge * 2_000 * WAD // WAD // 10**30
    soft.fund(BORROWER, "WETH", 10 * ETH)
    error = soft.market.send_error(BORROWER, "createLoan", 10 * ETH, limit + 1, count)
    assert error == f"LoanTooLarge({limit + 1}, {limit})"
    soft.send(BORROWER, "createLoan", 10 * ETH, limit, count)
    assert soft.exchange.read("positionOf", BORROWER) == (0, count)
    assert soft.health() == pytest.approx((94 / 91 - 1) * WAD, rel=1e-6)


@pytest.mark.parametrize("debt", [3_000, 9_000, 17_000])
def test_loan_lies_in_the_lowest_bands_that_carry_it(debt, revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, debt * USD)
    first, count = soft.exchange.read("positionOf", BORROWER)
    per_edge = bands.max_debt_per_edge_down(10 * ETH * ETH, 100, count, 900)
    carried = [per_edge * bands.edge_wad_down(2_000 * WAD, 100, first + i) // WAD // 10**30 for i in (0, 1)]
    assert carried[1] < debt * USD <= carried[0]
    assert 0 <= soft.health() - (94 * WAD // 91 - WAD) < WAD // 90


def test_health_is_its_definition(revm, deploy):
    """x_down·(1 − d)/debt − 1, to the unit of x_down, before, within and below the bands."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.loan(2 * ETH, 3_000 * USD, 5, DONOR)
    for price in (2_000, 1_970, 1_940, 1_900, 1_880, 1_950, 1_700, 1_400):
        soft.wait(200)
        soft.set_price(price * E8)
        if price != 1_880:
            soft.arbitrage()
        for account in (BORROWER, DONOR):
            x_down = converted_wei(soft, account)
            assert soft.exchange.read("convertedOf", account) == x_down
            discounted = x_down * (BPS - 600) // BPS
            assert soft.health(account) == discounted * WAD // soft.debt(account) - WAD


def test_health_above_the_bands_tells_the_distance(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 10_000 * USD)
    edge = soft.exchange.read("edgeWad", soft.exchange.read("positionOf", BORROWER)[0])
    above = 10 * (2_000 * WAD - edge) // 10_000
    assert soft.market.read("healthAboveBandsWad", BORROWER) == pytest.approx(soft.health() + above, abs=10**8)
    soft.wait(200)
    soft.set_price(edge * E8 // WAD)
    assert soft.market.read("healthAboveBandsWad", BORROWER) == soft.health() > 0


def test_bands_follow_collateral_and_debt(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)

    def first() -> int:
        soft.reconcile()
        return soft.exchange.read("positionOf", BORROWER)[0]

    placed = [first()]
    soft.fund(DONOR, "WETH", 5 * ETH)
    soft.send(DONOR, "addCollateral", 5 * ETH, BORROWER)
    placed.append(first())
    soft.send(BORROWER, "borrowMore", 0, 4_000 * USD)
    placed.append(first())
    soft.fund(BORROWER, "USDC", 2_000 * USD)
    soft.send(BORROWER, "repay", 2_000 * USD, BORROWER)
    placed.append(first())
    soft.send(BORROWER, "removeCollateral", 3 * ETH)
    placed.append(first())
    assert placed[1] > placed[0] and placed[2] < placed[1] and placed[3] > placed[2] and placed[4] < placed[3]
    assert soft.amounts() == (0, 12 * ETH) and soft.debt() == 19_000 * USD
    error = soft.market.send_error(BORROWER, "removeCollateral", 6 * ETH)
    assert error.startswith("LoanTooLarge(19000000000, ")


def test_converted_collateral_cannot_move_but_debt_can_be_repaid(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    walk(soft, [1_970, 1_950, 1_930])
    x, y = soft.amounts()
    assert x and y
    soft.fund(BORROWER, "WETH", ETH)
    for function, arguments in (
        ("addCollateral", (ETH, BORROWER)),
        ("removeCollateral", (ETH,)),
        ("borrowMore", (ETH, USD)),
    ):
        error = soft.market.send_error(BORROWER, function, *arguments)
        assert error == f"CollateralConverted({BORROWER}, {x})"
    health = soft.health()
    soft.fund(BORROWER, "USDC", 17_000 * USD)
    soft.send(BORROWER, "repay", 1_000 * USD, BORROWER)
    assert soft.health() > health and soft.amounts() == (x, y)
    usd, eth = soft.balance("USDC", BORROWER), soft.balance("WETH", BORROWER)
    events = soft.send(BORROWER, "repay", UINT256_MAX, BORROWER)
    assert soft.balance("USDC", BORROWER) == usd - 16_000 * USD + x
    assert soft.balance("WETH", BORROWER) == eth + y
    assert names(events).count("Withdrawn") == 2 and soft.debt() == 0
    soft.reconcile()


def test_a_loan_above_the_limit_of_new_ones_can_still_be_repaid_and_topped_up(revm, deploy):
    soft = new_soft_market(revm, deploy, yearly_rate_bps=2_000)
    soft.loan(10 * ETH, soft.market.read("maxDebt", 10 * ETH, 10))
    soft.wait(SECONDS_PER_YEAR // 12)
    assert soft.debt() > soft.market.read("maxDebt", 10 * ETH, 10) and soft.health() > 0
    soft.fund(BORROWER, "USDC", USD)
    soft.send(BORROWER, "repay", USD, BORROWER)
    soft.fund(BORROWER, "WETH", ETH)
    soft.send(BORROWER, "addCollateral", ETH // 1_000, BORROWER)
    assert soft.exchange.read("positionOf", BORROWER)[0] == 0
    assert soft.market.send_error(BORROWER, "borrowMore", 0, 1).startswith("LoanTooLarge(")


def test_one_loan_an_account(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 10_000 * USD)
    soft.fund(BORROWER, "WETH", ETH)
    assert soft.market.send_error(BORROWER, "createLoan", ETH, USD, 4) == f"LoanExists({BORROWER})"
    assert soft.market.send_error(DONOR, "borrowMore", 0, USD) == f"NoLoan({DONOR})"
    assert soft.market.send_error(DONOR, "repay", 1, DONOR) == f"NoLoan({DONOR})"
    assert soft.market.send_error(DONOR, "createLoan", 0, USD, 4) == "LoanTooLarge(1000000, 0)"


# Lenders


def test_lenders_earn_what_borrowers_pay(revm, deploy):
    soft = new_soft_market(revm, deploy, yearly_rate_bps=1_000, reserve_factor_bps=2_000, supply=20_000 * USD)
    soft.loan(10 * ETH, 10_000 * USD)
    soft.wait(SECONDS_PER_YEAR)
    debt = soft.debt()
    assert debt == pytest.approx(10_000 * USD * 1.10517, rel=1e-4)
    cash, down, deficit = soft.market.read("totals")
    assert (cash, deficit) == (10_000 * USD, 0) and debt - down in (0, 1)
    interest = down - 10_000 * USD
    assert soft.market.read("supplyOf", LENDER) == pytest.approx(20_000 * USD + interest * 8 // 10, abs=3)
    assert soft.market.read("supplyOf", OWNER) == pytest.approx(interest * 2 // 10, abs=3)
    soft.fund(BORROWER, "USDC", debt)
    soft.send(BORROWER, "repay", UINT256_MAX, BORROWER)
    soft.market.send(LENDER, "withdraw", UINT256_MAX, LENDER)
    soft.market.send(OWNER, "withdraw", UINT256_MAX, OWNER)
    assert sum(soft.market.read("totals")) <= 3
    soft.reconcile()


def test_rates_come_from_a_model_where_there_is_one(revm, deploy):
    model = deploy(revm, "KinkedRateModel", (8_000, 100, 400, 10_000))
    soft = new_soft_market(revm, deploy, rate_model=model.address, supply=20_000 * USD)
    soft.loan(10 * ETH, 8_000 * USD)
    assert soft.market.read("indexes").borrowRateRay == 3 * 10**25
    assert soft.market.read("indexes").supplyRateRay == 3 * 10**25 * 8 // 20


def test_cash_is_the_limit(revm, deploy):
    soft = new_soft_market(revm, deploy, supply=10_000 * USD)
    soft.fund(BORROWER, "WETH", 10 * ETH)
    error = soft.market.send_error(BORROWER, "createLoan", 10 * ETH, 10_001 * USD, 10)
    assert error == f"InsufficientCash({10_001 * USD}, {10_000 * USD})"
    soft.send(BORROWER, "createLoan", 10 * ETH, 9_000 * USD, 10)
    error = soft.market.send_error(LENDER, "withdraw", 1_001 * USD, LENDER)
    assert error == f"InsufficientCash({1_001 * USD}, {1_000 * USD})"
    error = soft.market.send_error(LENDER, "withdraw", 10_001 * USD, LENDER)
    assert error == f"InsufficientSupply({10_001 * USD}, {10_000 * USD})"


# Hard liquidation


def test_a_healthy_loan_is_left_alone(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    error = soft.market.send_error(LIQUIDATOR, "liquidate", BORROWER, ALL, b"")
    assert error == f"HealthNotNegative({soft.health()})"
    assert soft.market.read_error("previewLiquidation", DONOR, ALL) == f"NoLoan({DONOR})"


@pytest.mark.parametrize("part", [WAD, WAD // 3])
def test_hard_liquidation_takes_all_that_is_left_for_the_debt(part, revm, deploy):
    """Solvent: the liquidator pays the debt less what is converted, and gets the collateral; no loss."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    walk(soft, [1_975, 1_960])
    soft.wait(200)
    soft.set_price(1_860 * E8)
    x, y = soft.exchange.read("previewWithdraw", BORROWER, part)
    assert x and soft.health() < 0
    preview = soft.market.read("previewLiquidation", BORROWER, part)
    due = -(-17_000 * USD * part // WAD)
    assert tuple(preview) == (due, due, due - x, y, 0)
    soft.fund(LIQUIDATOR, "USDC", 17_000 * USD)
    events = soft.market.send(LIQUIDATOR, "liquidate", BORROWER, part, b"")
    liquidation = event(events, "Liquidation")
    assert (liquidation["repaidAssets"], liquidation["seizedAssets"]) == (due - x, y)
    assert event(events, "Repaid") == {
        "asset": soft.tokens["USDC"].address,
        "user": BORROWER,
        "payer": soft.exchange.address,
        "amount": x,
    }
    assert soft.balance("WETH", LIQUIDATOR) == y and soft.balance("USDC", LIQUIDATOR) == 17_000 * USD - due + x
    assert soft.debt() == 17_000 * USD - due
    assert soft.market.read("supplyOf", LENDER) == 10_000_000 * USD
    if part == WAD:
        assert liquidation["healthAfterWad"] == UINT256_MAX
        assert soft.exchange.read("positionOf", BORROWER)[1] == 0
    soft.reconcile()


def test_converted_assets_beyond_the_debt_go_to_the_liquidator(revm, deploy):
    """All converted to less than debt/(1 − d): an event of its own says what was seized of the borrowed asset."""
    soft = new_soft_market(revm, deploy, yearly_rate_bps=3_000)
    soft.loan(10 * ETH, 17_000 * USD)
    walk(soft, list(range(1_990, 1_700, -10)))
    soft.wait(SECONDS_PER_YEAR // 5)
    x, y = soft.amounts()
    debt = soft.debt()
    assert y == 0 and debt < x and soft.health() < 0
    events = soft.market.send(LIQUIDATOR, "liquidate", BORROWER, ALL, b"")
    liquidations = [values for name, values in events if name == "Liquidation"]
    assert [one["seizedAssets"] for one in liquidations] == [0, x - soft_due(x, debt)]
    assert liquidations[1]["collateralAsset"] == soft.tokens["USDC"].address
    assert soft.balance("USDC", LIQUIDATOR) == x - soft_due(x, debt)
    soft.reconcile()


def soft_due(value: int, debt: int) -> int:
    """The debt, or what a value pays for at a bonus of 2 %."""
    return min(debt, -(-value * BPS // (BPS + 200)))


@pytest.mark.parametrize("losses", ["suppliers", "deficit", "account", "insured", "insured and suppliers"])
def test_what_is_not_worth_the_debt_is_a_loss(losses, revm, deploy):
    policies = {
        "suppliers": "SocialiseLosses",
        "insured and suppliers": "SocialiseLosses",
        "account": "LeaveLosses",
    }
    policy = deploy(revm, policies[losses]).address if losses in policies else ZERO_ADDRESS
    soft = underwater(revm, deploy, policy=policy)
    if "insured" in losses:
        fund = deploy(revm, "InsuranceFund", soft.tokens["USDC"], "Fund", "FUND", OWNER)
        soft.fund(DONOR, "USDC", 10_000 * USD)
        soft.tokens["USDC"].send(DONOR, "approve", fund, UINT256_MAX)
        fund.send(DONOR, "deposit", 10_000 * USD, DONOR)
        fund.send(OWNER, "setProtocol", soft.market, (10_000 if losses == "insured" else 500) * USD)
        soft.market.send(OWNER, "setInsuranceFund", fund)
    due = soft_due(15_000 * USD, 17_000 * USD)
    loss = 17_000 * USD - due
    soft.fund(LIQUIDATOR, "USDC", due)
    events = soft.market.send(LIQUIDATOR, "liquidate", BORROWER, ALL, b"")
    assert event(events, "Liquidation")["repaidAssets"] == due
    assert soft.balance("WETH", LIQUIDATOR) == 10 * ETH
    supplied, deficit = soft.market.read("supplyOf", LENDER), soft.market.read("totals")[2]
    full = 10_000_000 * USD
    if losses == "account":
        assert (supplied, deficit, soft.debt()) == (full, 0, loss) and "DeficitCreated" not in names(events)
        soft.fund(DONOR, "USDC", loss)
        soft.send(DONOR, "repay", loss, BORROWER)
        assert soft.debt() == 0
        return
    assert event(events, "DeficitCreated")["amount"] == loss and soft.debt() == 0
    covered = {"insured": loss, "insured and suppliers": 500 * USD}.get(losses, 0)
    assert sum(values["amount"] for name, values in events if name == "DeficitCovered") == covered
    if "suppliers" in losses:
        assert event(events, "LossSocialised")["amount"] == loss - covered
        assert (supplied, deficit) == (pytest.approx(full - loss + covered, abs=1), 0)
    else:
        assert (supplied, deficit) == (full, loss - covered)
    if losses == "deficit":
        soft.fund(DONOR, "USDC", 2 * loss)
        soft.market.send(DONOR, "coverDeficit", 2 * loss)
        assert soft.market.read("totals") == (full, 0, 0) and soft.balance("USDC", DONOR) == loss
    soft.reconcile()


# Price paths


def test_a_slow_fall_converts_without_bad_debt(revm, deploy):
    """2,000 to 1,500 USD in steps of 0.5 %: the loan of 85 % is converted above its debt and stays healthy."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    expected = soft.exchange.read("convertedOf", BORROWER)
    walk(soft, list(range(2_000, 1_500, -10)))
    x, y = soft.amounts()
    assert y == 0 and x > 17_000 * USD
    assert 0.985 * expected < x <= expected
    assert soft.health() > 0


def test_a_jump_loses(revm, deploy):
    """The same fall at once: arbitrageurs buy at the cube of the price, and what is left does not pay the debt."""
    soft = new_soft_market(revm, deploy, policy=deploy(revm, "SocialiseLosses").address)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.wait(200)
    soft.set_price(1_500 * E8)
    soft.arbitrage()
    x, y = soft.amounts()
    assert y == 0 and x < 12_500 * USD, "less than the 15,000 that the collateral is worth"
    assert soft.health() < -WAD // 4
    soft.market.send(LIQUIDATOR, "liquidate", BORROWER, ALL, b"")
    lost = 10_000_000 * USD - soft.market.read("supplyOf", LENDER)
    assert lost == pytest.approx(17_000 * USD - soft_due(x, 17_000 * USD), abs=1)


def test_swings_bleed_collateral_without_a_net_change_of_the_price(revm, deploy):
    """Twelve swings through the bands and back: collateral is lost with every one, more in coarse steps."""
    lost = {}
    for step in (10, 40):
        soft = new_soft_market(revm.__class__(), deploy, fee_bps=10)
        soft.loan(10 * ETH, 17_000 * USD)
        left = []
        down = list(range(2_000 - step, 1_760, -step))
        for _ in range(12):
            walk(soft, down + down[::-1] + [2_000])
            x, y = soft.amounts()
            assert x == 0
            left.append(y)
        assert left == sorted(left, reverse=True) and left[0] < 10 * ETH
        lost[step] = 1 - left[-1] / (10 * ETH)
    assert 0.02 < lost[10] < 0.2 and lost[40] > 1.5 * lost[10]
