"""What is read of a perpetual market."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class PerpKey(NamedTuple):
    """An account: address of its owner, and its instrument where it is isolated."""

    owner: str
    instrument: str | None = None


@dataclass(frozen=True, slots=True)
class InstrumentState:
    """An instrument now: prices with eight decimals (0: not valid), sizes in wad, times absolute in seconds.

    Fields as in `InstrumentState` of contracts/interfaces/IPerpMarket.sol; the counts include the maker.
    """

    mark_e8: int
    index_e8: int
    mid_e8: int
    long_wad: int
    short_wad: int
    maker_wad: int
    long_count: int
    short_count: int
    funding_index: int
    funding_rate_wad: int
    funding_price_e8: int
    funding_updated_at_s: int
    bad_debt_quote: int


@dataclass(frozen=True, slots=True)
class PerpAccountState:
    """An account at present marks, funding until now included; units of quote."""

    cash_quote: int
    collateral_quote: int
    equity_quote: int
    opening_quote: int
    initial_quote: int
    maintenance_quote: int

    @property
    def is_liquidatable(self) -> bool:
        """Whether equity is below maintenance margin."""
        return self.equity_quote < self.maintenance_quote


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked of an account: cash, and size and entry of its open positions by instrument."""

    cash_quote: int
    positions: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a liquidation would do: size closed, with the sign of the position, and the fee for the sender."""

    closed_wad: int
    fee_quote: int


@dataclass(frozen=True, slots=True)
class PerpTotals:
    """What the market holds and owes beside its accounts, units of quote."""

    held_quote: int
    fees_quote: int
    fund_dues_quote: int
    funding_pot_quote: int
    bad_debt_quote: int


@dataclass(frozen=True, slots=True)
class StageInfo:
    """A stage of the waterfall as deployed; `model` is its part of the scenario."""

    name: str
    role: str
    contract: str
    address: str
    model: Any


@dataclass(frozen=True, slots=True)
class VirtualCurve:
    """A virtual x · y = k, 18 decimals: reserves at the last peg, the base reserve now and at no net position."""

    base_wad: int
    quote_wad: int
    reserve_wad: int
    balance_wad: int
