"""Adapter of a sale over several venues at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.protocols.base import TokenAdapter
from sim.protocols.call import Call
from sim.protocols.venue import Swapped, VenueAdapter, VenueState
from sim.protocols.venues.routed import RoutedVenue


class NoLiquidityHere(TypeError):
    """A split has no liquidity of its own: it is at the venues that it sells over."""


@dataclass(frozen=True, slots=True)
class SplitState(VenueState):
    """What the venues have together, and each of them."""

    parts: tuple[VenueState, ...] = ()


class SplitVenue(RoutedVenue):
    """`contracts/amm/SplitRouter.sol` over the venues `parts`, which trade the same pair.

    Its swaps are those of its parts, who tell of them; it has none of its own. `fee_bps` is the least of theirs.
    """

    router_contract = "SplitRouter"

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        name: str,
        address: str,
        tokens: Mapping[str, TokenAdapter],
        parts: Sequence[VenueAdapter],
    ) -> None:
        base, quote = parts[0].base, parts[0].quote
        fee_bps = min(part.fee_bps for part in parts)
        super().__init__(chain, artifacts, name, address, address, tokens, base, quote, fee_bps)
        self.parts = tuple(parts)

    @property
    def route(self) -> list[str]:
        """Addresses of the venues."""
        return [part.route[0] for part in self.parts]

    def read(self) -> SplitState:
        """State after the latest block."""
        return self.combined([part.read() for part in self.parts])

    def combined(self, states: Sequence[VenueState]) -> SplitState:
        """State of which the parts' states are given.

        Reserves and depths are sums: what moves each part's price by 2 % moves all of them. The spot price is the
        mean of the parts' by depth in both directions, rounded down; no price of a trade, since every trade is on
        one of them.
        """
        weights = [one.sell_depth + one.buy_depth for one in states]
        weighted = sum(one.spot_e8 * weight for one, weight in zip(states, weights, strict=True))
        return SplitState(
            base_reserve=sum(one.base_reserve for one in states),
            quote_reserve=sum(one.quote_reserve for one in states),
            total_shares=0,
            spot_e8=weighted // sum(weights) if any(weights) else 0,
            sell_depth=sum(one.sell_depth for one in states),
            buy_depth=sum(one.buy_depth for one in states),
            parts=tuple(states),
        )

    def swapped(self, event: str, args: Mapping[str, Any]) -> Swapped | None:
        """None: each leg is the swap of a part."""
        return None

    def shares(self, holder: str) -> int:
        """Nobody has any."""
        return 0

    def _refuse(self) -> NoReturn:
        raise NoLiquidityHere(f"{self.name} sells over {[part.name for part in self.parts]}: ask one of them")

    def add_liquidity(self, base_amount: int, quote_amount: int, to: str) -> Call:
        """Raises `NoLiquidityHere`."""
        self._refuse()

    def remove_liquidity(self, shares: int, to: str) -> Call:
        """Raises `NoLiquidityHere`."""
        self._refuse()

    def transfer_shares(self, to: str, shares: int) -> Call:
        """Raises `NoLiquidityHere`."""
        self._refuse()

    def approve_shares(self, amount: int) -> Call:
        """Raises `NoLiquidityHere`."""
        self._refuse()
