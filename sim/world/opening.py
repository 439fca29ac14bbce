"""The opening: first prices, liquidity, suppliers, funds, and every borrower's position.

All of it happens at the scenario's start, as ordinary transactions.
"""

from collections.abc import Mapping

from sim.chain.base import Block, Transaction
from sim.errors import BadInput
from sim.protocols.base import Call
from sim.scenario.actors import Arbitrageur, Keeper, LiquidityProvider
from sim.scenario.markets import LendingMarket, PushFeed, Reserve
from sim.units import BPS, amount_from_base_down, quantise, value_base_down
from sim.world.population import Borrower
from sim.world.world import World

MAX_UINT = 2**256 - 1
OUTSIDE_INVENTORY_USD_E8 = 10**13 * 10**8
OPENING_LTV_BPS = 9_900
OPENING_THRESHOLD_BPS = 9_950
TRANSACTIONS_PER_BLOCK = 1_000

Step = tuple[str, Call]


class WorldError(BadInput):
    """The scenario cannot be opened: the message names the transaction and the decoded error."""


def open_world(world: World, borrowers: list[Borrower], prices_e8: Mapping[str, int]) -> None:
    """Send the opening transactions. Raises WorldError if one reverts."""
    steps: list[Step] = []
    steps += _first_prices(world, prices_e8)
    steps += _outside_inventory(world, prices_e8)
    steps += _venue_liquidity(world, prices_e8)
    _send(world, steps)
    _send(world, _share_liquidity(world))
    _send(world, _funds(world) + _markets(world, opening=True) + _suppliers(world, prices_e8))
    _send(world, _borrower_steps(world, borrowers) + _agent_steps(world, prices_e8))
    _send(world, _markets(world, opening=False))


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


def _first_prices(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    return [
        (world.address(f"reporter-{asset}"), world.feeds[asset].push(prices_e8[asset], world.start_s))
        for asset, feed in world.scenario.feeds.items()
        if isinstance(feed, PushFeed)
    ]


def _mint(world: World, asset: str, role: str, amount: int) -> Step:
    return world.address("admin"), world.tokens[asset].mint(world.address(role), amount)


def _units(world: World, asset: str, tokens: float) -> int:
    return quantise(tokens, world.scenario.assets[asset].decimals)


def _outside_inventory(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    """The outside account can take the other side of every arbitrage."""
    return [
        _mint(
            world,
            asset,
            "outside",
            amount_from_base_down(OUTSIDE_INVENTORY_USD_E8, token.decimals, prices_e8[asset]),
        )
        for asset, token in world.tokens.items()
    ]


def _venue_liquidity(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    supplier = world.address("supplier")
    steps: list[Step] = []
    for name, model in world.scenario.venues.items():
        venue = world.venues[name]
        base = _units(world, model.base, model.base_tokens)
        value = value_base_down(base, world.tokens[model.base].decimals, prices_e8[model.base])
        quote = amount_from_base_down(value, world.tokens[model.quote].decimals, prices_e8[model.quote])
        for asset, amount in ((model.base, base), (model.quote, quote)):
            steps.append(_mint(world, asset, "supplier", amount))
            steps.append((supplier, world.tokens[asset].approve(world.router, MAX_UINT)))
        steps.append((supplier, venue.add_liquidity(base, quote, supplier)))
    return steps


def _share_liquidity(world: World) -> list[Step]:
    """Hand liquidity providers their share of the pool."""
    supplier = world.address("supplier")
    totals = {name: venue.shares(supplier) for name, venue in world.venues.items()}
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        if isinstance(agent, LiquidityProvider):
            venue = world.venues[agent.venue]
            amount = totals[agent.venue] * agent.share_bps // BPS
            steps.append((supplier, venue.transfer_shares(world.address(name), amount)))
            steps.append((world.address(name), venue.approve_shares(MAX_UINT)))
    if world.scenario.space is not None:
        for name, venue in world.venues.items():
            amount = totals[name] * world.scenario.space.envelope.max_liquidity_pull_bps // BPS
            steps.append((supplier, venue.transfer_shares(world.address("environment"), amount)))
            steps.append((world.address("environment"), venue.approve_shares(MAX_UINT)))
    return steps


def _config(world: World, asset: str, reserve: Reserve, opening: bool) -> tuple:
    """The ReserveConfig struct. While opening, limits are lifted so that positions near health 1 can be opened."""
    as_collateral = reserve.liquidation_threshold_bps > 0
    lifted = opening and as_collateral
    return (
        world.feeds[asset].address,
        OPENING_LTV_BPS if lifted else reserve.ltv_bps,
        OPENING_THRESHOLD_BPS if lifted else reserve.liquidation_threshold_bps,
        reserve.liquidation_bonus_bps,
        reserve.protocol_fee_bps,
        reserve.reserve_factor_bps,
        reserve.max_price_age_s,
        reserve.borrowable,
    )


def _markets(world: World, opening: bool) -> list[Step]:
    admin = world.address("admin")
    steps: list[Step] = []
    for name, market in world.scenario.lending.items():
        adapter = world.lending[name]
        for asset, reserve in market.reserves.items():
            config = _config(world, asset, reserve, opening)
            if opening:
                steps.append((admin, adapter.add_reserve(asset, config, _rates(reserve), True)))
            else:
                steps.append(
                    (admin, adapter.set_reserve_config(asset, config, _rates(reserve), market.allow_toxic))
                )
        if opening and market.insurance is not None:
            steps.append((admin, adapter.set_insurance_fund(world.insurance[market.insurance].address)))
    return steps


def _rates(reserve: Reserve) -> tuple[int, int, int, int]:
    rates = reserve.rates
    return (rates.optimal_utilisation_bps, rates.base_rate_bps, rates.slope1_bps, rates.slope2_bps)


def _suppliers(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    supplier = world.address("supplier")
    steps: list[Step] = []
    for name, market in world.scenario.lending.items():
        adapter = world.lending[name]
        for asset, reserve in market.reserves.items():
            amount = _units(world, asset, reserve.supply_tokens)
            if amount:
                steps.append(_mint(world, asset, "supplier", amount))
                steps.append((supplier, world.tokens[asset].approve(adapter.address, MAX_UINT)))
                steps.append((supplier, adapter.supply(asset, amount, supplier)))
    return steps


def _funds(world: World) -> list[Step]:
    supplier, admin = world.address("supplier"), world.address("admin")
    steps: list[Step] = []
    for name, model in world.scenario.insurance.items():
        fund = world.insurance[name]
        amount = _units(world, model.asset, model.assets_tokens)
        cap = amount if model.cap_tokens is None else _units(world, model.asset, model.cap_tokens)
        if amount:
            steps.append(_mint(world, model.asset, "supplier", amount))
            steps.append((supplier, world.tokens[model.asset].approve(fund.address, MAX_UINT)))
            steps.append((supplier, fund.deposit(amount, supplier)))
        for market_name, market in world.scenario.lending.items():
            if market.insurance == name:
                steps.append((admin, fund.set_protocol(world.lending[market_name].address, cap)))
    return steps


def _borrower_steps(world: World, borrowers: list[Borrower]) -> list[Step]:
    steps: list[Step] = []
    for borrower in borrowers:
        account = world.address(borrower.role)
        adapter = world.lending[borrower.market]
        for asset in dict.fromkeys((*borrower.supplied, *borrower.spare, *borrower.debt)):
            steps.append((account, world.tokens[asset].approve(adapter.address, MAX_UINT)))
        for asset, amount in borrower.supplied.items():
            steps.append(_mint(world, asset, borrower.role, amount + borrower.spare.get(asset, 0)))
            steps.append((account, adapter.supply(asset, amount, account)))
        for asset, amount in borrower.spare.items():
            if asset not in borrower.supplied:
                steps.append(_mint(world, asset, borrower.role, amount))
        steps += [(account, adapter.borrow(asset, amount)) for asset, amount in borrower.debt.items() if amount]
    return steps


def _agent_steps(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    steps: list[Step] = []
    for name, agent in world.scenario.agents.items():
        account = world.address(name)
        if isinstance(agent, Keeper):
            market: LendingMarket = world.scenario.lending[agent.market]
            for asset in market.reserves:
                steps.append((account, world.tokens[asset].approve(world.lending[agent.market].address, MAX_UINT)))
                steps.append((account, world.tokens[asset].approve(world.router, MAX_UINT)))
                if agent.inventory_tokens and market.reserves[asset].borrowable:
                    steps.append(_mint(world, asset, name, _units(world, asset, agent.inventory_tokens)))
        elif isinstance(agent, Arbitrageur):
            venue = world.venues[agent.venue]
            for asset in (venue.base, venue.quote):
                value = quantise(agent.inventory_usd, 8)
                units = amount_from_base_down(value, world.tokens[asset].decimals, prices_e8[asset])
                steps.append(_mint(world, asset, name, units))
                steps.append((account, world.tokens[asset].approve(world.router, MAX_UINT)))
    return steps
