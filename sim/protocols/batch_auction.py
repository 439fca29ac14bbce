"""Adapter of the batch auction that executes a pool's liquidations."""

from dataclasses import dataclass
from typing import Any

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import ExecutionAdapter
from sim.protocols.call import Call


@dataclass(frozen=True, slots=True)
class Bid:
    """Collateral units wanted by `bidder` (an address) at up to `price_ray`."""

    bidder: str
    quantity: int
    price_ray: int


@dataclass(frozen=True, slots=True)
class BatchLot:
    """A lot in its round: collateral and debt left (units), prices in ray units per unit, bids as they came."""

    lot_id: int
    account: str
    collateral: str
    debt: str
    lot_assets: int
    debt_assets: int
    round: int
    ends_at_s: int
    reserve_ray: int
    min_quantity: int
    bids: tuple[Bid, ...]


class BatchAuction(ExecutionAdapter):
    """`contracts/lending/auction/BatchAuction.sol`.

    Parameters
    ----------
    tokens
        Token addresses by asset.
    max_bids
        Most bids of a lot.
    """

    def __init__(
        self, chain: Chain, artifacts: Artifacts, address: str, tokens: dict[str, str], max_bids: int
    ) -> None:
        self.chain = chain
        self.auction = artifacts["BatchAuction"]
        self.address = address
        self.tokens = tokens
        self.max_bids = max_bids
        self._symbols = {token: symbol for symbol, token in tokens.items()}
        self._active = self.auction.encode("activeLots")

    def _call(self, function: str, *args: object) -> Call:
        return Call("BatchAuction", self.address, function, args, self.auction.encode(function, *args))

    def open(self, account: str, collateral: str, debt: str) -> Call:
        """Open a lot of `account`'s collateral."""
        return self._call("open", account, self.tokens[collateral], self.tokens[debt])

    def bid(self, lot: BatchLot, quantity: int, price_ray: int) -> Call:
        """Bid for up to `quantity` units, paid for from the sender's credit and then from its tokens."""
        return self._call("bid", lot.lot_id, quantity, price_ray)

    def clear(self, lot: BatchLot) -> Call:
        """Clear a round that has ended."""
        return self._call("clear", lot.lot_id)

    def withdraw(self, asset: str, to: str) -> Call:
        """Take out the sender's credit in an asset."""
        return self._call("withdraw", self.tokens[asset], to)

    def active_lots(self) -> tuple[BatchLot, ...]:
        """All running lots with their bids, by number."""
        out = self.chain.call(self.address, self._active)
        if not int.from_bytes(out[32:64], "big"):
            return ()
        statuses = self.auction.decode("activeLots", out)
        lots = (self._lot(one.lotId, one.lot, one.bids) for one in statuses)
        return tuple(sorted(lots, key=lambda lot: lot.lot_id))

    def preview_open(self, account: str, collateral: str, debt: str) -> BatchLot | None:
        """The lot that `open` would make now, without a number; None if it would revert."""
        data = self.auction.encode("previewOpen", account, self.tokens[collateral], self.tokens[debt])
        try:
            out = self.chain.call(self.address, data)
        except CallReverted:
            return None
        return self._lot(0, self.auction.decode("previewOpen", out), ())

    def credit(self, account: str, asset: str) -> int:
        """Units that `account` may withdraw."""
        out = self.chain.call(self.address, self.auction.encode("credits", account, self.tokens[asset]))
        return int.from_bytes(out, "big")

    def _lot(self, lot_id: int, lot: Any, bids: Any) -> BatchLot:
        return BatchLot(
            lot_id,
            lot.user,
            self._symbols[lot.collateralAsset],
            self._symbols[lot.debtAsset],
            lot.lotAssets,
            lot.debtAssets,
            lot.round,
            lot.endsAtS,
            lot.reserveRay,
            lot.minQuantity,
            tuple(Bid(one.bidder, one.quantity, one.priceRay) for one in bids),
        )
