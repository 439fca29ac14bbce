"""A lending market as tests speak to it: assets by symbol, accounts by role, real tokens and feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import Chain
from sim.units import E8, UINT256_MAX
from tests.deployed import Deployed

OWNER, REPORTER, LENDER, BORROWER, LIQUIDATOR, DONOR = (ACCOUNTS.address(i) for i in range(1, 7))
START_S = 1_600_000_000

AAVE_TERMS = (5_000, 95 * 10**16, 2_000 * E8, 1_000 * E8)
"""Parameters of TotalDebtCloseFactor as Aave v3.6 has them."""
FREE_RATES = (9_000, 0, 0, 0)
"""No interest at all."""
KINKED_RATES = (9_000, 0, 270, 8_000)
"""WETH on Aave V3: optimum 90 %, 2.7 % below it, 80 % more above."""


@dataclass
class Asset:
    """A reserve: its token, feed and configuration."""

    token: Deployed
    feed: Deployed
    decimals: int
    config: dict


@dataclass
class LendingMarket:
    """A deployed pool with its terms; reserves are added by symbol."""

    chain: Chain
    deploy: Callable[..., Deployed]
    pool: Deployed
    assets: dict[str, Asset] = field(default_factory=dict)

    def add(
        self,
        symbol: str,
        decimals: int,
        price_e8: int,
        *,
        rates: tuple = FREE_RATES,
        allow_toxic: bool = False,
        token_type: str = "AssetToken",
        **config: int,
    ) -> Asset:
        """Add a reserve; `config` overrides ReserveConfig's fields by their Solidity names.

        `token_type` is a contract with AssetToken's constructor.
        """
        token = self.deploy(self.chain, token_type, symbol, symbol, decimals, OWNER)
        feed = self.deploy(self.chain, "PriceFeed", 8, f"{symbol} / USD", REPORTER)
        model = self.deploy(self.chain, "KinkedRateModel", rates)
        fields = {
            "feed": feed.address,
            "rateModel": model.address,
            "ltvBps": 7_500,
            "liquidationThresholdBps": 8_000,
            "liquidationBonusBps": 500,
            "protocolFeeBps": 1_000,
            "reserveFactorBps": 1_000,
            "maxPriceAgeS": 0,
            "borrowable": True,
            "supplyCapAssets": 0,
            "borrowCapAssets": 0,
        } | config
        asset = self.assets[symbol] = Asset(token, feed, decimals, fields)
        self.set_price(symbol, price_e8)
        self.pool.send(OWNER, "addReserve", token, fields, allow_toxic)
        return asset

    def token(self, symbol: str) -> Deployed:
        """Return a reserve's token."""
        return self.assets[symbol].token

    def set_price(self, symbol: str, price_e8: int) -> None:
        """Report a price, in US dollars with 8 decimals."""
        self.assets[symbol].feed.send(REPORTER, "pushRound", price_e8, self.chain.timestamp_s)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    def fund(self, account: str, symbol: str, amount: int, spender: Deployed | None = None) -> None:
        """Give an account tokens and let the pool (or `spender`) take any amount of them."""
        token = self.token(symbol)
        token.send(OWNER, "mint", account, amount)
        token.send(account, "approve", spender or self.pool, UINT256_MAX)

    def supply(self, account: str, symbol: str, amount: int) -> None:
        """Mint `amount` and supply it."""
        self.fund(account, symbol, amount)
        self.pool.send(account, "supply", self.token(symbol), amount, account)

    def borrow(self, account: str, symbol: str, amount: int) -> None:
        """Borrow, after a lender has brought what is missing in cash."""
        missing = amount - self.state(symbol).cash
        if missing > 0:
            self.supply(LENDER, symbol, missing)
        self.pool.send(account, "borrow", self.token(symbol), amount)

    def state(self, symbol: str) -> object:
        """Return ReserveState."""
        return self.pool.read("reserveState", self.token(symbol))

    def supplied(self, symbol: str, account: str) -> int:
        """Return a supply balance."""
        return self.pool.read("supplyBalance", self.token(symbol), account)

    def debt(self, symbol: str, account: str) -> int:
        """Return a debt balance."""
        return self.pool.read("debtBalance", self.token(symbol), account)

    def health(self, account: str) -> int:
        """Return the health factor in wad."""
        return self.pool.read("accountData", account).healthFactorWad

    def balance(self, symbol: str, account: object) -> int:
        """Return a token balance."""
        return self.token(symbol).read("balanceOf", account)

    def liquidate(
        self,
        collateral: str,
        debt: str,
        user: str = BORROWER,
        amount: int = UINT256_MAX,
        receive_shares: bool = False,
    ) -> tuple[dict, list[tuple[str, dict]]]:
        """Liquidate as LIQUIDATOR, who is given the tokens; return the Liquidation event and all events."""
        self.fund(LIQUIDATOR, debt, min(amount, self.debt(debt, user)))
        arguments = (self.token(collateral), self.token(debt), user, amount, receive_shares)
        events = self.pool.send(LIQUIDATOR, "liquidate", *arguments)
        return next(values for name, values in events if name == "Liquidation"), events


def new_market(
    chain: Chain, deploy: Callable[..., Deployed], terms: tuple = AAVE_TERMS, flash_fee_bps: int = 0
) -> LendingMarket:
    """Deploy terms and pool at START_S or later."""
    chain.begin(START_S)
    closing = deploy(chain, "TotalDebtCloseFactor", deploy(chain, "ConfiguredBonus"), False, terms)
    return LendingMarket(chain, deploy, deploy(chain, "LendingPool", OWNER, closing, flash_fee_bps))


def market_with_terms(chain: Chain, deploy: Callable[..., Deployed], name: str, *args: object) -> LendingMarket:
    """Deploy the terms `name(ConfiguredBonus, fee on the bonus, *args)` and a pool at START_S or later.

    A deployed bonus rule may come first in `args` and takes the place of ConfiguredBonus.
    """
    chain.begin(START_S)
    given = bool(args) and isinstance(args[0], Deployed)
    rule, rest = (args[0], args[1:]) if given else (deploy(chain, "ConfiguredBonus"), args)
    terms = deploy(chain, name, rule, False, *rest)
    return LendingMarket(chain, deploy, deploy(chain, "LendingPool", OWNER, terms, 0))
