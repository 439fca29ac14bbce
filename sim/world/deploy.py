"""Deployment: contracts by nonce from one account, in an order that depends on the scenario alone."""

from collections.abc import Mapping

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.protocols.tokens import AssetToken, Fund
from sim.scenario.feeds.stacks import warmup_s
from sim.scenario.model import Scenario
from sim.units import quantise
from sim.world.adversaries import deploy_adversaries
from sim.world.contracts import check_contracts, deploy_contract
from sim.world.feeds import deploy_feeds
from sim.world.markets import MarketBuilder, market_builder
from sim.world.opening import open_world
from sim.world.perps.idle import idle_traders
from sim.world.perps.market import build_perps
from sim.world.perps.traders import realise_traders
from sim.world.population import Borrower, realise
from sim.world.rates import deploy_rates
from sim.world.roles import Roles
from sim.world.venues import venue_builder
from sim.world.world import World


def deploy_world(
    scenario: Scenario, chain: Chain, artifacts: Artifacts, prices_e8: Mapping[str, int], start_s: int
) -> World:
    """Deploy a scenario and open every position.

    Parameters
    ----------
    prices_e8
        Starting prices by asset (USD, eight decimals): the feeds' first answers and the venues' ratios.
    start_s
        Timestamp to start at; later if the chain is (on a fork). Where a feed needs history, venues and feeds open
        that much earlier.

    Raises
    ------
    WorldError : a constructor or a set-up transaction reverted.
    """
    borrowers = realise(scenario, dict(prices_e8)) + _idle_borrowers(scenario)
    traders = realise_traders(scenario, prices_e8)
    trader_roles = [one.role for one in traders] + idle_traders(scenario)
    roles = Roles(scenario, [one.role for one in borrowers], trader_roles)
    world = World(scenario, chain, artifacts, roles)
    warmup = warmup_s(scenario.feed_stacks)
    world.start_s = chain.begin(start_s - warmup) + warmup
    world.start_prices_e8 = dict(prices_e8)
    for borrower in borrowers:
        world.borrowers.setdefault(borrower.market, []).append(borrower.role)
    for trader in traders:
        world.traders.setdefault(trader.market, []).append(trader)
    check_contracts(world)
    _deploy_tokens(world)
    world.router = deploy_contract(world, "router", "SwapRouter")
    world.lens = deploy_contract(world, "lens", "TestbedLens")
    deploy_rates(world)
    venues = {name: venue_builder(world, name, model) for name, model in scenario.venues.items()}
    for name in sorted(venues, key=lambda name: bool(scenario.venues[name].parts)):
        world.venues[name] = venues[name].deploy()
    deploy_feeds(world)
    _deploy_funds(world)
    builders = {name: market_builder(world, name, model) for name, model in scenario.lending.items()}
    _deploy_lending(world, builders)
    perps = build_perps(world)
    deploy_adversaries(world)
    open_world(world, venues, builders, borrowers, perps)
    return world


def _idle_borrowers(scenario: Scenario) -> list[Borrower]:
    """Accounts without a position, with which a search's environment can open new ones."""
    if scenario.space is None or not scenario.lending:
        return []
    market = next(iter(scenario.lending))
    asset = scenario.space.envelope.shock_asset
    groups = [group for group in scenario.population.values() if hasattr(group, "collateral_tokens")]
    size = max((group.collateral_tokens for group in groups), default=0.0)
    spare = {asset: quantise(size, scenario.assets[asset].decimals)}
    count = scenario.space.envelope.max_new_borrowers
    return [Borrower(f"environment/{i}", market, {}, {}, spare) for i in range(count)]


def _deploy_tokens(world: World) -> None:
    admin = world.address("admin")
    for symbol, asset in world.scenario.assets.items():
        address = deploy_contract(world, symbol, "AssetToken", symbol, symbol, asset.decimals, admin)
        world.tokens[symbol] = AssetToken(world.chain, world.artifacts, address, symbol, asset.decimals)


def _deploy_funds(world: World) -> None:
    for name, fund in world.scenario.insurance.items():
        args = (world.tokens[fund.asset].address, f"{name} share", name, world.address("admin"))
        if fund.cooldown_s:
            address = deploy_contract(world, name, "CooldownFund", *args, fund.cooldown_s, fund.window_s)
        else:
            address = deploy_contract(world, name, "InsuranceFund", *args)
        world.insurance[name] = Fund(world.chain, world.artifacts, address, name, fund.asset, fund.cooldown_s > 0)


def _deploy_lending(world: World, builders: Mapping[str, MarketBuilder]) -> None:
    if not builders:
        return
    deploy_contract(world, "flash-liquidator", "FlashLiquidator")
    for name, builder in builders.items():
        world.lending[name] = builder.deploy()
