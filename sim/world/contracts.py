"""Deploying one contract under a role, and what a scenario deploys in the place of ours."""

import difflib

from sim.chain.base import DeployReverted
from sim.errors import BadInput
from sim.world.world import Deployment, World


class WorldError(BadInput):
    """The scenario cannot be opened: the message names the contract or transaction and the decoded error."""


def check_contracts(world: World) -> None:
    """Raises BadInput where the scenario names a contract that is not there or does not fit its place."""
    for ours, other in world.scenario.contracts.items():
        for name in (ours, other):
            if name not in world.artifacts:
                near = difflib.get_close_matches(name, world.artifacts, 1)
                raise BadInput(
                    f"contracts.{ours}: there is no contract {name!r}" + (f", but {near[0]!r}" if near else "")
                )
        if not world.artifacts[other].init_code:
            raise BadInput(f"contracts.{ours} is {other!r}, which is abstract: one that can be deployed expected")
        missing = _signatures(world, ours) - _signatures(world, other)
        if missing:
            raise BadInput(f"contracts.{ours} is {other!r}, which lacks {sorted(missing)[0]}")


def _signatures(world: World, contract: str) -> set[str]:
    """Functions and constructor of a contract with the types of their arguments."""
    return {
        f"{entry.get('name', 'constructor')}({','.join(one['type'] for one in entry['inputs'])})"
        for entry in world.artifacts[contract].abi
        if entry["type"] in ("function", "constructor")
    }


def deploy_contract(world: World, role: str, contract: str, *arguments: object) -> str:
    """Deploy a contract, or what the scenario has in its place, under a role, and return its address.

    Raises
    ------
    WorldError : its constructor reverts.
    """
    contract = world.scenario.contracts.get(contract, contract)
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
