"""Random histories of a soft liquidation market: every balance reconciles to the unit after every step.

In a world of fixed prices no loan becomes unhealthy, no trade lowers a loan's x_down, and traders together never
gain; in a moving one loans convert, are liquidated and lose, and every token is still accounted for.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.chain.revm import RevmChain
from sim.units import BPS, E8, SECONDS_PER_DAY, UINT256_MAX, WAD
from tests.soft import DONOR, ETH, LIQUIDATOR, OWNER, PRICE_E8, TRADER, USD, new_soft_market

LENDERS = [ACCOUNTS.address(i) for i in range(20, 22)]
BORROWERS = [ACCOUNTS.address(i) for i in range(22, 26)]
EVERYONE = [*LENDERS, *BORROWERS, TRADER, LIQUIDATOR, DONOR, OWNER]

REFUSALS = {
    "AmountRoundsToZero",
    "BandConverted",
    "BandOutOfRange",
    "CollateralConverted",
    "DepositTooSmall",
    "HealthNegative",
    "HealthNotNegative",
    "InsufficientCash",
    "InsufficientSupply",
    "LoanTooLarge",
    "NoLoan",
    "NothingTraded",
}
"""Errors that the market may answer with; anything else, a panic above all, is a failure."""


class SoftHistory:
    """Four borrowers, two lenders, a trader and a liquidator, all with more money than they can use."""

    def __init__(self, seed: int, deploy, moving: bool) -> None:
        self.random = Random(seed)
        self.moving = moving
        chain = RevmChain()
        policy = deploy(chain, "SocialiseLosses").address if seed % 2 else ZERO_ADDRESS
        rate = 1_500 if moving else 0
        self.soft = new_soft_market(
            chain,
            deploy,
            amplification=self.random.choice([20, 100]),
            admin_fee_bps=2_000,
            reserve_factor_bps=1_000,
            yearly_rate_bps=rate,
            policy=policy,
            supply=0,
        )
        self.price_e8 = PRICE_E8
        for account in EVERYONE:
            self.soft.fund(account, "USDC", 10**17)
            self.soft.fund(account, "WETH", 10**26)
        self.supply_of = {symbol: len(EVERYONE) * start for symbol, start in (("USDC", 10**17), ("WETH", 10**26))}
        self.donated = {(one, symbol): 0 for one in ("market", "exchange") for symbol in ("USDC", "WETH")}
        self.counts: Counter[str] = Counter()
        self.soft.market.send(LENDERS[0], "supply", 10**6 * USD, LENDERS[0])

    def step(self) -> None:
        actions = [self.lend, self.loan, self.change, self.change, self.repay, self.trade, self.trade, self.trade]
        actions += [self.liquidate, self.wait, self.donate]
        if self.moving:
            actions += [self.move, self.move, self.move, self.jump, self.arbitrage, self.arbitrage, self.cover]
        self.random.choice(actions)()
        self.check()

    def do(self, contract: str, account: str, function: str, *args: object) -> bool:
        """Send; a refusal must be a known one. Notes the bands used."""
        target = getattr(self.soft, contract)
        receipt = target.try_send(account, function, *args)
        if not receipt.ok:
            error = target.artifacts.decoder.decode_error(receipt.revert_data)
            assert error.split("(")[0] in REFUSALS, f"{function}{args}: {error}"
            self.counts[f"{function} refused"] += 1
            return False
        self.counts[function] += 1
        if function in ("createLoan", "addCollateral", "removeCollateral", "borrowMore", "repay"):
            user = args[1] if function in ("addCollateral", "repay") else account
            first, count = self.soft.exchange.read("positionOf", user)
            self.soft.used = sorted({*self.soft.used, *range(first, first + count)})
        return True

    def size(self, most: int) -> int:
        """Anything from dust to `most`."""
        return max(1, min(most, int(most * 10 ** self.random.uniform(-6, 0.1))))

    def lend(self) -> None:
        account = self.random.choice(LENDERS)
        if self.random.random() < 0.5:
            self.do("market", account, "supply", self.size(10**6 * USD), account)
        else:
            most = self.random.choice([UINT256_MAX, self.size(10**6 * USD)])
            self.do("market", account, "withdraw", most, account)

    def loan(self) -> None:
        account = self.random.choice(BORROWERS)
        if self.soft.debt(account):
            return
        collateral, count = self.size(100 * ETH), self.random.randint(4, 50)
        most = self.soft.market.read("maxDebt", collateral, count)
        debt = max(1, most * self.random.randint(80 if self.moving else 1, 100) // 100)
        self.do("market", account, "createLoan", collateral, debt, count)

    def change(self) -> None:
        account = self.random.choice(BORROWERS)
        match self.random.randrange(3):
            case 0:
                self.do("market", account, "addCollateral", self.size(20 * ETH), account)
            case 1:
                self.do("market", account, "removeCollateral", self.size(20 * ETH))
            case 2:
                self.do("market", account, "borrowMore", self.size(10 * ETH), self.size(20_000 * USD))

    def repay(self) -> None:
        account = self.random.choice(BORROWERS)
        payer = self.random.choice([account, DONOR])
        all_of_it = self.random.random() < (0.1 if self.moving else 0.5)
        self.do("market", payer, "repay", UINT256_MAX if all_of_it else self.size(50_000 * USD), account)

    def trade(self) -> None:
        before = {} if self.moving else {one: self.soft.exchange.read("convertedOf", one) for one in BORROWERS}
        sells = self.random.random() < 0.5
        amount = self.size(50 * ETH if sells else 100_000 * USD)
        self.do("exchange", TRADER, "exchange", sells, amount, 0, TRADER)
        for account, converted in before.items():
            assert self.soft.exchange.read("convertedOf", account) >= converted - 50

    def arbitrage(self) -> None:
        for sells in (False, True):
            limit = self.price_e8 * WAD // E8
            spent, out = self.soft.exchange.read("quoteToPrice", sells, limit, 10**25)
            if out:
                self.do("exchange", TRADER, "exchange", sells, spent, out, TRADER)

    def liquidate(self) -> None:
        unhealthy = [one for one in BORROWERS if self.soft.health(one) < 0]
        account = self.random.choice(unhealthy or BORROWERS)
        part = self.random.choice([WAD, WAD, self.random.randint(1, WAD)])
        self.do("market", LIQUIDATOR, "liquidate", account, part, b"")

    def wait(self) -> None:
        self.soft.wait(self.random.choice([1, 12, 60, 120, 600, SECONDS_PER_DAY]))

    def donate(self) -> None:
        name, symbol = self.random.choice(list(self.donated))
        amount = self.size(10**9)
        self.soft.tokens[symbol].send(DONOR, "transfer", getattr(self.soft, name), amount)
        self.donated[name, symbol] += amount

    def cover(self) -> None:
        self.do("market", DONOR, "coverDeficit", self.size(1_000 * USD))

    def move(self) -> None:
        swing = self.random.choice([20, 100, 500, 3_000])
        self.price_e8 = self.price_e8 * self.random.randint(BPS - swing, BPS + swing) // BPS
        self.price_e8 = min(max(self.price_e8, PRICE_E8 // 3), PRICE_E8 * 3)
        self.soft.set_price(self.price_e8)
        self.counts["move"] += 1

    def jump(self) -> None:
        """Move at once by up to half, and liquidate whom that makes unhealthy before anyone arbitrages."""
        self.soft.wait(120)
        self.price_e8 = self.price_e8 * self.random.choice([50, 75, 85, 140]) // 100
        self.move()
        for account in BORROWERS:
            if self.soft.debt(account) and self.soft.health(account) < 0:
                self.do("market", LIQUIDATOR, "liquidate", account, self.random.choice([WAD, WAD // 3]), b"")

    def check(self) -> None:
        soft = self.soft
        bands, fees = soft.bands(), soft.exchange.read("adminFees")
        cash, debt, deficit = soft.market.read("totals")
        for i, symbol in enumerate(("USDC", "WETH")):
            held = soft.balance(symbol, soft.exchange) - self.donated["exchange", symbol]
            assert held == sum(one[i] for one in bands.values()) + fees[i]
            kept = soft.balance(symbol, soft.market) - self.donated["market", symbol]
            assert kept == (cash if symbol == "USDC" else 0)
        active = soft.exchange.read("activeBand")
        assert all(one[1] == 0 for n, one in bands.items() if n < active)
        assert all(one[0] == 0 for n, one in bands.items() if n > active)
        claims = sum(soft.market.read("supplyOf", one) for one in (*LENDERS, OWNER))
        assert claims <= cash + debt + deficit
        debts = [soft.debt(one) for one in BORROWERS]
        assert debt <= sum(debts) <= debt + len(BORROWERS)
        parts = [soft.amounts(one) for one in BORROWERS]
        for i in (0, 1):
            assert sum(one[i] for one in parts) <= sum(one[i] for one in bands.values())
        if not self.moving:
            assert all(soft.health(one) >= 0 for one in BORROWERS)
            assert self.trader_worth() <= 10**17 * 10**12 + 10**26 * 2_000

    def trader_worth(self) -> int:
        """Of the trader's tokens at 2,000 USD, in units of 18 decimals."""
        return self.soft.balance("USDC", TRADER) * 10**12 + self.soft.balance("WETH", TRADER) * 2_000

    def conclude(self) -> None:
        """Everybody leaves as far as they can; no token is missing."""
        soft = self.soft
        for account in BORROWERS:
            if soft.debt(account):
                assert self.do("market", DONOR, "repay", UINT256_MAX, account)
        assert not soft.bands()
        soft.exchange.send(OWNER, "collectAdminFees")
        holders = [*EVERYONE, soft.market, soft.exchange]
        for symbol, total in self.supply_of.items():
            assert sum(soft.balance(symbol, one) for one in holders) == total
            assert soft.balance(symbol, soft.exchange) == self.donated["exchange", symbol]


def run(seed: int, deploy, moving: bool, steps: int) -> Counter[str]:
    history = SoftHistory(seed, deploy, moving)
    for _ in range(steps):
        history.step()
    history.conclude()
    return history.counts


@pytest.mark.parametrize("moving", [False, True])
def test_balances_reconcile(moving, deploy):
    counts = run(1, deploy, moving, 350) + run(2, deploy, moving, 350)
    assert counts["exchange"] > 60 and counts["createLoan"] > 8
    assert counts["liquidate"] or not moving


@pytest.mark.slow
@pytest.mark.parametrize("moving", [False, True])
def test_balances_reconcile_over_ten_thousand_steps(moving, deploy):
    counts = run(3, deploy, moving, 10_000)
    assert min(counts[name] for name in ("exchange", "createLoan", "repay", "supply", "withdraw")) > 100
    assert counts["liquidate"] > 50 or not moving
