"""Adapter of our StableSwap pool of two coins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.chain.base import CallReverted
from sim.protocols.call import Call
from sim.protocols.venue import Swapped, VenueState
from sim.protocols.venues.routed import DEPTH_BPS, RoutedVenue
from sim.reference.stable_swap import (
    MAX_BALANCE,
    balance_up,
    coin_rate,
    invariant_up,
    normalised_down,
    spot_price_wad,
)
from sim.units import BPS, E8, WAD, mul_div_down

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Books:
    """A pool at one moment: balances of both coins in smallest units, and their rates in wad."""

    balances: Pair
    rates_wad: Pair


def pair(answer: bytes) -> Pair:
    """Split the ABI encoding of two numbers."""
    return int.from_bytes(answer[:32]), int.from_bytes(answer[32:])


def moved_units(x: int, y: int, amplification_e2: int, change_bps: int) -> int:
    """Normalised units of the first coin that move its price by `change_bps`, the fee left out, rounded down.

    Sold for a change below 0, bought for one above; on the curve of the present invariant, found by bisection.
    """
    invariant = invariant_up(x, y, amplification_e2)
    target = spot_price_wad(x, y, amplification_e2) * (BPS + change_bps) // BPS

    def passed(amount: int) -> bool:
        held = x + amount if change_bps < 0 else x - amount
        if not 0 < held <= MAX_BALANCE:
            return True
        price = spot_price_wad(held, balance_up(held, invariant, amplification_e2), amplification_e2)
        return price < target if change_bps < 0 else price > target

    low, high = 0, 1
    while not passed(high):
        low, high = high, 2 * high
    while high - low > 1 + (high >> 40):
        middle = (low + high) // 2
        low, high = (low, middle) if passed(middle) else (middle, high)
    return low


class StableSwapVenue(RoutedVenue):
    """`contracts/amm/StableSwapPool.sol` with `StableSwapRouter.sol`; token 0 is the base asset.

    Liquidity is added and removed at the pool itself.
    """

    router_contract = "StableSwapRouter"
    pool_contract = "StableSwapPool"

    def __init__(self, *args: Any, amplification_e2: int) -> None:
        super().__init__(*args)
        self.pool = self.artifacts[self.pool_contract]
        self.amplification_e2 = amplification_e2
        self._views = [(self.address, self.pool.encode(name)) for name in ("balances", "totalSupply", "ratesWad")]
        self._invariant = self.pool.encode("invariant")
        self._books = Books((0, 0), (0, 0))
        self._known: tuple[Books, tuple[int, int, int]] = (self._books, (0, 0, 0))

    @property
    def liquidity_taker(self) -> str:
        """The pool itself."""
        return self.address

    def normalised(self, books: Books) -> Pair:
        """Balances as the pool's formulas see them."""
        scales = [
            coin_rate(self.decimals[asset], rate)
            for asset, rate in zip((self.base, self.quote), books.rates_wad, strict=True)
        ]
        return tuple(map(normalised_down, books.balances, scales))

    def spot_e8(self, books: Books) -> int:
        """Whole quote tokens per whole base token at the margin, eight decimals, rounded down; 0 where none."""
        x, y = self.normalised(books)
        if not 0 < x <= MAX_BALANCE or not 0 < y <= MAX_BALANCE:
            return 0
        price = spot_price_wad(x, y, self.amplification_e2)
        return mul_div_down(price, books.rates_wad[0] * E8, books.rates_wad[1] * WAD)

    def read(self) -> VenueState:
        """State after the latest block; nothing can be traded where a rate oracle does not answer."""
        base, quote = pair(self.chain.call(*self._views[0]))
        shares = int.from_bytes(self.chain.call(*self._views[1]))
        try:
            rates = pair(self.chain.call(*self._views[2]))
        except CallReverted:
            rates = (0, 0)
        self._books = Books((base, quote), rates)
        if self._known[0] != self._books:
            self._known = self._books, self._market(self._books)
        return VenueState(base, quote, shares, *self._known[1])

    def _market(self, books: Books) -> tuple[int, int, int]:
        """Spot price, and the base units that take it 2 % down and up."""
        spot = self.spot_e8(books)
        if not spot:
            return 0, 0, 0
        scale = coin_rate(self.decimals[self.base], books.rates_wad[0])
        down, up = (
            mul_div_down(moved_units(*self.normalised(books), self.amplification_e2, change), WAD, scale)
            for change in (-DEPTH_BPS, DEPTH_BPS)
        )
        return spot, down, up

    def share_value(self) -> tuple[int, int, Pair] | None:
        """The invariant, the shares and the rates after the latest block; None where a rate does not answer."""
        try:
            invariant, shares, rates = self.chain.call_many([(self.address, self._invariant), *self._views[1:]])
        except CallReverted:
            return None
        return int.from_bytes(invariant), int.from_bytes(shares), pair(rates)

    def swapped(self, event: str, args: Mapping[str, Any]) -> Swapped | None:
        """Take in an event; each tells the balances after it, and a swap the rates that it was done at."""
        if event not in ("Swap", "LiquidityAdded", "LiquidityRemoved"):
            return None
        before, after = self._books.balances, (args["balance0"], args["balance1"])
        if event != "Swap":
            self._books = Books(after, self._books.rates_wad)
            return None
        rates = args["rate0Wad"], args["rate1Wad"]
        self._books = Books(after, rates)
        sold = self.base if after[0] > before[0] else self.quote
        spots = self.spot_e8(Books(before, rates)), self.spot_e8(self._books)
        return Swapped(sold, args["amountIn"], args["amountOut"], *spots)

    def add_liquidity(self, base_amount: int, quote_amount: int, to: str) -> Call:
        """Add both assets in the given amounts; the pool takes them."""
        return self._call("addLiquidity", base_amount, quote_amount, 0, to)

    def remove_liquidity(self, shares: int, to: str) -> Call:
        """Burn the sender's shares for their part of both balances."""
        return self._call("removeLiquidity", shares, 0, 0, to)

    def transfer_shares(self, to: str, shares: int) -> Call:
        """Hand pool shares to `to`."""
        return self._call("transfer", to, shares)

    def approve_shares(self, amount: int) -> Call:
        """Let the router have the sender's shares; it does not need them, since the pool burns by itself."""
        return self._call("approve", self.router, amount)

    def shares(self, holder: str) -> int:
        """Pool shares of `holder`."""
        return int.from_bytes(self.chain.call(self.address, self.pool.encode("balanceOf", holder)))

    def _call(self, function: str, *args: object) -> Call:
        return Call(self.pool_contract, self.address, function, args, self.pool.encode(function, *args))
