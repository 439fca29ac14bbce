"""Interest on LendingPool: indexes equal to the integer mirror, and every unit of interest accounted for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.revm import RevmChain
from sim.reference.rates import (
    RateParams,
    borrow_rate_ray_up,
    compound_factor_ray_up,
    linear_factor_ray_down,
    supply_rate_ray_down,
)
from sim.units import (
    E8,
    RAY,
    SECONDS_PER_DAY,
    SECONDS_PER_YEAR,
    UINT256_MAX,
    bps_mul_down,
    ray_div_down,
    ray_div_up,
    ray_mul_down,
    ray_mul_up,
)
from tests.lending import BORROWER, LENDER, LIQUIDATOR, new_market

ETH = 10**18
USD = 10**6
RATES = (8_000, 100, 400, 6_000)
RESERVE_FACTOR_BPS = 1_000


@dataclass
class ReserveModel:
    """A reserve in exact integers: the same operations in the same order."""

    liquidity_index: int = RAY
    borrow_index: int = RAY
    supply_rate: int = 0
    borrow_rate: int = 0
    scaled_supply: int = 0
    scaled_debt: int = 0
    cash: int = 0

    def accrue(self, elapsed_s: int) -> None:
        if elapsed_s == 0:
            return
        factor = linear_factor_ray_down(self.supply_rate, elapsed_s)
        self.liquidity_index = ray_mul_down(self.liquidity_index, factor)
        if self.scaled_debt:
            before = self.borrow_index
            self.borrow_index = ray_mul_up(before, compound_factor_ray_up(self.borrow_rate, elapsed_s))
            interest = ray_mul_down(self.scaled_debt, self.borrow_index - before)
            share = bps_mul_down(interest, RESERVE_FACTOR_BPS)
            self.scaled_supply += ray_div_down(share, self.liquidity_index)

    def set_rates(self) -> None:
        debt_up = ray_mul_up(self.scaled_debt, self.borrow_index)
        debt_down = ray_mul_down(self.scaled_debt, self.borrow_index)
        self.borrow_rate = borrow_rate_ray_up(RateParams(*RATES), self.cash, debt_up)
        self.supply_rate = supply_rate_ray_down(self.borrow_rate, self.cash, debt_down, 0, RESERVE_FACTOR_BPS)


def new_scene(chain, deploy):
    market = new_market(chain, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, rates=RATES, reserveFactorBps=RESERVE_FACTOR_BPS)
    market.supply(BORROWER, "WETH", 10**6 * ETH)
    return market


STEP = st.tuples(
    st.sampled_from(["supply", "withdraw", "borrow", "repay"]),
    st.integers(1, 10**12),
    st.integers(0, 2 * SECONDS_PER_YEAR),
)


def _act(market, model: ReserveModel, action: str, amount: int) -> bool:
    """Do one action on chain and in the model, bounded so that it succeeds; return whether there was one."""
    usdc, state = market.token("USDC"), market.state("USDC")
    if action == "supply":
        # Below one scaled unit nothing can be supplied.
        amount += -(-model.liquidity_index // RAY)
        market.supply(LENDER, "USDC", amount)
        model.scaled_supply += ray_div_down(amount, model.liquidity_index)
        model.cash += amount
        return True
    if action == "withdraw":
        amount = min(amount, market.supplied("USDC", LENDER), state.cash)
        if amount:
            market.pool.send(LENDER, "withdraw", usdc, amount, LENDER)
            model.scaled_supply -= ray_div_up(amount, model.liquidity_index)
            model.cash -= amount
    elif action == "borrow":
        amount = min(amount, state.cash)
        if amount:
            market.pool.send(BORROWER, "borrow", usdc, amount)
            model.scaled_debt += ray_div_up(amount, model.borrow_index)
            model.cash -= amount
    else:
        debt = market.debt("USDC", BORROWER)
        amount = min(amount, debt)
        burned = model.scaled_debt if amount == debt else ray_div_down(amount, model.borrow_index)
        if burned == 0:
            return False
        market.fund(BORROWER, "USDC", amount)
        market.pool.send(BORROWER, "repay", usdc, amount, BORROWER)
        model.scaled_debt -= burned
        model.cash += amount
    return amount > 0


@settings(max_examples=25)
@given(steps=st.lists(STEP, min_size=1, max_size=12))
def test_indexes_equal_the_mirror(steps, artifacts, deploy):
    with RevmChain() as chain:
        market, model = new_scene(chain, deploy), ReserveModel()
        model.set_rates()
        waited_s = 0
        for action, amount, elapsed_s in steps:
            market.wait(elapsed_s)
            waited_s += elapsed_s
            now = replace(model)
            now.accrue(waited_s)
            if _act(market, now, action, amount):
                now.set_rates()
                model, waited_s = now, 0
            state = market.state("USDC")
            assert (state.liquidityIndexRay, state.borrowIndexRay) == (now.liquidity_index, now.borrow_index)
            assert (state.supplyRateRay, state.borrowRateRay) == (now.supply_rate, now.borrow_rate)
            assert state.totalSupplied == ray_mul_down(now.scaled_supply, now.liquidity_index)
            assert state.totalDebt == ray_mul_up(now.scaled_debt, now.borrow_index)
            assert state.cash == now.cash
            assert state.totalSupplied <= state.cash + state.totalDebt


def test_borrowers_pay_suppliers_and_treasury(revm, deploy):
    """Interest of a year, untouched: the treasury gets its tenth, suppliers at most the rest."""
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    market.borrow(BORROWER, "USDC", 800_000 * USD)
    rate = market.state("USDC").borrowRateRay
    assert rate == 500 * RAY // 10_000
    market.wait(SECONDS_PER_YEAR)
    state = market.state("USDC")
    interest = state.totalDebt - 800_000 * USD
    # 5 % compounds to 5.127 % (the series to its third power: 5.1271 %).
    assert abs(interest - 800_000 * USD * 51_271 // 10**6) < 800_000 * USD // 10**5
    earned = market.supplied("USDC", LENDER) - 1_000_000 * USD
    assert earned == 800_000 * USD * 5 // 100 * 9 // 10
    assert state.treasuryAccrued in (interest // 10, interest // 10 - 1)
    assert earned + state.treasuryAccrued <= interest


def test_indexes_stand_still_without_debt(revm, deploy):
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    before = market.state("USDC")
    market.wait(SECONDS_PER_YEAR)
    assert market.state("USDC") == before
    market.supply(LENDER, "USDC", USD)
    assert market.state("USDC").borrowIndexRay == RAY


def test_a_deficit_earns_nothing_and_dilutes_suppliers(revm, deploy):
    """Written-off debt leaves the borrow side at once; suppliers keep their claims at a lower rate."""
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    market.supply(LENDER, "WETH", 1_000 * ETH)
    market.pool.send(LENDER, "borrow", market.token("USDC"), 400_000 * USD)
    market.borrow(BORROWER, "USDC", 400_000 * USD)
    market.pool.send(BORROWER, "withdraw", market.token("WETH"), (10**6 - 300) * ETH, BORROWER)
    market.set_price("WETH", 700 * E8)
    claims = market.supplied("USDC", LENDER)
    market.liquidate("WETH", "USDC")
    state = market.state("USDC")
    assert state.deficit == 200_000 * USD
    assert market.supplied("USDC", LENDER) == claims
    assert state.totalDebt == 400_000 * USD
    model = ReserveModel(scaled_debt=400_000 * USD, cash=state.cash)
    assert state.borrowRateRay == borrow_rate_ray_up(RateParams(*RATES), model.cash, 400_000 * USD)
    assert state.supplyRateRay == supply_rate_ray_down(
        state.borrowRateRay, state.cash, 400_000 * USD, state.deficit, RESERVE_FACTOR_BPS
    )
    market.wait(30 * SECONDS_PER_DAY)
    later = market.state("USDC")
    assert later.deficit == state.deficit
    assert later.totalSupplied <= later.cash + later.totalDebt + later.deficit


def test_interest_alone_makes_an_account_liquidatable(revm, deploy):
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 150_000 * USD)
    market.supply(LIQUIDATOR, "WETH", 100 * ETH)
    market.pool.send(LIQUIDATOR, "borrow", market.token("USDC"), 150_000 * USD)
    before = market.health(LIQUIDATOR)
    market.wait(SECONDS_PER_YEAR)
    # Full use costs 65 % a year.
    assert market.health(LIQUIDATOR) < 10**18 < before
    arguments = (market.token("WETH"), market.token("USDC"), LIQUIDATOR, UINT256_MAX, False)
    market.pool.read("previewLiquidation", *arguments)
