"""Rate models of reserves."""

from sim.scenario.lending.rates import KinkedRates, Rates
from sim.world.contracts import deploy_contract
from sim.world.world import World


def deploy_rates(world: World, role: str, asset: str, model: Rates) -> str:
    """Deploy the rate model of one reserve and return its address."""
    match model:
        case KinkedRates():
            params = (
                model.optimal_utilisation_bps,
                model.base_rate_bps,
                model.slope1_bps,
                model.slope2_bps,
            )
            return deploy_contract(world, role, "KinkedRateModel", params)
