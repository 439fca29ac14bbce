"""A perpetual market as tests speak to it: instruments by symbol, accounts by role, prices by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from eth_utils import to_checksum_address

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS, Chain
from sim.units import E8, UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.lending import OWNER, REPORTER, START_S

ALICE, BOB, CAROL, KEEPER = (ACCOUNTS.address(i) for i in range(40, 44))
CROSS = ZERO_ADDRESS
USD = 10**6
UNIT = 10**20
"""What size times price is divided by, at six decimals of the quote token."""
INT256_MIN = -(2**255)

CONFIG = {
    "openInterestCapWad": 0,
    "minNotionalQuote": 0,
    "maintenanceShareBps": 6_000,
    "tradingFeeBps": 0,
    "makerFeeShareBps": 0,
    "liquidationFeeBps": 0,
    "fundShareBps": 0,
    "closeMinBps": 0,
    "fundingIntervalS": 0,
    "fundingGapS": 0,
    "fundingInterestWad": 0,
    "fundingBoundWad": 0,
    "fundingCapWad": WAD // 100,
}
FLAT_TIERS = [(0, 600, 0)]
"""Maintenance margin 6 %, so that initial margin at 60 % is 10 %."""


@dataclass
class PerpMarket:
    """A deployed market with its terms, its collateral and one pricing that is its mark too."""

    chain: Chain
    deploy: Callable[..., Deployed]
    market: Deployed
    terms: Deployed
    collateral: Deployed
    pricing: Deployed
    quote: Deployed
    instruments: dict[str, str] = field(default_factory=dict)
    configs: dict[str, dict] = field(default_factory=dict)
    lens: Deployed | None = None

    def add(self, symbol: str, price_e8: int, tiers: list | None = None, **config: int) -> str:
        """Add an instrument (or configure it anew) at one price; `config` overrides CONFIG; return its address."""
        if symbol not in self.instruments:
            base = self.deploy(self.chain, "AssetToken", symbol, symbol, 18, OWNER)
            self.instruments[symbol] = base.address
            self.price(symbol, price_e8)
        instrument = self.instruments[symbol]
        full = self.configs.get(symbol, CONFIG) | config
        pricing, mark = full.get("pricing", self.pricing), full.get("mark", self.pricing)
        values = [getattr(one, "address", one) for one in (pricing, mark)]
        values += [full[name] for name in CONFIG]
        self.market.send(OWNER, "setInstrument", instrument, tuple(values), tiers or FLAT_TIERS)
        self.configs[symbol] = full
        return instrument

    def price(self, symbol: str, mark_e8: int, mid_e8: int | None = None, index_e8: int | None = None) -> None:
        """Set all prices of an instrument; mid and index are the mark unless given."""
        mid_e8 = mark_e8 if mid_e8 is None else mid_e8
        index_e8 = mark_e8 if index_e8 is None else index_e8
        self.pricing.send(OWNER, "setPrices", self.instruments[symbol], mid_e8, mark_e8, index_e8)

    def book(self, spread_bps: int = 0, per_whole_bps: int = 0, most_wad: int = UINT256_MAX) -> None:
        """Set spread and depth of the pricing."""
        self.pricing.send(OWNER, "setBook", spread_bps, per_whole_bps, most_wad)

    def rules(self, weight_bps: int = 0, gated: bool = False, gate_s: int = 0, receiver: str = OWNER) -> None:
        """Set the rules of the market."""
        self.market.send(OWNER, "setRules", weight_bps, gated, gate_s, receiver)

    def waterfall(self, *stages: Deployed) -> None:
        """Set the stages."""
        self.market.send(OWNER, "setWaterfall", [one.address for one in stages])

    def stage(self, kind: int) -> Deployed:
        """Deploy a PlainStage: 1 takes over, 2 pays, 3 deleverages, 4 socialises, 5 as scripted."""
        return self.deploy(self.chain, "PlainStage", self.market, kind)

    def add_collateral(self, price_e8: int = 100 * E8, **config: int) -> tuple[Deployed, Deployed]:
        """Add SOL with 9 decimals, haircut 20 %, discount 5 %, price valid for an hour; return token and feed."""
        token = self.deploy(self.chain, "AssetToken", "SOL", "SOL", 9, OWNER)
        feed = self.deploy(self.chain, "PriceFeed", 8, "SOL / USD", REPORTER)
        feed.send(REPORTER, "pushRound", price_e8, self.chain.timestamp_s)
        values = {"haircutBps": 2_000, "discountBps": 500, "maxPriceAgeS": 3_600, "capAssets": 0} | config
        self.collateral.send(OWNER, "setCollateral", token, (feed.address, *values.values()))
        return token, feed

    def back(self, token: Deployed, account: str, amount: int) -> None:
        """Mint and deposit collateral."""
        token.send(OWNER, "mint", account, amount)
        token.send(account, "approve", self.collateral, UINT256_MAX)
        self.collateral.send(account, "deposit", token, amount, account)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    def slot(self, isolated: str | None) -> str:
        """Return the slot of an isolated account by symbol, and of the cross account for None."""
        return self.instruments[isolated] if isolated else CROSS

    def fund(self, account: str, amount: int, spender: object = None) -> None:
        """Give an account quote tokens, and let the market (or `spender`) take any amount of them."""
        self.quote.send(OWNER, "mint", account, amount)
        self.quote.send(account, "approve", spender or self.market, UINT256_MAX)

    def pay_in(self, account: str, amount: int, isolated: str | None = None, payer: str | None = None) -> None:
        """Mint and deposit quote."""
        payer = payer or account
        self.fund(payer, amount)
        self.market.send(payer, "deposit", amount, account, self.slot(isolated))

    def withdraw(self, account: str, amount: int, isolated: str | None = None) -> None:
        """Withdraw to the account's own address."""
        self.market.send(account, "withdraw", amount, self.slot(isolated), account)

    def withdraw_error(self, account: str, amount: int, isolated: str | None = None) -> str:
        """Withdraw, which must fail; return the error."""
        return self.market.send_error(account, "withdraw", amount, self.slot(isolated), account)

    def trade_args(self, symbol: str, size_wad: int, isolated: bool = False, limit: int = INT256_MIN) -> tuple:
        """Return function and arguments of a trade."""
        return "trade", self.slot(symbol if isolated else None), self.instruments[symbol], size_wad, limit

    def trade(self, account: str, symbol: str, size_wad: int, isolated: bool = False) -> list[tuple[str, dict]]:
        """Trade at any price; return the events."""
        return self.market.send(account, *self.trade_args(symbol, size_wad, isolated))

    def trade_error(
        self, account: str, symbol: str, size_wad: int, isolated: bool = False, limit: int = INT256_MIN
    ) -> str:
        """Trade, which must fail; return the error."""
        return self.market.send_error(account, *self.trade_args(symbol, size_wad, isolated, limit))

    def liquidate_args(self, account: str, symbol: str, isolated: bool = False) -> tuple:
        """Return function and arguments of a liquidation."""
        return "liquidate", account, self.slot(symbol if isolated else None), self.instruments[symbol]

    def liquidate(self, account: str, symbol: str, isolated: bool = False, keeper: str = KEEPER) -> dict:
        """Liquidate; return the event."""
        events = self.market.send(keeper, *self.liquidate_args(account, symbol, isolated))
        return next(args for name, args in events if name == "Liquidated")

    def liquidate_error(self, account: str, symbol: str, isolated: bool = False) -> str:
        """Liquidate, which must fail; return the error."""
        return self.market.send_error(KEEPER, *self.liquidate_args(account, symbol, isolated))

    def state(self, account: object, isolated: str | None = None) -> object:
        """Return PerpAccountState."""
        return self.market.read("accountState", account, self.slot(isolated))

    def cash(self, account: object, isolated: str | None = None) -> int:
        """Return cash as booked."""
        return self.market.read("cashOf", account, self.slot(isolated))

    def position(self, account: object, symbol: str, isolated: bool = False) -> object:
        """Return PerpPosition."""
        return self.market.read(
            "position", account, self.slot(symbol if isolated else None), self.instruments[symbol]
        )

    def size(self, account: object, symbol: str, isolated: bool = False) -> int:
        """Return the size of a position."""
        return self.position(account, symbol, isolated).sizeWad

    def of(self, symbol: str) -> object:
        """Return InstrumentState."""
        return self.market.read("instrumentState", self.instruments[symbol])

    def totals(self) -> object:
        """Return PerpTotals."""
        return self.market.read("totals")

    def accounts(self) -> list[tuple[str, str]]:
        """Return owner and slot of every account."""
        listed = self.market.read("accounts")
        return list(zip(listed[0], listed[1], strict=True))

    def require_conserved(self, donated: int = 0) -> None:
        """What comes in is what is owed, to the wei; sizes sum to 0; counts, lists and open interest agree."""
        totals = self.totals()
        assert self.quote.read("balanceOf", self.market) == totals.heldQuote + donated
        books = self.books()
        owed = totals.feesQuote + totals.fundDuesQuote + totals.fundingPotQuote
        owed += sum(cash + sum(entry for _, entry in positions) for cash, positions in books.values())
        assert totals.heldQuote + totals.badDebtQuote == owed
        states = [self.of(symbol) for symbol in self.instruments]
        assert sum(one.badDebtQuote for one in states) == totals.badDebtQuote
        for i, (symbol, state) in enumerate(zip(self.instruments, states, strict=True)):
            self._require_listed(symbol, state, {one: positions[i] for one, (_, positions) in books.items()})

    def settle_everything(self, sender: str, settlements: int) -> None:
        """Settle all funding: its pot then holds dust, at most a unit for every settlement there was."""
        for owner, slot in self.accounts():
            self.market.send(sender, "settle", owner, slot)
            settlements += len(self.instruments)
        assert 0 <= self.totals().fundingPotQuote <= settlements
        self.require_conserved()

    def books(self) -> dict[tuple[str, str], tuple[int, list[tuple[int, int]]]]:
        """Return cash, and size and entry by instrument, of every account that was ever used."""
        self.lens = self.lens or self.deploy(self.chain, "PerpLens")
        words = self.lens.read("bookWords", self.market)
        width = 3 + 2 * len(self.instruments)
        books = {}
        for at in range(0, len(words), width):
            owner, slot, cash, *rest = words[at : at + width]
            positions = list(zip(rest[::2], rest[1::2], strict=True))
            books[checksummed(owner), checksummed(slot)] = (cash, positions)
        assert len(books) * width == len(words)
        return books

    def _require_listed(self, symbol: str, state: object, positions: dict) -> None:
        assert all(size or not entry for size, entry in positions.values())
        sizes = {one: size for one, (size, _) in positions.items() if size}
        assert sum(sizes.values()) == 0
        listed = self.market.read("holders", self.instruments[symbol])
        assert sorted(zip(listed[0], listed[1], strict=True)) == sorted(sizes)
        assert state.longCount == sum(size > 0 for size in sizes.values())
        assert state.shortCount == sum(size < 0 for size in sizes.values())
        traders = [size for one, size in sizes.items() if one != (self.maker(symbol), CROSS)]
        assert state.longWad == sum(size for size in traders if size > 0)
        assert state.shortWad == -sum(size for size in traders if size < 0)

    def maker(self, symbol: str) -> str:
        """Return the maker's address."""
        pricing = self.configs[symbol].get("pricing", self.pricing)
        return getattr(pricing, "address", pricing)


@cache
def checksummed(word: int) -> str:
    """Return the address that a word stands for."""
    return to_checksum_address(word.to_bytes(20))


def new_perp_market(
    chain: Chain,
    deploy: Callable[..., Deployed],
    *,
    quote: Deployed | None = None,
    maker_usd: int = 10_000_000,
) -> PerpMarket:
    """Deploy a market in USDC at START_S or later: ETH at $2,000, BTC at $50,000, and a maker with capital."""
    chain.begin(START_S)
    quote = quote or deploy(chain, "AssetToken", "USDC", "USDC", 6, OWNER)
    terms = deploy(chain, "PerpCloseTerms")
    market = deploy(chain, "PerpMarket", OWNER, quote, terms)
    collateral = deploy(chain, "PerpCollateral", OWNER, market)
    pricing = deploy(chain, "HandPricing", 6)
    made = PerpMarket(chain, deploy, market, terms, collateral, pricing, quote)
    market.send(OWNER, "setCollateral", collateral)
    made.rules()
    made.add("ETH", 2_000 * E8)
    made.add("BTC", 50_000 * E8)
    if maker_usd:
        made.pay_in(pricing.address, maker_usd * USD, payer=OWNER)
    return made
