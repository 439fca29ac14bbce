"""A market of soft liquidation with its exchange in bands."""

from sim.chain.base import ZERO_ADDRESS
from sim.protocols.soft import BandExchange, SoftLiquidationMarket
from sim.scenario.lending.soft import SoftLiquidationMarket as SoftModel
from sim.units import WAD
from sim.world.contracts import WorldError, deploy_contract
from sim.world.markets.base import MarketBuilder
from sim.world.markets.losses import deploy_losses
from sim.world.markets.prices import deploy_prices
from sim.world.markets.rates import deploy_rates
from sim.world.population import Borrower
from sim.world.steps import Step, approve, mint

LENS, LIQUIDATOR = "soft-lens", "soft-liquidator"


class SoftBuilder(MarketBuilder):
    """Builds a `SoftLiquidationMarket`. The opening lifts nothing: no loan is above what the market lends."""

    model: SoftModel

    def deploy(self) -> SoftLiquidationMarket:
        """Deploy exchange, rate model, loss policy and market, in this order. Band 0 begins at the first price."""
        world, name, model = self.world, self.name, self.model
        admin = world.address("admin")
        collateral, debt = model.collateral, model.debt
        start_e8 = world.start_prices_e8
        prices = deploy_prices(world, name, model)
        bands = (
            world.tokens[collateral].address,
            world.tokens[debt].address,
            prices[collateral].feed,
            prices[debt].feed,
            prices[collateral].max_age_s,
            model.amplification,
            model.fee_bps,
            model.admin_fee_bps,
            start_e8[collateral] * WAD // start_e8[debt],
        )
        exchange = deploy_contract(world, f"exchange-{name}", "BandExchange", admin, bands)
        rates = ZERO_ADDRESS
        if model.rates is not None:
            rates = deploy_rates(world, f"rates-{name}", debt, model.rates)
        terms = (
            exchange,
            model.loan_discount_bps,
            model.liquidation_discount_bps,
            model.liquidation_bonus_bps,
            model.reserve_factor_bps,
            model.yearly_rate_bps,
            rates,
            deploy_losses(world, name, model.losses),
        )
        address = deploy_contract(world, name, "SoftLiquidationMarket", admin, terms)
        tokens = {symbol: token.address for symbol, token in world.tokens.items()}
        return SoftLiquidationMarket(
            world.chain,
            world.artifacts,
            name,
            address,
            BandExchange(world.chain, world.artifacts, exchange, collateral, debt),
            self._shared(LENS, "SoftLens"),
            self._shared(LIQUIDATOR, "SoftLiquidator"),
            tokens,
            model,
        )

    def _shared(self, role: str, contract: str) -> str:
        """A contract that serves all such markets of a world."""
        known = self.world.roles.all()
        return known[role] if role in known else deploy_contract(self.world, role, contract)

    def configuration(self) -> list[Step]:
        """Name the market to its exchange, and the fund to the market."""
        admin, market = self.world.address("admin"), self.adapter
        steps: list[Step] = [(admin, market.exchange.set_market(market.address))]
        if self.model.insurance is not None:
            steps.append((admin, market.set_insurance_fund(self.world.insurance[self.model.insurance].address)))
        return steps

    def position(self, borrower: Borrower) -> list[Step]:
        """Open the loan of a borrower, at most the largest that its collateral carries.

        A drawn health h is that of a pool with this market's threshold; `healthAboveBandsWad` is near it, above by
        0.12 (h - 1) at A = 100, ten bands and a liquidation discount of 6 %. Without debt there is no loan, and
        the collateral stays in the wallet.
        """
        world, model = self.world, self.model
        account = world.address(borrower.role)
        others = {*borrower.supplied} - {model.collateral} | {*borrower.debt} - {model.debt}
        if others:
            raise WorldError(
                f"{borrower.role} holds {', '.join(sorted(others))}, only {model.collateral} against"
                f" {model.debt} expected in the market {self.name}"
            )
        steps = [approve(world, asset, borrower.role, self.adapter.address) for asset in model.reserves]
        supplied, owed = borrower.supplied.get(model.collateral, 0), borrower.debt.get(model.debt, 0)
        for asset in model.reserves:
            amount = borrower.supplied.get(asset, 0) + borrower.spare.get(asset, 0)
            if amount:
                steps.append(mint(world, asset, borrower.role, amount))
        debt = min(owed, self.adapter.max_debt(supplied, model.bands)) if owed else 0
        if debt:
            steps.append((account, self.adapter.create_loan(supplied, debt, model.bands)))
        return steps

    def final(self) -> list[Step]:
        """Nothing was lifted."""
        return []
