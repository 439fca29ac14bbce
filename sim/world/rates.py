"""Exchange rates of staked tokens, on chain before anything that reads them."""

from sim.units import WAD_DECIMALS, quantise
from sim.world.contracts import deploy_contract
from sim.world.world import World


def rate_role(asset: str) -> str:
    """Role of the contract that holds an asset's exchange rate."""
    return f"rate-{asset}"


def deploy_rates(world: World) -> None:
    """Deploy every rate; `world.rates` holds the addresses. The admin sets and slashes them."""
    for asset, model in world.scenario.assets.items():
        if model.rate is not None:
            ratio_wad = quantise(model.rate.ratio, WAD_DECIMALS)
            world.rates[asset] = deploy_contract(
                world,
                rate_role(asset),
                "StakingRate",
                world.address("admin"),
                ratio_wad,
                model.rate.growth_bps_per_year,
            )
