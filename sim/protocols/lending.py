"""Adapter of our cross-collateral lending pool."""

from dataclasses import replace

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.base import LiquidationQuote
from sim.protocols.call import Call
from sim.protocols.lens import LensedMarket
from sim.protocols.venue import VenueAdapter
from sim.scenario.lending.pool import PoolMarket
from sim.trace import ReserveRule


class LendingPool(LensedMarket):
    """`contracts/lending/LendingPool.sol`, read through the lens."""

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        name: str,
        address: str,
        lens: str,
        flash_liquidator: str,
        tokens: dict[str, str],
        model: PoolMarket,
    ) -> None:
        self.chain = chain
        self.pool = artifacts["LendingPool"]
        self.lens_type = artifacts["TestbedLens"]
        self.liquidator_type = artifacts["FlashLiquidator"]
        self.name = name
        self.address = address
        self.lens = lens
        self.flash_liquidator = flash_liquidator
        self.tokens = tokens
        self.model = model
        self.reserve_list = tuple(model.reserves)
        self._look_through()

    @property
    def voices(self) -> tuple[str, ...]:
        """The rules that weigh collateral: their events name accounts whose health changed."""
        return () if self.risk_rules is None else self.risk_rules.addresses

    def rules(self) -> dict[str, ReserveRule]:
        """What the trace says about every asset: of a category that borrowers chose, or of the reserve."""
        rules = super().rules()
        for asset, rule in rules.items():
            category = self.model.chosen_category(asset)
            if category is not None:
                _, bonus_bps = self.model.terms.bonus_range_bps(category.liquidation_bonus_bps)
                rules[asset] = replace(rule, threshold_bps=category.liquidation_threshold_bps, bonus_bps=bonus_bps)
        return rules

    def _call(self, function: str, *args: object) -> Call:
        return Call("LendingPool", self.address, function, args, self.pool.encode(function, *args))

    def add_reserve(self, asset: str, config: tuple, allow_toxic: bool) -> Call:
        """Add a reserve; `config` is the struct `ReserveConfig`, field by field."""
        return self._call("addReserve", self.tokens[asset], config, allow_toxic)

    def set_reserve_config(self, asset: str, config: tuple, allow_toxic: bool) -> Call:
        """Replace a reserve's configuration."""
        return self._call("setReserveConfig", self.tokens[asset], config, allow_toxic)

    def set_modules(self, risk_rules: str, execution: str, loss_policy: str) -> Call:
        """Compose the pool; zero addresses stand for the plain case."""
        return self._call("setModules", risk_rules, execution, loss_policy)

    def set_insurance_fund(self, fund: str) -> Call:
        """Name the fund that covers deficits of its asset."""
        return self._call("setInsuranceFund", fund)

    def supply(self, asset: str, amount: int, account: str) -> Call:
        """Supply `amount` units for `account`."""
        return self._call("supply", self.tokens[asset], amount, account)

    def withdraw(self, asset: str, amount: int, to: str) -> Call:
        """Withdraw `amount` units of the sender's supply."""
        return self._call("withdraw", self.tokens[asset], amount, to)

    def borrow(self, asset: str, amount: int, account: str) -> Call:
        """Borrow `amount` units against the collateral of `account`, who is the sender."""
        return self._call("borrow", self.tokens[asset], amount)

    def repay(self, asset: str, amount: int, account: str) -> Call:
        """Repay up to `amount` units of the debt of `account`."""
        return self._call("repay", self.tokens[asset], amount, account)

    def liquidate(self, collateral: str, debt: str, account: str, repay: int, receive_shares: bool) -> Call:
        """Liquidate from the sender's own balance of the debt asset."""
        return self._call("liquidate", self.tokens[collateral], self.tokens[debt], account, repay, receive_shares)

    def flash_liquidate(
        self, collateral: str, debt: str, account: str, repay: int, venue: VenueAdapter, min_profit: int
    ) -> Call:
        """Flash-borrow from this pool, liquidate, sell on `venue` and repay; profit goes to the sender."""
        params = (
            self.address,
            self.address,
            venue.router,
            venue.route,
            self.tokens[collateral],
            self.tokens[debt],
            account,
            repay,
            min_profit,
        )
        data = self.liquidator_type.encode("liquidate", params)
        return Call("FlashLiquidator", self.flash_liquidator, "liquidate", params, data, venue.router_contract)

    def preview_liquidation(self, collateral: str, debt: str, account: str, repay: int) -> LiquidationQuote | None:
        """What `liquidate` would do now; None if it would revert."""
        data = self.pool.encode(
            "previewLiquidation", self.tokens[collateral], self.tokens[debt], account, repay, False
        )
        try:
            out = self.chain.call(self.address, data)
        except CallReverted:
            return None
        repaid, seized, fee = (int.from_bytes(out[at : at + 32], "big") for at in (0, 32, 64))
        return LiquidationQuote(repaid, seized, fee)
