"""Adapters of our market of soft liquidation and of its exchange in bands."""

from collections.abc import Mapping

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import LiquidationQuote, ReserveState
from sim.protocols.call import Call
from sim.protocols.lens import LensedMarket
from sim.protocols.venue import VenueAdapter
from sim.scenario.lending.soft import SoftLiquidationMarket as SoftModel
from sim.trace import ReserveRule
from sim.units import BPS, UINT256_MAX

WORD = 32
PAID, SEIZED, COVERED, SURPLUS = 3, 4, 2, 5
"""Words of what `SoftLiquidator.plan` returns."""


class BandExchange:
    """`contracts/lending/soft/BandExchange.sol`: trades between the collateral and the borrowed asset."""

    def __init__(self, chain: Chain, artifacts: Artifacts, address: str, collateral: str, debt: str) -> None:
        self.chain = chain
        self.contract = artifacts["BandExchange"]
        self.address = address
        self.collateral = collateral
        self.debt = debt

    def _call(self, function: str, *args: object) -> Call:
        return Call("BandExchange", self.address, function, args, self.contract.encode(function, *args))

    def set_market(self, market: str) -> Call:
        """Name the market, once."""
        return self._call("setMarket", market)

    def exchange(self, sells_collateral: bool, amount_in: int, min_out: int, to: str) -> Call:
        """Sell collateral to the bands, or buy it, for up to `amount_in` units of the sender's."""
        return self._call("exchange", sells_collateral, amount_in, min_out, to)

    def quote_to_price(self, sells_collateral: bool, limit_wad: int, amount_in: int) -> tuple[int, int]:
        """Units spent and received of a trade of up to `amount_in` that stops at a marginal price, fee included.

        The price is in whole borrowed assets per whole collateral. (0, 0) where the exchange has no price.
        """
        try:
            out = self.chain.call(
                self.address, self.contract.encode("quoteToPrice", sells_collateral, limit_wad, amount_in)
            )
        except CallReverted:
            return 0, 0
        return int.from_bytes(out[:WORD], "big"), int.from_bytes(out[WORD : 2 * WORD], "big")


class SoftLiquidationMarket(LensedMarket):
    """`contracts/lending/soft/SoftLiquidationMarket.sol`, liquidated through `SoftLiquidator.sol`.

    Health is 1 + `healthAboveBandsWad`: below 1 an account can be liquidated hard. What is left of its collateral
    is its supply of the collateral, what is converted its supply of the borrowed asset.
    """

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        name: str,
        address: str,
        exchange: BandExchange,
        lens: str,
        liquidator: str,
        tokens: dict[str, str],
        model: SoftModel,
    ) -> None:
        self.chain = chain
        self.market = artifacts["SoftLiquidationMarket"]
        self.lens_type = artifacts["SoftLens"]
        self.liquidator_type = artifacts["SoftLiquidator"]
        self.name = name
        self.address = address
        self.exchange = exchange
        self.lens = lens
        self.liquidator = liquidator
        self.tokens = tokens
        self.model = model
        self.reserve_list = (model.collateral, model.debt)
        self._look_through()

    def _call(self, function: str, *args: object) -> Call:
        return Call("SoftLiquidationMarket", self.address, function, args, self.market.encode(function, *args))

    def _read(self, function: str, *args: object) -> int:
        return int.from_bytes(self.chain.call(self.address, self.market.encode(function, *args)), "big")

    @property
    def spenders(self) -> tuple[str, ...]:
        """Contracts that a liquidator lets take its tokens."""
        return (self.liquidator,)

    @property
    def voices(self) -> tuple[str, ...]:
        """Other contracts whose events are this market's: its exchange."""
        return (self.exchange.address,)

    def rules(self) -> dict[str, ReserveRule]:
        """Converted assets count for all but the liquidation discount."""
        kept_bps = BPS - self.model.liquidation_discount_bps
        return super().rules() | {self.model.debt: ReserveRule(kept_bps, 0, 0)}

    def lendable(self, reserves: Mapping[str, ReserveState]) -> dict[str, int]:
        """No loan is needed: the market asks for the payment after the sale."""
        return dict.fromkeys(reserves, UINT256_MAX)

    def set_insurance_fund(self, fund: str) -> Call:
        """Name the fund that covers losses first."""
        return self._call("setInsuranceFund", fund)

    def max_debt(self, collateral: int, bands: int) -> int:
        """Largest loan on `collateral` units now."""
        return self._read("maxDebt", collateral, bands)

    def create_loan(self, collateral: int, debt: int, bands: int) -> Call:
        """Deposit collateral of the sender and borrow against it."""
        return self._call("createLoan", collateral, debt, bands)

    def supply(self, asset: str, amount: int, account: str) -> Call:
        """Add collateral to the loan of `account`, or lend for it."""
        if asset == self.model.collateral:
            return self._call("addCollateral", amount, account)
        return self._call("supply", amount, account)

    def withdraw(self, asset: str, amount: int, to: str) -> Call:
        """Take back collateral of the sender, who is `to`, or what it has lent."""
        if asset == self.model.collateral:
            return self._call("removeCollateral", amount)
        return self._call("withdraw", amount, to)

    def borrow(self, asset: str, amount: int, account: str) -> Call:
        """Borrow more on the loan of `account`, who is the sender."""
        return self._call("borrowMore", 0, amount)

    def repay(self, asset: str, amount: int, account: str) -> Call:
        """Repay up to `amount` units of the debt of `account`."""
        return self._call("repay", amount, account)

    def _liquidator_call(self, function: str, *args: object, through: str | None = None) -> Call:
        data = self.liquidator_type.encode(function, *args)
        return Call("SoftLiquidator", self.liquidator, function, args, data, through)

    def liquidate(self, collateral: str, debt: str, account: str, repay: int, receive_shares: bool) -> Call:
        """Liquidate from the sender's own balance of the borrowed asset; there are no shares to receive."""
        return self._liquidator_call("liquidateAndHold", (self.address, account, repay))

    def flash_liquidate(
        self, collateral: str, debt: str, account: str, repay: int, venue: VenueAdapter, min_profit: int
    ) -> Call:
        """Liquidate, sell on `venue` and pay in the market's callback; profit goes to the sender."""
        args = (self.address, account, repay), venue.router, venue.route, min_profit
        return self._liquidator_call("liquidate", *args, through=venue.router_contract)

    def preview_liquidation(self, collateral: str, debt: str, account: str, repay: int) -> LiquidationQuote | None:
        """What a liquidation would do now; None if it would revert.

        Of the collateral for what is to be paid, at least a unit, since keepers compare sizes. Where all is
        converted there is nothing to pay: then the borrowed asset stands for what is seized, and for what covers
        the debt out of it.
        """
        try:
            data = self.liquidator_type.encode("plan", (self.address, account, repay))
            out = self.chain.call(self.liquidator, data)
        except CallReverted:
            return None
        word = [int.from_bytes(out[at : at + WORD], "big") for at in range(0, len(out), WORD)]
        if collateral == self.model.collateral:
            return LiquidationQuote(max(word[PAID], 1), word[SEIZED], 0) if word[SEIZED] else None
        if word[SEIZED] or not word[SURPLUS]:
            return None
        return LiquidationQuote(word[COVERED], word[COVERED] + word[SURPLUS], 0)
