"""Liquidation terms of pools, and the bonus rules that they are composed with."""

from collections.abc import Sequence

from sim.protocols.bonus import FermentedBonus as FermentedMarks
from sim.protocols.requirements import VolatilityEstimator
from sim.scenario.lending.bonus import (
    Bonus,
    BonusByHealth,
    ConfiguredBonus,
    DiscountByHealth,
    FermentedBonus,
    ToxicityGuard,
    VolatilityBonus,
)
from sim.scenario.lending.pool import PoolMarket
from sim.scenario.lending.terms import (
    ReserveCloseFactor,
    TargetHealth,
    Terms,
    TotalDebtCloseFactor,
    WholePosition,
)
from sim.units import quantise, wad_from_bps
from sim.world.contracts import deploy_contract
from sim.world.markets.volatility import deploy_estimator
from sim.world.world import World

USD_DECIMALS = 8


def deploy_terms(world: World, market: str, pool: PoolMarket) -> str:
    """Deploy the terms of a market, over their bonus rule, and return their address."""
    model = pool.terms
    collateral = [asset for asset, reserve in pool.reserves.items() if reserve.liquidation_threshold_bps]
    bonus = _deploy_bonus(world, market, f"bonus-{market}", model.bonus, collateral)
    match model:
        case TotalDebtCloseFactor():
            name, params = (
                "TotalDebtCloseFactor",
                (
                    model.close_factor_bps,
                    wad_from_bps(model.full_close_health_bps),
                    quantise(model.full_close_below_usd, USD_DECIMALS),
                    quantise(model.min_leftover_usd, USD_DECIMALS),
                ),
            )
        case ReserveCloseFactor():
            name = "ReserveCloseFactor"
            params = (model.close_factor_bps, wad_from_bps(model.full_close_health_bps))
        case TargetHealth():
            name = "TargetHealth"
            params = (wad_from_bps(model.target_health_bps), quantise(model.dust_usd, USD_DECIMALS))
        case WholePosition():
            name, params = "WholePosition", None
    arguments = (bonus, model.fee_on_seized) if params is None else (bonus, model.fee_on_seized, params)
    return deploy_contract(world, f"terms-{market}", name, *arguments)


def moving_bonus(
    world: World, market: str, model: Terms, pool: str
) -> FermentedMarks | VolatilityEstimator | None:
    """Return the adapter of what the market's bonus follows, of the pool at `pool`; None if it follows nothing."""
    role = f"bonus-{market}-inner" if isinstance(model.bonus, ToxicityGuard) else f"bonus-{market}"
    match model.innermost_bonus:
        case FermentedBonus():
            return FermentedMarks(world.chain, world.artifacts, world.address(role), pool)
        case VolatilityBonus():
            address = world.address(f"volatility-bonus-{market}")
            return VolatilityEstimator(world.chain, world.artifacts, "VolatilityEstimator", address)
    return None


def _deploy_bonus(world: World, market: str, role: str, model: Bonus, collateral: Sequence[str]) -> str:
    match model:
        case ConfiguredBonus():
            return deploy_contract(world, role, "ConfiguredBonus")
        case BonusByHealth():
            health_wad = wad_from_bps(model.max_bonus_health_bps)
            return deploy_contract(world, role, "BonusByHealth", model.min_share_bps, health_wad)
        case DiscountByHealth():
            return deploy_contract(world, role, "DiscountByHealth", model.max_discount_bps)
        case VolatilityBonus():
            estimator = deploy_estimator(world, f"bonus-{market}", model.volatility, collateral)
            return deploy_contract(
                world, role, "VolatilityBonus", estimator.address, model.slope_bps, model.cap_bps
            )
        case FermentedBonus():
            params = (model.start_bps, model.growth_bps_per_hour, model.expiry_s)
            return deploy_contract(world, role, "FermentedBonus", params)
        case ToxicityGuard():
            inner = _deploy_bonus(world, market, f"{role}-inner", model.inner, collateral)
            return deploy_contract(world, role, "ToxicityGuard", inner, model.margin_bps)
