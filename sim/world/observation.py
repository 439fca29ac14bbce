"""What agents see once per block."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.protocols.base import AccountState, FeedState, ReserveState
from sim.protocols.perp_states import Booked, InstrumentState, PerpAccountState, PerpKey
from sim.protocols.venue import VenueState


@dataclass(frozen=True, slots=True)
class MarketObservation:
    """A lending market: reserves by asset, and borrowers by address.

    `accounts` holds every borrower as of its last read: one is read again when a price, a requirement, an index
    or a balance of its own changed, or when accrued interest could have taken it below health 1. So no entry is on
    the wrong side of the health below which the market allows liquidation (1 unless it has early ones). `at_risk`
    lists the addresses below it, in the order of their creation. `lots` is what the market's execution has for
    sale. `requirements_key` changes when requirements moved.
    """

    reserves: Mapping[str, ReserveState]
    reserve_list: tuple[str, ...]
    accounts: Mapping[str, AccountState]
    at_risk: tuple[str, ...]
    lots: tuple[Any, ...] = ()
    requirements_key: bytes = b""


@dataclass(frozen=True, slots=True)
class PerpObservation:
    """A perpetual market: instruments by symbol, accounts with a position, and what is booked of all accounts.

    Account states are exact for those near maintenance margin; of the others equity is known to a few units, and
    margins are of their last read. `at_risk` lists those below maintenance margin, in the market's order.
    """

    instruments: Mapping[str, InstrumentState]
    accounts: Mapping[PerpKey, PerpAccountState]
    positions: Mapping[PerpKey, Booked]
    at_risk: tuple[PerpKey, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """The state before a block.

    Attributes
    ----------
    block
        Number of the block about to be built, from 0.
    time_s, timestamp_s
        Its time since the scenario's start, and its absolute timestamp.
    outside_e8, outside_mid_e8
        Price on the outside market by asset, USD with eight decimals, and the price that its book refills to.
    feeds, sources, venues, markets, perps
        By asset (what markets read), by path (what is reported), by venue name and by market name.
    balances
        Units by role, then by asset: agents, the insurance funds and the outside account.
    base_fee_gwei, inclusion_fee_gwei
        The base fee, and the lowest bid that would be included now, of everybody else's demand.
    native_price_usd
        USD price of the asset in which fees are paid.
    """

    block: int
    time_s: int
    timestamp_s: int
    outside_e8: Mapping[str, int]
    feeds: Mapping[str, FeedState]
    sources: Mapping[str, FeedState]
    venues: Mapping[str, VenueState]
    markets: Mapping[str, MarketObservation]
    balances: Mapping[str, Mapping[str, int]]
    base_fee_gwei: float
    inclusion_fee_gwei: float
    native_price_usd: float
    outside_mid_e8: Mapping[str, int] = field(default_factory=dict)
    perps: Mapping[str, PerpObservation] = field(default_factory=dict)
