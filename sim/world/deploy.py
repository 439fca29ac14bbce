"""Deployment: contracts by nonce from one account, in an order that depends on the scenario alone."""

from collections.abc import Mapping

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain, DeployReverted
from sim.protocols.lending import LendingPool
from sim.protocols.tokens import AssetToken, Feed, Fund
from sim.protocols.venue import ConstantProductVenue
from sim.scenario.markets import LendingMarket, PoolSpotFeed, PushFeed
from sim.scenario.model import Scenario
from sim.units import quantise, wad_from_bps
from sim.world.opening import WorldError, open_world
from sim.world.population import Borrower, realise
from sim.world.roles import Roles
from sim.world.world import Deployment, World

USD_DECIMALS = 8


def deploy_world(
    scenario: Scenario, chain: Chain, artifacts: Artifacts, prices_e8: Mapping[str, int], start_s: int
) -> World:
    """Deploy a scenario and open every position.

    Parameters
    ----------
    prices_e8
        Starting prices by asset (USD, eight decimals): the feeds' first answers and the venues' ratios.
    start_s
        Timestamp to start at; the chain's own if that is later (on a fork).

    Raises
    ------
    WorldError : a constructor or a set-up transaction reverted.
    """
    borrowers = realise(scenario, dict(prices_e8)) + _idle_borrowers(scenario)
    world = World(scenario, chain, artifacts, Roles(scenario, [borrower.role for borrower in borrowers]))
    world.start_s = chain.begin(start_s)
    for borrower in borrowers:
        world.borrowers.setdefault(borrower.market, []).append(borrower.role)
    _deploy_tokens(world)
    world.router = _deploy(world, "router", "SwapRouter")
    world.lens = _deploy(world, "lens", "TestbedLens")
    _deploy_venues(world)
    _deploy_feeds(world)
    _deploy_funds(world)
    _deploy_lending(world)
    open_world(world, borrowers, prices_e8)
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


def _deploy(world: World, role: str, contract: str, *arguments: object) -> str:
    """Deploy a contract under a role and return its address. Raises WorldError if its constructor reverts."""
    contract_type = world.artifacts[contract]
    init_code = contract_type.encode_constructor(*arguments)
    try:
        address = world.chain.deploy(world.address("deployer"), init_code)
    except DeployReverted as reverted:
        error = world.artifacts.decoder.decode_error(reverted.data)
        raise WorldError(f"the scenario cannot be deployed: {role} ({contract}) failed with {error}") from None
    world.roles.add(role, address)
    world.deployments.append(Deployment(role, contract, address, arguments))
    return address


def _deploy_tokens(world: World) -> None:
    admin = world.address("admin")
    for symbol, asset in world.scenario.assets.items():
        address = _deploy(world, symbol, "AssetToken", symbol, symbol, asset.decimals, admin)
        world.tokens[symbol] = AssetToken(world.chain, world.artifacts, address, symbol, asset.decimals)


def _token_addresses(world: World) -> dict[str, str]:
    return {symbol: token.address for symbol, token in world.tokens.items()}


def _deploy_venues(world: World) -> None:
    tokens = _token_addresses(world)
    for name, venue in world.scenario.venues.items():
        address = _deploy(
            world,
            name,
            "ConstantProductPool",
            tokens[venue.base],
            tokens[venue.quote],
            venue.fee_bps,
            world.address("admin"),
        )
        world.venues[name] = ConstantProductVenue(
            world.chain,
            world.artifacts,
            name,
            address,
            world.router,
            tokens,
            venue.base,
            venue.quote,
            venue.fee_bps,
        )


def _deploy_feeds(world: World) -> None:
    for asset, feed in world.scenario.feeds.items():
        if isinstance(feed, PushFeed):
            reporter = world.address(f"reporter-{asset}")
            address = _deploy(world, f"feed-{asset}", "PriceFeed", feed.decimals, f"{asset} / USD", reporter)
        elif isinstance(feed, PoolSpotFeed):
            venue = world.venues[feed.venue]
            quote = venue.quote if venue.base == asset else venue.base
            address = _deploy(
                world,
                f"feed-{asset}",
                "PoolSpotFeed",
                venue.address,
                world.tokens[asset].address,
                world.tokens[asset].decimals,
                world.tokens[quote].decimals,
                feed.decimals,
            )
        world.feeds[asset] = Feed(
            world.artifacts, address, asset, feed.decimals, reported=isinstance(feed, PushFeed)
        )


def _deploy_funds(world: World) -> None:
    for name, fund in world.scenario.insurance.items():
        token = world.tokens[fund.asset]
        address = _deploy(
            world, name, "InsuranceFund", token.address, f"{name} share", name, world.address("admin")
        )
        world.insurance[name] = Fund(world.chain, world.artifacts, address, name, fund.asset)


def _deploy_lending(world: World) -> None:
    if not world.scenario.lending:
        return
    liquidator = _deploy(world, "flash-liquidator", "FlashLiquidator")
    for name, market in world.scenario.lending.items():
        terms = _deploy_terms(world, name, market)
        address = _deploy(world, name, "LendingPool", world.address("admin"), terms, market.flash_fee_bps)
        world.lending[name] = LendingPool(
            world.chain,
            world.artifacts,
            name,
            address,
            world.lens,
            liquidator,
            _token_addresses(world),
            tuple(market.reserves),
        )


def _deploy_terms(world: World, name: str, market: LendingMarket) -> str:
    terms = market.terms
    params = (
        terms.close_factor_bps,
        wad_from_bps(terms.full_close_health_bps),
        quantise(terms.full_close_below_usd, USD_DECIMALS),
        quantise(terms.min_leftover_usd, USD_DECIMALS),
    )
    bonus = _deploy(world, f"bonus-{name}", "ConfiguredBonus")
    return _deploy(world, f"terms-{name}", "TotalDebtCloseFactor", bonus, False, params)
