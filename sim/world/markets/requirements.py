"""Risk rules of pools: deployment, configuration, and what borrowers do about them as they open positions."""

from collections.abc import Mapping

from sim.protocols.requirements import MovingRequirements, RiskRules, RuleContract, VolatilityEstimator
from sim.scenario.lending.pool import PoolMarket
from sim.scenario.lending.requirements import CorrelatedModes, Isolation, Moving, Requirement, SizeTiers
from sim.units import quantise
from sim.world.contracts import deploy_contract
from sim.world.markets.prices import MarketPrice
from sim.world.markets.volatility import deploy_estimator
from sim.world.population import Borrower
from sim.world.steps import Step
from sim.world.world import World

NOWHERE = "0x0000000000000000000000000000000000000000"
USD_DECIMALS = 8
FREEZE = "price_freeze"
CONTRACTS: dict[type[Requirement], str] = {
    CorrelatedModes: "CorrelatedModes",
    Isolation: "Isolation",
    SizeTiers: "SizeTiers",
    Moving: "MovingRequirements",
}


class RulesBuilder:
    """Builds the rules of one pool, innermost first, under the roles `<kind>-<market>`.

    Where the market freezes borrowing without a price, the rule that does it stands on all others.

    Accounts choose modes and enter isolation while the pool does not ask the rules yet: as they are configured,
    but at the lifted limits of the opening. The books of isolation are right from then on, for they are read from
    the pool as an account enters, and nothing is borrowed after it within the opening.
    """

    def __init__(self, world: World, market: str, model: PoolMarket, prices: Mapping[str, MarketPrice]) -> None:
        self.world = world
        self.market = market
        self.model = model
        self.prices = prices

    def deploy(self, pool: str) -> RiskRules | None:
        """Deploy the rules over the pool at `pool`; None if there are none."""
        world, admin = self.world, self.world.address("admin")
        stack: dict[str, RuleContract] = {}
        estimator: VolatilityEstimator | None = None
        inner = NOWHERE
        for rule in self.model.requirements:
            extra: tuple = ()
            if isinstance(rule, Moving):
                estimator = self._estimator(rule)
                extra = self._moving_arguments(rule, estimator)
            name = CONTRACTS[type(rule)]
            inner = deploy_contract(world, f"{rule.kind}-{self.market}", name, admin, pool, inner, *extra)
            kind = MovingRequirements if isinstance(rule, Moving) else RuleContract
            stack[rule.kind] = kind(world.chain, world.artifacts, name, inner)
        if self.model.invalid_price == "freeze":
            inner = deploy_contract(world, f"{FREEZE}-{self.market}", "PriceFreeze", admin, pool, inner)
            stack[FREEZE] = RuleContract(world.chain, world.artifacts, "PriceFreeze", inner)
        return RiskRules(stack, estimator) if stack else None

    def _estimator(self, rule: Moving) -> VolatilityEstimator | None:
        if rule.volatility is None:
            return None
        return deploy_estimator(self.world, self.market, rule.volatility, rule.followed(self.model.reserves))

    def _moving_arguments(self, rule: Moving, estimator: VolatilityEstimator | None) -> tuple:
        tokens = [self.world.tokens[asset].address for asset in rule.followed(self.model.reserves)]
        params = (
            rule.multiplier_bps,
            rule.horizon_s,
            rule.floor_bps,
            rule.cap_bps,
            rule.max_step_bps,
            rule.min_interval_s,
            rule.ramp_s,
        )
        return (NOWHERE if estimator is None else estimator.address), tokens, params

    def configuration(self, rules: RiskRules | None) -> list[Step]:
        """Set categories, ceilings, brackets, and the feeds that are followed."""
        if rules is None:
            return []
        admin = self.world.address("admin")
        steps: list[Step] = []
        for rule in self.model.requirements:
            contract = rules.stack[rule.kind]
            steps += [(admin, contract.call(function, *args)) for function, *args in self._settings(rule)]
        if FREEZE in rules.stack:
            freeze, tokens = rules.stack[FREEZE], self.world.tokens
            steps += [
                (admin, freeze.call("follow", tokens[asset].address, price.feed))
                for asset, price in self.prices.items()
            ]
        return steps

    def _settings(self, rule: Requirement) -> list[tuple]:
        """What the owner calls: function and arguments."""
        token = {symbol: adapter.address for symbol, adapter in self.world.tokens.items()}
        match rule:
            case CorrelatedModes():
                return [
                    (
                        "setCategory",
                        number,
                        (one.ltv_bps, one.liquidation_threshold_bps, one.liquidation_bonus_bps),
                        [token[asset] for asset in one.assets],
                        self.model.allow_toxic,
                    )
                    for number, one in enumerate(rule.categories.values(), 1)
                ]
            case Isolation():
                ceilings = [
                    ("setIsolated", token[asset], quantise(usd, USD_DECIMALS))
                    for asset, usd in rule.ceilings_usd.items()
                ]
                return ceilings + [("setBorrowableInIsolation", token[asset], True) for asset in rule.borrowable]
            case SizeTiers():
                return [
                    (
                        "setBrackets",
                        token[asset],
                        [
                            (quantise(one.floor_usd, USD_DECIMALS), one.ltv_bps, one.liquidation_threshold_bps)
                            for one in brackets
                        ],
                    )
                    for asset, brackets in rule.brackets.items()
                ]
            case Moving():
                return []

    def choices(self, rules: RiskRules | None, borrower: Borrower) -> list[Step]:
        """The mode that a borrower's group has chosen, and the isolated collateral that it holds."""
        if rules is None:
            return []
        account = self.world.address(borrower.role)
        group = borrower.role.rpartition("/")[0]
        steps: list[Step] = []
        for rule in self.model.requirements:
            contract = rules.stack[rule.kind]
            if isinstance(rule, CorrelatedModes) and group in rule.chosen_by:
                number = list(rule.categories).index(rule.chosen_by[group]) + 1
                steps.append((account, contract.call("choose", number)))
            if isinstance(rule, Isolation):
                held = [asset for asset in borrower.supplied if asset in rule.ceilings_usd]
                steps += [
                    (account, contract.call("enter", self.world.tokens[asset].address)) for asset in held[:1]
                ]
        return steps
