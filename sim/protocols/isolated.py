"""Adapter of our isolated market, read through its own lens and liquidated through its own keeper's hand."""

from collections.abc import Mapping

from sim.chain.artifacts import Artifacts
from sim.chain.base import ZERO_ADDRESS, CallReverted, Chain
from sim.protocols.base import LiquidationQuote, ReserveState
from sim.protocols.call import Call
from sim.protocols.lens import LensedMarket
from sim.protocols.venue import VenueAdapter
from sim.reference.isolated import incentive_factor_wad_down
from sim.scenario.lending.isolated import IsolatedMarket as IsolatedModel
from sim.trace import ReserveRule
from sim.units import BPS, UINT256_MAX, WAD, mul_div_down, wad_from_bps

NO_DATA = b""
BP_WAD = WAD // BPS


class IsolatedMarket(LensedMarket):
    """`contracts/lending/IsolatedMarket.sol`, with its `PreLiquidation.sol` where there is one.

    The reserves are the collateral and the loan asset. Where accounts may be liquidated early, `health_limit_wad`
    is LLTV / pre-LLTV. All liquidations go through `IsolatedLiquidator.sol`, which knows which way is open.
    """

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        name: str,
        address: str,
        lens: str,
        liquidator: str,
        tokens: dict[str, str],
        model: IsolatedModel,
        pre_liquidation: str = ZERO_ADDRESS,
    ) -> None:
        self.chain = chain
        self.market = artifacts["IsolatedMarket"]
        self.lens_type = artifacts["IsolatedLens"]
        self.liquidator_type = artifacts["IsolatedLiquidator"]
        self.name = name
        self.address = address
        self.lens = lens
        self.liquidator = liquidator
        self.tokens = tokens
        self.model = model
        self.pre_liquidation = pre_liquidation
        self.reserve_list = (model.collateral, model.debt)
        if model.pre_liquidation is not None:
            lltv_wad, pre_wad = wad_from_bps(model.lltv_bps), wad_from_bps(model.pre_liquidation.pre_lltv_bps)
            self.health_limit_wad = mul_div_down(WAD, lltv_wad, pre_wad)
        self._look_through()

    def _call(self, function: str, *args: object) -> Call:
        return Call("IsolatedMarket", self.address, function, args, self.market.encode(function, *args))

    @property
    def spenders(self) -> tuple[str, ...]:
        """Contracts that a liquidator lets take its tokens."""
        return (self.liquidator,)

    @property
    def voices(self) -> tuple[str, ...]:
        """Other contracts whose events are this market's: its pre-liquidation."""
        return () if self.pre_liquidation == ZERO_ADDRESS else (self.pre_liquidation,)

    def rules(self) -> dict[str, ReserveRule]:
        """The collateral's threshold is the LLTV; its bonus is rounded to the nearest basis point."""
        early, bonus_wad = self.model.pre_liquidation, self._bonus_wad()
        return super().rules() | {
            self.model.collateral: ReserveRule(
                threshold_bps=self.model.lltv_bps,
                bonus_bps=(bonus_wad + BP_WAD // 2) // BP_WAD,
                protocol_fee_bps=0,
                early_threshold_bps=0 if early is None else early.pre_lltv_bps,
            )
        }

    def bonus_range_bps(self, collateral: str) -> tuple[int, int]:
        """Lowest and highest bonus that a liquidation may pay, in the whole basis points around them."""
        early, bonus_wad = self.model.pre_liquidation, self._bonus_wad()
        low, high = bonus_wad // BP_WAD, -(-bonus_wad // BP_WAD)
        if early is None:
            return low, high
        return min(low, early.first_bonus_bps), max(high, early.last_bonus_bps)

    def _bonus_wad(self) -> int:
        return incentive_factor_wad_down(wad_from_bps(self.model.lltv_bps)) - WAD

    def lendable(self, reserves: Mapping[str, ReserveState]) -> dict[str, int]:
        """No loan is needed: the market asks for the repayment after the sale."""
        return dict.fromkeys(reserves, UINT256_MAX)

    def set_fee(self, fee_bps: int, recipient: str) -> Call:
        """Take a share of interest."""
        return self._call("setFee", fee_bps, recipient)

    def authorize(self, delegate: str) -> Call:
        """Let `delegate` act for the sender."""
        return self._call("setAuthorization", delegate, True)

    def supply(self, asset: str, amount: int, account: str) -> Call:
        """Supply `amount` units for `account`: as collateral, or to be lent."""
        if asset == self.model.collateral:
            return self._call("supplyCollateral", amount, account, NO_DATA)
        return self._call("supply", amount, 0, account, NO_DATA)

    def withdraw(self, asset: str, amount: int, to: str) -> Call:
        """Withdraw `amount` units of the supply of `to`, who is the sender."""
        if asset == self.model.collateral:
            return self._call("withdrawCollateral", amount, to, to)
        return self._call("withdraw", amount, 0, to, to)

    def borrow(self, asset: str, amount: int, account: str) -> Call:
        """Borrow `amount` units against the collateral of `account`, who is the sender."""
        return self._call("borrow", amount, 0, account, account)

    def repay(self, asset: str, amount: int, account: str) -> Call:
        """Repay `amount` units of the debt of `account`; the call fails where that is more than it owes."""
        return self._call("repay", amount, 0, account, NO_DATA)

    def _target(self, account: str, repay: int) -> tuple:
        return (self.address, self.pre_liquidation, account, repay)

    def _liquidator_call(self, function: str, *args: object, through: str | None = None) -> Call:
        data = self.liquidator_type.encode(function, *args)
        return Call("IsolatedLiquidator", self.liquidator, function, args, data, through)

    def liquidate(self, collateral: str, debt: str, account: str, repay: int, receive_shares: bool) -> Call:
        """Liquidate from the sender's own balance of the loan asset; shares are never received."""
        return self._liquidator_call("liquidateAndHold", self._target(account, repay))

    def flash_liquidate(
        self, collateral: str, debt: str, account: str, repay: int, venue: VenueAdapter, min_profit: int
    ) -> Call:
        """Liquidate, sell on `venue` and pay in the market's callback; profit goes to the sender."""
        args = self._target(account, repay), venue.router, venue.route, min_profit
        return self._liquidator_call("liquidate", *args, through=venue.router_contract)

    def preview_liquidation(self, collateral: str, debt: str, account: str, repay: int) -> LiquidationQuote | None:
        """What a liquidation would do now; None if it would revert."""
        if (collateral, debt) != self.reserve_list:
            return None
        data = self.liquidator_type.encode("plan", self._target(account, repay))
        try:
            out = self.chain.call(self.liquidator, data)
        except CallReverted:
            return None
        repaid, seized = (int.from_bytes(out[at : at + 32], "big") for at in (96, 128))
        return LiquidationQuote(repaid, seized, 0)
