"""A Uniswap V3 pool: the published factory, its contract for positions, and our router, once a world; the pool."""

from math import log
from typing import Any

from sim.chain.base import ZERO_ADDRESS, Block, Transaction
from sim.protocols.call import Call
from sim.protocols.venues.concentrated import ConcentratedVenue
from sim.reference.concentrated import position_amounts, sqrt_price_x96_down
from sim.scenario.feeds import PoolMeanFeed
from sim.scenario.venues import LiquidityPosition, UniswapV3Venue
from sim.units import BPS
from sim.world.contracts import WorldError, deploy_contract
from sim.world.steps import Step, approve, mint, units
from sim.world.venues.base import VenueBuilder
from sim.world.world import Deployment, World

FACTORY, POSITIONS, ROUTER, LENS = "v3-factory", "v3-positions", "v3-router", "v3-lens"
"""Roles of what all Uniswap V3 venues of a world share."""
GROWTH_PER_TRANSACTION = 500
"""Observations that one transaction makes room for: about 22,000 gas each."""
UNIT_LIQUIDITY = 10**30
"""Liquidity that a range's amounts are taken of, before they are scaled to the position's value."""


class ConcentratedBuilder(VenueBuilder):
    """Builds a `ConcentratedVenue`."""

    model: UniswapV3Venue

    def deploy(self) -> ConcentratedVenue:
        """Deploy the pool, initialised at the starting prices."""
        world, model = self.world, self.model
        _deploy_shared(world)
        tokens = sorted((world.tokens[asset].address for asset in (model.base, model.quote)), key=_number)
        base_first = tokens[0] == world.tokens[model.base].address
        base = units(world, model.base, model.base_tokens)
        quote = self.quote_of(base)
        root = sqrt_price_x96_down(quote, base) if base_first else sqrt_price_x96_down(base, quote)
        fee = model.fee_bps * 100
        create = (*tokens, fee, root)
        self._send(POSITIONS, "NonfungiblePositionManager", "createAndInitializePoolIfNecessary", *create)
        address = _read(world, FACTORY, "UniswapV3Factory", "getPool", *tokens, fee)
        world.roles.add(self.name, address)
        world.deployments.append(Deployment(self.name, "UniswapV3Pool", address, ()))
        return ConcentratedVenue(
            world.chain,
            world.artifacts,
            self.name,
            address,
            world.address(ROUTER),
            world.tokens,
            model.base,
            model.quote,
            model.fee_bps,
            lens=world.address(LENS),
            positions=world.address(POSITIONS),
            flash_lender=deploy_contract(world, f"{self.name}-flash", "ConcentratedFlashLender", address),
            spacing=_read(world, self.name, "UniswapV3Pool", "tickSpacing"),
        )

    def liquidity(self) -> list[Step]:
        """Room for observations, and the passive supplier's positions."""
        world, model, venue = self.world, self.model, self.adapter
        venue.read()
        supplier, admin = world.address("supplier"), world.address("admin")
        count = self._observations()
        room = [*range(GROWTH_PER_TRANSACTION, count, GROWTH_PER_TRANSACTION), count]
        steps: list[Step] = [(admin, venue.grow_observations(one)) for one in room if count > 1]
        steps += [approve(world, asset, "supplier", venue.liquidity_taker) for asset in (model.base, model.quote)]
        for position in model.positions:
            ticks = self.ticks(position)
            base, quote = self._amounts(ticks, position.share_bps)
            steps += [mint(world, model.base, "supplier", base), mint(world, model.quote, "supplier", quote)]
            steps.append((supplier, venue.open_position(ticks, base, quote, supplier)))
        return steps

    def give_shares(self, role: str, amount: int) -> list[Step]:
        """Burn the same part of each of the supplier's positions, and let the role open the like with it."""
        world, model, venue = self.world, self.model, self.adapter
        supplier, receiver = world.address("supplier"), world.address(role)
        parts = venue.parts(supplier, amount)
        steps: list[Step] = [
            approve(world, asset, role, venue.liquidity_taker) for asset in (model.base, model.quote)
        ]
        steps.append((supplier, venue.withdraw(parts, receiver)))
        for position in venue.positions_of(supplier):
            ticks = position.lower_tick, position.upper_tick
            base, quote = venue.position_amounts(ticks, parts[position.token_id], False)
            steps.append((receiver, venue.open_position(ticks, base, quote, receiver)))
        return steps

    def ticks(self, position: LiquidityPosition) -> tuple[int, int]:
        """Ends of a position: those that it may have, at or beyond the prices given."""
        venue = self.adapter
        if position.lower_bps is None:
            return venue.full_range
        bounds = (self.model_tick(position.lower_bps), self.model_tick(position.upper_bps))
        low, high = bounds if venue.base_is_token0 else (-bounds[1], -bounds[0])
        lowest, highest = venue.full_range
        spacing = venue.spacing
        return max(low // spacing * spacing, lowest), min(-(-high // spacing) * spacing, highest)

    def model_tick(self, change_bps: int) -> int:
        """The tick, counted so that a higher one is a higher price of base, nearest to a change of the start's."""
        start = self.adapter.pool.tick if self.adapter.base_is_token0 else -self.adapter.pool.tick
        return start + round(log(1 + change_bps / BPS) / log(1.0001))

    def _amounts(self, ticks: tuple[int, int], share_bps: int) -> tuple[int, int]:
        """Base and quote units of a position of a share of the venue's value, at the starting price."""
        model, venue = self.model, self.adapter
        base = units(self.world, model.base, model.base_tokens)
        value = 2 * self.quote_of(base) * share_bps // BPS
        pair = position_amounts(venue.pool.sqrt_price_x96, *ticks, UNIT_LIQUIDITY, False)
        unit_base, unit_quote = venue.base_and_quote(pair)
        unit_value = unit_base * self.quote_of(base) // base + unit_quote
        return unit_base * value // unit_value, unit_quote * value // unit_value

    def _observations(self) -> int:
        """Observations to be kept: as many blocks as the longest window of a mean that reads this pool has."""
        if self.model.observations is not None:
            return self.model.observations
        scenario = self.world.scenario
        windows_s = [
            part.window_s
            for stack in scenario.feed_stacks
            for part in stack.model.parts
            if isinstance(part, PoolMeanFeed) and part.venue == self.name
        ]
        return -(-max(windows_s) // scenario.clock.block_time_s) + 2 if windows_s else 1

    def _send(self, role: str, contract: str, function: str, *args: Any) -> None:
        """Call a contract from the owner's account, while everything is still being deployed."""
        world = self.world
        target = world.address(role)
        call = Call(contract, target, function, args, world.artifacts[contract].encode(function, *args))
        transaction = Transaction(world.address("admin"), call.target, call.data)
        receipt = world.chain.execute(Block(world.chain.timestamp_s, [transaction]))[0]
        if not receipt.ok:
            error = world.artifacts.decoder.decode_error(receipt.revert_data)
            raise WorldError(f"the scenario cannot be deployed: {role}.{function} failed with {error}")


def _deploy_shared(world: World) -> None:
    """Deploy what all Uniswap V3 venues share, before the first of them."""
    if FACTORY in world.roles.all():
        return
    code, admin = world.artifacts["UniswapV3Factory"].init_code, world.address("admin")
    role = f"{FACTORY}-deployment"
    deploy_contract(world, role, "ConcentratedFactoryDeployment", code, admin)
    factory = _read(world, role, "ConcentratedFactoryDeployment", "factory")
    world.roles.add(FACTORY, factory)
    world.deployments.append(Deployment(FACTORY, "UniswapV3Factory", factory, ()))
    deploy_contract(world, POSITIONS, "NonfungiblePositionManager", factory, ZERO_ADDRESS, ZERO_ADDRESS)
    deploy_contract(world, ROUTER, "ConcentratedRouter", factory)
    deploy_contract(world, LENS, "ConcentratedLens")


def _read(world: World, role: str, contract: str, function: str, *args: Any) -> Any:
    kind = world.artifacts[contract]
    return kind.decode(function, world.chain.call(world.address(role), kind.encode(function, *args)))


def _number(address: str) -> int:
    return int(address, 16)
