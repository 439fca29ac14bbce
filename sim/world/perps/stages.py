"""Deploys and configures the stages of a perpetual market's waterfall."""

from sim.chain.base import ZERO_ADDRESS
from sim.protocols.perp_states import StageInfo
from sim.protocols.perps import PerpMarket
from sim.scenario.perps.policies import (
    CappedProRata,
    IndexQueue,
    NoDeleveraging,
    RandomStart,
    ReturnLeverageQueue,
    WalletReturnQueue,
)
from sim.scenario.perps.stages import BackstopStage, DeleverageStage, FundStage, SocialiseStage, stage_role
from sim.units import UINT256_MAX
from sim.world.contracts import deploy_contract
from sim.world.steps import MAX_UINT, Step, mint, units
from sim.world.world import World

FILL_PRICES = ("bankruptcy", "previous_mark", "index")
INDEX_FORMS = ("documented", "by_side", "profit_leverage")
SHARES = ("profit", "size")


class StagesBuilder:
    """The stages of one market, in order."""

    def __init__(self, world: World, market: PerpMarket) -> None:
        self.world = world
        self.market = market
        self._deploy = {
            BackstopStage: self._backstop,
            FundStage: self._fund,
            DeleverageStage: self._deleverage,
            SocialiseStage: self._socialise,
        }

    def deploy(self) -> dict[str, StageInfo]:
        """Deploy every stage; each is known to the market from then on."""
        for model in self.market.model.waterfall:
            role = stage_role(self.market.name, model)
            contract, address = self._deploy[type(model)](role, model)
            self.market.stages[model.label] = StageInfo(model.label, role, contract, address, model)
        return self.market.stages

    def _backstop(self, role: str, model: BackstopStage) -> tuple[str, str]:
        quote, admin = self.market.quote, self.world.address("admin")
        home = ZERO_ADDRESS if model.home is None else self.market.stages[model.home].address
        total = units(self.world, quote, model.total_cap_tokens)
        waits = model.cooldown_s, model.window_s
        names = f"{role} share", role
        return "BackstopVault", deploy_contract(
            self.world, role, "BackstopVault", self.market.address, *names, admin, total, *waits, home
        )

    def _fund(self, role: str, model: FundStage) -> tuple[str, str]:
        fund = self.world.insurance[model.fund].address
        args = self.market.address, fund, model.require_full, self.world.address("admin")
        return "FundStage", deploy_contract(self.world, role, "FundStage", *args)

    def _deleverage(self, role: str, model: DeleverageStage) -> tuple[str, str]:
        policy = self._policy(f"policy-{self.market.name}-{model.label}", model.policy)
        args = self.market.address, policy, FILL_PRICES.index(model.fill_price)
        return "DeleverageStage", deploy_contract(self.world, role, "DeleverageStage", *args)

    def _socialise(self, role: str, model: SocialiseStage) -> tuple[str, str]:
        return "SocialiseStage", deploy_contract(self.world, role, "SocialiseStage", self.market.address)

    def _policy(self, role: str, model: object) -> str:
        match model:
            case ReturnLeverageQueue():
                contract, args = "ReturnLeverageQueue", ()
            case WalletReturnQueue():
                least = units(self.world, self.market.quote, model.least_wallet_tokens)
                contract, args = "WalletReturnQueue", (least,)
            case IndexQueue():
                contract, args = "IndexQueue", (INDEX_FORMS.index(model.form),)
            case CappedProRata():
                contract, args = "CappedProRata", (SHARES.index(model.share_of),)
            case RandomStart():
                contract, args = "RandomStart", (model.most_accounts, model.winners_only)
            case NoDeleveraging():
                contract, args = "NoDeleveraging", ()
        return deploy_contract(self.world, role, contract, *args)

    def configuration(self) -> list[Step]:
        """Terms of vaults, caps of funds, capital, and the order of the stages."""
        steps: list[Step] = []
        for stage in self.market.stages.values():
            if isinstance(stage.model, BackstopStage):
                steps += self._vault_steps(stage, stage.model)
            elif isinstance(stage.model, FundStage):
                steps += self._fund_steps(stage, stage.model)
        order = [stage.address for stage in self.market.stages.values()]
        if order:
            steps.append((self.world.address("admin"), self.market.call("setWaterfall", order)))
        return steps

    def _vault_steps(self, stage: StageInfo, model: BackstopStage) -> list[Step]:
        world, quote = self.world, self.market.quote
        terms = (
            units(world, quote, model.cap_tokens),
            units(world, quote, model.slice_tokens),
            model.interval_s,
            model.slippage_bps,
        )
        admin, supplier = world.address("admin"), world.address("supplier")
        steps = [
            (admin, self.market.at(stage, "setTerms", self.market.tokens[symbol], terms))
            for symbol in self.market.instruments
        ]
        amount = units(world, quote, model.tokens)
        if amount:
            steps += [
                mint(world, quote, "supplier", amount),
                (supplier, world.tokens[quote].approve(stage.address, MAX_UINT)),
                (supplier, self.market.at(stage, "deposit", amount, supplier)),
            ]
        return steps

    def _fund_steps(self, stage: StageInfo, model: FundStage) -> list[Step]:
        world, quote = self.world, self.market.quote
        admin, fund = world.address("admin"), world.insurance[model.fund]
        cap = UINT256_MAX if model.cap_tokens is None else units(world, quote, model.cap_tokens)
        steps = [(admin, fund.set_protocol(stage.address, cap))]
        for symbol, tokens in model.instrument_cap_tokens.items():
            most = units(world, quote, tokens)
            steps.append((admin, self.market.at(stage, "setInstrumentCap", self.market.tokens[symbol], most)))
        return steps
