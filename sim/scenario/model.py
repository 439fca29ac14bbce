"""The Scenario: all that a run needs, frozen and validated, with a content hash."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.actors import (
    AgentModel,
    Arbitrageur,
    BandArbitrageur,
    BorrowerGroup,
    ExplicitGroup,
    Keeper,
    LadderGroup,
    LognormalGroup,
    Steward,
    Supplier,
)
from sim.scenario.adversaries import Adversary, SpotAttacker
from sim.scenario.base import Model, Name, NonNegativeFloat, NonNegativeInt, PositiveInt, ScenarioName
from sim.scenario.feeds import Feed
from sim.scenario.feeds.ratio import ratio_problems
from sim.scenario.feeds.stacks import Stack, stacks
from sim.scenario.insurance import InsuranceFund
from sim.scenario.lending import LendingMarket
from sim.scenario.lending.batch_auction import BatchAuction
from sim.scenario.outside import Asset, BlockSpace, Clock
from sim.scenario.perps import PerpMarket, TraderGroup
from sim.scenario.perps.references import perp_problems, perp_references
from sim.scenario.providers import JitProvider, Provider
from sim.scenario.sellers import Seller
from sim.scenario.space import SearchSpace
from sim.scenario.stakers import FundStaker
from sim.scenario.upkeep import Upkept, upkept
from sim.scenario.venues import AnyVenue, UniswapV3Venue

SCHEMA_VERSION = 1


_THRESHOLD_METRICS = {"max_adl_notional_usd": "adl_usd"}
"""Metrics of thresholds that are not named after theirs."""


class Thresholds(Model):
    """Limits that make `tailspin run` exit with code 1 when crossed; None: not checked."""

    max_bad_debt_usd: NonNegativeFloat | None = None
    max_adl_notional_usd: NonNegativeFloat | None = None
    max_liquidated_usd: NonNegativeFloat | None = None
    max_waves: NonNegativeInt | None = None

    @property
    def limits(self) -> dict[str, tuple[str, float]]:
        """By threshold that is set: the metric that it is about, and its limit."""
        return {
            name: (_THRESHOLD_METRICS.get(name, name.removeprefix("max_")), limit)
            for name, limit in self.model_dump().items()
            if limit is not None
        }


class OutcomeParams(Model):
    """Bounds in the definitions of outcomes; the defaults are the definitions."""

    stall_blocks: PositiveInt = 25


class Scenario(Model):
    """A complete description of a run. Dicts are keyed by name; the key is the role in the trace."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: ScenarioName
    summary: str = ""
    requirements: tuple[str, ...] = ()
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    clock: Clock = Clock()
    assets: dict[Name, Asset]
    feeds: dict[Name, Feed] = {}
    venues: dict[Name, AnyVenue] = {}
    lending: dict[Name, LendingMarket] = {}
    insurance: dict[Name, InsuranceFund] = {}
    perps: dict[Name, PerpMarket] = {}
    population: dict[Name, BorrowerGroup] = {}
    traders: dict[Name, TraderGroup] = {}
    agents: dict[Name, AgentModel] = {}
    block_space: BlockSpace = BlockSpace()
    contracts: dict[str, str] = Field(
        default={}, description="contracts deployed in the place of others: name of ours, name of the other"
    )
    thresholds: Thresholds = Thresholds()
    outcomes: OutcomeParams = OutcomeParams()
    space: SearchSpace | None = Field(default=None, description="what a search may vary; None: not searchable")

    @property
    def scenario_id(self) -> str:
        """Hash of everything that a run depends on, as 16 hexadecimal digits; of a series, its content."""
        document = self.model_dump(mode="json", exclude={"summary", "requirements", "space"})
        for asset in document["assets"].values():
            if asset["price"].get("sha256") is not None:
                del asset["price"]["file"]
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def feed_stacks(self) -> list[Stack]:
        """Every feed with its layers, nested ones before those that they are nested in."""
        return stacks(self.feeds)

    @property
    def upkept_feeds(self) -> list[Upkept]:
        """Every feed that somebody must call from time to time."""
        return upkept(self.feeds, self.lending)

    @model_validator(mode="after")
    def _references(self) -> "Scenario":
        for path, given, allowed in self._named_references():
            if given not in allowed:
                raise ValueError(f"{path} is {given!r}, one of {sorted(allowed)} expected")
        for name, venue in self.venues.items():
            for problem in venue.problems(f"venues.{name}", self.venues):
                raise ValueError(problem)
        for name, market in self.lending.items():
            for problem in market.problems(f"lending.{name}"):
                raise ValueError(problem)
            execution = getattr(market, "execution", None)
            block_time_s = self.clock.block_time_s
            if isinstance(execution, BatchAuction) and execution.window_for_s(block_time_s) <= block_time_s:
                raise ValueError(
                    f"lending.{name}.execution.window_s is {execution.window_s}, more than the block time of"
                    f" {block_time_s} expected: no block would come in which anybody could bid"
                )
        rates = {name: asset.rate.of for name, asset in self.assets.items() if asset.rate is not None}
        for name, venue in self.venues.items():
            for problem in venue.rate_problems(rates):
                raise ValueError(f"venues.{name}.{problem}")
        for stack in self.feed_stacks:
            for problem in ratio_problems(stack, self.assets, self.feeds):
                raise ValueError(problem)
        for problem in perp_problems(self):
            raise ValueError(problem)
        for name, agent in self.agents.items():
            for problem in agent.problems(self.lending[agent.market]) if isinstance(agent, Steward) else ():
                raise ValueError(f"agents.{name}.{problem}")
            for problem in agent.problems(self) if isinstance(agent, Adversary) else ():
                raise ValueError(f"agents.{name}.{problem}")
        return self

    def _price_references(self, named: dict[str, set[str]]) -> Iterator[tuple[str, str, set[str]]]:
        """Those of assets, feeds and venues; `named` holds the names that exist, by what they name."""
        for asset, model in self.assets.items():
            if model.rate is not None:
                yield f"assets.{asset}.rate.of", model.rate.of, named["asset"] - {asset}
        for asset in self.feeds:
            yield f"feeds.{asset}", asset, named["asset"]
        for stack in self.feed_stacks:
            for path, given, what in stack.named_references():
                yield path, given, named[what]
        for name, venue in self.venues.items():
            for field, given, what in venue.references():
                yield f"venues.{name}.{field}", given, named[what]

    def _named_references(self) -> Iterator[tuple[str, str, set[str]]]:
        """Every name that must exist elsewhere: (path, name given, names that exist)."""
        assets, venues, markets = set(self.assets), set(self.venues), set(self.lending)
        whole = {name for name, venue in self.venues.items() if not venue.parts}
        liquid = {name for name, venue in self.venues.items() if venue.has_liquidity}
        yield from self._price_references({"asset": assets, "venue": whole, "feed": set(self.feeds)})
        yield from perp_references(self)
        for name, market in self.lending.items():
            for path, asset in market.named_assets(f"lending.{name}"):
                yield path, asset, assets & set(self.feeds)
            if market.insurance is not None:
                yield f"lending.{name}.insurance", market.insurance, set(self.insurance)
            for i, rule in enumerate(getattr(market, "requirements", ())):
                groups = {group for group, model in self.population.items() if model.market == name}
                for path, asset in rule.named_assets():
                    yield f"lending.{name}.requirements.{i}.{path}", asset, set(market.reserves)
                for path, group in rule.named_groups():
                    yield f"lending.{name}.requirements.{i}.{path}", group, groups
        for name, fund in self.insurance.items():
            yield f"insurance.{name}.asset", fund.asset, assets
        for name, group in self.population.items():
            yield f"population.{name}.market", group.market, markets
            reserves = set(self.lending[group.market].reserves) if group.market in markets else set()
            if isinstance(group, LognormalGroup | LadderGroup):
                yield f"population.{name}.collateral", group.collateral, reserves
                yield f"population.{name}.debt", group.debt, reserves
            elif isinstance(group, ExplicitGroup):
                for i, account in enumerate(group.accounts):
                    for side in ("collateral_tokens", "debt_tokens"):
                        for asset in getattr(account, side):
                            yield f"population.{name}.accounts.{i}.{side}", asset, reserves
        for name, agent in self.agents.items():
            if isinstance(agent, SpotAttacker) and agent.lender is not None:
                yield f"agents.{name}.lender", agent.lender, markets
            if isinstance(agent, Keeper | Supplier | Steward | Adversary):
                yield f"agents.{name}.market", agent.market, markets
            if isinstance(agent, Supplier) and agent.market in markets:
                yield f"agents.{name}.asset", agent.asset, set(self.lending[agent.market].reserves)
            if isinstance(agent, FundStaker):
                yield f"agents.{name}.fund", agent.fund, set(self.insurance)
            if isinstance(agent, JitProvider) and agent.market is not None:
                yield f"agents.{name}.market", agent.market, markets
            if isinstance(agent, BandArbitrageur) and agent.market is not None:
                soft = {one for one, market in self.lending.items() if market.kind == "soft_liquidation"}
                yield f"agents.{name}.market", agent.market, soft
            for kind, usable in (
                (Keeper | Seller, venues),
                (Arbitrageur | Adversary, whole),
                (Provider, liquid),
                (JitProvider, {one for one, venue in self.venues.items() if isinstance(venue, UniswapV3Venue)}),
            ):
                if isinstance(agent, kind):
                    yield f"agents.{name}.venue", agent.venue, usable
            if isinstance(agent, Seller) and agent.venue in venues:
                traded = self.venues[agent.venue]
                yield f"agents.{name}.asset", agent.asset, {traded.base, traded.quote}
        if self.block_space.native_asset is not None:
            yield "block_space.native_asset", self.block_space.native_asset, assets
        if self.space is not None:
            yield "space.envelope.shock_asset", self.space.envelope.shock_asset, assets
