"""What an adapter of an exchange offers: calls to propose, quotes, and its events in one vocabulary."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.protocols.call import Call


@dataclass(frozen=True, slots=True)
class VenueState:
    """A venue: reserves in smallest units, shares of its liquidity, marginal price and depth.

    `spot_e8` is whole quote tokens per whole base token without the fee, eight decimals, rounded down; 0 where
    nothing can be traded. `sell_depth` and `buy_depth` are the base units that take it 2 % down and up.
    """

    base_reserve: int
    quote_reserve: int
    total_shares: int
    spot_e8: int
    sell_depth: int
    buy_depth: int


@dataclass(frozen=True, slots=True)
class Swapped:
    """A swap as its venue told it: the asset that went in, units in and out, and the spot price around it."""

    sold: str
    amount_in: int
    amount_out: int
    before_e8: int
    after_e8: int


class VenueAdapter(ABC):
    """An exchange between a base and a quote asset.

    Attributes
    ----------
    router, route
        Whom a seller lets take its tokens, and what it hands the router as the way: `IVenueRouter`.
    router_contract
        The router's contract type.
    fee_bps
        Of the input; the least where it moves.
    """

    name: str
    address: str
    base: str
    quote: str
    router: str
    router_contract: str
    fee_bps: int
    tokens: Mapping[str, str]
    decimals: Mapping[str, int]

    @property
    def liquidity_taker(self) -> str:
        """Whom a provider lets take its tokens."""
        return self.router

    @property
    def route(self) -> list[str]:
        """Addresses that the router walks."""
        return [self.address]

    @property
    def voices(self) -> tuple[str, ...]:
        """Contracts whose events are this venue's."""
        return (self.address,)

    def other(self, asset: str) -> str:
        """The asset on the other side."""
        return self.quote if asset == self.base else self.base

    @abstractmethod
    def swap_exact_in(self, sell: str, amount_in: int, min_out: int, to: str) -> Call:
        """Sell `amount_in` units of the asset `sell`; the sender's approval to the router is in place."""

    @abstractmethod
    def quote_exact_in(self, sell: str, amount_in: int) -> int:
        """Units received for `amount_in` units of `sell` now; 0 where the swap would revert."""

    @abstractmethod
    def read(self) -> VenueState:
        """State after the latest block."""

    @abstractmethod
    def swapped(self, event: str, args: Mapping[str, Any]) -> Swapped | None:
        """Take in an event of the venue, decoded, in order; returns the swap that it completes."""

    @abstractmethod
    def add_liquidity(self, base_amount: int, quote_amount: int, to: str) -> Call:
        """Add both assets in the given amounts, for shares."""

    @abstractmethod
    def remove_liquidity(self, shares: int, to: str) -> Call:
        """Burn shares for their part of both reserves."""

    @abstractmethod
    def shares(self, holder: str) -> int:
        """Shares of `holder`."""

    @abstractmethod
    def transfer_shares(self, to: str, shares: int) -> Call:
        """Hand shares to `to`."""

    @abstractmethod
    def approve_shares(self, amount: int) -> Call:
        """Let the router burn the sender's shares."""
