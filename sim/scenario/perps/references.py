"""What the parts of a scenario about perpetuals name, and what does not fit together among them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.scenario.perps.agents import FundingArbitrageur, PaperProfitAttacker, PerpAgent, PerpKeeper
from sim.scenario.perps.traders import BookGroup, ExplicitTraders, Hedgers

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

Named = Iterator[tuple[str, str, set[str]]]


def perp_references(scenario: "Scenario") -> Named:
    """Every name that must exist elsewhere: (path, name given, names that exist)."""
    assets, markets = set(scenario.assets), set(scenario.perps)
    allowed = {"asset": assets, "priced": assets & set(scenario.feeds), "fund": set(scenario.insurance)}
    for name, market in scenario.perps.items():
        allowed[f"instrument of perps.{name}"] = set(market.instruments)
        for path, given, what in market.named(f"perps.{name}"):
            yield path, given, allowed[what]
    for name, group in scenario.traders.items():
        yield f"traders.{name}.market", group.market, markets
        if group.market not in markets:
            continue
        instruments = set(scenario.perps[group.market].instruments)
        if isinstance(group, ExplicitTraders):
            yield from _explicit_references(f"traders.{name}", group, scenario)
        else:
            yield f"traders.{name}.instrument", group.instrument, instruments
        if isinstance(group, Hedgers):
            traded = {v for v, venue in scenario.venues.items() if group.instrument in (venue.base, venue.quote)}
            yield f"traders.{name}.venue", group.venue, traded
    for name, agent in scenario.agents.items():
        if isinstance(agent, PerpAgent):
            yield f"agents.{name}.market", agent.market, markets
        if isinstance(agent, PerpKeeper) and agent.venue is not None and agent.market in markets:
            market = scenario.perps[agent.market]
            pairs = [{market.quote, asset} for asset in market.collateral]
            fitting = {v for v, venue in scenario.venues.items() if {venue.base, venue.quote} in pairs}
            yield f"agents.{name}.venue", agent.venue, fitting
        if isinstance(agent, FundingArbitrageur | PaperProfitAttacker) and agent.venue is not None:
            pair = {agent.instrument, getattr(scenario.perps.get(agent.market), "quote", "")}
            fitting = {v for v, venue in scenario.venues.items() if {venue.base, venue.quote} == pair}
            yield f"agents.{name}.venue", agent.venue, fitting


def _explicit_references(where: str, group: ExplicitTraders, scenario: "Scenario") -> Named:
    market = scenario.perps[group.market]
    for i, account in enumerate(group.accounts):
        for asset in account.positions:
            yield f"{where}.accounts.{i}.positions", asset, set(market.instruments)
        for asset in account.collateral_tokens:
            yield f"{where}.accounts.{i}.collateral_tokens", asset, set(market.collateral)
        for asset in account.spot_tokens:
            yield f"{where}.accounts.{i}.spot_tokens", asset, set(scenario.assets)


def perp_problems(scenario: "Scenario") -> Iterator[str]:
    """What does not fit together, where all names exist."""
    for name, market in scenario.perps.items():
        yield from market.problems(f"perps.{name}", scenario.insurance)
    for name, group in scenario.traders.items():
        if isinstance(group, BookGroup) and group.entry_spread_bps:
            feed = scenario.feeds[group.instrument]
            if feed.kind != "push" or feed.through:
                yield (
                    f"traders.{name}.entry_spread_bps is {group.entry_spread_bps}, 0 expected: the feed of"
                    f" {group.instrument!r} is not a pushed one without layers"
                )
        if isinstance(group, ExplicitTraders):
            for i, account in enumerate(group.accounts):
                where = f"traders.{name}.accounts.{i}"
                if account.isolated and len(account.positions) != 1:
                    yield f"{where}.positions has {len(account.positions)} instruments, 1 for isolated expected"
                if account.isolated and account.collateral_tokens:
                    yield f"{where}.collateral_tokens: an isolated account holds quote alone"
    for name, agent in scenario.agents.items():
        if isinstance(agent, PerpAgent):
            for problem in agent.problems(scenario.perps[agent.market]):
                yield f"agents.{name}.{problem}"
