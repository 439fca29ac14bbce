"""What a market reads as the price of an asset: the asset's feed, or the last good price around it."""

from dataclasses import dataclass
from typing import Any

from sim.scenario.lending.prices import accepted_age_s
from sim.scenario.upkeep import price_path
from sim.world.contracts import deploy_contract
from sim.world.world import World


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """The feed that a market reads, and the oldest price that it accepts of it (seconds; 0: of any age)."""

    feed: str
    max_age_s: int


def deploy_prices(world: World, name: str, market: Any) -> dict[str, MarketPrice]:
    """Return what a market reads, by asset, and deploy what stands around the feeds where that is its choice.

    A `LastGoodFeed` then judges the age of prices in place of the market.
    """
    if market.invalid_price == "revert":
        return {
            asset: MarketPrice(world.feeds[asset].address, accepted_age_s(market, asset))
            for asset in market.reserves
        }
    prices = {}
    for asset, reserve in market.reserves.items():
        path = price_path(name, asset)
        arguments = (world.feeds[asset].address, reserve.max_price_age_s)
        feed = deploy_contract(world, path, "LastGoodFeed", *arguments)
        prices[asset] = MarketPrice(feed, accepted_age_s(market, asset))
        world.upkeep[path] = [world.deployments[-1]]
    return prices
