"""Adapter of our constant-product pool."""

from collections.abc import Mapping
from math import isqrt
from typing import Any

from sim.protocols.call import Call
from sim.protocols.lens import words
from sim.protocols.venue import Swapped, VenueState
from sim.protocols.venues.routed import DEPTH_BPS, NO_DEADLINE, RoutedVenue
from sim.units import BPS, E8

SHIFT = 10**18


def spot_e8(base_reserve: int, quote_reserve: int, base_decimals: int, quote_decimals: int) -> int:
    """Whole quote tokens per whole base token in a constant-product pool, eight decimals, rounded down."""
    if not base_reserve:
        return 0
    return quote_reserve * 10**base_decimals * E8 // (base_reserve * 10**quote_decimals)


def depth_units(base_reserve: int, change_bps: int) -> int:
    """Base units that move a constant-product pool's price by `change_bps`, the fee left out, rounded down.

    x ((1 + c)^(-1/2) - 1), which follows from k = x y with price y / x; positive for a sale (c < 0), and the
    purchase as a positive number too.
    """
    root = isqrt(BPS * SHIFT**2 // (BPS + change_bps))
    return base_reserve * abs(root - SHIFT) // SHIFT


class ConstantProductVenue(RoutedVenue):
    """`contracts/amm/ConstantProductPool.sol` with `SwapRouter.sol`; token 0 is the base asset."""

    router_contract = "SwapRouter"

    def __init__(self, *args: Any, lens: str) -> None:
        super().__init__(*args)
        self.lens = lens
        self.pool = self.artifacts["ConstantProductPool"]
        self._words = self.artifacts["TestbedLens"].encode("poolWords", [self.address])
        self._before_e8 = self._now_e8 = 0

    def _spot_e8(self, base_reserve: int, quote_reserve: int) -> int:
        return spot_e8(base_reserve, quote_reserve, self.decimals[self.base], self.decimals[self.quote])

    def read(self) -> VenueState:
        """State after the latest block."""
        base, quote, shares = words(self.chain.call(self.lens, self._words))
        self._now_e8 = self._spot_e8(base, quote)
        return VenueState(
            base, quote, shares, self._now_e8, depth_units(base, -DEPTH_BPS), depth_units(base, DEPTH_BPS)
        )

    def swapped(self, event: str, args: Mapping[str, Any]) -> Swapped | None:
        """Take in an event; `Sync` with the new reserves comes before the `Swap` that it belongs to."""
        if event == "Sync":
            self._before_e8 = self._now_e8
            self._now_e8 = self._spot_e8(args["reserve0"], args["reserve1"])
        if event != "Swap":
            return None
        sells_base = args["amount0In"] * args["amount1Out"] >= args["amount1In"] * args["amount0Out"]
        sold, came, went = (
            (self.base, args["amount0In"], args["amount1Out"])
            if sells_base
            else (self.quote, args["amount1In"], args["amount0Out"])
        )
        return Swapped(sold, came, went, self._before_e8, self._now_e8)

    def add_liquidity(self, base_amount: int, quote_amount: int, to: str) -> Call:
        """Add both assets in the given amounts."""
        return self._route("addLiquidity", self.address, base_amount, quote_amount, 0, 0, to, NO_DEADLINE)

    def remove_liquidity(self, shares: int, to: str) -> Call:
        """Burn pool shares for their part of both reserves."""
        return self._route("removeLiquidity", self.address, shares, 0, 0, to, NO_DEADLINE)

    def transfer_shares(self, to: str, shares: int) -> Call:
        """Hand pool shares to `to`."""
        data = self.pool.encode("transfer", to, shares)
        return Call("ConstantProductPool", self.address, "transfer", (to, shares), data)

    def approve_shares(self, amount: int) -> Call:
        """Let the router burn the sender's pool shares."""
        data = self.pool.encode("approve", self.router, amount)
        return Call("ConstantProductPool", self.address, "approve", (self.router, amount), data)

    def shares(self, holder: str) -> int:
        """Pool shares of `holder`."""
        return int.from_bytes(self.chain.call(self.address, self.pool.encode("balanceOf", holder)), "big")
