"""All agents of a scenario, the built-in kinds and those of installed packages."""

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from sim.agents.absorber import Absorber
from sim.agents.arbitrageur import Arbitrageur
from sim.agents.auction_keeper import AuctionKeeper
from sim.agents.band_arbitrageur import BandArbitrageur
from sim.agents.base import Agent
from sim.agents.batch_bidder import BatchBidder
from sim.agents.borrowers import RescuingBorrowers
from sim.agents.jit_provider import JitProvider
from sim.agents.keeper import Keeper
from sim.agents.liquidity_provider import LiquidityProvider
from sim.agents.marker import Marker
from sim.agents.mean_attacker import MeanAttacker
from sim.agents.nervous_provider import NervousProvider
from sim.agents.perps.deleverager import Deleverager
from sim.agents.perps.funding_arbitrageur import FundingArbitrageur
from sim.agents.perps.hedging_traders import HedgingTraders
from sim.agents.perps.keeper import PerpKeeper
from sim.agents.perps.market_maker import PerpMarketMaker
from sim.agents.perps.paper_profit_attacker import PaperProfitAttacker
from sim.agents.perps.trend_trader import TrendTrader
from sim.agents.perps.upkeep import PerpUpkeep
from sim.agents.rate_steward import RateSteward
from sim.agents.reporter import OracleReporter
from sim.agents.sampler import Sampler
from sim.agents.seller import Seller
from sim.agents.sequencer_reporter import SequencerReporter
from sim.agents.slashing import Slasher
from sim.agents.spot_attacker import SpotAttacker
from sim.agents.staker import FundStaker
from sim.agents.steward import Steward
from sim.agents.supplier import Supplier
from sim.agents.upkeep import FeedUpkeep
from sim.agents.window_picker import WindowPicker
from sim.errors import BadInput
from sim.scenario.actors import CustomAgent, LognormalGroup
from sim.scenario.actors import Keeper as KeeperModel
from sim.scenario.feeds import PullFeed, PushFeed
from sim.scenario.lending.bonus import FermentedBonus, VolatilityBonus
from sim.scenario.lending.terms import upkeep_of
from sim.scenario.model import Scenario
from sim.scenario.perps import Hedgers
from sim.scenario.perps.agents import Deleverager as DeleveragerModel
from sim.scenario.seeds import rng_for

if TYPE_CHECKING:
    from sim.world.world import World

ENTRY_POINT_GROUP = "tailspin.agents"
BUILT_IN: dict[str, type[Agent]] = {
    "keeper": Keeper,
    "arbitrageur": Arbitrageur,
    "band_arbitrageur": BandArbitrageur,
    "liquidity_provider": LiquidityProvider,
    "nervous_provider": NervousProvider,
    "jit_provider": JitProvider,
    "supplier": Supplier,
    "seller": Seller,
    "fund_staker": FundStaker,
    "steward": Steward,
    "window_picker": WindowPicker,
    "spot_attacker": SpotAttacker,
    "mean_attacker": MeanAttacker,
    "trend_trader": TrendTrader,
    "funding_arbitrageur": FundingArbitrageur,
    "perp_market_maker": PerpMarketMaker,
    "paper_profit_attacker": PaperProfitAttacker,
    "perp_keeper": PerpKeeper,
    "deleverager": Deleverager,
}
"""Agents of `scenario.agents` by kind."""
UPKEEP: dict[type, type[Agent]] = {FermentedBonus: Marker, VolatilityBonus: Sampler}
"""Agents that come with a bonus rule."""
REPORTERS: dict[type, type[Agent]] = {PushFeed: OracleReporter, PullFeed: OracleReporter}
"""Who reports to a source."""
KEEPERS: dict[str, type[Keeper]] = {
    "dutch_auction": AuctionKeeper,
    "batch_auction": BatchBidder,
    "backstop": Absorber,
}
"""Keepers of markets whose liquidations are executed over time, by kind of execution."""


def custom_agent(name: str, model: CustomAgent) -> type[Agent]:
    """Return the class that an installed package registers as `model.type`.

    Raises
    ------
    BadInput
        If no package registers that name, or what it registers cannot be loaded or is no `Agent`.
    """
    known = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    field = f"agents.{name}.type is {model.type!r}"
    if model.type not in known:
        names = ", ".join(sorted(known)) or "none is installed"
        raise BadInput(f"{field}, the name of an agent in the entry-point group {ENTRY_POINT_GROUP!r}: {names}")
    try:
        found = known[model.type].load()
    except (ImportError, AttributeError) as error:
        raise BadInput(f"{field}, which cannot be loaded from {known[model.type].value!r}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Agent)):
        raise BadInput(f"{field}, which is {found!r}, a subclass of sim.agents.base.Agent expected")
    return found


def _built_in(model: Any, scenario: Scenario) -> type[Agent]:
    """Class of a built-in agent; a keeper's depends on what executes its market's liquidations."""
    if isinstance(model, KeeperModel):
        execution = getattr(scenario.lending[model.market], "execution", None)
        return KEEPERS.get(getattr(execution, "kind", ""), Keeper)
    return BUILT_IN[model.kind]


def build_agents(world: "World") -> list[Agent]:
    """Return every agent in a fixed order.

    Who reports the sequencer, slashings and updates of caps, reporters, who looks after feeds, bonuses and
    perpetual markets, borrower groups, hedgers, then the agents of the scenario, those who deleverage last. Each
    has a random stream of its own, named as its role or `borrowers/<group>`, `hedgers/<group>` or
    `agents/<name>`; a slashing's is `rate-<asset>`.

    Raises
    ------
    BadInput
        If a custom agent cannot be had.
    """
    scenario = world.scenario
    agents: list[Agent] = []

    def add(kind: type[Agent], name: str, model: Any, stream: str) -> None:
        agents.append(kind(name, model, world, rng_for(scenario.seed, stream)))

    feeds = scenario.feed_stacks
    if any(stack.is_gated for stack in feeds):
        add(SequencerReporter, "reporter-sequencer", scenario.block_space, "reporter-sequencer")
    for asset, model in scenario.assets.items():
        if model.rate is not None and model.rate.slashings:
            add(Slasher, f"rate-{asset}", model.rate, f"rate-{asset}")
    for stack in feeds:
        if stack.has_steward:
            add(RateSteward, stack.steward_role, stack.model, stack.steward_role)
    for stack in feeds:
        if stack.model.reported:
            add(REPORTERS[type(stack.model)], stack.reporter_role, stack.model, stack.reporter_role)
    for one in scenario.upkept_feeds:
        add(FeedUpkeep, one.role, one, one.role)
    for name, market in scenario.lending.items():
        upkeep = upkeep_of(name, market)
        if upkeep is not None:
            role, rule = upkeep
            add(UPKEEP[type(rule)], role, rule, role)
    for name, market in scenario.perps.items():
        add(PerpUpkeep, f"upkeep-{name}", market, f"upkeep-{name}")
    for name, group in scenario.population.items():
        if isinstance(group, LognormalGroup) and group.rescue.share_bps:
            add(RescuingBorrowers, name, group, f"borrowers/{name}")
    for name, traders in scenario.traders.items():
        if isinstance(traders, Hedgers):
            add(HedgingTraders, name, traders, f"hedgers/{name}")
    for name, model in sorted(scenario.agents.items(), key=lambda one: isinstance(one[1], DeleveragerModel)):
        kind = custom_agent(name, model) if isinstance(model, CustomAgent) else _built_in(model, scenario)
        add(kind, name, model, f"agents/{name}")
    return agents
