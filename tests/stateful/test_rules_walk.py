"""A long random walk on a pool under the whole stack of risk rules: choices bind, books hold, money adds up.

Whatever the pool or a rule refuses is refused by a named error, and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.units import BPS, E8, UINT256_MAX, WAD
from tests.contracts.test_risk_stacks import build
from tests.deployed import Deployed
from tests.lending import LENDER, LIQUIDATOR, OWNER, REPORTER, LendingMarket, new_market

STEPS = 2_500
USERS = [ACCOUNTS.address(i) for i in range(20, 24)]
PRICES_E8 = {"WETH": 2_000 * E8, "LST": 2_200 * E8, "USDC": E8}
STACKS = [
    ("CorrelatedModes", "Isolation", "SizeTiers", "MovingRequirements"),
    ("MovingRequirements", "SizeTiers", "Isolation", "CorrelatedModes"),
]
MODE = {"WETH", "LST"}
REFUSALS = {
    "BorrowExceedsLtv",
    "DebtCeilingExceeded",
    "DebtOutsideMode",
    "HealthFactorNotBelowThreshold",
    "HealthFactorTooLow",
    "InsufficientBalance",
    "InsufficientCash",
    "IsolationUnchanged",
    "ModeUnchanged",
    "MustNotLeaveDust",
    "NoDebt",
    "NotBorrowableInIsolation",
    "CollateralCannotBeLiquidated",
    "AmountRoundsToZero",
}


class Walk:
    """One market, four users, a liquidator, an owner who moves haircuts, and prices."""

    def __init__(self, chain, deploy, stack: tuple[str, ...], seed: int) -> None:
        self.random = Random(seed)
        self.market: LendingMarket = new_market(chain, deploy)
        for symbol, price in PRICES_E8.items():
            self.market.add(symbol, 18, price, rates=(8_000, 200, 1_000, 20_000), allow_toxic=True)
        self.rules: dict[str, Deployed] = build(self.market, deploy, stack)
        self.rules["Isolation"].send(OWNER, "setIsolated", self.market.token("LST"), 1_000_000 * E8)
        self.lens = deploy(chain, "TestbedLens")
        self.price = dict(PRICES_E8)
        self.outcomes: Counter[str] = Counter()
        for symbol in PRICES_E8:
            self.market.supply(LENDER, symbol, 10**25)
            for account in (*USERS, LIQUIDATOR):
                self.market.fund(account, symbol, 10**27)

    def amount(self, symbol: str) -> int:
        """Draw an amount of one to a million dollars, seldom a wei."""
        dollars = 10 ** self.random.uniform(0, 6)
        return self.random.choice([1, *[int(dollars * E8 * 10**18 // self.price[symbol])] * 9])

    def headroom(self, user: str, symbol: str) -> int:
        """Return what an account may still borrow, or a wei."""
        data = self.market.pool.read("accountData", user)
        base = data.collateralBase * data.ltvBps // BPS - data.debtBase
        return max(base * 10**18 // self.price[symbol] - 1, 1)

    def step(self) -> None:
        """Do one thing; note how it ended."""
        random, market = self.random, self.market
        user, symbol = random.choice(USERS), random.choice(list(PRICES_E8))
        token = market.token(symbol)
        kinds = [
            "supply",
            "borrow",
            "borrow",
            "repay",
            "withdraw",
            "liquidate",
            "choose",
            "enter",
            "enter",
            "cut",
            "price",
        ]
        kind = random.choice([*kinds, "repay", "wait"])
        if kind == "supply":
            self.send(kind, market.pool, user, "supply", token, self.amount(symbol), random.choice(USERS))
        elif kind == "borrow":
            symbol = random.choice(["WETH", "WETH", "WETH", symbol])
            amount = random.choice([self.amount(symbol), self.headroom(user, symbol)])
            self.send(kind, market.pool, user, "borrow", market.token(symbol), amount, healthy=user)
        elif kind == "repay":
            amount = random.choice([self.amount(symbol), UINT256_MAX])
            self.send(kind, market.pool, user, "repay", token, amount, random.choice(USERS))
        elif kind == "withdraw":
            self.send(kind, market.pool, user, "withdraw", token, self.amount(symbol), user, healthy=user)
        elif kind == "liquidate":
            user, debt = min(USERS, key=market.health), market.token(random.choice(["WETH", "WETH", symbol]))
            arguments = (token, debt, user, self.amount(symbol) * 10, random.random() < 0.5)
            self.send(kind, market.pool, LIQUIDATOR, "liquidate", *arguments)
        elif kind == "choose":
            self.send(kind, self.rules["CorrelatedModes"], user, "choose", random.randint(0, 1), healthy=user)
        elif kind == "enter":
            collateral = random.choice([market.token("LST"), ZERO_ADDRESS])
            self.send(kind, self.rules["Isolation"], user, "enter", collateral, healthy=user)
        elif kind == "cut":
            ltv_bps, ramp_s = random.randint(0, 2_000), random.choice([0, 600])
            cut = (market.token(random.choice(["WETH", "LST"])), ltv_bps, random.randint(0, ltv_bps), ramp_s)
            self.send(kind, self.rules["MovingRequirements"], OWNER, "setHaircut", *cut)
        elif kind == "price":
            move = random.choice([80, 95, 98, 102, 105, 120])
            limits = PRICES_E8[symbol] // 3, PRICES_E8[symbol] * 3
            self.price[symbol] = min(max(self.price[symbol] * move // 100, limits[0]), limits[1])
            feed = market.assets[symbol].feed
            feed.send(REPORTER, "pushRound", self.price[symbol], market.chain.timestamp_s)
        else:
            market.wait(random.choice([12, 300, 86_400]))

    def send(self, kind: str, to: Deployed, sender: str, function: str, *args: object, healthy: str = "") -> None:
        """Send, and check that what succeeds leaves `healthy` healthy and what fails has a name."""
        receipt = to.try_send(sender, function, *args)
        if receipt.ok:
            self.outcomes[kind] += 1
            assert not healthy or self.market.health(healthy) >= WAD, f"{kind} left an account unhealthy"
            return
        name, _ = to.artifacts.decoder.error_parts(receipt.revert_data)
        assert name in REFUSALS, f"{kind} failed with {name}"
        self.outcomes[name] += 1

    def check(self) -> None:
        """Hold choices, books, weights, and every balance."""
        market, symbols = self.market, list(PRICES_E8)
        lst, isolation = market.token("LST"), self.rules["Isolation"]
        scaled = market.pool.read("scaledBalances", USERS)
        words = self.lens.read("accountWords", market.pool, USERS)
        booked = dict.fromkeys(symbols, 0)
        for k, user in enumerate(USERS):
            debts = dict(zip(symbols, scaled[k * 6 + 3 : k * 6 + 6], strict=True))
            isolated = isolation.read("collateralOf", user) == lst.address
            if self.rules["CorrelatedModes"].read("modeOf", user):
                assert all(symbol in MODE for symbol, debt in debts.items() if debt)
            if isolated:
                assert all(symbol == "WETH" for symbol, debt in debts.items() if debt)
                booked = {symbol: booked[symbol] + debts[symbol] for symbol in symbols}
            data = market.pool.read("accountData", user)
            assert data.ltvBps <= data.liquidationThresholdBps <= BPS
            assert words[k * 9] == data.healthFactorWad
        for symbol in symbols:
            token, state = market.token(symbol), market.state(symbol)
            assert isolation.read("scaledDebtAgainst", lst, token) == booked[symbol]
            assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit
            assert state.cash == market.balance(symbol, market.pool)


@pytest.mark.parametrize("stack", STACKS, ids=["modes inside", "modes outside"])
def test_a_walk_under_all_rules(revm, deploy, stack):
    walk = Walk(revm, deploy, stack, seed=31)
    for step in range(STEPS):
        walk.step()
        if step % 20 == 0:
            walk.check()
    walk.check()
    # A walk says little where nothing succeeds, or where no rule ever refuses.
    done = {"supply", "borrow", "repay", "withdraw", "liquidate", "choose", "enter", "cut"}
    refused = {"DebtOutsideMode", "NotBorrowableInIsolation", "DebtCeilingExceeded", "HealthFactorTooLow"}
    assert {kind: walk.outcomes[kind] for kind in done if walk.outcomes[kind] < 5} == {}
    assert refused - set(walk.outcomes) == set()
