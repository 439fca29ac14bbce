"""Adapter of our perpetual market, with its collateral, its pricings, its mark and its waterfall."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from eth_utils import to_checksum_address

from sim.chain.base import ZERO_ADDRESS, CallReverted
from sim.protocols.call import Call
from sim.protocols.lens import words
from sim.protocols.perp_calls import PerpCalls
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

WORD_SPAN = 1 << 256
BOOK_WORDS = 3
STATE_WORDS = 7
INSTRUMENT_WORDS = 13
ACCOUNTS_PER_PAGE = 100


@dataclass(slots=True)
class PerpMarket(PerpCalls):
    """`contracts/perps/PerpMarket.sol` and what belongs to it, as it is now."""

    def _view(self, contract: str, address: str, function: str, *args: object) -> bytes:
        return self.chain.call(address, self.artifacts[contract].encode(function, *args))

    def depth_wad(self, symbol: str) -> int:
        """Virtual reserve of quote at the present price of a virtual AMM."""
        curve = self.read_curve(symbol)
        return curve.base_wad * curve.quote_wad // curve.reserve_wad

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
        return not self.succeeds(self.call("requireWithdrawable", self.address, ZERO_ADDRESS), ZERO_ADDRESS)

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
        return not isinstance(self._attempt(call, sender), str)

    def preview_trade(self, call: Call, owner: str) -> int | str:
        """What a trade would bring its owner now, before fees, or the name of the error it reverts with."""
        found = self._attempt(call, owner)
        return found if isinstance(found, str) else _signed(found)

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
