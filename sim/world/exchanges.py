"""The exchanges in bands of a world's soft liquidation markets."""

from sim.protocols.soft import BandExchange, SoftLiquidationMarket
from sim.scenario.actors import BandArbitrageur
from sim.world.world import World


def band_exchanges(world: World, agent: BandArbitrageur) -> dict[str, BandExchange]:
    """Return the exchanges that an arbitrageur trades on, by market: that of its own market, or all."""
    return {
        name: market.exchange
        for name, market in world.lending.items()
        if isinstance(market, SoftLiquidationMarket) and agent.market in (None, name)
    }
