"""An isolated market with its oracle, rate model and, where there is one, its pre-liquidation."""

from sim.chain.base import ZERO_ADDRESS
from sim.protocols.call import Call
from sim.protocols.isolated import IsolatedMarket
from sim.scenario.lending.isolated import IsolatedMarket as IsolatedModel
from sim.units import BPS, wad_from_bps
from sim.world.contracts import deploy_contract
from sim.world.markets.base import MarketBuilder
from sim.world.markets.prices import deploy_prices
from sim.world.markets.rates import deploy_average_rates
from sim.world.population import Borrower
from sim.world.steps import Step

LENS, LIQUIDATOR = "isolated-lens", "isolated-liquidator"


class IsolatedBuilder(MarketBuilder):
    """Builds an `IsolatedMarket`. Its LLTV never changes, so that the opening lifts the oracle instead."""

    model: IsolatedModel

    def deploy(self) -> IsolatedMarket:
        """Deploy oracle, rate model, market and pre-liquidation, in this order."""
        world, name, model = self.world, self.name, self.model
        tokens = {symbol: token.address for symbol, token in world.tokens.items()}
        self._oracle = self._deploy_oracle()
        rates = ZERO_ADDRESS
        if model.rates is not None:
            rates = deploy_average_rates(world, f"rates-{name}", model.debt, model.rates)
        params = (
            tokens[model.debt],
            tokens[model.collateral],
            self._oracle,
            rates,
            wad_from_bps(model.lltv_bps),
        )
        address = deploy_contract(world, name, "IsolatedMarket", world.address("admin"), params)
        return IsolatedMarket(
            world.chain,
            world.artifacts,
            name,
            address,
            self._shared(LENS, "IsolatedLens"),
            self._shared(LIQUIDATOR, "IsolatedLiquidator"),
            tokens,
            model,
            self._deploy_pre_liquidation(address),
        )

    def _deploy_oracle(self) -> str:
        world, name, model = self.world, self.name, self.model
        collateral, debt = model.collateral, model.debt
        prices = deploy_prices(world, name, model)
        pair = deploy_contract(
            world,
            f"oracle-{name}",
            "PairOracle",
            prices[collateral].feed,
            world.tokens[collateral].decimals,
            prices[debt].feed,
            world.tokens[debt].decimals,
            prices[collateral].max_age_s,
            prices[debt].max_age_s,
        )
        return deploy_contract(world, f"opening-{name}", "OpeningOracle", pair, world.address("admin"))

    def _deploy_pre_liquidation(self, market: str) -> str:
        early = self.model.pre_liquidation
        if early is None:
            return ZERO_ADDRESS
        params = (
            wad_from_bps(early.pre_lltv_bps),
            wad_from_bps(early.first_close_factor_bps),
            wad_from_bps(early.last_close_factor_bps),
            wad_from_bps(BPS + early.first_bonus_bps),
            wad_from_bps(BPS + early.last_bonus_bps),
            self._oracle,
        )
        return deploy_contract(self.world, f"pre-liquidation-{self.name}", "PreLiquidation", market, params)

    def _shared(self, role: str, contract: str) -> str:
        """A contract that serves all isolated markets of a world."""
        known = self.world.roles.all()
        return known[role] if role in known else deploy_contract(self.world, role, contract)

    def configuration(self) -> list[Step]:
        """Set the fee."""
        if not self.model.fee_bps:
            return []
        admin = self.world.address("admin")
        return [(admin, self.adapter.set_fee(self.model.fee_bps, admin))]

    def position(self, borrower: Borrower) -> list[Step]:
        """Open the position of a borrower, who opts in to pre-liquidation where there is one."""
        steps = super().position(borrower)
        if self.adapter.pre_liquidation != ZERO_ADDRESS:
            opt_in = self.adapter.authorize(self.adapter.pre_liquidation)
            steps.append((self.world.address(borrower.role), opt_in))
        return steps

    def final(self) -> list[Step]:
        """End the lifting of the price."""
        contract = self.world.artifacts["OpeningOracle"]
        call = Call("OpeningOracle", self._oracle, "endOpening", (), contract.encode("endOpening"))
        return [(self.world.address("admin"), call)]
