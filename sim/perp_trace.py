"""Records of perpetual markets in a trace.

An account is named by its owner's role, an isolated one by that and its instrument: `traders/3`, `traders/3:WETH`.
Sizes are base with 18 decimals, long above 0; prices quote per base with eight; amounts units of the quote token.
"""

from collections.abc import Mapping
from dataclasses import dataclass


def account_name(owner: str, instrument: str | None) -> str:
    """Name of an account: the role of its owner and, of an isolated one, its instrument."""
    return owner if instrument is None else f"{owner}:{instrument}"


def account_owner(account: str) -> str:
    """Role of the owner of an account."""
    return account.partition(":")[0]


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """An instrument at the end of a block; a price that is not valid is 0.

    `long_wad` and `short_wad` are the traders' open interest, `maker_wad` the position of the pricing's maker.
    `funding_rate_wad` is a share of the notional per interval, which longs pay where it is above 0.
    """

    mark_e8: int
    index_e8: int
    mid_e8: int
    long_wad: int
    short_wad: int
    maker_wad: int
    funding_index: int
    funding_rate_wad: int
    bad_debt_quote: int


@dataclass(frozen=True, slots=True)
class PerpAccountRecord:
    """An account of a perpetual market at the marks of that moment.

    Attributes
    ----------
    cash_quote
        Deposits and what was realised, less funding due; may be below 0.
    collateral_quote
        Collateral after haircuts.
    equity_quote
        Cash, profit of all positions, and collateral.
    initial_quote, maintenance_quote
        Margins. Liquidation is possible where equity is below maintenance margin.
    sizes_wad, entries_quote
        Of open positions, by instrument. Profit at a price is the value there plus the entry.
    """

    cash_quote: int
    collateral_quote: int
    equity_quote: int
    initial_quote: int
    maintenance_quote: int
    sizes_wad: Mapping[str, int]
    entries_quote: Mapping[str, int]
