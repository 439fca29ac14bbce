"""Contracts of real protocols, read from the npm packages in which their authors published them.

A name here stands for one creation code: whatever else lies in `node_modules` under it is refused, so that a run
never depends on what happens to be installed. Names are the authors', with the protocol's in front where ours
would be the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.chain.base import BadChain

NODE_MODULES = Path("node_modules")


class PackageMissing(BadChain):
    """A published contract is not installed, or is not the one that is pinned (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Published:
    """Where a contract is published.

    Attributes
    ----------
    package, version : npm package and its pinned version. path : of the artifact (JSON with `abi` and `bytecode`,
    as Hardhat writes it) inside the package. code_sha256 : of the creation code, hex.
    """

    package: str
    version: str
    path: str
    code_sha256: str

    @property
    def file(self) -> Path:
        """Path of the artifact, relative to the project folder."""
        return NODE_MODULES / self.package / self.path


_V3_CORE = ("@uniswap/v3-core", "1.0.1")
_V3_PERIPHERY = ("@uniswap/v3-periphery", "1.4.4")

PUBLISHED: Mapping[str, Published] = {
    "UniswapV3Factory": Published(
        *_V3_CORE,
        "artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
        "62013628a11b8fa975d023551100c633363a6380a820476e86f6ceb1aeb08b1e",
    ),
    "UniswapV3Pool": Published(
        *_V3_CORE,
        "artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json",
        "f8165e94f91d71d983d5453de1d50437c070acfe59a24b78e42c447744dee98b",
    ),
    "NonfungiblePositionManager": Published(
        *_V3_PERIPHERY,
        "artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
        "f803985e92b60a4a49c6cf0628a10ef8105bc812ff98cf13aa5af4a133a72052",
    ),
    "UniswapV3SwapRouter": Published(
        *_V3_PERIPHERY,
        "artifacts/contracts/SwapRouter.sol/SwapRouter.json",
        "48fc4c6a8dcaa40a6c8eaffaa80813fbdc1f61eeed2820e89c91d9a4c74a6358",
    ),
}
"""Contracts of real protocols that a scenario may deploy, by name."""


def is_installed(root: Path, name: str) -> bool:
    """Whether the artifact of a published contract lies in the project's node packages."""
    return (root / PUBLISHED[name].file).is_file()


def read_published(root: Path, name: str) -> dict:
    """Return a published contract as an entry of a manifest of artifacts.

    Raises
    ------
    PackageMissing : its package is not installed, is damaged, or holds another creation code than the pinned one.
    """
    published = PUBLISHED[name]
    what = f"{name} comes from the npm package {published.package} {published.version}"
    try:
        found = json.loads((root / published.file).read_bytes())
        abi, code = found["abi"], found["bytecode"]
        digest = hashlib.sha256(bytes.fromhex(code.removeprefix("0x"))).hexdigest()
    except FileNotFoundError:
        raise PackageMissing(f"{what}, which is not installed: run `make setup`") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise PackageMissing(f"{what}, whose {published.path} cannot be read: run `make setup`") from None
    if digest != published.code_sha256:
        raise PackageMissing(
            f"{what}; the code installed has SHA-256 {digest}, {published.code_sha256} is pinned: run `make setup`"
        )
    return {
        "contractName": name,
        "abi": abi,
        "deploymentBytecode": {"bytecode": code},
        "runtimeBytecode": {"bytecode": found.get("deployedBytecode")},
        "sourceId": f"{published.package}@{published.version}",
    }
