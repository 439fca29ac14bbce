"""Whose balances a run records in every block, and how old a price its markets accept."""

from sim.scenario.lending.prices import accepted_age_s
from sim.scenario.model import Scenario
from sim.trace import execution_role
from sim.world.world import World


def tracked_roles(world: World) -> list[str]:
    """Agents, markets, executions, stages, venues, funds, traders with spot, the outside and the environment."""
    scenario = world.scenario
    executions = [execution_role(name) for name, market in scenario.lending.items() if market.sells_over_time]
    stages = [stage.role for market in world.perps.values() for stage in market.stages.values()]
    traders = [trader.role for traders in world.traders.values() for trader in traders if trader.spot]
    return [
        *scenario.agents,
        *scenario.lending,
        *executions,
        *scenario.perps,
        *stages,
        *dict.fromkeys(traders),
        *scenario.venues,
        *scenario.insurance,
        "outside",
        "environment",
    ]


def strictest_ages(scenario: Scenario) -> dict[str, int]:
    """By asset, the shortest price age that a market accepts (0: none checks)."""
    found = [
        (asset, accepted_age_s(market, asset)) for market in scenario.lending.values() for asset in market.reserves
    ]
    for market in scenario.perps.values():
        found += [(asset, one.max_index_age_s) for asset, one in market.instruments.items()]
        found += [(asset, one.max_price_age_s) for asset, one in market.collateral.items()]
    ages: dict[str, int] = {}
    for asset, age_s in found:
        if age_s:
            ages[asset] = min(ages.get(asset, age_s), age_s)
    return ages
