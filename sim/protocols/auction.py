"""Adapter of the Dutch auction that executes a pool's liquidations.

What a lot costs at the time of a coming block is computed by the exact mirror, since a view answers for the block
that is past.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import ExecutionAdapter
from sim.protocols.call import Call
from sim.protocols.venue import VenueAdapter
from sim.reference import dutch_auction
from sim.units import RAY

PriceDecay = Callable[[int, int], int]
"""Price from the starting price and the seconds since: the mirror of an `IPriceDecay`."""


@dataclass(frozen=True, slots=True)
class AuctionRules:
    """What holds for every collateral of a market; fields of the struct `AuctionParams`, as the contract has them.

    `decay` is the mirror of the contract at `decay_address`; rad amounts are USD with eight decimals times 1e27.
    """

    decay_address: str
    decay: PriceDecay
    buffer_ray: int
    cusp_ray: int
    tail_s: int
    chip_wad: int
    tip_rad: int
    dust_rad: int
    limit_rad: int

    def params(self, penalty_wad: int) -> tuple:
        """The struct, for a collateral with this penalty."""
        return (
            self.decay_address,
            self.buffer_ray,
            self.cusp_ray,
            self.tail_s,
            penalty_wad,
            self.chip_wad,
            self.tip_rad,
            self.dust_rad,
            self.limit_rad,
        )


@dataclass(frozen=True, slots=True)
class AuctionLot:
    """A running auction: collateral left (units), tab in rad of the debt, prices in ray units per unit."""

    lot_id: int
    account: str
    started_at_s: int
    collateral: str
    debt: str
    lot_assets: int
    tab_rad: int
    top_ray: int
    min_tab_rad: int


@dataclass(frozen=True, slots=True)
class StartQuote:
    """What a start would make: the lot's collateral and debt in units, its tab, and the full reward in units."""

    lot_assets: int
    debt_assets: int
    tab_rad: int
    reward: int


class DutchAuction(ExecutionAdapter):
    """`contracts/lending/auction/DutchAuction.sol`, bought from through `AuctionTaker.sol` or directly.

    Parameters
    ----------
    address, taker
        Of the two contracts.
    tokens
        Token addresses by asset.
    rules
        As set for every collateral.
    """

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        address: str,
        taker: str,
        tokens: dict[str, str],
        rules: AuctionRules,
    ) -> None:
        self.chain = chain
        self.auction = artifacts["DutchAuction"]
        self.taker_type = artifacts["AuctionTaker"]
        self.address = address
        self.taker = taker
        self.tokens = tokens
        self.rules = rules
        self._symbols = {token: symbol for symbol, token in tokens.items()}
        self._active = self.auction.encode("activeLots")

    def _call(self, function: str, *args: object) -> Call:
        return Call("DutchAuction", self.address, function, args, self.auction.encode(function, *args))

    def set_auction_params(self, asset: str, params: tuple) -> Call:
        """Set how a collateral is auctioned; `params` is the struct `AuctionParams`, field by field."""
        return self._call("setAuctionParams", self.tokens[asset], params)

    def set_total_limit(self, limit_rad: int) -> Call:
        """Set the most that all lots may have to raise."""
        return self._call("setTotalLimit", limit_rad)

    def fund_incentives(self, asset: str, amount: int) -> Call:
        """Add `amount` units of the sender's to what rewards are paid from."""
        return self._call("fundIncentives", self.tokens[asset], amount)

    def start(self, account: str, collateral: str, debt: str, keeper: str) -> Call:
        """Start an auction of `account`'s collateral; the reward goes to `keeper`."""
        return self._call("start", account, self.tokens[collateral], self.tokens[debt], keeper)

    def reset(self, lot: AuctionLot, keeper: str) -> Call:
        """Start an auction over; the reward goes to `keeper`."""
        return self._call("reset", lot.lot_id, keeper)

    def take(self, lot: AuctionLot, amount: int, max_price_ray: int, receiver: str) -> Call:
        """Buy up to `amount` units with the sender's own debt tokens."""
        return self._call("take", lot.lot_id, amount, max_price_ray, receiver, b"")

    def flash_take(
        self, lot: AuctionLot, amount: int, max_price_ray: int, venue: VenueAdapter, min_profit: int
    ) -> Call:
        """Get up to `amount` units, sell them on `venue` and pay, all at once; profit goes to the sender."""
        params = (self.address, lot.lot_id, amount, max_price_ray, venue.router, venue.route, min_profit)
        data = self.taker_type.encode("take", params)
        return Call("AuctionTaker", self.taker, "take", params, data, venue.router_contract)

    def active_lots(self) -> tuple[AuctionLot, ...]:
        """All running auctions, by number."""
        out = self.chain.call(self.address, self._active)
        if not int.from_bytes(out[32:64], "big"):
            return ()
        statuses = self.auction.decode("activeLots", out)
        return tuple(sorted((self._lot(one.lotId, one.lot) for one in statuses), key=lambda lot: lot.lot_id))

    def preview_start(self, account: str, collateral: str, debt: str) -> StartQuote | None:
        """What `start` would make now; None if it would revert."""
        data = self.auction.encode("previewStart", account, self.tokens[collateral], self.tokens[debt])
        try:
            out = self.chain.call(self.address, data)
        except CallReverted:
            return None
        lot, debt_assets, reward_rad = self.auction.decode("previewStart", out)
        return StartQuote(lot.lotAssets, debt_assets, lot.tabRad, reward_rad // RAY)

    def reset_reward(self, lot: AuctionLot, price_ray: int, debt_unit: int, debt_price_e8: int) -> int:
        """Full reward for a reset, in units of the debt, at an oracle's price; 0 for a lot of dust."""
        if min(lot.tab_rad, lot.lot_assets * price_ray) < lot.min_tab_rad:
            return 0
        tip_rad = self.rules.tip_rad // debt_price_e8 * debt_unit
        return dutch_auction.reward_rad_down(lot.tab_rad, tip_rad, self.rules.chip_wad) // RAY

    def incentives(self, asset: str) -> int:
        """Units that rewards in `asset` can be paid from."""
        out = self.chain.call(self.address, self.auction.encode("incentives", self.tokens[asset]))
        return int.from_bytes(out, "big")

    def price_ray(self, lot: AuctionLot, timestamp_s: int) -> int:
        """Price of a lot at a time, in units of debt per unit of collateral, ray."""
        return self.rules.decay(lot.top_ray, timestamp_s - lot.started_at_s)

    def needs_reset(self, lot: AuctionLot, timestamp_s: int) -> bool:
        """Whether nobody can buy at that time before a reset."""
        elapsed_s = timestamp_s - lot.started_at_s
        price_ray = self.price_ray(lot, timestamp_s)
        return dutch_auction.needs_reset(price_ray, lot.top_ray, elapsed_s, self.rules.tail_s, self.rules.cusp_ray)

    def purchase(self, lot: AuctionLot, price_ray: int, amount: int) -> tuple[int, int] | None:
        """Units bought and units paid for up to `amount` at a price; None where a part may not be bought."""
        try:
            sold, owed_rad = dutch_auction.purchase_down(
                lot.lot_assets, lot.tab_rad, price_ray, amount, lot.min_tab_rad
            )
        except dutch_auction.NoPartialPurchase:
            return None
        return sold, -(-owed_rad // RAY)

    def _lot(self, lot_id: int, lot: Any) -> AuctionLot:
        return AuctionLot(
            lot_id,
            lot.user,
            lot.startedAtS,
            self._symbols[lot.collateralAsset],
            self._symbols[lot.debtAsset],
            lot.lotAssets,
            lot.tabRad,
            lot.topRay,
            lot.minTabRad,
        )
