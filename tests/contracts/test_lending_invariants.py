"""LendingPool under random histories: conservation, claims, indexes, and the property table of health.

The machine never sees a revert it did not ask for: rules bound their inputs by what the pool allows.
"""

from __future__ import annotations

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.base import CallReverted
from sim.chain.revm import RevmChain
from sim.units import BPS, E8, SECONDS_PER_DAY, UINT256_MAX, WAD
from tests.contracts.test_lending_health import FREE_TERMS, health_rounding_wad
from tests.deployed import Deployed, as_address
from tests.lending import AAVE_TERMS, DONOR, LENDER, LIQUIDATOR, OWNER, new_market

USERS = [ACCOUNTS.address(i) for i in range(20, 23)]
SYMBOLS = ["WETH", "USDC", "WBTC"]
PRICES_E8 = {"WETH": 2_000 * E8, "USDC": E8, "WBTC": 50_000 * E8}
BONUS_BPS = {"WETH": 500, "USDC": 100, "WBTC": 1_000}
THRESHOLD_BPS = {"WETH": 8_300, "USDC": 9_000, "WBTC": 8_300}
RATES = (8_000, 100, 1_000, 20_000)

MAY_LOWER_HEALTH = {"withdraw", "borrow", "liquidate"}
MAY_LEAVE_UNHEALTHY = {"liquidate", "supply", "repay"}
"""Supplying or repaying too little leaves an account unhealthy, but never less healthy than it was."""

user = st.sampled_from(USERS)
symbol = st.sampled_from(SYMBOLS)
dollars = st.integers(1, 200_000)
percent = st.integers(1, 100)
shock = st.sampled_from([40, 70, 80, 90, 96, 100])


class LendingHistory(RuleBasedStateMachine):
    """Three leveraged accounts on three reserves, one collateral each to begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = RevmChain()
        self.artifacts = load_artifacts()
        self.donated = dict.fromkeys(SYMBOLS, 0)

    def _deploy(self, chain, name: str, *args: object) -> Deployed:
        init_code = self.artifacts[name].encode_constructor(*[as_address(one) for one in args])
        return Deployed(chain, self.artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))

    @initialize(terms=st.sampled_from([AAVE_TERMS, FREE_TERMS]), cap=st.integers(0, 10**11))
    def build(self, terms, cap):
        market = self.market = new_market(self.chain, self._deploy, terms=terms, flash_fee_bps=9)
        for one, decimals in zip(SYMBOLS, (18, 6, 8), strict=True):
            market.add(
                one,
                decimals,
                PRICES_E8[one],
                rates=RATES,
                allow_toxic=True,
                ltvBps=7_500,
                liquidationThresholdBps=THRESHOLD_BPS[one],
                liquidationBonusBps=BONUS_BPS[one],
            )
        self.fund = self._deploy(self.chain, "InsuranceFund", market.token("USDC"), "Fund", "FUND", OWNER)
        self.fund.send(OWNER, "setProtocol", market.pool, cap)
        market.pool.send(OWNER, "setInsuranceFund", self.fund)
        market.fund(DONOR, "USDC", 10**10, spender=self.fund)
        self.fund.send(DONOR, "deposit", 10**10, DONOR)
        self.indexes = {one: (0, 0) for one in SYMBOLS}
        for one in SYMBOLS:
            market.supply(LENDER, one, self.units(one, 300_000))
        for account, collateral, debt in zip(USERS, SYMBOLS, SYMBOLS[1:] + SYMBOLS[:1], strict=True):
            market.supply(account, collateral, self.units(collateral, 100_000))
            market.borrow(account, debt, self.units(debt, 74_000))

    def units(self, symbol: str, usd: int) -> int:
        """Return assets worth `usd` at the first price."""
        return usd * E8 * 10 ** self.market.assets[symbol].decimals // PRICES_E8[symbol]

    def act(self, action: str, account: str, do) -> None:
        """Run `do` and hold the property table against every account."""
        before = {one: self.market.health(one) for one in USERS}
        do()
        for one in USERS:
            after = self.market.health(one)
            if one != account:
                assert after == before[one], f"{action} by {account} changed the health of {one}"
                continue
            if action not in MAY_LOWER_HEALTH:
                assert after >= before[one], f"{action} lowered health"
            if action not in MAY_LEAVE_UNHEALTHY:
                assert after >= WAD, f"{action} left the account at {after}"

    @rule(user=user, symbol=symbol, usd=dollars)
    def supply(self, user, symbol, usd):
        amount = self.units(symbol, usd)
        self.act("supply", user, lambda: self.market.supply(user, symbol, amount))

    @rule(user=user, symbol=symbol, share=percent)
    def withdraw(self, user, symbol, share):
        market, state = self.market, self.market.state(symbol)
        amount = min(market.supplied(symbol, user) * share // 100, state.cash)
        if amount == 0:
            return
        call = (user, "withdraw", market.token(symbol), amount, user)

        def do():
            receipt = market.pool.try_send(*call)
            if not receipt.ok:
                error = self.artifacts.decoder.error_parts(receipt.revert_data)[0]
                assert error == "HealthFactorTooLow"

        if market.health(user) >= WAD:
            self.act("withdraw", user, do)

    @rule(user=user, symbol=symbol, share=percent)
    def borrow(self, user, symbol, share):
        market, state = self.market, self.market.state(symbol)
        data = market.pool.read("accountData", user)
        free_base = data.collateralBase * data.ltvBps // BPS - data.debtBase - 2
        unit = 10 ** market.assets[symbol].decimals
        amount = min(max(free_base, 0) * unit // state.priceBase * share // 100 - 2, state.cash)
        if amount > 0:
            token = market.token(symbol)
            self.act("borrow", user, lambda: market.pool.send(user, "borrow", token, amount))

    @rule(user=user, symbol=symbol, share=percent)
    def repay(self, user, symbol, share):
        market = self.market
        debt = market.debt(symbol, user)
        amount = debt * share // 100
        if amount <= market.state(symbol).borrowIndexRay // 10**27 + 1 and amount != debt or debt == 0:
            return
        market.fund(user, symbol, amount)
        token = market.token(symbol)
        self.act("repay", user, lambda: market.pool.send(user, "repay", token, amount, user))

    @rule(victim=user, choice=st.integers(0, 8), shock_percent=shock, share=percent, shares=st.booleans())
    def liquidate(self, victim, choice, shock_percent, share, shares):
        """Shock one of the victim's collaterals, then liquidate a pair that it has."""
        market = self.market
        collaterals = [one for one in SYMBOLS if market.supplied(one, victim)]
        debts = [one for one in SYMBOLS if market.debt(one, victim)]
        if not collaterals or not debts:
            return
        collateral, debt = collaterals[choice % len(collaterals)], debts[choice // 3 % len(debts)]
        self.move_price(collateral, shock_percent)
        amount = max(market.debt(debt, victim) * share // 100, 1) if share < 100 else UINT256_MAX
        arguments = (market.token(collateral), market.token(debt), victim, amount, shares)
        before = market.pool.read("accountData", victim)
        try:
            market.pool.read("previewLiquidation", *arguments)
        except CallReverted as error:
            event(self.artifacts.decoder.error_parts(error.data)[0])
            return
        assert before.healthFactorWad < WAD
        event("liquidation")
        self.act("liquidate", victim, lambda: market.liquidate(collateral, debt, victim, amount, shares))
        after = market.pool.read("accountData", victim)
        frontier_wad = THRESHOLD_BPS[collateral] * (BPS + BONUS_BPS[collateral]) * WAD // BPS**2
        if before.healthFactorWad > frontier_wad and after.debtBase:
            bound = health_rounding_wad(market, collateral, debt, after.debtBase)
            assert after.healthFactorWad >= before.healthFactorWad - bound
        if any(market.state(one).deficit for one in SYMBOLS):
            event("deficit")
        assert not (after.collateralBase == 0 and after.debtBase), "debt left without any collateral"

    @rule(symbol=symbol, percent=st.sampled_from([50, 80, 90, 95, 99, 101, 110, 150]))
    def move_price(self, symbol, percent):
        price = self.market.state(symbol).priceBase * percent // 100
        self.market.set_price(symbol, min(max(price, E8 // 100), 10**15))

    @rule(seconds=st.sampled_from([1, 12, 3_600, SECONDS_PER_DAY, 90 * SECONDS_PER_DAY]))
    def wait(self, seconds):
        self.market.wait(seconds)

    @rule(symbol=symbol, usd=dollars)
    def donate(self, symbol, usd):
        before = self.market.state(symbol)
        amount = self.units(symbol, usd)
        self.market.token(symbol).send(OWNER, "mint", self.market.pool, amount)
        self.donated[symbol] += amount
        assert self.market.state(symbol) == before

    @rule(symbol=symbol, share=percent)
    @precondition(lambda self: any(self.market.state(one).deficit for one in SYMBOLS))
    def cover_deficit(self, symbol, share):
        amount = self.market.state(symbol).deficit * share // 100
        if amount:
            self.market.fund(DONOR, symbol, amount)
            self.market.pool.send(DONOR, "coverDeficit", self.market.token(symbol), amount)

    @rule(symbol=symbol)
    def pay_treasury(self, symbol):
        state = self.market.state(symbol)
        amount = min(state.treasuryAccrued, state.cash)
        self.market.pool.send(OWNER, "withdrawTreasury", self.market.token(symbol), amount, OWNER)

    @invariant()
    def conservation_and_claims(self):
        market = self.market
        for one in SYMBOLS:
            state = market.state(one)
            assert state.cash == market.balance(one, market.pool) - self.donated[one]
            assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit
            everyone = [*USERS, LENDER, LIQUIDATOR]
            supplied = sum(market.supplied(one, account) for account in everyone)
            assert supplied + state.treasuryAccrued <= state.totalSupplied
            debt = sum(market.debt(one, account) for account in everyone)
            assert state.totalDebt <= debt < state.totalDebt + len(everyone)
            indexes = (state.liquidityIndexRay, state.borrowIndexRay)
            assert all(now >= then for now, then in zip(indexes, self.indexes[one], strict=True))
            self.indexes[one] = indexes
        assert self.fund.read("totalAssets") == market.balance("USDC", self.fund)

    def teardown(self):
        self.chain.close()


TestLendingHistory = LendingHistory.TestCase
TestLendingHistory.settings = settings(max_examples=25, stateful_step_count=30)
