"""Published contracts are the pinned ones or refused in one line, and change nothing for who does not use them."""

import json
from pathlib import Path

import pytest
from eth_utils import keccak

from sim.chain.artifacts import Artifacts
from sim.chain.base import BadChain
from sim.chain.published import PUBLISHED
from tests.conftest import ROOT

POOL = PUBLISHED["UniswapV3Pool"]
POOL_INIT_CODE_HASH = "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"
"""By which periphery contracts find pools: `PoolAddress` of @uniswap/v3-periphery."""


def installed(root: Path, **changes: object) -> Artifacts:
    """Return the artifacts of a folder in which only the pool is installed, its artifact changed."""
    artifact = json.loads((ROOT / POOL.file).read_bytes()) | changes
    (root / POOL.file).parent.mkdir(parents=True)
    (root / POOL.file).write_text(json.dumps(artifact))
    return Artifacts({}, root=root)


def test_every_published_contract_is_there(artifacts):
    for name, published in PUBLISHED.items():
        contract = artifacts[name]
        assert contract.source_id == f"{published.package}@{published.version}"
        assert contract.init_code
        assert contract.runtime_code
    assert keccak(artifacts["UniswapV3Pool"].init_code).hex() == POOL_INIT_CODE_HASH


def test_versions_are_those_of_the_lock_file():
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for published in PUBLISHED.values():
        assert locked[f"node_modules/{published.package}"]["version"] == published.version


def test_iteration_is_over_our_own(artifacts):
    assert not set(artifacts) & set(PUBLISHED)
    assert "UniswapV3Pool" in artifacts


def test_its_events_have_names(artifacts):
    names = {event.name for name in PUBLISHED for event in artifacts[name].events}
    known = {event.name for event in artifacts.decoder._events.values()}
    assert {"PoolCreated", "Flash", "IncreaseLiquidity"} <= names <= known


def test_what_is_not_installed_is_said_in_one_line(tmp_path):
    bare = Artifacts({}, root=tmp_path)
    with pytest.raises(BadChain) as refused:
        bare["UniswapV3Pool"]
    message = str(refused.value)
    assert message == (
        "UniswapV3Pool comes from the npm package @uniswap/v3-core 1.0.1, which is not installed: run `make setup`"
    )
    assert bare.decoder is not None
    assert Artifacts({})._root is None
    with pytest.raises(KeyError, match="no contract UniswapV3Pool"):
        Artifacts({})["UniswapV3Pool"]


def test_another_code_is_refused(tmp_path):
    other = installed(tmp_path, bytecode="0x6001")
    with pytest.raises(BadChain, match="the code installed has SHA-256 [0-9a-f]{64}, .* is pinned"):
        other["UniswapV3Pool"]


@pytest.mark.parametrize("damage", [{"bytecode": "0xzz"}, {"bytecode": None}, {"abi": 0, "bytecode": 1}])
def test_a_damaged_artifact_is_refused(tmp_path, damage):
    with pytest.raises(BadChain, match="cannot be read"):
        installed(tmp_path, **damage)["UniswapV3Pool"]


def test_the_digest_does_not_depend_on_what_is_installed(tmp_path, artifacts):
    assert Artifacts({}, root=tmp_path).digest == Artifacts({}).digest
    assert installed(tmp_path)["UniswapV3Pool"].init_code == artifacts["UniswapV3Pool"].init_code
