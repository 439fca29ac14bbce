"""A cross-collateral pool, composed of rate models, terms, risk rules, an execution and a loss policy."""

from sim.protocols.lending import LendingPool
from sim.scenario.lending.pool import PoolMarket, Reserve
from sim.units import quantise
from sim.world.contracts import deploy_contract
from sim.world.markets.base import MarketBuilder
from sim.world.markets.execution import deploy_execution, open_execution
from sim.world.markets.losses import deploy_losses
from sim.world.markets.prices import deploy_prices
from sim.world.markets.rates import deploy_rates
from sim.world.markets.requirements import RulesBuilder
from sim.world.markets.terms import deploy_terms, moving_bonus
from sim.world.population import Borrower
from sim.world.steps import Step

OPENING_LTV_BPS = 9_900
OPENING_THRESHOLD_BPS = 9_950
NOWHERE = "0x0000000000000000000000000000000000000000"


class PoolBuilder(MarketBuilder):
    """Builds a `PoolMarket`."""

    model: PoolMarket

    def deploy(self) -> LendingPool:
        """Deploy terms, pool, rate models, execution, loss policy and risk rules, in this order."""
        world, name, model = self.world, self.name, self.model
        terms = deploy_terms(world, name, model)
        address = deploy_contract(world, name, "LendingPool", world.address("admin"), terms, model.flash_fee_bps)
        pool = LendingPool(
            world.chain,
            world.artifacts,
            name,
            address,
            world.lens,
            world.address("flash-liquidator"),
            {symbol: token.address for symbol, token in world.tokens.items()},
            model,
        )
        pool.moving_bonus = moving_bonus(world, name, model.terms, address)
        self._rates = {
            asset: deploy_rates(world, f"rates-{name}-{asset}", asset, reserve.rates)
            for asset, reserve in model.reserves.items()
        }
        self._prices = deploy_prices(world, name, model)
        pool.execution = deploy_execution(world, name, model.execution, pool)
        execution = NOWHERE if pool.execution is None else pool.execution.address
        losses = deploy_losses(world, name, model.losses)
        self._rules = RulesBuilder(world, name, model, self._prices)
        pool.risk_rules = self._rules.deploy(address)
        self._modules = (
            NOWHERE if pool.risk_rules is None else pool.risk_rules.outermost.address,
            execution,
            losses,
        )
        return pool

    def configuration(self) -> list[Step]:
        """Add the reserves with lifted limits, and name the fund."""
        admin, pool = self.world.address("admin"), self.adapter
        steps = [
            (admin, pool.add_reserve(asset, self._config(asset, reserve, opening=True), True))
            for asset, reserve in self.model.reserves.items()
        ]
        if self.model.insurance is not None:
            steps.append((admin, pool.set_insurance_fund(self.world.insurance[self.model.insurance].address)))
        return steps + self._rules.configuration(pool.risk_rules)

    def position(self, borrower: Borrower) -> list[Step]:
        """Open a position, and make the choices that the risk rules ask for."""
        return super().position(borrower) + self._rules.choices(self.adapter.risk_rules, borrower)

    def final(self) -> list[Step]:
        """Set the limits and the modules of the scenario."""
        admin, pool = self.world.address("admin"), self.adapter
        steps = [
            (admin, pool.set_reserve_config(asset, self._config(asset, reserve), self.model.allow_toxic))
            for asset, reserve in self.model.reserves.items()
        ]
        if any(module != NOWHERE for module in self._modules):
            steps.append((admin, pool.set_modules(*self._modules)))
        return steps + open_execution(self.world, self.name, self.model.execution)

    def _config(self, asset: str, reserve: Reserve, opening: bool = False) -> tuple:
        """The ReserveConfig struct. While opening, limits are lifted so that any position can be opened."""
        lifted = opening and reserve.liquidation_threshold_bps > 0
        decimals = self.world.scenario.assets[asset].decimals
        caps = [
            0 if opening or cap is None else quantise(cap, decimals)
            for cap in (reserve.supply_cap_tokens, reserve.borrow_cap_tokens)
        ]
        return (
            self._prices[asset].feed,
            self._rates[asset],
            OPENING_LTV_BPS if lifted else reserve.ltv_bps,
            OPENING_THRESHOLD_BPS if lifted else reserve.liquidation_threshold_bps,
            reserve.liquidation_bonus_bps,
            reserve.protocol_fee_bps,
            reserve.reserve_factor_bps,
            self._prices[asset].max_age_s,
            reserve.borrowable,
            *caps,
        )
