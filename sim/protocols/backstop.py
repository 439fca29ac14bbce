"""Adapter of the backstop that absorbs a pool's accounts and sells their collateral."""

from dataclasses import dataclass

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import ExecutionAdapter
from sim.protocols.call import Call
from sim.protocols.venue import VenueAdapter
from sim.units import BPS


@dataclass(frozen=True, slots=True)
class BackstopStock:
    """Collateral for sale: units in all, units that one purchase can get now, and price in ray units per unit."""

    collateral: str
    debt: str
    assets: int
    saleable: int
    price_ray: int


class Backstop(ExecutionAdapter):
    """`contracts/lending/backstop/AbsorbingBackstop.sol`, bought from through `BackstopBuyer.sol` or directly.

    Parameters
    ----------
    address, buyer
        Of the two contracts.
    tokens
        Token addresses by asset.
    factors_bps
        Liquidation factor by collateral.
    storefront_factor_bps
        Share of the penalty that buyers get.
    """

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        address: str,
        buyer: str,
        tokens: dict[str, str],
        factors_bps: dict[str, int],
        storefront_factor_bps: int,
    ) -> None:
        self.chain = chain
        self.backstop = artifacts["AbsorbingBackstop"]
        self.buyer_type = artifacts["BackstopBuyer"]
        self.address = address
        self.buyer = buyer
        self.tokens = tokens
        self.factors_bps = factors_bps
        self.storefront_factor_bps = storefront_factor_bps
        self._symbols = {token: symbol for symbol, token in tokens.items()}
        self._stocks = self.backstop.encode("stocks")

    def _call(self, function: str, *args: object) -> Call:
        return Call("AbsorbingBackstop", self.address, function, args, self.backstop.encode(function, *args))

    def set_liquidation_factor(self, asset: str, factor_bps: int) -> Call:
        """Set what a collateral counts for on absorption."""
        return self._call("setLiquidationFactor", self.tokens[asset], factor_bps)

    def set_target_capital(self, asset: str, amount: int) -> Call:
        """Set the capital above which nothing is sold."""
        return self._call("setTargetCapital", self.tokens[asset], amount)

    def fund_capital(self, asset: str, amount: int) -> Call:
        """Add `amount` units of the sender's to the capital."""
        return self._call("fundCapital", self.tokens[asset], amount)

    def absorb(self, debt: str, accounts: list[str]) -> Call:
        """Absorb accounts for one debt asset."""
        return self._call("absorb", self.tokens[debt], accounts)

    def buy(self, stock: BackstopStock, least: int, amount: int, recipient: str) -> Call:
        """Buy for up to `amount` of the sender's own debt units."""
        tokens = self.tokens[stock.debt], self.tokens[stock.collateral]
        return self._call("buyCollateral", *tokens, least, amount, recipient)

    def flash_buy(
        self, stock: BackstopStock, amount: int, lender: str, venue: VenueAdapter, min_profit: int
    ) -> Call:
        """Borrow up to `amount` units, buy, sell on `venue` and repay, all at once; profit goes to the sender."""
        params = (
            self.address,
            lender,
            venue.router,
            venue.route,
            self.tokens[stock.collateral],
            self.tokens[stock.debt],
            amount,
            min_profit,
        )
        data = self.buyer_type.encode("buy", params)
        return Call("BackstopBuyer", self.buyer, "buy", params, data, venue.router_contract)

    def discount(self, asset: str) -> float:
        """How far below the oracle's price a collateral is sold, as a fraction."""
        return self.storefront_factor_bps * (BPS - self.factors_bps.get(asset, BPS)) / BPS**2

    def active_lots(self) -> tuple[BackstopStock, ...]:
        """What is for sale and can be priced, by debt asset and collateral."""
        out = self.chain.call(self.address, self._stocks)
        if not int.from_bytes(out[32:64], "big"):
            return ()
        found = []
        for one in self.backstop.decode("stocks", out):
            pair = one.debtAsset, one.collateralAsset
            try:
                saleable, price_ray = (self._word(name, *pair) for name in ("saleable", "priceRay"))
            except CallReverted:
                continue
            symbols = self._symbols[one.collateralAsset], self._symbols[one.debtAsset]
            found.append(BackstopStock(*symbols, one.assets, saleable, price_ray))
        return tuple(found)

    def preview_buy(self, stock: BackstopStock, amount: int) -> tuple[int, int] | None:
        """Units that `amount` debt units would buy now, and what they cost; None if it would revert."""
        tokens = self.tokens[stock.debt], self.tokens[stock.collateral]
        try:
            out = self.chain.call(self.address, self.backstop.encode("previewBuy", *tokens, amount))
        except CallReverted:
            return None
        return int.from_bytes(out[:32], "big"), int.from_bytes(out[32:64], "big")

    def can_absorb(self, debt: str, account: str, sender: str) -> bool:
        """Whether absorbing one account would succeed now."""
        try:
            self.chain.call(self.address, self.absorb(debt, [account]).data, sender)
        except CallReverted:
            return False
        return True

    def _word(self, function: str, *args: object) -> int:
        return int.from_bytes(self.chain.call(self.address, self.backstop.encode(function, *args)), "big")
