"""A perpetual market under random histories: to the wei conserved after every operation, and nobody pays unasked.

Prices jump, books thin out, feeds fail, funding runs, positions are liquidated through a waterfall of the plainest
stages of each kind. An operation either does what it says or fails with an error of the market's own.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from sim.chain.accounts import ACCOUNTS
from sim.units import BPS, E8, UINT256_MAX, WAD
from tests.lending import OWNER, REPORTER
from tests.perps import CROSS, INT256_MIN, KEEPER, USD, new_perp_market

TRADERS = [ACCOUNTS.address(i) for i in range(50, 56)]
IDLE = ACCOUNTS.address(57)
"""Has cash and never a position."""
SYMBOLS = ["ETH", "BTC"]
START_E8 = {"ETH": 2_000 * E8, "BTC": 50_000 * E8}
TIERS = [(0, 100, 0), (200_000 * USD, 250, 3_000 * USD), (2_000_000 * USD, 1_000, 153_000 * USD)]
CONFIG = {
    "openInterestCapWad": 3_000 * WAD,
    "minNotionalQuote": 10 * USD,
    "tradingFeeBps": 5,
    "makerFeeShareBps": 6_000,
    "liquidationFeeBps": 100,
    "fundShareBps": 3_333,
    "closeMinBps": 2_000,
    "fundingIntervalS": 28_800,
    "fundingGapS": 86_400,
    "fundingInterestWad": WAD // 10_000,
    "fundingBoundWad": WAD // 2_000,
}
FAILURES = {
    "CashBelowZero",
    "CollateralNotForSale",
    "CollateralCapExceeded",
    "ExceedsShortfall",
    "InsufficientCollateral",
    "InsufficientHeld",
    "InsufficientMargin",
    "InvalidIndex",
    "MakerMarginExceeded",
    "NoPosition",
    "NotLiquidatable",
    "NothingLiquidated",
    "NothingToMove",
    "NothingToResolve",
    "OpenInterestCapExceeded",
    "PositionTooSmall",
    "ReductionWorsens",
    "TooLarge",
    "WithdrawalsWait",
    "ZeroAmount",
}
EVENTS = {
    "BadDebtBooked",
    "BadDebtCovered",
    "CollateralBought",
    "DeficitPaid",
    "FundingSettled",
    "Liquidated",
    "LossSocialised",
    "PositionTransferred",
    "Traded",
    "Withdrawn",
    "WithdrawalsGated",
}


class History:
    """A market with four stages, six traders and one who only watches."""

    def __init__(self, chain, deploy, seed: int) -> None:
        self.random = Random(seed)
        self.counts: Counter[str] = Counter()
        perps = self.perps = new_perp_market(chain, deploy, maker_usd=2_000_000)
        for symbol in SYMBOLS:
            perps.add(symbol, 0, tiers=TIERS, **CONFIG)
        self.sol, self.sol_feed = perps.add_collateral(100 * E8, maxPriceAgeS=0, capAssets=10**14)
        self.stages = [perps.stage(kind) for kind in (1, 2, 3, 4)]
        perps.pay_in(self.stages[0].address, 200_000 * USD, payer=OWNER)
        perps.pay_in(IDLE, 1_000 * USD)
        for account in (*TRADERS, KEEPER):
            perps.fund(account, 10**9 * USD)
            perps.fund(account, 0, spender=perps.collateral)
            self.sol.send(OWNER, "mint", account, 10**15)
            self.sol.send(account, "approve", perps.collateral, UINT256_MAX)
            perps.market.send(account, "deposit", 20_000 * USD, account, CROSS)

    def attempt(self, contract, sender: str, function: str, *args: object) -> bool:
        """Send; count its events, or its error, which must be the market's own."""
        receipt = contract.try_send(sender, function, *args)
        decoder = contract.artifacts.decoder
        if not receipt.ok:
            name = decoder.decode_error(receipt.revert_data).split("(")[0]
            assert name in FAILURES, f"{function}{args} failed with {name}"
            self.counts[name] += 1
            return False
        self.counts.update(decoder.decode(log)[0] for log in receipt.logs)
        return True

    def market(self, sender: str, function: str, *args: object) -> bool:
        """Send to the market."""
        return self.attempt(self.perps.market, sender, function, *args)

    def any_slot(self) -> str:
        """Draw a slot, the cross account mostly."""
        return self.random.choice([CROSS, CROSS, *self.perps.instruments.values()])

    # Operations

    def deposit(self) -> None:
        account = self.random.choice(TRADERS)
        self.market(account, "deposit", self.random.randint(1, 20_000 * USD), account, self.any_slot())

    def withdraw(self) -> None:
        account = self.random.choice(TRADERS)
        amount = self.random.choice([UINT256_MAX, self.random.randint(1, 20_000 * USD)])
        slot = self.any_slot()
        if self.market(account, "withdraw", amount, slot, account):
            self.require_margin(account, slot)

    def move_cash(self) -> None:
        account, source = self.random.choice(TRADERS), self.any_slot()
        if self.market(account, "moveCash", source, self.any_slot(), self.random.randint(1, 5_000 * USD)):
            self.require_margin(account, source)

    def trade(self) -> None:
        account, symbol = self.random.choice(TRADERS), self.random.choice(SYMBOLS)
        isolated = self.random.random() < 0.25
        instrument = self.perps.instruments[symbol]
        slot = instrument if isolated else CROSS
        size = self.perps.position(account, symbol, isolated).sizeWad
        worth = max(self.perps.market.read("cashOf", account, slot), 0) * self.random.choice([1, 20, 40, 60])
        delta = int(worth * self.random.random() * E8 * WAD / self.price[symbol] / USD)
        delta = self.random.choice([delta, -delta] if not size else [delta, -delta, -size, -size // 3]) or 1
        if self.market(account, "trade", slot, instrument, delta, INT256_MIN) and abs(size + delta) > abs(size):
            self.require_margin(account, slot)

    def move_price(self) -> None:
        symbol = self.random.choice(SYMBOLS)
        step = self.random.choice([0.01, 0.01, 0.05, 0.15])
        mark = int(self.price[symbol] * (1 + step * self.random.choice([-1, 1])))
        self.price[symbol] = min(max(mark, START_E8[symbol] // 10), START_E8[symbol] * 10)
        off = [self.price[symbol] * (BPS + self.random.randint(-150, 150)) // BPS for _ in range(2)]
        self.perps.price(symbol, self.price[symbol], *off)

    price: dict[str, int]

    def break_price(self) -> None:
        symbol = self.random.choice(SYMBOLS)
        self.perps.price(symbol, *self.random.choice([(0, 0, 0), (self.price[symbol], 0, 0)]))

    def thin_book(self) -> None:
        most = self.random.choice([*[UINT256_MAX] * 4, 20 * WAD, 0])
        self.perps.book(self.random.choice([0, 5, 300]), self.random.choice([0, 1, 20]), most)

    def wait(self) -> None:
        self.perps.wait(self.random.choice([1, 60, 3_600, 200_000]))

    def liquidate(self) -> None:
        instrument = self.perps.instruments[self.random.choice(SYMBOLS)]
        for owner, slot in zip(*self.perps.market.read("holders", instrument), strict=True):
            self.market(KEEPER, "liquidate", owner, slot, instrument)

    def set_stages(self) -> None:
        self.perps.waterfall(*(one for one in self.stages if self.random.random() < 0.4))
        paid = self.random.choice([1, 100, 50_000]) * USD
        self.perps.quote.send(OWNER, "mint", self.stages[1], self.random.randint(0, paid))
        self.stages[0].send(OWNER, "setKind", 1, self.random.choice([BPS, BPS // 3]))

    def settle(self) -> None:
        symbol, account = self.random.choice(SYMBOLS), self.random.choice(TRADERS)
        self.market(IDLE, "accrueFunding", self.perps.instruments[symbol])
        self.market(IDLE, "settle", account, self.any_slot())

    def bad_debt(self) -> None:
        symbol = self.random.choice(SYMBOLS)
        instrument, account = self.perps.instruments[symbol], self.random.choice(TRADERS)
        self.market(KEEPER, "resolveBadDebt", instrument)
        self.market(KEEPER, "coverBadDebt", instrument, self.random.randint(1, 1_000 * USD))
        self.market(KEEPER, "resolveDeficit", account, self.any_slot())
        for owner in TRADERS:
            self.market(KEEPER, "gateWithdrawals", owner, CROSS)

    def rules(self) -> None:
        weight = self.random.choice([0, 5_000, BPS])
        self.perps.rules(weight, self.random.random() < 0.3, 600, OWNER)
        self.market(OWNER, "takeFees", OWNER)
        self.market(KEEPER, "sendFundDues")

    def collateral(self) -> None:
        account, amount = self.random.choice(TRADERS), self.random.randint(1, 10**11)
        desk, act = self.perps.collateral, self.random.randrange(4)
        if act == 0:
            self.attempt(desk, account, "deposit", self.sol, amount, account)
        elif act == 1:
            self.attempt(desk, account, "withdraw", self.sol, self.random.choice([UINT256_MAX, amount]), account)
        elif act == 2:
            answer = self.random.randint(20, 200) * E8
            self.sol_feed.send(REPORTER, "pushRound", answer, self.perps.chain.timestamp_s)
        else:
            for owner in TRADERS:
                self.attempt(desk, KEEPER, "buy", owner, self.sol, self.random.choice([amount, UINT256_MAX]))

    # What holds

    def require_margin(self, account: str, slot: str) -> None:
        """Hold what opening and withdrawing leave behind."""
        state = self.perps.market.read("accountState", account, slot)
        assert state.openingQuote >= state.initialQuote

    def run(self, count: int) -> None:
        """Do operations, and look at the books after each."""
        self.price = dict(START_E8)
        weighted = [
            (self.trade, 30),
            (self.liquidate, 14),
            (self.move_price, 14),
            (self.deposit, 8),
            (self.withdraw, 5),
            (self.move_cash, 4),
            (self.collateral, 8),
            (self.wait, 4),
            (self.settle, 3),
            (self.thin_book, 4),
            (self.set_stages, 4),
            (self.bad_debt, 3),
            (self.rules, 2),
            (self.break_price, 1),
        ]
        operations, weights = zip(*weighted, strict=True)
        for operation in self.random.choices(operations, weights, k=count):
            operation()
            self.perps.require_conserved()
            assert self.perps.cash(IDLE) == 1_000 * USD
            held = self.perps.collateral.read("totalAssets", self.sol)
            assert self.sol.read("balanceOf", self.perps.collateral) == held


def run_history(chain, deploy, seed: int, count: int) -> Counter[str]:
    """Run one history and return how often each event and error came."""
    history = History(chain, deploy, seed)
    history.run(count)
    history.perps.settle_everything(IDLE, history.counts["FundingSettled"])
    asked = [stage.read("asked") for stage in history.stages]
    return history.counts + Counter({f"stage {i}": n for i, n in enumerate(asked)})


def test_books_balance_after_every_operation(revm, deploy):
    counts = run_history(revm, deploy, 1, 2_000)
    assert EVENTS - counts.keys() == set()
    assert all(counts[f"stage {i}"] for i in range(4))
