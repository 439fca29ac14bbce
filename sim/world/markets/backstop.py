"""A backstop that absorbs a pool's accounts."""

from sim.protocols.backstop import Backstop
from sim.protocols.lending import LendingPool
from sim.scenario.lending.backstop import Backstop as BackstopModel
from sim.trace import execution_role
from sim.units import BPS, E8_DECIMALS, amount_from_base_down, quantise
from sim.world.contracts import deploy_contract
from sim.world.steps import Step, approve, mint
from sim.world.world import World


def deploy_backstop(world: World, market: str, model: BackstopModel, pool: LendingPool) -> Backstop:
    """Deploy the backstop and the keepers' hand."""
    arguments = (
        world.address("admin"),
        pool.address,
        model.storefront_factor_bps,
        quantise(model.sale_rate_usd_per_s, E8_DECIMALS),
        quantise(model.sale_burst_usd, E8_DECIMALS),
    )
    address = deploy_contract(world, execution_role(market), "AbsorbingBackstop", *arguments)
    buyer = deploy_contract(world, f"buyer-{market}", "BackstopBuyer")
    factors = {
        asset: model.liquidation_factor_bps or max(BPS - reserve.liquidation_bonus_bps, 1)
        for asset, reserve in pool.model.reserves.items()
        if reserve.liquidation_threshold_bps
    }
    return Backstop(
        world.chain, world.artifacts, address, buyer, pool.tokens, factors, model.storefront_factor_bps
    )


def open_backstop(world: World, market: str, model: BackstopModel, backstop: Backstop) -> list[Step]:
    """Set the factors, the targets and the capital."""
    admin = world.address("admin")
    steps = [(admin, backstop.set_liquidation_factor(*factor)) for factor in backstop.factors_bps.items()]
    states = world.lending[market].read_reserves()
    for asset, reserve in world.scenario.lending[market].reserves.items():
        if not reserve.borrowable:
            continue
        capital, target = (
            amount_from_base_down(quantise(usd, E8_DECIMALS), world.tokens[asset].decimals, states[asset].price_e8)
            for usd in (model.capital_usd, model.target_capital_usd)
        )
        if target:
            steps.append((admin, backstop.set_target_capital(asset, target)))
        if capital:
            steps.append(mint(world, asset, "admin", capital))
            steps.append(approve(world, asset, "admin", backstop.address))
            steps.append((admin, backstop.fund_capital(asset, capital)))
    return steps
