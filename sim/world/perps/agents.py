"""What agents of perpetual markets have at the start: margin, capital for a spot leg, and approvals."""

from sim.scenario.perps.agents import FundingArbitrageur, PaperProfitAttacker, TrendTrader
from sim.scenario.perps.traders import Hedgers
from sim.units import BPS, mul_div_up
from sim.world.perps.traders import initial_quote
from sim.world.steps import Step, approve, mint, units
from sim.world.world import World

MARGIN_BUFFER_BPS = 500
"""A trend trader's margin above that of its leverage: fees and slippage come out of it."""


def perp_agent_steps(world: World) -> list[Step]:
    """Mint every agent's margin and pay it in, and let venues take what hedgers and arbitrageurs sell there."""
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        if isinstance(agent, TrendTrader):
            steps += _margin(world, name, agent.market, _trend_margin(world, agent))
        elif isinstance(agent, FundingArbitrageur):
            quote = world.perps[agent.market].quote
            steps += _margin(world, name, agent.market, units(world, quote, agent.capital_tokens))
            if agent.venue is not None:
                router = world.venues[agent.venue].router
                steps.append(mint(world, quote, name, units(world, quote, agent.spot_capital_tokens)))
                steps += [approve(world, asset, name, router) for asset in (agent.instrument, quote)]
        elif isinstance(agent, PaperProfitAttacker):
            quote, router = world.perps[agent.market].quote, world.venues[agent.venue].router
            tokens = 2 * agent.margin_tokens + agent.push_tokens
            steps.append(mint(world, quote, name, units(world, quote, tokens)))
            steps.append(approve(world, quote, name, world.perps[agent.market].address))
            steps += [approve(world, asset, name, router) for asset in (agent.instrument, quote)]
    for name, group in world.scenario.traders.items():
        if isinstance(group, Hedgers):
            router = world.venues[group.venue].router
            steps += [approve(world, group.instrument, f"{name}/{i}", router) for i in range(group.count)]
    return steps


def _trend_margin(world: World, agent: TrendTrader) -> int:
    """Margin of its leverage, or initial margin where that is more, and the buffer."""
    market = world.perps[agent.market]
    notional = units(world, market.quote, agent.notional_tokens)
    least = initial_quote(market.model.instruments[agent.instrument], notional, market.quote_decimals)
    return mul_div_up(max(int(notional / agent.leverage), least), BPS + MARGIN_BUFFER_BPS, BPS)


def _margin(world: World, name: str, market: str, amount: int) -> list[Step]:
    adapter, account = world.perps[market], world.address(name)
    return [
        mint(world, adapter.quote, name, amount),
        approve(world, adapter.quote, name, adapter.address),
        (account, adapter.deposit(amount, account)),
    ]
