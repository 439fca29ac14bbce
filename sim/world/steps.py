"""Transactions of the opening, before they are sent."""

from sim.protocols.call import Call
from sim.units import quantise
from sim.world.world import World

MAX_UINT = 2**256 - 1

Step = tuple[str, Call]
"""A sender's address and what it calls."""


def units(world: World, asset: str, tokens: float) -> int:
    """Whole tokens of an asset in smallest units."""
    return quantise(tokens, world.scenario.assets[asset].decimals)


def mint(world: World, asset: str, role: str, amount: int) -> Step:
    """New tokens for a role."""
    return world.address("admin"), world.tokens[asset].mint(world.address(role), amount)


def approve(world: World, asset: str, role: str, spender: str) -> Step:
    """Let `spender` (an address) take any amount of a role's tokens."""
    return world.address(role), world.tokens[asset].approve(spender, MAX_UINT)
