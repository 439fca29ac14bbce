"""A market of soft liquidation as tests speak to it: tokens by symbol, accounts by role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS, Chain
from sim.reference import bands
from sim.units import E8, UINT256_MAX, WAD
from tests.deployed import Deployed

OWNER, REPORTER, LENDER, BORROWER, LIQUIDATOR, TRADER, DONOR = (ACCOUNTS.address(i) for i in range(1, 8))
START_S = 1_600_000_000
ETH = 10**18
USD = 10**6
PRICE_E8 = 2_000 * E8


@dataclass
class SoftMarket:
    """A deployed exchange with its market: WETH against USDC."""

    chain: Chain
    deploy: Callable[..., Deployed]
    exchange: Deployed
    market: Deployed
    tokens: dict[str, Deployed]
    feeds: dict[str, Deployed]
    amplification: int
    fee_wad: int
    used: list[int] = field(default_factory=list)

    def set_price(self, price_e8: int, symbol: str = "WETH") -> None:
        """Report a price, in US dollars with 8 decimals."""
        self.feeds[symbol].send(REPORTER, "pushRound", price_e8, self.chain.timestamp_s)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    def fund(self, account: str, symbol: str, amount: int) -> None:
        """Give an account tokens that market and exchange may take."""
        self.tokens[symbol].send(OWNER, "mint", account, amount)
        for spender in (self.market, self.exchange):
            self.tokens[symbol].send(account, "approve", spender, UINT256_MAX)

    def supply(self, amount: int, account: str = LENDER) -> None:
        """Lend `amount` units of USDC, minted for it."""
        self.fund(account, "USDC", amount)
        self.market.send(account, "supply", amount, account)

    def loan(self, collateral: int, debt: int, count: int = 10, account: str = BORROWER) -> None:
        """Open a loan, with minted collateral."""
        self.fund(account, "WETH", collateral)
        self.send(account, "createLoan", collateral, debt, count)

    def trade(self, sells: bool, amount: int, account: str = TRADER) -> tuple[int, int]:
        """Trade with minted tokens, up to `amount`; return what was spent and received."""
        self.fund(account, "WETH" if sells else "USDC", amount)
        events = self.exchange.send(account, "exchange", sells, amount, 0, account)
        traded = next(values for name, values in events if name == "BandsTraded")
        return traded["amountIn"], traded["amountOut"]

    def arbitrage(self, price_e8: int | None = None, account: str = TRADER) -> list[tuple[bool, int, int]]:
        """Trade until no further unit pays at a market price (the feed's, unless given); return the trades."""
        limit = (price_e8 or self.feeds["WETH"].read("latestRoundData")[1]) * WAD // E8
        trades = []
        for sells, budget in ((False, 10**30), (True, 10**30)):
            spent, out = self.exchange.read("quoteToPrice", sells, limit, budget)
            if out:
                trades.append((sells, *self.trade(sells, spent, account)))
        return trades

    def balance(self, symbol: str, account: object) -> int:
        """Return a token balance."""
        return self.tokens[symbol].read("balanceOf", account)

    def health(self, account: str = BORROWER) -> int:
        """Return the health in wad."""
        return self.market.read("healthWad", account)

    def debt(self, account: str = BORROWER) -> int:
        """Return the debt in units."""
        return self.market.read("debtOf", account)

    def amounts(self, account: str = BORROWER) -> tuple[int, int]:
        """Return what is in the bands of an account: USDC and WETH."""
        return tuple(self.exchange.read("previewWithdraw", account, WAD))

    def bands(self) -> dict[int, tuple[int, int, int]]:
        """Return USDC, WETH and shares of every band that a loan of the accounts has ever been in."""
        calls = [(self.exchange.address, self.exchange.encode("bandAt", n)) for n in self.used]
        words = [[int.from_bytes(one[at : at + 32]) for at in (0, 32, 64)] for one in self.chain.call_many(calls)]
        return {n: tuple(one) for n, one in zip(self.used, words, strict=True) if any(one)}

    def send(self, account: str, function: str, *args: object) -> list[tuple[str, dict]]:
        """Send to the market, and note the bands that it puts collateral into."""
        events = self.market.send(account, function, *args)
        for name, values in events:
            if name == "BandsDeposited":
                new = range(values["firstBand"], values["lastBand"] + 1)
                self.used = sorted({*self.used, *new})
        return events

    def band_trade(self, sells: bool, limit_wad: int = 0) -> bands.BandTrade:
        """Return the mirror's view of a trade now."""
        oracle, fee = self.exchange.read("oracleWad")
        scales = (10**18, 10**30) if sells else (10**30, 10**18)
        return bands.BandTrade(sells, oracle, fee, self.amplification, *scales, limit_wad)

    def reconcile(self) -> None:
        """Tokens of the exchange are those of its bands and its owner, to the unit; so with the market's cash."""
        held = self.bands()
        fees = self.exchange.read("adminFees")
        for i, symbol in enumerate(("USDC", "WETH")):
            assert self.balance(symbol, self.exchange) == sum(one[i] for one in held.values()) + fees[i]
        assert self.balance("USDC", self.market) == self.market.read("totals")[0]
        assert self.balance("WETH", self.market) == 0
        active = self.exchange.read("activeBand")
        assert all(one[1] == 0 for n, one in held.items() if n < active)
        assert all(one[0] == 0 for n, one in held.items() if n > active)


def new_soft_market(
    chain: Chain,
    deploy: Callable[..., Deployed],
    *,
    amplification: int = 100,
    fee_bps: int = 60,
    admin_fee_bps: int = 0,
    loan_discount_bps: int = 900,
    liquidation_discount_bps: int = 600,
    liquidation_bonus_bps: int = 200,
    reserve_factor_bps: int = 0,
    yearly_rate_bps: int = 0,
    supply: int = 10_000_000 * USD,
    **other: Any,
) -> SoftMarket:
    """Deploy exchange and market at START_S or later, with lenders; `other`: policy, rate_model, ages."""
    chain.begin(START_S)
    tokens = {
        symbol: deploy(chain, "AssetToken", symbol, symbol, decimals, OWNER)
        for symbol, decimals in (("WETH", 18), ("USDC", 6))
    } | other.get("tokens", {})
    feeds = {symbol: deploy(chain, "PriceFeed", 8, f"{symbol} / USD", REPORTER) for symbol in tokens}
    for symbol, price in (("WETH", PRICE_E8), ("USDC", E8)):
        feeds[symbol].send(REPORTER, "pushRound", price, chain.timestamp_s)
    addresses = [one.address for one in (*tokens.values(), *feeds.values())]
    age = other.get("max_price_age_s", 0)
    base = other.get("base_price_wad", 2_000 * WAD)
    config = (*addresses, age, amplification, fee_bps, admin_fee_bps, base)
    exchange = deploy(chain, "BandExchange", OWNER, config)
    discounts = (loan_discount_bps, liquidation_discount_bps, liquidation_bonus_bps)
    modules = (other.get("rate_model", ZERO_ADDRESS), other.get("policy", ZERO_ADDRESS))
    terms = (exchange.address, *discounts, reserve_factor_bps, yearly_rate_bps, *modules)
    market = deploy(chain, "SoftLiquidationMarket", OWNER, terms)
    exchange.send(OWNER, "setMarket", market)
    fee_wad = fee_bps * WAD // 10_000
    soft = SoftMarket(chain, deploy, exchange, market, tokens, feeds, amplification, fee_wad)
    if supply:
        soft.supply(supply)
    return soft
