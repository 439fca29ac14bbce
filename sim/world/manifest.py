"""The manifest of a deployed world: everything that a script needs to use it."""

from typing import Any

from sim import __version__
from sim.chain.accounts import PATH
from sim.chain.artifacts import MANIFEST
from sim.chain.published import PUBLISHED, Published
from sim.world.world import Deployment, World

SCHEMA_VERSION = 1


def manifest(world: World) -> dict[str, Any]:
    """Return the manifest of a world as a JSON document.

    Contracts are keyed by role. `abi` of a contract is a JSON pointer into the artifacts file, whose path is
    relative to the project folder; a contract of a real protocol has a part `published` with npm package, version
    and the file that its pointer is into. Integers in `constructor_arguments` are decimal strings, for they do not
    fit into the numbers of every JSON reader. `transaction_hash` is null on a chain without transactions
    (in-process), and of what another contract made. Accounts are derived from the project's public test phrase
    (`sim.chain.accounts`). Times are Unix seconds.
    """
    chain, scenario, artifacts = world.chain, world.scenario, world.artifacts
    return {
        "schema_version": SCHEMA_VERSION,
        "tailspin_version": __version__,
        "scenario": scenario.name,
        "scenario_id": scenario.scenario_id,
        "seed": scenario.seed,
        "chain": chain.name,
        "chain_id": chain.chain_id,
        "block_number": chain.block_number,
        "timestamp_s": chain.timestamp_s,
        "start_s": world.start_s,
        "contracts": {one.role: _contract(world, one) for one in world.deployments},
        "accounts": {
            role: {"address": world.address(role), "derivation_path": f"{PATH}/{index}"}
            for role, index in world.roles.account_indexes.items()
        },
        "compiler": artifacts.compiler,
        "artifacts": {"file": MANIFEST.as_posix(), "digest": artifacts.digest},
    }


def _contract(world: World, one: Deployment) -> dict[str, Any]:
    abi = world.artifacts[one.contract].abi
    published = PUBLISHED.get(one.contract)
    inputs = next((entry["inputs"] for entry in abi if entry["type"] == "constructor"), [])
    return {
        "contract": one.contract,
        "address": one.address,
        "abi": f"/contractTypes/{one.contract}/abi" if published is None else "/abi",
        "constructor_arguments": [
            {"name": entry["name"], "type": entry["type"], "value": _plain(value, entry)}
            for entry, value in zip(inputs, one.arguments, strict=True)
        ],
        "transaction_hash": world.chain.deployment_hashes.get(one.address),
        **({} if published is None else {"published": _source(published)}),
    }


def _source(published: Published) -> dict[str, str]:
    return {"package": published.package, "version": published.version, "file": published.file.as_posix()}


def _plain(value: Any, entry: dict) -> Any:
    """Return a constructor argument as JSON; a struct becomes an object by field name."""
    if entry["type"].endswith("[]"):
        return [_plain(item, {**entry, "type": entry["type"][:-2]}) for item in value]
    components = entry.get("components")
    if components:
        return {one["name"]: _plain(part, one) for one, part in zip(components, value, strict=True)}
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
