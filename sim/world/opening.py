"""The opening: first prices, liquidity, suppliers, funds, and every borrower's position.

All of it happens at the scenario's start, as ordinary transactions; where a feed needs history, first prices and
liquidity come that much earlier.
"""

from collections.abc import Mapping

from sim.chain.base import Block, Transaction
from sim.scenario.actors import Arbitrageur, BandArbitrageur, Keeper, Supplier
from sim.scenario.perps.agents import PerpKeeper
from sim.scenario.providers import JitProvider, NervousProvider, Provider
from sim.scenario.sellers import Seller
from sim.scenario.stakers import FundStaker
from sim.units import BPS, amount_from_base_down, quantise
from sim.world.adversaries import adversary_steps
from sim.world.contracts import WorldError
from sim.world.exchanges import band_exchanges
from sim.world.markets import MarketBuilder
from sim.world.perps.agents import perp_agent_steps
from sim.world.perps.idle import idle_steps
from sim.world.perps.market import PerpBuilder
from sim.world.perps.positions import position_steps
from sim.world.population import Borrower
from sim.world.steps import MAX_UINT, Step, approve, mint, units
from sim.world.upkeep import is_due, poke_call
from sim.world.venues import VenueBuilder
from sim.world.world import World

OUTSIDE_INVENTORY_USD_E8 = 10**13 * 10**8
TRANSACTIONS_PER_BLOCK = 1_000


def open_world(
    world: World,
    venues: Mapping[str, VenueBuilder],
    builders: Mapping[str, MarketBuilder],
    borrowers: list[Borrower],
    perps: Mapping[str, PerpBuilder],
) -> None:
    """Send the opening transactions. Raises WorldError if one reverts."""
    prices_e8 = world.start_prices_e8
    markets = builders.values()
    steps = [*_first_prices(world), *_outside_inventory(world, prices_e8)]
    _send(world, [*steps, *(step for venue in venues.values() for step in venue.liquidity())])
    _poke(world)
    if world.chain.timestamp_s < world.start_s:
        world.chain.begin(world.start_s)
        _send(world, _first_prices(world))
        _poke(world)
    _send(world, _share_liquidity(world, venues))
    configuration = [step for market in markets for step in market.configuration()]
    supplies = [step for market in markets for step in market.supplies()] + _agent_supplies(world)
    _send(world, _funds(world) + configuration + supplies)
    for builder in perps.values():
        _send(world, builder.configuration())
    positions = [step for borrower in borrowers for step in builders[borrower.market].position(borrower)]
    _send(world, positions + _agent_steps(world, prices_e8) + adversary_steps(world, prices_e8))
    _send(world, [step for market in markets for step in market.final()])
    _open_perps(world, perps)


def _open_perps(world: World, perps: Mapping[str, PerpBuilder]) -> None:
    """Positions of all traders, the scenario's limits, and what agents have."""
    for name, builder in perps.items():
        _send(world, position_steps(world, builder.market, world.traders.get(name, [])))
    _send(world, [step for builder in perps.values() for step in builder.final()])
    _send(world, perp_agent_steps(world) + idle_steps(world))


def _send(world: World, steps: list[Step]) -> None:
    for at in range(0, len(steps), TRANSACTIONS_PER_BLOCK):
        page = steps[at : at + TRANSACTIONS_PER_BLOCK]
        transactions = [Transaction(sender, call.target, call.data) for sender, call in page]
        receipts = world.chain.execute(Block(world.chain.timestamp_s, transactions))
        for (sender, call), receipt in zip(page, receipts, strict=True):
            if not receipt.ok:
                error = world.artifacts.decoder.decode_error(receipt.revert_data)
                what = f"{world.role(sender)} calling {world.role(call.target)}.{call.function}"
                raise WorldError(f"the scenario cannot be opened: {what} failed with {error}")


def _first_prices(world: World) -> list[Step]:
    """What the reporters say at the start."""
    now_s = world.chain.timestamp_s
    return [
        (world.address(f"reporter-{path}"), source.push(world.start_prices_e8[source.asset], now_s))
        for path, source in world.sources.items()
    ]


def _poke(world: World) -> None:
    """Bring every feed that needs it up to date, in the order of deployment."""
    for path, contracts in world.upkeep.items():
        sender = world.address(f"upkeep-{path}")
        for one in contracts:
            if is_due(world, one):
                _send(world, [(sender, poke_call(world, one))])


def _outside_inventory(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    """The outside account can take the other side of every arbitrage."""
    return [
        mint(
            world,
            asset,
            "outside",
            amount_from_base_down(OUTSIDE_INVENTORY_USD_E8, token.decimals, prices_e8[asset]),
        )
        for asset, token in world.tokens.items()
    ]


def _share_liquidity(world: World, venues: Mapping[str, VenueBuilder]) -> list[Step]:
    """Hand liquidity providers, and a search's environment, their share of the venues."""
    supplier = world.address("supplier")
    totals = {
        name: world.venues[name].shares(supplier) for name, venue in venues.items() if venue.model.has_liquidity
    }
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        if isinstance(agent, Provider):
            steps += venues[agent.venue].give_shares(name, totals[agent.venue] * agent.share_bps // BPS)
    if world.scenario.space is not None:
        for name, total in totals.items():
            amount = total * world.scenario.space.envelope.max_liquidity_pull_bps // BPS
            steps += venues[name].give_shares("environment", amount)
    return steps


def _funds(world: World) -> list[Step]:
    supplier, admin = world.address("supplier"), world.address("admin")
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        if isinstance(agent, FundStaker):
            steps += _stake(world, name, agent)
    for name, model in world.scenario.insurance.items():
        fund = world.insurance[name]
        amount = units(world, model.asset, model.assets_tokens)
        cap = amount if model.cap_tokens is None else units(world, model.asset, model.cap_tokens)
        if amount:
            steps.append(mint(world, model.asset, "supplier", amount))
            steps.append((supplier, world.tokens[model.asset].approve(fund.address, MAX_UINT)))
            steps.append((supplier, fund.deposit(amount, supplier)))
        for market_name, market in world.scenario.lending.items():
            if market.insurance == name:
                steps.append((admin, fund.set_protocol(world.lending[market_name].address, cap)))
    return steps


def _stake(world: World, name: str, agent: FundStaker) -> list[Step]:
    fund, account = world.insurance[agent.fund], world.address(name)
    amount = units(world, fund.asset, agent.assets_tokens)
    return [
        mint(world, fund.asset, name, amount),
        approve(world, fund.asset, name, fund.address),
        (account, fund.deposit(amount, account)),
    ]


def _agent_supplies(world: World) -> list[Step]:
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        if isinstance(agent, Supplier):
            account, market = world.address(name), world.lending[agent.market]
            amount = units(world, agent.asset, agent.supply_tokens)
            steps.append(mint(world, agent.asset, name, amount))
            steps.append(approve(world, agent.asset, name, market.address))
            steps.append((account, market.supply(agent.asset, amount, account)))
    return steps


def _agent_steps(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        if isinstance(agent, Keeper):
            for asset, reserve in world.scenario.lending[agent.market].reserves.items():
                for spender in world.lending[agent.market].spenders:
                    steps.append(approve(world, asset, name, spender))
                steps.append(approve(world, asset, name, world.venues[agent.venue].router))
                if agent.inventory_tokens and reserve.borrowable:
                    steps.append(mint(world, asset, name, units(world, asset, agent.inventory_tokens)))
        elif isinstance(agent, PerpKeeper) and agent.inventory_tokens:
            steps += _collateral_inventory(world, name, agent)
        elif isinstance(agent, Arbitrageur):
            venue = world.venues[agent.venue]
            steps += _inventory(
                world, name, agent.inventory_usd, (venue.base, venue.quote), venue.router, prices_e8
            )
        elif isinstance(agent, JitProvider):
            venue = world.venues[agent.venue]
            pair, half_usd = (venue.base, venue.quote), agent.capital_usd / 2
            steps += _inventory(world, name, half_usd, pair, venue.liquidity_taker, prices_e8)
        elif isinstance(agent, NervousProvider) and agent.returns_after_s is not None:
            venue = world.venues[agent.venue]
            pair = venue.base, venue.quote
            steps += [approve(world, asset, name, venue.liquidity_taker) for asset in pair]
        elif isinstance(agent, Seller):
            steps.append(mint(world, agent.asset, name, units(world, agent.asset, agent.tokens)))
            steps.append(approve(world, agent.asset, name, world.venues[agent.venue].router))
        elif isinstance(agent, BandArbitrageur):
            for exchange in band_exchanges(world, agent).values():
                pair = exchange.collateral, exchange.debt
                steps += _inventory(world, name, agent.inventory_usd, pair, exchange.address, prices_e8)
    return steps


def _collateral_inventory(world: World, name: str, agent: PerpKeeper) -> list[Step]:
    """What a keeper buys collateral with, and leave to sell that."""
    market = world.perps[agent.market]
    steps = [
        mint(world, market.quote, name, units(world, market.quote, agent.inventory_tokens)),
        approve(world, market.quote, name, market.collateral),
    ]
    if agent.venue is not None:
        router = world.venues[agent.venue].router
        steps += [approve(world, asset, name, router) for asset in market.model.collateral]
    return steps


def _inventory(
    world: World, name: str, value_usd: float, assets: tuple[str, str], spender: str, prices_e8: Mapping[str, int]
) -> list[Step]:
    """Mint an agent the same value of two assets, and let `spender` take them."""
    steps: list[Step] = []
    for asset in assets:
        amount = amount_from_base_down(quantise(value_usd, 8), world.tokens[asset].decimals, prices_e8[asset])
        steps.append(mint(world, asset, name, amount))
        steps.append(approve(world, asset, name, spender))
    return steps
