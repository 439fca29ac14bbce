"""Accounts without a position, with which a search's environment opens new ones on the first perpetual market."""

from sim.scenario.model import Scenario
from sim.world.steps import Step, approve, mint, units
from sim.world.world import World

SPARE = 2
"""Each holds this multiple of the most notional that it may open: enough without any leverage."""


def idle_traders(scenario: Scenario) -> list[str]:
    """Their roles."""
    if scenario.space is None or not scenario.perps:
        return []
    return [f"environment/trader-{i}" for i in range(scenario.space.envelope.max_new_traders)]


def idle_steps(world: World) -> list[Step]:
    """Give them what they may bring, and let the market take it."""
    steps: list[Step] = []
    for role in idle_traders(world.scenario):
        market = next(iter(world.perps.values()))
        most = world.scenario.space.envelope.max_new_trader_notional_tokens
        amount = units(world, market.quote, SPARE * most)
        steps += [mint(world, market.quote, role, amount), approve(world, market.quote, role, market.address)]
    return steps
