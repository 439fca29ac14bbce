"""Contracts that must be called from time to time (`IUpkeep`)."""

from sim.protocols.call import Call
from sim.world.world import Deployment, World


def is_due(world: World, one: Deployment) -> bool:
    """Whether a call would change anything at the chain's time."""
    data = world.artifacts[one.contract].encode("due")
    return any(world.chain.call(one.address, data))


def poke_call(world: World, one: Deployment) -> Call:
    """The call that brings a contract up to date."""
    return Call(one.contract, one.address, "poke", (), world.artifacts[one.contract].encode("poke"))
