"""A lending market whose execution is a batch auction or an absorbing backstop, as tests speak to it."""

from __future__ import annotations

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, RAY
from tests.deployed import Deployed
from tests.lending import BORROWER, LENDER, OWNER, REPORTER, Asset, new_market

ALICE, BOB, CAROL, TREASURY = (ACCOUNTS.address(i) for i in range(9, 13))
ETH, BTC, USD = 10**18, 10**8, 10**6
WINDOW_S, MAX_BIDS, MAX_ROUNDS, RESERVE_BPS, STEP_BPS = 120, 4, 3, 8_000, 3_000


class ExecutionScene:
    """WETH ($2,000), WBTC ($30,000) and USDC in a pool whose terms offer the whole position."""

    def __init__(self, chain, deploy, bonus_bps: int = 500, terms: str = "WholePosition") -> None:
        self.chain, self._deploy = chain, deploy
        market = self.market = new_market(chain, deploy)
        if terms == "WholePosition":
            whole = deploy(chain, terms, deploy(chain, "ConfiguredBonus"), False)
            market.pool = deploy(chain, "LendingPool", OWNER, whole, 0)
        for symbol, decimals, price in (("WETH", 18, 2_000), ("WBTC", 8, 30_000), ("USDC", 6, 1)):
            market.add(symbol, decimals, price * E8, liquidationBonusBps=bonus_bps)
        market.supply(LENDER, "USDC", 1_000_000 * USD)
        self.execution: Deployed

    def deploy(self, name: str, *args: object) -> Deployed:
        """Deploy another contract."""
        return self._deploy(self.chain, name, *args)

    def install(self, execution: Deployed) -> None:
        """Make a contract the pool's execution."""
        self.execution = execution
        self.market.pool.send(OWNER, "setModules", ZERO_ADDRESS, execution, ZERO_ADDRESS)

    def token(self, symbol: str) -> Deployed:
        """Return a token."""
        return self.market.token(symbol)

    def open_position(
        self, user: str = BORROWER, weth: int = 10 * ETH, usdc: int = 14_000 * USD, wbtc: int = 0
    ) -> None:
        """Supply collateral and borrow."""
        if weth:
            self.market.supply(user, "WETH", weth)
        if wbtc:
            self.market.supply(user, "WBTC", wbtc)
        self.market.borrow(user, "USDC", usdc)

    def price(self, usd: float, symbol: str = "WETH") -> None:
        """Report a price."""
        self.market.set_price(symbol, round(usd * E8))

    def claims(self, symbol: str = "USDC") -> int:
        """Return the pool's claims on the execution."""
        return self.market.state(symbol).claims

    def check_pool(self) -> None:
        """The pool covers its suppliers, counts its own tokens, and leaves no allowance behind."""
        for symbol in self.market.assets:
            state = self.market.state(symbol)
            assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit + state.claims
            assert state.cash == self.market.balance(symbol, self.market.pool)
            assert self.token(symbol).read("allowance", self.execution, self.market.pool) == 0


class BatchScene(ExecutionScene):
    """A batch auction: three rounds of 120 s, four bids, reserve 80 %, 50 %, 20 % of the oracle's price."""

    def __init__(self, chain, deploy, changes: dict | None = None, **given: object) -> None:
        super().__init__(chain, deploy, **given)
        parameters = {
            "windowS": WINDOW_S,
            "maxBids": MAX_BIDS,
            "maxRounds": MAX_ROUNDS,
            "reserveBps": RESERVE_BPS,
            "reserveStepBps": STEP_BPS,
        } | (changes or {})
        self.install(self.deploy("BatchAuction", self.market.pool, TREASURY, parameters))

    def open_lot(self, user: str = BORROWER, collateral: str = "WETH", debt: str = "USDC") -> list:
        """Open a lot as Carol."""
        return self.execution.send(CAROL, "open", user, self.token(collateral), self.token(debt))

    def bid(self, bidder: str, quantity: int, usd: float, lot: int = 1) -> list:
        """Bid for WETH in USDC as someone who is given what it costs."""
        price_ray = round(usd * USD) * RAY // ETH
        self.market.fund(bidder, "USDC", -(-quantity * price_ray // RAY), self.execution)
        return self.execution.send(bidder, "bid", lot, quantity, price_ray)

    def clear(self, lot: int = 1, wait_s: int = WINDOW_S) -> list:
        """Wait for the end of a round and clear it."""
        self.market.wait(wait_s)
        return self.execution.send(CAROL, "clear", lot)

    def lot(self, lot: int = 1) -> object:
        """Return BatchLot."""
        return self.execution.read("lotStatus", lot).lot

    def credit(self, account: str, symbol: str) -> int:
        """Return a credit."""
        return self.execution.read("credits", account, self.token(symbol))

    def check_books(self, *accounts: str) -> None:
        """Hold the auction's tokens and the pool's claims against lots, bids and credits, to the wei."""
        self.check_pool()
        statuses = self.execution.read("activeLots")
        for symbol in self.market.assets:
            token = self.token(symbol).address
            held = sum(self.credit(one, symbol) for one in {ALICE, BOB, CAROL, BORROWER, TREASURY, *accounts})
            held += sum(one.lot.lotAssets for one in statuses if one.lot.collateralAsset == token)
            for status in statuses:
                if status.lot.debtAsset == token:
                    held += sum(-(-one.quantity * one.priceRay // RAY) for one in status.bids)
            assert self.market.balance(symbol, self.execution) == held
            claims = sum(one.lot.debtAssets for one in statuses if one.lot.debtAsset == token)
            assert self.claims(symbol) == claims


class BackstopScene(ExecutionScene):
    """A backstop that credits 93 % (WBTC: 95 %) of collateral and gives half of the penalty as discount."""

    FACTORS = {"WETH": 9_300, "WBTC": 9_500, "USDC": 10_000}

    def __init__(self, chain, deploy, rate_usd: int = 0, burst_usd: int = 0, **given: object) -> None:
        super().__init__(chain, deploy, **given)
        pool = self.market.pool
        self.install(self.deploy("AbsorbingBackstop", OWNER, pool, 5_000, rate_usd * E8, burst_usd * E8))
        for symbol, factor in self.FACTORS.items():
            self.execution.send(OWNER, "setLiquidationFactor", self.token(symbol), factor)

    def absorb(self, *users: str, debt: str = "USDC") -> list:
        """Absorb as Carol."""
        return self.execution.send(CAROL, "absorb", self.token(debt), list(users or (BORROWER,)))

    def buy(
        self, usdc: int, collateral: str = "WETH", buyer: str = ALICE, least: int = 0, debt: str = "USDC"
    ) -> list:
        """Buy as someone who is given what it pays at most."""
        self.market.fund(buyer, debt, usdc, self.execution)
        arguments = (self.token(debt), self.token(collateral), least, usdc, buyer)
        return self.execution.send(buyer, "buyCollateral", *arguments)

    def fund_capital(self, usdc: int) -> list:
        """Add capital as the owner."""
        self.market.fund(OWNER, "USDC", usdc, self.execution)
        return self.execution.send(OWNER, "fundCapital", self.token("USDC"), usdc)

    def read(self, name: str, *symbols: str) -> int:
        """Return a view of tokens."""
        return self.execution.read(name, *[self.token(symbol) for symbol in symbols])

    def check_books(self) -> None:
        """Hold the backstop's tokens and the pool's claims against capital, stock and lots, to the wei."""
        self.check_pool()
        lots = [self.execution.read("lot", lot) for lot in range(1, self.execution.read("lotCount") + 1)]
        for symbol in self.market.assets:
            token = self.token(symbol).address
            held = self.read("capital", symbol) + sum(
                self.read("stock", debt, symbol) for debt in self.market.assets
            )
            assert self.market.balance(symbol, self.execution) == held
            left = sum(one.leftAssets for one in lots if one.debtAsset == token)
            assert self.claims(symbol) == self.read("owed", symbol) == left


def values(events: list[tuple[str, dict]], name: str) -> dict:
    """Return the arguments of the only event of a name."""
    (found,) = every(events, name)
    return found


def every(events: list[tuple[str, dict]], name: str) -> list[dict]:
    """Return the arguments of all events of a name."""
    return [given for one, given in events if one == name]


def add_odd_token(scene: ExecutionScene, symbol: str, price_usd: int, decimals: int) -> Deployed:
    """Add a reserve of an odd token, well-behaved until told otherwise; return it."""
    token = scene.deploy("OddToken", symbol, symbol, decimals, OWNER)
    feed = scene.deploy("PriceFeed", 8, f"{symbol} / USD", REPORTER)
    config = scene.market.assets["WETH"].config | {"feed": feed.address}
    scene.market.assets[symbol] = Asset(token, feed, decimals, config)
    scene.market.set_price(symbol, price_usd * E8)
    scene.market.pool.send(OWNER, "addReserve", token, config, False)
    return token
