"""Random histories of auctions: collateral and debt are conserved to the wei, throttles are kept but for dust."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.base import CallReverted
from sim.chain.revm import RevmChain
from sim.units import E8, RAY, UINT256_MAX, WAD
from tests.auctions import BUYER, DOLLAR_RAD, DUST_USD, KEEPER, PENALTY_WAD, TAIL_S, AuctionScene
from tests.deployed import Deployed, as_address
from tests.lending import LENDER, OWNER

USERS = tuple(ACCOUNTS.address(i) for i in range(20, 23))
COLLATERALS, DEBTS = ("WETH", "WBTC"), ("USDC", "DAI")
PRICES_USD = {"WETH": 2_000, "WBTC": 40_000, "USDC": 1, "DAI": 1}
OVERSHOOT_RAD = DUST_USD * DOLLAR_RAD * PENALTY_WAD // WAD

user = st.sampled_from(USERS)
collateral = st.sampled_from(COLLATERALS)
debt = st.sampled_from(DEBTS)


class AuctionHistory(RuleBasedStateMachine):
    """Borrowers, a keeper and a buyer over two collaterals (18 and 8 decimals) and two debts (6 and 18)."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = RevmChain()
        self.artifacts = load_artifacts()
        self.lots: dict[int, dict[str, int]] = {}
        self.limits = {}

    def deploy(self, chain, name: str, *args: object) -> Deployed:
        init_code = self.artifacts[name].encode_constructor(*[as_address(one) for one in args])
        return Deployed(chain, self.artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))

    @initialize()
    def begin(self):
        scene = self.scene = AuctionScene(self.chain, self.deploy)
        scene.market.add("WBTC", 8, 40_000 * E8)
        scene.market.add("DAI", 18, E8)
        scene.set_parameters("WBTC")
        for symbol in DEBTS:
            scene.market.supply(LENDER, symbol, 10**7 * self.unit(symbol))
        self.set_limits(50_000, 50_000)
        for who, held, owed in zip(USERS, ("WETH", "WBTC", "WETH"), ("USDC", "DAI", "DAI"), strict=True):
            self.open(who, held, owed, 30_000, 105)

    def unit(self, symbol: str) -> int:
        return 10 ** self.scene.market.assets[symbol].decimals

    def price_e8(self, symbol: str) -> int:
        return self.scene.market.state(symbol).priceBase

    def send(self, sender: str, function: str, *args: object) -> list | None:
        """Send to the auction and keep each lot's books from its events; None if it was refused."""
        receipt = self.scene.auction.try_send(sender, function, *args)
        if not receipt.ok:
            event(f"{function}: {self.artifacts.decoder.error_parts(receipt.revert_data)[0]}")
            return None
        event(function)
        events = [self.artifacts.decoder.decode(log) for log in receipt.logs]
        for name, given in events:
            self.count(name, given)
        return events

    def count(self, name: str, given: dict) -> None:
        if name == "LotStarted":
            self.lots[given["lotId"]] = defaultdict(int, lot=given["lotAssets"], debt=given["debtAssets"])
        elif name == "CollateralSold":
            self.lots[given["lotId"]]["sold"] += given["soldAssets"]
            self.lots[given["lotId"]]["paid"] += given["paidAssets"]
        elif name == "CollateralReturned":
            self.lots[given["lotId"]]["returned"] += given["amount"]
        elif name == "LotClosed":
            lot = self.lots.pop(given["lotId"])
            assert lot["lot"] == lot["sold"] + lot["returned"]
            assert lot["debt"] == given["recoveredAssets"] + given["lostAssets"]
            assert given["recoveredAssets"] == min(lot["paid"], lot["debt"])
            event("closed with a loss" if given["lostAssets"] else "closed in full")

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

    @rule(seconds=st.sampled_from([12, 600, 1_800, 3_600, TAIL_S + 1]))
    def wait(self, seconds):
        self.scene.market.wait(seconds)

    @rule(total=st.integers(2_000, 60_000), each=st.integers(2_000, 60_000))
    def set_limits(self, total, each):
        self.scene.auction.send(OWNER, "setTotalLimit", total * DOLLAR_RAD)
        for symbol in COLLATERALS:
            self.scene.set_parameters(symbol, limitRad=each * DOLLAR_RAD)
        self.limits = {None: total * DOLLAR_RAD, **dict.fromkeys(COLLATERALS, each * DOLLAR_RAD)}

    def in_auction(self) -> dict:
        auction, token = self.scene.auction, self.scene.token
        used = {symbol: auction.read("inAuctionRad", token(symbol)) for symbol in COLLATERALS}
        return {None: auction.read("totalInAuctionRad"), **used}

    @rule(who=user, choice=st.integers(0, 3), fall=st.sampled_from([70, 85, 95, 100]))
    def start(self, who, choice, fall):
        """Let the price of a collateral of the account fall, then start with a pair that it has."""
        market = self.scene.market
        held = [one for one in COLLATERALS if market.supplied(one, who)]
        owed = [one for one in DEBTS if market.debt(one, who)]
        if not held or not owed:
            return
        collateral, debt = held[choice % len(held)], owed[choice // 2 % len(owed)]
        self.move_price(collateral, fall)
        before = self.in_auction()
        if self.send(KEEPER, "start", *self.scene.start_arguments(who, collateral, debt)) is None:
            return
        for key, used in self.in_auction().items():
            if used > before[key]:
                assert before[key] < self.limits[key]
                assert used <= self.limits[key] + OVERSHOOT_RAD

    @rule(which=st.integers(0, 9), share=st.sampled_from([1, 30, 80, 100]), most=st.booleans())
    def take(self, which, share, most):
        lots = self.scene.auction.read("activeLots")
        if not lots:
            return
        status = lots[which % len(lots)]
        amount = UINT256_MAX if share == 100 else max(status.lot.lotAssets * share // 100, 1)
        limit = status.priceRay if most else UINT256_MAX
        try:
            sold, paid = self.scene.auction.read("previewTake", status.lotId, amount, limit)
        except CallReverted:
            sold, paid = 0, 0
        symbol = next(one for one in DEBTS if self.scene.token(one).address == status.lot.debtAsset)
        self.scene.market.fund(BUYER, symbol, paid, self.scene.auction)
        events = self.send(BUYER, "take", status.lotId, amount, limit, BUYER, b"")
        if events is None:
            return
        assert sold <= min(amount, status.lot.lotAssets)
        assert (paid - 1) * RAY < status.lot.tabRad
        assert paid * RAY >= sold * status.priceRay
        left = next((one for one in self.scene.auction.read("activeLots") if one.lotId == status.lotId), None)
        if left is not None:
            assert left.lot.tabRad >= left.lot.minTabRad
            assert 0 < left.lot.lotAssets == status.lot.lotAssets - sold

    @rule(which=st.integers(0, 9))
    def reset(self, which):
        lots = self.scene.auction.read("activeLots")
        if lots:
            status = lots[which % len(lots)]
            done = self.send(KEEPER, "reset", status.lotId, KEEPER)
            assert (done is not None) == status.needsReset

    @invariant()
    def books_balance(self):
        if hasattr(self, "scene"):
            self.scene.check_books(USERS)

    def teardown(self):
        self.chain.close()


@pytest.mark.slow
def test_ten_thousand_steps():
    long = settings(max_examples=200, stateful_step_count=60)
    run_state_machine_as_test(AuctionHistory, settings=long)


TestAuctionHistory = AuctionHistory.TestCase
TestAuctionHistory.settings = settings(max_examples=60, stateful_step_count=50)
