"""Rate models of reserves."""

from sim.scenario.lending.rates import AdaptiveRates, KinkedCurve, KinkedRates, Rates, SeparateRates
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
        case AdaptiveRates():
            params = (
                model.target_utilisation_bps,
                model.steepness_bps,
                model.speed_per_year_bps,
                model.initial_rate_bps,
                model.min_rate_bps,
                model.max_rate_bps,
            )
            return deploy_contract(world, role, "AdaptiveCurveRateModel", params)


def deploy_average_rates(world: World, role: str, asset: str, model: Rates) -> str:
    """Deploy the rate model of an isolated market, which is charged averages, and return its address."""
    if isinstance(model, AdaptiveRates):
        return deploy_rates(world, role, asset, model)
    return deploy_contract(world, role, "PointRateModel", deploy_rates(world, f"point-{role}", asset, model))


def _curve(curve: KinkedCurve) -> tuple[int, ...]:
    return curve.kink_bps, curve.base_rate_bps, curve.slope_low_bps, curve.slope_high_bps
