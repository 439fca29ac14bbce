"""Deploying one contract under a role."""

from sim.chain.base import DeployReverted
from sim.errors import BadInput
from sim.world.world import Deployment, World


class WorldError(BadInput):
    """The scenario cannot be opened: the message names the contract or transaction and the decoded error."""


def deploy_contract(world: World, role: str, contract: str, *arguments: object) -> str:
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
