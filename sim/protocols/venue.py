"""Adapter of our constant-product pool, traded through our router."""

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import Call, VenueAdapter

NO_DEADLINE = 2**256 - 1


class ConstantProductVenue(VenueAdapter):
    """`contracts/amm/ConstantProductPool.sol` with `SwapRouter.sol`; token 0 is the base asset."""

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        name: str,
        address: str,
        router: str,
        tokens: dict[str, str],
        base: str,
        quote: str,
        fee_bps: int,
    ) -> None:
        self.chain = chain
        self.pool = artifacts["ConstantProductPool"]
        self.router_type = artifacts["SwapRouter"]
        self.name = name
        self.address = address
        self.router = router
        self.tokens = tokens
        self.base = base
        self.quote = quote
        self.fee_bps = fee_bps

    def swap_exact_in(self, sell: str, amount_in: int, min_out: int, to: str) -> Call:
        """Sell `amount_in` units of the asset `sell` through the router."""
        args = ([self.address], self.tokens[sell], amount_in, min_out, to, NO_DEADLINE)
        data = self.router_type.encode("swapExactIn", *args)
        return Call("SwapRouter", self.router, "swapExactIn", args, data)

    def quote_exact_in(self, sell: str, amount_in: int) -> int:
        """Units received for `amount_in` units of `sell` now; 0 where the swap would revert."""
        data = self.router_type.encode("quoteExactIn", [self.address], self.tokens[sell], amount_in)
        try:
            return int.from_bytes(self.chain.call(self.router, data), "big")
        except CallReverted:
            return 0

    def add_liquidity(self, base_amount: int, quote_amount: int, to: str) -> Call:
        """Add both assets in the given amounts."""
        args = (self.address, base_amount, quote_amount, 0, 0, to, NO_DEADLINE)
        return Call(
            "SwapRouter", self.router, "addLiquidity", args, self.router_type.encode("addLiquidity", *args)
        )

    def remove_liquidity(self, shares: int, to: str) -> Call:
        """Burn pool shares for their part of both reserves."""
        args = (self.address, shares, 0, 0, to, NO_DEADLINE)
        data = self.router_type.encode("removeLiquidity", *args)
        return Call("SwapRouter", self.router, "removeLiquidity", args, data)

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
