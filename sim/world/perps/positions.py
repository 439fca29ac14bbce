"""Opens the positions of a perpetual market, at the price of the start or at those that traders entered at."""

from collections.abc import Sequence

from sim.protocols.perps import PerpMarket
from sim.scenario.perps.instruments import VirtualAmm
from sim.world.perps.traders import Trader
from sim.world.steps import Step, approve, mint
from sim.world.world import World

OPENING_DEPTH_WAD = 10**36
"""The deepest curve that there may be: positions are opened at its price to the last digit but a few."""


def position_steps(world: World, market: PerpMarket, traders: Sequence[Trader]) -> list[Step]:
    """Pay in and open for all; entries of their own come last, and the first price stands again at the end."""
    steps: list[Step] = []
    entered: dict[tuple[str, int], list[Trader]] = {}
    for trader in traders:
        if trader.entry_e8 is None:
            steps += _opened(world, market, trader)
        else:
            entered.setdefault((next(iter(trader.positions)), trader.entry_e8), []).append(trader)
    for (symbol, price_e8), group in entered.items():
        steps += _at_price(world, market, symbol, price_e8)
        steps += [step for trader in group for step in _opened(world, market, trader)]
    for symbol in dict.fromkeys(symbol for symbol, _ in entered):
        steps += _at_price(world, market, symbol, world.start_prices_e8[symbol])
    return steps


def _at_price(world: World, market: PerpMarket, symbol: str, price_e8: int) -> list[Step]:
    """Report a price, and bring a curve to it."""
    source = world.sources[symbol]
    steps = [(world.address(f"reporter-{symbol}"), source.push(price_e8, world.chain.timestamp_s))]
    if isinstance(market.model.instruments[symbol].pricing, VirtualAmm):
        steps.append((world.address("admin"), market.repeg(symbol, OPENING_DEPTH_WAD)))
    return steps


def _opened(world: World, market: PerpMarket, trader: Trader) -> list[Step]:
    """Pay in what backs an account, and open its positions."""
    owner = world.address(trader.role)
    steps: list[Step] = []
    if trader.margin_quote:
        steps += [
            mint(world, market.quote, trader.role, trader.margin_quote),
            approve(world, market.quote, trader.role, market.address),
            (owner, market.deposit(trader.margin_quote, owner, trader.slot)),
        ]
    for asset, amount in trader.collateral.items():
        steps += [
            mint(world, asset, trader.role, amount),
            approve(world, asset, trader.role, market.collateral),
            (owner, market.deposit_collateral(asset, amount, owner)),
        ]
    steps += [mint(world, asset, trader.role, amount) for asset, amount in trader.spot.items()]
    steps += [
        (owner, market.trade(symbol, size_wad, isolated=trader.isolated))
        for symbol, size_wad in trader.positions.items()
        if size_wad
    ]
    return steps
