"""Liquidation terms of pools, and the bonus rules that they are composed with."""

from sim.scenario.lending.bonus import (
    Bonus,
    BonusByHealth,
    ConfiguredBonus,
    DiscountByHealth,
    FermentedBonus,
    ToxicityGuard,
)
from sim.scenario.lending.terms import (
    ReserveCloseFactor,
    TargetHealth,
    Terms,
    TotalDebtCloseFactor,
    WholePosition,
)
from sim.units import quantise, wad_from_bps
from sim.world.contracts import deploy_contract
from sim.world.world import World

USD_DECIMALS = 8


def deploy_terms(world: World, market: str, model: Terms) -> str:
    """Deploy the terms of a market, over their bonus rule, and return their address."""
    bonus = _deploy_bonus(world, f"bonus-{market}", model.bonus)
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


def fermented_role(market: str, model: Terms) -> str | None:
    """Return the role of the contract that keeps marks; None where the bonus does not grow from one."""
    if model.fermented is None:
        return None
    return f"bonus-{market}-inner" if isinstance(model.bonus, ToxicityGuard) else f"bonus-{market}"


def _deploy_bonus(world: World, role: str, model: Bonus) -> str:
    match model:
        case ConfiguredBonus():
            return deploy_contract(world, role, "ConfiguredBonus")
        case BonusByHealth():
            health_wad = wad_from_bps(model.max_bonus_health_bps)
            return deploy_contract(world, role, "BonusByHealth", model.min_share_bps, health_wad)
        case DiscountByHealth():
            return deploy_contract(world, role, "DiscountByHealth", model.max_discount_bps)
        case FermentedBonus():
            params = (model.start_bps, model.growth_bps_per_hour, model.expiry_s)
            return deploy_contract(world, role, "FermentedBonus", params)
        case ToxicityGuard():
            inner = _deploy_bonus(world, f"{role}-inner", model.inner)
            return deploy_contract(world, role, "ToxicityGuard", inner, model.margin_bps)
