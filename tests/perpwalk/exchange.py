"""A perpetual market with the parts a scenario would use: two instruments, two pricings, all stages."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS, Chain
from sim.units import E8, UINT256_MAX, WAD
from tests.deleveraging import POLICIES
from tests.deployed import Deployed
from tests.lending import OWNER, REPORTER
from tests.perps import KEEPER, USD, PerpMarket, new_perp_market
from tests.stages import BANKRUPTCY, INDEX, PREVIOUS_MARK

TRADERS = [ACCOUNTS.address(i) for i in range(50, 58)]
STAKERS = [ACCOUNTS.address(i) for i in range(60, 63)]
DEPOSITORS = [ACCOUNTS.address(i) for i in range(63, 66)]
IDLE = ACCOUNTS.address(66)
"""Has cash in the market and never a position."""
SYMBOLS = ("ETH", "BTC")
START_E8 = {"ETH": 2_000 * E8, "BTC": 50_000 * E8, "SOL": 100 * E8}
MAX_AGE_S = 3_600
CURVE_DEPTH_WAD = 5_000_000 * WAD
IMPACT = (5 * 10**10, 10**11, 50, 300)
"""Factors of the impact that OracleImpactPricing has: a million of imbalance costs $ 100,000; caps in bps."""
WINDOWS = (150, 30, 300, 12, 500)
"""Of the mark in seconds: premium, short and long mean, records; and its clamp in bps."""
TIERS = [(0, 200, 0), (200_000 * USD, 300, 2_000 * USD), (2_000_000 * USD, 1_000, 142_000 * USD)]
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
VAULT_WAITS, FUND_WAITS = (600, 40_000), (300, 40_000)
"""Cooldown and window in seconds."""
MAKER_USD = 2_000_000


class Exchange:
    """The market and all that it is made of; nothing has been traded yet."""

    def __init__(self, chain: Chain, deploy: Callable[..., Deployed]) -> None:
        self.chain, self.deploy = chain, deploy
        self.perps: PerpMarket = new_perp_market(chain, deploy, maker_usd=0)
        self.market, self.quote = self.perps.market, self.perps.quote
        self.price_e8 = dict(START_E8)
        self.sol, sol_feed = self.perps.add_collateral(START_E8["SOL"], maxPriceAgeS=MAX_AGE_S, capAssets=10**13)
        self.feeds = {symbol: deploy(chain, "PriceFeed", 8, symbol, REPORTER) for symbol in SYMBOLS}
        self.feeds["SOL"] = sol_feed
        for symbol in self.feeds:
            self.report(symbol)
        self.mark = deploy(chain, "MedianMark", OWNER)
        self.pricing = {"ETH": self._virtual(), "BTC": self._impact()}
        for symbol, pricing in self.pricing.items():
            self._list(symbol, pricing)
        self.vaults = [self._vault()]
        self.fund = deploy(chain, "CooldownFund", self.quote, "fund", "FUND", OWNER, *FUND_WAITS)
        self.fund_stages = [
            deploy(chain, "FundStage", self.market, self.fund, require_full, OWNER)
            for require_full in (False, True)
        ]
        self.deleveraging = self._deleveraging()
        self.deleverager = deploy(chain, "Deleverager")
        self.socialise = deploy(chain, "SocialiseStage", self.market)
        self.perps.rules(receiver=self.fund_stages[0].address)

    def _virtual(self) -> Deployed:
        pricing = self.deploy(self.chain, "VirtualAmmPricing", 6, OWNER)
        pricing.send(OWNER, "setMarket", self.market)
        feed = self.feeds["ETH"]
        pricing.send(OWNER, "openCurve", self.token("ETH"), feed, MAX_AGE_S, CURVE_DEPTH_WAD)
        return pricing

    def _impact(self) -> Deployed:
        pricing = self.deploy(self.chain, "OracleImpactPricing", 6, OWNER)
        pricing.send(OWNER, "setMarket", self.market)
        feed = self.feeds["BTC"]
        pricing.send(OWNER, "setInstrument", self.token("BTC"), (feed.address, MAX_AGE_S, *IMPACT))
        return pricing

    def _list(self, symbol: str, pricing: Deployed) -> None:
        params = (self.feeds[symbol].address, MAX_AGE_S, pricing.address, *WINDOWS)
        self.mark.send(OWNER, "setInstrument", self.token(symbol), params)
        self.mark.send(KEEPER, "poke", self.token(symbol))
        self.perps.add(symbol, 0, tiers=TIERS, pricing=pricing, mark=self.mark, **CONFIG)
        self.perps.pay_in(pricing.address, MAKER_USD * USD, payer=OWNER)

    def _vault(self) -> Deployed:
        vault = self.deploy(
            self.chain,
            "BackstopVault",
            self.market,
            "vault",
            "VLT",
            OWNER,
            1_500_000 * USD,
            *VAULT_WAITS,
            ZERO_ADDRESS,
        )
        for symbol in SYMBOLS:
            vault.send(OWNER, "setTerms", self.token(symbol), (1_000_000 * USD, 50_000 * USD, 60, 200))
        return vault

    def _deleveraging(self) -> dict[str, Deployed]:
        """One stage for each policy, with the fill prices in turn."""
        made = {name: new(self.deploy, self.chain) for name, new in POLICIES.items()}
        made["none"] = self.deploy(self.chain, "NoDeleveraging")
        fills = (BANKRUPTCY, PREVIOUS_MARK, INDEX)
        return {
            name: self.deploy(self.chain, "DeleverageStage", self.market, policy, fills[i % len(fills)])
            for i, (name, policy) in enumerate(made.items())
        }

    def replace_vault(self) -> None:
        """Begin another backstop; depositors may use it."""
        self.vaults.append(self._vault())
        for account in DEPOSITORS:
            self.perps.fund(account, 0, spender=self.vault)

    # Reading

    @property
    def vault(self) -> Deployed:
        """Return the backstop that serves now."""
        return self.vaults[-1]

    def token(self, symbol: str) -> str:
        """Return the address of a base asset."""
        return self.perps.instruments[symbol]

    @property
    def inside(self) -> list[Deployed]:
        """Return all that holds quote tokens for others, or might."""
        desks = [self.market, self.perps.collateral, self.fund, self.socialise, self.deleverager]
        return [*desks, *self.vaults, *self.fund_stages, *self.deleveraging.values()]

    def holders(self, symbol: str) -> list[tuple[str, str]]:
        """Return owner and slot of those with a position."""
        return list(zip(*self.market.read("holders", self.token(symbol)), strict=True))

    def to_index_wad(self) -> int:
        """Return the trade that brings the virtual curve to the index."""
        curve = self.pricing["ETH"].read("curve", self.token("ETH"))
        return curve.reserveWad - isqrt(curve.baseWad * curve.quoteWad * E8 // self.price_e8["ETH"])

    # Prices

    def report(self, symbol: str) -> None:
        """Report an index."""
        self.feeds[symbol].send(REPORTER, "pushRound", self.price_e8[symbol], self.chain.timestamp_s)

    def poke(self) -> None:
        """Record the mids that are due."""
        for symbol in SYMBOLS:
            if self.mark.read("due", self.token(symbol)):
                self.mark.send(KEEPER, "poke", self.token(symbol))


def open_accounts(exchange: Exchange) -> None:
    """Give everybody tokens and allowances, the traders cash in the market, fund and vault their first assets."""
    perps = exchange.perps
    for account in (*TRADERS, *STAKERS, *DEPOSITORS, KEEPER, IDLE):
        perps.fund(account, 10**9 * USD)
        for spender in (perps.collateral, exchange.fund, exchange.vault):
            perps.fund(account, 0, spender=spender)
        exchange.sol.send(OWNER, "mint", account, 10**15)
        exchange.sol.send(account, "approve", perps.collateral, UINT256_MAX)
    for account in (*TRADERS, KEEPER):
        exchange.market.send(account, "deposit", 20_000 * USD, account, ZERO_ADDRESS)
    exchange.market.send(KEEPER, "deposit", 3_000_000 * USD, KEEPER, ZERO_ADDRESS)
    exchange.market.send(IDLE, "deposit", 1_000 * USD, IDLE, ZERO_ADDRESS)
    exchange.fund.send(STAKERS[0], "deposit", 20_000 * USD, STAKERS[0])
    exchange.vault.send(DEPOSITORS[0], "deposit", 20_000 * USD, DEPOSITORS[0])
    for stage in exchange.fund_stages:
        exchange.fund.send(OWNER, "setProtocol", stage, 200_000 * USD)
