"""What all venues share that are traded through a router."""

from collections.abc import Mapping

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import TokenAdapter
from sim.protocols.call import Call
from sim.protocols.venue import VenueAdapter

NO_DEADLINE = 2**256 - 1
DEPTH_BPS = 200
"""Depth is what moves the spot price by 2 %."""


class RoutedVenue(VenueAdapter):
    """A venue whose router is an `IVenueRouter` of the contract type `router_contract`."""

    router_contract: str

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        name: str,
        address: str,
        router: str,
        tokens: Mapping[str, TokenAdapter],
        base: str,
        quote: str,
        fee_bps: int,
    ) -> None:
        self.chain = chain
        self.artifacts = artifacts
        self.router_type = artifacts[self.router_contract]
        self.name = name
        self.address = address
        self.router = router
        self.tokens = {symbol: token.address for symbol, token in tokens.items()}
        self.base = base
        self.quote = quote
        self.fee_bps = fee_bps
        self.decimals = {asset: tokens[asset].decimals for asset in (base, quote)}

    def _route(self, function: str, *args: object) -> Call:
        return Call(self.router_contract, self.router, function, args, self.router_type.encode(function, *args))

    def swap_exact_in(self, sell: str, amount_in: int, min_out: int, to: str) -> Call:
        """Sell `amount_in` units of the asset `sell` through the router."""
        return self._route("swapExactIn", self.route, self.tokens[sell], amount_in, min_out, to, NO_DEADLINE)

    def quote_exact_in(self, sell: str, amount_in: int) -> int:
        """Units received for `amount_in` units of `sell` now; 0 where the swap would revert."""
        data = self.router_type.encode("quoteExactIn", self.route, self.tokens[sell], amount_in)
        try:
            return int.from_bytes(self.chain.call(self.router, data), "big")
        except CallReverted:
            return 0
