"""Builders of lending markets, by the model's kind."""

from typing import Any

from sim.scenario.lending.isolated import IsolatedMarket
from sim.scenario.lending.pool import PoolMarket
from sim.scenario.lending.soft import SoftLiquidationMarket
from sim.world.markets.base import MarketBuilder
from sim.world.markets.isolated import IsolatedBuilder
from sim.world.markets.pool import PoolBuilder
from sim.world.markets.soft import SoftBuilder
from sim.world.world import World

BUILDERS: dict[type, type[MarketBuilder]] = {
    PoolMarket: PoolBuilder,
    IsolatedMarket: IsolatedBuilder,
    SoftLiquidationMarket: SoftBuilder,
}


def market_builder(world: World, name: str, model: Any) -> MarketBuilder:
    """Return the builder of a market."""
    return BUILDERS[type(model)](world, name, model)


__all__ = ["MarketBuilder", "market_builder"]
