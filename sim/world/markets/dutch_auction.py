"""Dutch auctions of a pool's seized collateral."""

from decimal import Context, Decimal
from functools import partial

from sim.protocols.auction import AuctionRules, DutchAuction, PriceDecay
from sim.protocols.lending import LendingPool
from sim.reference.dutch_auction import linear_price_down, stepped_price_down
from sim.scenario.lending.dutch_auction import DutchAuction as DutchAuctionModel
from sim.scenario.lending.dutch_auction import ExponentialDecay, LinearDecay, StairStepDecay
from sim.trace import execution_role
from sim.units import BPS, E8_DECIMALS, RAY, amount_from_base_down, quantise, ray_from_bps, wad_from_bps
from sim.world.contracts import deploy_contract
from sim.world.steps import Step, approve, mint
from sim.world.world import World

PRECISE = Context(prec=60)
"""Digits in which a second's factor is computed from that of a step: the same on every machine."""


def deploy_dutch_auction(world: World, market: str, model: DutchAuctionModel, pool: LendingPool) -> DutchAuction:
    """Deploy decay, auction and the keepers' hand."""
    rules = _rules(world, market, model)
    arguments = (world.address("admin"), pool.address)
    address = deploy_contract(world, execution_role(market), "DutchAuction", *arguments)
    taker = deploy_contract(world, f"taker-{market}", "AuctionTaker")
    return DutchAuction(world.chain, world.artifacts, address, taker, pool.tokens, rules)


def open_dutch_auction(world: World, market: str, model: DutchAuctionModel, auction: DutchAuction) -> list[Step]:
    """Set the rules of every collateral and pay in the incentives."""
    admin = world.address("admin")
    steps = [(admin, auction.set_total_limit(_usd_rad(model.total_limit_usd)))]
    states = world.lending[market].read_reserves()
    for asset, reserve in world.scenario.lending[market].reserves.items():
        penalty_bps = reserve.liquidation_bonus_bps if model.penalty_bps is None else model.penalty_bps
        if reserve.liquidation_threshold_bps:
            params = auction.rules.params(wad_from_bps(BPS + penalty_bps))
            steps.append((admin, auction.set_auction_params(asset, params)))
        base = quantise(model.incentives_usd, E8_DECIMALS)
        amount = amount_from_base_down(base, world.tokens[asset].decimals, states[asset].price_e8)
        if amount and reserve.borrowable:
            steps.append(mint(world, asset, "admin", amount))
            steps.append(approve(world, asset, "admin", auction.address))
            steps.append((admin, auction.fund_incentives(asset, amount)))
    return steps


def _rules(world: World, market: str, model: DutchAuctionModel) -> AuctionRules:
    contract, arguments, decay = _decay(model)
    return AuctionRules(
        decay_address=deploy_contract(world, f"decay-{market}", contract, *arguments),
        decay=decay,
        buffer_ray=ray_from_bps(BPS + model.buffer_bps),
        cusp_ray=ray_from_bps(model.cusp_bps),
        tail_s=model.tail_s,
        chip_wad=wad_from_bps(model.chip_bps),
        tip_rad=_usd_rad(model.tip_usd),
        dust_rad=_usd_rad(model.dust_usd),
        limit_rad=_usd_rad(model.limit_usd),
    )


def _decay(model: DutchAuctionModel) -> tuple[str, tuple[int, ...], PriceDecay]:
    """Contract of a decay, its arguments, and its mirror."""
    match model.decay:
        case StairStepDecay(cut_bps=cut_bps, step_s=step_s):
            cut_ray = ray_from_bps(BPS - cut_bps)
            return "StairStepDecay", (cut_ray, step_s), partial(stepped_price_down, cut_ray=cut_ray, step_s=step_s)
        case ExponentialDecay(cut_bps=cut_bps, step_s=step_s):
            cut_ray = second_cut_ray(cut_bps, step_s)
            return "ExponentialDecay", (cut_ray,), partial(stepped_price_down, cut_ray=cut_ray, step_s=1)
        case LinearDecay(duration_s=duration_s):
            return "LinearDecay", (duration_s,), partial(linear_price_down, duration_s=duration_s)


def second_cut_ray(cut_bps: int, step_s: int) -> int:
    """Factor of one second that makes (1 - cut) over `step_s` of them, in ray, rounded down."""
    keep = PRECISE.divide(Decimal(BPS - cut_bps), Decimal(BPS))
    factor = PRECISE.power(keep, PRECISE.divide(Decimal(1), Decimal(step_s)))
    return int(PRECISE.multiply(factor, Decimal(RAY)))


def _usd_rad(usd: float) -> int:
    return quantise(usd, E8_DECIMALS) * RAY
