"""Volatility estimators, over the feeds of a scenario."""

from collections.abc import Sequence

from sim.protocols.requirements import VolatilityEstimator
from sim.scenario.lending.requirements import EwmaVolatility
from sim.units import quantise
from sim.world.contracts import deploy_contract
from sim.world.world import World

WAD_DECIMALS = 18


def deploy_estimator(
    world: World, market: str, model: EwmaVolatility, assets: Sequence[str]
) -> VolatilityEstimator:
    """Deploy the estimator of a market's assets; somebody has to poke it."""
    address = deploy_contract(
        world,
        f"volatility-{market}",
        "VolatilityEstimator",
        [world.tokens[asset].address for asset in assets],
        [world.feeds[asset].address for asset in assets],
        (quantise(model.decay, WAD_DECIMALS), model.interval_s, model.initial_volatility_bps),
    )
    return VolatilityEstimator(world.chain, world.artifacts, "VolatilityEstimator", address)
