"""Random histories of batch auctions and of a backstop: every wei of collateral and debt has a place."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.units import E8, RAY
from tests.deployed import Deployed, as_address
from tests.executions import ALICE, BOB, CAROL, TREASURY, WINDOW_S, BackstopScene, BatchScene, ExecutionScene
from tests.lending import LENDER, OWNER

USERS = tuple(ACCOUNTS.address(i) for i in range(20, 23))
BIDDERS = (ALICE, BOB, *USERS[:1])
COLLATERALS, DEBTS = ("WETH", "WBTC"), ("USDC", "DAI")
PRICES_USD = {"WETH": 2_000, "WBTC": 30_000}

user = st.sampled_from(USERS)
collateral = st.sampled_from(COLLATERALS)
debt = st.sampled_from(DEBTS)
bidder = st.sampled_from(BIDDERS)


class History(RuleBasedStateMachine):
    """Borrowers over two collaterals (18 and 8 decimals) and two debts (6 and 18); prices move, time passes."""

    kind: type[ExecutionScene]

    def __init__(self) -> None:
        super().__init__()
        self.chain = RevmChain()
        self.artifacts = load_artifacts()
        self.lots: dict[int, dict[str, int]] = {}

    def deploy(self, chain, name: str, *args: object) -> Deployed:
        init_code = self.artifacts[name].encode_constructor(*[as_address(one) for one in args])
        return Deployed(chain, self.artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))

    @initialize()
    def begin(self):
        scene = self.scene = self.kind(self.chain, self.deploy)
        scene.market.add("DAI", 18, E8)
        for symbol in DEBTS:
            scene.market.supply(LENDER, symbol, 10**7 * self.unit(symbol))
        for who, held, owed in zip(USERS, ("WETH", "WBTC", "WETH"), ("USDC", "DAI", "DAI"), strict=True):
            self.open(who, held, owed, 30_000, 105)

    def unit(self, symbol: str) -> int:
        return 10 ** self.scene.market.assets[symbol].decimals

    def price_e8(self, symbol: str) -> int:
        return self.scene.market.state(symbol).priceBase

    def send(self, sender: str, function: str, *args: object) -> list | None:
        """Send to the execution and count what its events say; None if it was refused."""
        receipt = self.scene.execution.try_send(sender, function, *args)
        if not receipt.ok:
            event(f"{function}: {self.artifacts.decoder.error_parts(receipt.revert_data)[0]}")
            return None
        event(function)
        events = [self.artifacts.decoder.decode(log) for log in receipt.logs]
        for name, given in events:
            self.count(name, given)
        return events

    def count(self, name: str, given: dict) -> None:
        """Follow a lot from what it took to what became of it."""

    @rule(who=user, collateral=collateral, debt=debt, usd=st.integers(3_000, 60_000), health=st.integers(101, 140))
    def open(self, who, collateral, debt, usd, health):
        market = self.scene.market
        market.supply(who, collateral, usd * E8 * self.unit(collateral) // self.price_e8(collateral))
        data = market.pool.read("accountData", who)
        base = data.collateralBase * 75 // health - data.debtBase
        if base > E8:
            market.pool.send(who, "borrow", market.token(debt), base * self.unit(debt) // self.price_e8(debt))

    @rule(symbol=collateral, percent=st.sampled_from([60, 80, 90, 95, 105, 120]))
    def move_price(self, symbol, percent):
        price = self.price_e8(symbol) * percent // 100
        self.scene.market.set_price(symbol, min(max(price, E8), PRICES_USD[symbol] * 3 * E8))

    @rule(seconds=st.sampled_from([12, WINDOW_S, 3_600]))
    def wait(self, seconds):
        self.scene.market.wait(seconds)

    def pair(self, who: str, choice: int, fall: int) -> tuple[str, str] | None:
        """Return a pair of an account whose collateral has just fallen in price."""
        market = self.scene.market
        held = [one for one in COLLATERALS if market.supplied(one, who)]
        owed = [one for one in DEBTS if market.debt(one, who)]
        if not held or not owed:
            return None
        self.move_price(held[choice % len(held)], fall)
        return held[choice % len(held)], owed[choice // 2 % len(owed)]

    @invariant()
    def books_balance(self):
        if hasattr(self, "scene"):
            self.check()

    def check(self) -> None:
        """Hold tokens and claims against lots."""

    def teardown(self):
        self.chain.close()


class BatchHistory(History):
    """Lots, bids of three sizes, rounds; a borrower bids too."""

    kind = BatchScene

    def count(self, name: str, given: dict) -> None:
        if name == "LotOpened":
            self.lots[given["lotId"]] = defaultdict(int, lot=given["lotAssets"], debt=given["debtAssets"])
        elif name == "CollateralSold":
            self.lots[given["lotId"]]["gone"] += given["soldAssets"]
            self.lots[given["lotId"]]["paid"] += given["paidAssets"]
        elif name in ("CollateralReturned", "CollateralUnsold"):
            self.lots[given["lotId"]]["gone"] += given["amount"]
        elif name == "LotClosed":
            lot = self.lots.pop(given["lotId"])
            assert lot["lot"] == lot["gone"]
            assert lot["paid"] == given["recoveredAssets"]
            assert lot["debt"] == given["recoveredAssets"] + given["lostAssets"]
            event("closed with a loss" if given["lostAssets"] else "closed in full")

    @rule(who=user, choice=st.integers(0, 3), fall=st.sampled_from([50, 70, 90]))
    def open_lot(self, who, choice, fall):
        pair = self.pair(who, choice, fall)
        if pair is not None:
            self.send(CAROL, "open", who, *(self.scene.token(one) for one in pair))

    @rule(
        who=st.sampled_from(BIDDERS), which=st.integers(0, 9), share=st.integers(0, 100), bps=st.integers(0, 9_000)
    )
    def bid(self, who, which, share, bps):
        """Between the reserve price and almost twice of it."""
        lots = self.scene.execution.read("activeLots")
        if not lots:
            return
        lot = lots[which % len(lots)].lot
        quantity = max(lot.lotAssets * share // 100, lot.minQuantity)
        price_ray = max(lot.reserveRay * (10_000 + bps) // 10_000, 1)
        symbol = next(one for one in DEBTS if self.scene.token(one).address == lot.debtAsset)
        self.scene.market.fund(who, symbol, -(-quantity * price_ray // RAY), self.scene.execution)
        self.send(who, "bid", lots[which % len(lots)].lotId, quantity, price_ray)

    @rule(which=st.integers(0, 9))
    def clear(self, which):
        lots = self.scene.execution.read("activeLots")
        if not lots:
            return
        status = lots[which % len(lots)]
        done = self.send(CAROL, "clear", status.lotId)
        assert (done is not None) == (self.chain.timestamp_s >= status.lot.endsAtS), "nothing else holds it up"

    @rule(who=st.sampled_from((*BIDDERS, TREASURY)), symbol=st.sampled_from(COLLATERALS + DEBTS))
    def withdraw(self, who, symbol):
        token = self.scene.token(symbol)
        credit, before = self.scene.credit(who, symbol), token.read("balanceOf", who)
        assert self.send(who, "withdraw", token, who) is not None
        assert token.read("balanceOf", who) == before + credit

    def check(self) -> None:
        self.scene.check_books(*USERS)


class BackstopHistory(History):
    """Absorptions, purchases, capital that comes and goes."""

    kind = BackstopScene

    def count(self, name: str, given: dict) -> None:
        if name == "Absorbed":
            lot = self.scene.execution.read("lot", given["lotId"])
            self.lots[given["lotId"]] = {"owed": lot.owedAssets}
            assert lot.owedAssets >= given["debtAssets"]
        elif name == "CollateralSold":
            assert given["soldAssets"] > 0
        elif name == "LotClosed":
            lot = self.lots.pop(given["lotId"])
            assert lot["owed"] == given["recoveredAssets"] + given["lostAssets"]
            event("closed with a loss" if given["lostAssets"] else "closed in full")

    @rule(who=user, choice=st.integers(0, 3), fall=st.sampled_from([50, 70, 90]))
    def absorb(self, who, choice, fall):
        pair = self.pair(who, choice, fall)
        if pair is None:
            return
        health = self.scene.market.health(who)
        events = self.send(CAROL, "absorb", self.scene.token(pair[1]), [who])
        if events is not None:
            assert self.scene.market.debt(pair[1], who) == 0, "the terms offer all of it"
            assert health < 10**18

    @rule(which=st.integers(0, 9), usd=st.sampled_from([1, 500, 10_000, 10**7]))
    def buy(self, which, usd):
        stocks = self.scene.execution.read("stocks")
        if not stocks:
            return
        symbols = {asset.token.address: symbol for symbol, asset in self.scene.market.assets.items()}
        stock = stocks[which % len(stocks)]
        debt, collateral = symbols[stock.debtAsset], symbols[stock.collateralAsset]
        amount = usd * self.unit(debt)
        self.scene.market.fund(BOB, debt, amount, self.scene.execution)
        arguments = (self.scene.token(debt), self.scene.token(collateral), 0, amount, BOB)
        before = self.scene.market.balance(debt, BOB)
        if self.send(BOB, "buyCollateral", *arguments) is not None:
            assert before - self.scene.market.balance(debt, BOB) <= amount
            nothing_left = not any(self.scene.read("stock", debt, one) for one in COLLATERALS + DEBTS)
            assert not (nothing_left and self.scene.claims(debt)), "everything is sold: paid or lost"

    @rule(debt=debt, usd=st.sampled_from([1, 5_000]))
    def fund(self, debt, usd):
        self.scene.market.fund(OWNER, debt, usd * self.unit(debt), self.scene.execution)
        assert self.send(OWNER, "fundCapital", self.scene.token(debt), usd * self.unit(debt)) is not None

    @rule(debt=debt)
    def withdraw_capital(self, debt):
        capital = self.scene.read("capital", debt)
        assert not (capital and self.scene.claims(debt)), "capital pays what is owed before anything else"
        assert self.send(OWNER, "withdrawCapital", self.scene.token(debt), capital, OWNER) is not None

    def check(self) -> None:
        self.scene.check_books()


@pytest.mark.slow
@pytest.mark.parametrize("history", [BatchHistory, BackstopHistory])
def test_ten_thousand_steps(history):
    run_state_machine_as_test(history, settings=settings(max_examples=200, stateful_step_count=50))


TestBatchHistory = BatchHistory.TestCase
TestBatchHistory.settings = settings(max_examples=30, stateful_step_count=40)
TestBackstopHistory = BackstopHistory.TestCase
TestBackstopHistory.settings = settings(max_examples=30, stateful_step_count=40)
