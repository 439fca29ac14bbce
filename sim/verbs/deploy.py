"""`tailspin deploy`: a scenario on a node, and the manifest that says where everything is."""

import json
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from sim.chain.accounts import ACCOUNTS
from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import load_artifacts
from sim.chain.base import BadChain
from sim.files import check_writable, write_text
from sim.market.paths import build_paths
from sim.scenario.loading import load_scenario
from sim.world.deploy import deploy_world
from sim.world.manifest import manifest
from sim.world.roles import SYSTEM_ROLES


def deploy(
    scenario: str | Path,
    *,
    rpc: str | None = None,
    manifest_file: str | Path | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
) -> dict[str, Any]:
    """Deploy a scenario and return its manifest.

    Parameters
    ----------
    scenario
        Library name, or a YAML or JSON file.
    rpc
        Address of a running development node; without one, a node of our own that ends afterwards.
    manifest_file
        Where to write the manifest too.
    overrides
        `path=value` texts, or values by dotted path.

    Raises
    ------
    BadInput : the scenario or an override is wrong.
    BadChain : nothing answers at `rpc`, its accounts are locked, or the deployer has deployed there before.
    """
    with deployed(scenario, rpc=rpc, manifest_file=manifest_file, overrides=overrides) as (document, _):
        return document


@contextmanager
def deployed(
    scenario: str | Path,
    *,
    rpc: str | None = None,
    manifest_file: str | Path | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
) -> Iterator[tuple[dict[str, Any], AnvilChain]]:
    """Deploy a scenario and keep its chain for the length of the context; parameters as in `deploy`.

    Yields the manifest and the chain.
    """
    loaded = load_scenario(scenario, overrides)
    if manifest_file is not None:
        check_writable(Path(manifest_file), "manifest")
    artifacts = load_artifacts()
    with AnvilChain.start() if rpc is None else AnvilChain.attach(rpc) as chain:
        _check_deployer(chain)
        prices_e8 = {asset: path.price_e8(0) for asset, path in build_paths(loaded).items()}
        document = manifest(deploy_world(loaded, chain, artifacts, prices_e8, loaded.clock.start_s))
        if manifest_file is not None:
            write_text(Path(manifest_file), json.dumps(document, indent=2) + "\n")
        yield document, chain


def wait_for_interrupt() -> None:
    """Wait in the foreground until Ctrl-C or a termination signal."""
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, lambda *_: _interrupt())
        while True:
            time.sleep(3_600)


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


def _check_deployer(chain: AnvilChain) -> None:
    """Refuse a node on which addresses would differ from every other deployment's."""
    deployer = ACCOUNTS.address(SYSTEM_ROLES.index("deployer"))
    nonce = chain.nonce(deployer)
    if nonce:
        raise BadChain(
            f"the deployer {deployer} has nonce {nonce} on {chain.shown}, allowed is 0: addresses are the same"
            " every time only on a node where nothing has been deployed yet"
        )
