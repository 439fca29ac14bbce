"""Liquidation terms of pools."""

from sim.scenario.lending.terms import Terms, TotalDebtCloseFactor
from sim.units import quantise, wad_from_bps
from sim.world.contracts import deploy_contract
from sim.world.world import World

USD_DECIMALS = 8


def deploy_terms(world: World, market: str, model: Terms) -> str:
    """Deploy the terms of a market, over their bonus, and return their address."""
    bonus = deploy_contract(world, f"bonus-{market}", "ConfiguredBonus")
    match model:
        case TotalDebtCloseFactor():
            params = (
                model.close_factor_bps,
                wad_from_bps(model.full_close_health_bps),
                quantise(model.full_close_below_usd, USD_DECIMALS),
                quantise(model.min_leftover_usd, USD_DECIMALS),
            )
            return deploy_contract(world, f"terms-{market}", "TotalDebtCloseFactor", bonus, False, params)
