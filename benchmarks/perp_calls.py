"""What may be sent on perpetual markets beyond what a run's agents send: for the measurement of gas."""

from collections.abc import Iterator

from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey
from sim.protocols.perps import PerpMarket
from sim.scenario.perps.instruments import VirtualAmm
from sim.scenario.perps.stages import FundStage
from sim.units import UINT256_MAX, WAD_DECIMALS, quantise
from sim.world.world import World

SHARE = 100
"""Sizes of what is sent are a hundredth of what there is."""


def perp_calls(world: World) -> Iterator[tuple[str, Call]]:
    """Senders and calls, on every market."""
    for name, market in world.perps.items():
        owner = _safest(world, name)
        symbol = market.instruments[0]
        yield owner, market.deposit(10**market.quote_decimals, owner)
        yield owner, market.settle(PerpKey(owner))
        yield owner, market.trade(symbol, 10**WAD_DECIMALS)
        yield owner, market.trade(symbol, -(10**WAD_DECIMALS))
        yield owner, market.withdraw(10**market.quote_decimals, owner)
        yield owner, market.call("moveCash", market.slot(None), market.slot(symbol), 10**market.quote_decimals)
        yield owner, market.accrue_funding(symbol)
        yield owner, market.send_fund_dues()
        yield owner, market.resolve_deficit(PerpKey(owner))
        yield owner, market.liquidate(PerpKey(owner), symbol)
        if market.deleverage is not None:
            yield owner, market.liquidate_ranked(PerpKey(owner), symbol)
        yield from _bad_debt_calls(world, market)
        yield from _collateral_calls(world, market)
        yield from _depth_calls(world, market)


def _safest(world: World, name: str) -> str:
    """Owner of the cross account with the most that it may withdraw, of those who still have a position."""
    market = world.perps[name]
    book, owners = market.read_book(), {world.address(trader.role) for trader in world.traders[name]}
    keys = [key for key, booked in book.items() if key.owner in owners and key.instrument is None]
    keys = [key for key in keys if book[key].positions] or keys
    states = zip(keys, market.read_accounts(keys), strict=True)
    free = {key: state.opening_quote - state.initial_quote for key, state in states if state is not None}
    return max(free, key=free.__getitem__, default=keys[0]).owner


def _bad_debt_calls(world: World, market: PerpMarket) -> Iterator[tuple[str, Call]]:
    """Stages cover bad debt once a fund has something again."""
    supplier, amount = world.address("supplier"), 10**market.quote_decimals * SHARE
    for stage in market.stages.values():
        if isinstance(stage.model, FundStage):
            token, fund = world.tokens[market.quote], world.insurance[stage.model.fund]
            yield world.address("admin"), token.mint(supplier, amount)
            yield supplier, fund.deposit(amount, supplier)
    for symbol, state in market.read_instruments().items():
        if state.bad_debt_quote:
            yield supplier, market.resolve_bad_debt(symbol)


def _collateral_calls(world: World, market: PerpMarket) -> Iterator[tuple[str, Call]]:
    for trader in world.traders[market.name]:
        for asset, amount in trader.collateral.items():
            owner, token = world.address(trader.role), world.tokens[asset]
            yield world.address("admin"), token.mint(owner, amount // SHARE)
            yield owner, market.deposit_collateral(asset, amount // SHARE, owner)
            yield owner, market.withdraw_collateral(asset, amount // SHARE, owner)
            yield owner, market.buy_collateral(owner, asset, UINT256_MAX)


def _depth_calls(world: World, market: PerpMarket) -> Iterator[tuple[str, Call]]:
    """What the owner of a virtual curve may do with it."""
    for symbol, instrument in market.model.instruments.items():
        if isinstance(instrument.pricing, VirtualAmm):
            depth_wad = quantise(instrument.pricing.depth_tokens, WAD_DECIMALS)
            yield world.address("admin"), market.set_depth(symbol, depth_wad // 2)
            yield world.address("admin"), market.repeg(symbol, depth_wad)
