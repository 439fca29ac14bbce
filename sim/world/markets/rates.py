"""Rate models of reserves."""

from sim.scenario.lending.rates import KinkedCurve, KinkedRates, Rates, SeparateRates
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
        case SeparateRates():
            return deploy_contract(world, role, "SeparateCurves", _curve(model.borrow), _curve(model.supply))


def _curve(curve: KinkedCurve) -> tuple[int, ...]:
    return curve.kink_bps, curve.base_rate_bps, curve.slope_low_bps, curve.slope_high_bps
