"""Adapter of our perpetual market, with its collateral, its pricings, its mark and its waterfall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eth_utils import to_checksum_address

from sim.chain.artifacts import Artifacts
from sim.chain.base import ZERO_ADDRESS, CallReverted, Chain
from sim.protocols.call import Call
from sim.protocols.lens import words
from sim.protocols.perp_states import (
    Booked,
    InstrumentState,
    PerpAccountState,
    PerpKey,
    PerpTotals,
    Preview,
    StageInfo,
    VirtualCurve,
)

INT256_MIN = -(2**255)
WORD_SPAN = 1 << 256
BOOK_WORDS = 3
STATE_WORDS = 7
INSTRUMENT_WORDS = 13
ACCOUNTS_PER_PAGE = 100
SIZE_AND_PRICE_DECIMALS = 26


@dataclass(slots=True)
class PerpMarket:
    """`contracts/perps/PerpMarket.sol` and what belongs to it.

    Attributes
    ----------
    name, address
        Role and address of the market.
    quote, instruments
        Symbols of the settlement asset and of the instruments, in the market's order.
    tokens
        Addresses of all assets.
    pricing
        Address of the pricing, and maker, by instrument.
    stages
        In order, by name.
    model
        Its part of the scenario.
    """

    chain: Chain
    artifacts: Artifacts
    name: str
    address: str
    quote: str
    quote_decimals: int
    instruments: tuple[str, ...]
    tokens: Mapping[str, str]
    lens: str
    mark: str
    collateral: str
    deleverager: str
    model: Any
    pricing: dict[str, str] = field(default_factory=dict)
    stages: dict[str, StageInfo] = field(default_factory=dict)
    _symbols: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._symbols = {address: symbol for symbol, address in self.tokens.items()}

    @property
    def unit(self) -> int:
        """Size times price over this is quote."""
        return 10 ** (SIZE_AND_PRICE_DECIMALS - self.quote_decimals)

    @property
    def deleverage(self) -> StageInfo | None:
        """The stage that deleverages, if there is one."""
        return next((one for one in self.stages.values() if one.contract == "DeleverageStage"), None)

    def slot(self, instrument: str | None) -> str:
        """Slot of an account: of its instrument, or the cross account's."""
        return ZERO_ADDRESS if instrument is None else self.tokens[instrument]

    def key(self, owner: str, slot: str) -> PerpKey:
        """The account of an owner and a slot, both addresses."""
        return PerpKey(owner, self._symbols.get(slot))

    def call(self, function: str, *args: object) -> Call:
        """A call of the market."""
        return self._at("PerpMarket", self.address, function, *args)

    def _at(self, contract: str, address: str, function: str, *args: object) -> Call:
        return Call(contract, address, function, args, self.artifacts[contract].encode(function, *args))

    def _view(self, contract: str, address: str, function: str, *args: object) -> bytes:
        return self.chain.call(address, self.artifacts[contract].encode(function, *args))

    def at(self, stage: StageInfo, function: str, *args: object) -> Call:
        """A call of one of the stages."""
        return self._at(stage.contract, stage.address, function, *args)

    def deposit(self, amount: int, owner: str, instrument: str | None = None) -> Call:
        """Pay in for an account; the market must be allowed to take it."""
        return self.call("deposit", amount, owner, self.slot(instrument))

    def withdraw(self, amount: int, to: str, instrument: str | None = None) -> Call:
        """Take out of an account of the sender."""
        return self.call("withdraw", amount, self.slot(instrument), to)

    def trade(
        self, symbol: str, size_delta_wad: int, limit_quote: int = INT256_MIN, isolated: bool = False
    ) -> Call:
        """Trade with an account of the sender, for at least `limit_quote` (below 0 for a buy)."""
        slot = self.slot(symbol if isolated else None)
        return self.call("trade", slot, self.tokens[symbol], size_delta_wad, limit_quote)

    def liquidate(self, key: PerpKey, symbol: str) -> Call:
        """Liquidate a position without a ranking."""
        return self.call("liquidate", key.owner, self.slot(key.instrument), self.tokens[symbol])

    def liquidate_ranked(self, key: PerpKey, symbol: str) -> Call:
        """Liquidate a position through the contract that ranks whom it may be closed against."""
        return self._at("Deleverager", self.deleverager, "liquidate", *self._ranked(key, symbol))

    def _ranked(self, key: PerpKey, symbol: str) -> tuple[str, str, str, str]:
        stage = self.deleverage.address
        return stage, key.owner, self.slot(key.instrument), self.tokens[symbol]

    def accrue_funding(self, symbol: str) -> Call:
        """Bring the funding of an instrument up to date."""
        return self.call("accrueFunding", self.tokens[symbol])

    def settle(self, key: PerpKey) -> Call:
        """Settle the funding of an account."""
        return self.call("settle", key.owner, self.slot(key.instrument))

    def resolve_deficit(self, key: PerpKey) -> Call:
        """Take an account in debt without positions through the waterfall."""
        return self.call("resolveDeficit", key.owner, self.slot(key.instrument))

    def resolve_bad_debt(self, symbol: str) -> Call:
        """Ask the stages to cover booked bad debt."""
        return self.call("resolveBadDebt", self.tokens[symbol])

    def gate_withdrawals(self, key: PerpKey) -> Call:
        """Make withdrawals wait by showing an insolvent account."""
        return self.call("gateWithdrawals", key.owner, self.slot(key.instrument))

    def send_fund_dues(self) -> Call:
        """Send what is due to the insurance fund."""
        return self.call("sendFundDues")

    def buy_collateral(self, owner: str, asset: str, most_quote: int) -> Call:
        """Buy collateral of an account in debt at its discount."""
        return self._at("PerpCollateral", self.collateral, "buy", owner, self.tokens[asset], most_quote)

    def deposit_collateral(self, asset: str, amount: int, owner: str) -> Call:
        """Pay in collateral for a cross account."""
        return self._at("PerpCollateral", self.collateral, "deposit", self.tokens[asset], amount, owner)

    def withdraw_collateral(self, asset: str, amount: int, to: str) -> Call:
        """Take collateral out of the sender's cross account."""
        return self._at("PerpCollateral", self.collateral, "withdraw", self.tokens[asset], amount, to)

    def poke_mark(self, symbol: str) -> Call:
        """Record the mid for the mark's means."""
        return self._at("MedianMark", self.mark, "poke", self.tokens[symbol])

    def note_mark(self, symbol: str) -> Call:
        """Note the mark for fills at an earlier one."""
        return self.at(self.deleverage, "noteMark", self.tokens[symbol])

    def unwind(self, stage: StageInfo, symbol: str) -> Call:
        """Let a vault give back its next slice."""
        return self.at(stage, "unwind", self.tokens[symbol])

    def forward_dues(self, stage: StageInfo) -> Call:
        """Let a fund's stage pass on what it was sent."""
        return self.at(stage, "forwardDues")

    def set_depth(self, symbol: str, depth_wad: int) -> Call:
        """Give the virtual AMM another depth at its present price, whatever that costs the maker."""
        return self._curve("setDepth", symbol, depth_wad)

    def repeg(self, symbol: str, depth_wad: int) -> Call:
        """Put the virtual AMM at the index with some depth, whatever that costs the maker."""
        return self._curve("repeg", symbol, depth_wad)

    def _curve(self, function: str, symbol: str, depth_wad: int) -> Call:
        pricing, most = self.pricing[symbol], -INT256_MIN - 1
        return self._at("VirtualAmmPricing", pricing, function, self.tokens[symbol], depth_wad, most)

    def mark_is_due(self, symbol: str) -> bool:
        """Whether the mark would record anything now."""
        return any(self._view("MedianMark", self.mark, "due", self.tokens[symbol]))

    def unwind_error(self, stage: StageInfo, symbol: str) -> str | None:
        """Name of the error with which a vault's next slice would fail now, or None."""
        found = self._attempt(self.unwind(stage, symbol))
        return found if isinstance(found, str) else None

    def preview_liquidation(self, key: PerpKey, symbol: str, sender: str, ranked: bool = False) -> Preview | str:
        """What a liquidation would do now, or the name of the error with which it would revert."""
        call = self.liquidate_ranked(key, symbol) if ranked else self.liquidate(key, symbol)
        found = self._attempt(call, sender)
        return found if isinstance(found, str) else Preview(_signed(found), _signed(found[32:]))

    def preview_purchase(self, owner: str, asset: str, most_quote: int, sender: str) -> tuple[int, int] | None:
        """Amount and price of buying collateral now; None where nothing of it is for sale to `sender`."""
        found = self._attempt(self.buy_collateral(owner, asset, most_quote), sender)
        return None if isinstance(found, str) else (_signed(found), _signed(found[32:]))

    def withdrawals_wait(self) -> bool:
        """Whether withdrawals wait, for bad debt or since an insolvent account was shown."""
        return isinstance(self._attempt(self.call("requireWithdrawable", self.address, ZERO_ADDRESS)), str)

    def capacity_quote(self, stage: StageInfo, symbol: str) -> int:
        """What a stage could bring in now, or take over; 0 where a price is missing."""
        found = self._attempt(self.at(stage, "capacity", self.tokens[symbol]))
        return 0 if isinstance(found, str) else _signed(found)

    def quote_trade(self, symbol: str, size_delta_wad: int) -> int | None:
        """What a trade would bring, before fees; None where there is no price for it."""
        args = self.tokens[symbol], size_delta_wad
        found = self._attempt(self._at("VirtualAmmPricing", self.pricing[symbol], "quoteTrade", *args))
        return None if isinstance(found, str) else _signed(found)

    def _attempt(self, call: Call, sender: str = ZERO_ADDRESS) -> bytes | str:
        """Output of a call made now, or the name of the error with which it reverts."""
        try:
            return self.chain.call(call.target, call.data, sender)
        except CallReverted as reverted:
            return self.artifacts.decoder.error_parts(reverted.data)[0]

    def succeeds(self, call: Call, sender: str) -> bool:
        """Whether a call would succeed now."""
        try:
            self.chain.call(call.target, call.data, sender)
        except CallReverted:
            return False
        return True

    def preview_trade(self, call: Call, owner: str) -> int | str:
        """What a trade would bring its owner now, before fees, or the name of the error it reverts with."""
        try:
            return _signed(self.chain.call(call.target, call.data, owner))
        except CallReverted as reverted:
            return self.artifacts.decoder.error_parts(reverted.data)[0]

    def read_curve(self, symbol: str) -> VirtualCurve:
        """The curve of an instrument that is priced by a virtual AMM."""
        out = self._view("VirtualAmmPricing", self.pricing[symbol], "curve", self.tokens[symbol])
        return VirtualCurve(*(int.from_bytes(out[at : at + 32], "big") for at in range(0, 128, 32)))

    def requirement(self, symbol: str, size_wad: int) -> tuple[int, int, int]:
        """Notional at the mark, initial and maintenance margin of a size without sign."""
        out = self._view("PerpMarket", self.address, "requirement", self.tokens[symbol], size_wad)
        return tuple(int.from_bytes(out[at : at + 32], "big") for at in (0, 32, 64))

    def read_instruments(self) -> dict[str, InstrumentState]:
        """All instruments."""
        flat = self._lens("instrumentWords")
        return {
            symbol: InstrumentState(*flat[i * INSTRUMENT_WORDS : (i + 1) * INSTRUMENT_WORDS])
            for i, symbol in enumerate(self.instruments)
        }

    def read_book(self) -> dict[PerpKey, Booked]:
        """What is booked, of every account that was ever used."""
        flat = self._lens("bookWords")
        width = BOOK_WORDS + 2 * len(self.instruments)
        book = {}
        for at in range(0, len(flat), width):
            owner, slot, cash, *rest = flat[at : at + width]
            pairs = zip(self.instruments, zip(rest[::2], rest[1::2], strict=True), strict=True)
            key = self.key(_address(owner), _address(slot))
            book[key] = Booked(cash, {symbol: pair for symbol, pair in pairs if pair[0]})
        return book

    def read_accounts(self, keys: Sequence[PerpKey]) -> list[PerpAccountState | None]:
        """What accounts are worth, in pages; None where a price is not valid."""
        width = STATE_WORDS + len(self.instruments)
        states: list[PerpAccountState | None] = []
        for at in range(0, len(keys), ACCOUNTS_PER_PAGE):
            page = keys[at : at + ACCOUNTS_PER_PAGE]
            owners, slots = [key.owner for key in page], [self.slot(key.instrument) for key in page]
            flat = self._lens("accountWords", owners, slots)
            for i in range(0, len(flat), width):
                *fields, valid = flat[i : i + STATE_WORDS]
                states.append(PerpAccountState(*fields) if valid else None)
        return states

    def read_totals(self) -> PerpTotals:
        """What the market holds and owes beside its accounts."""
        out = self._view("PerpMarket", self.address, "totals")
        return PerpTotals(*(_signed(out[at : at + 32]) for at in range(0, 160, 32)))

    def _lens(self, function: str, *args: object) -> list[int]:
        flat = words(self._view("PerpLens", self.lens, function, self.address, *args))
        return [word - WORD_SPAN if word >> 255 else word for word in flat]


def _signed(word: bytes) -> int:
    return int.from_bytes(word[:32], "big", signed=True)


@cache
def _address(word: int) -> str:
    return to_checksum_address(word.to_bytes(20))
