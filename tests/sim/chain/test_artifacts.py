"""Artifacts are current, complete, or refused in one line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.chain import artifacts as module
from sim.chain.artifacts import MANIFEST, CompileError, load_artifacts
from sim.chain.base import BadChain

ROOT = Path(__file__).resolve().parents[3]
SOURCE = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

contract Box {
    uint256 public value = 1;
}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A compiled project of one small contract that shares the compiler of this one."""
    root = tmp_path_factory.mktemp("compiled")
    for name in ("ape-config.yaml", "scripts/_solc.cjs"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for name in ("node_modules", ".cache"):
        (root / name).symlink_to(ROOT / name)
    (root / "contracts").mkdir()
    (root / "contracts" / "Box.sol").write_text(SOURCE)
    assert list(load_artifacts(root)) == ["Box"]
    return root


@pytest.fixture
def project(compiled, tmp_path):
    """A copy of the compiled project."""
    return Path(shutil.copytree(compiled, tmp_path / "project", symlinks=True))


def no_compiler(*_args, **_named):
    raise AssertionError("nothing is to be compiled")


def test_the_projects_contracts_are_there(artifacts):
    token = artifacts["AssetToken"]
    assert token.source_id == "contracts/tokens/AssetToken.sol"
    assert 0 < len(token.runtime_code) <= 24_576
    assert token.init_code
    with pytest.raises(KeyError, match="no contract Nothing"):
        artifacts["Nothing"]


def test_only_an_edited_source_is_compiled(project, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", no_compiler)
        first = load_artifacts(project)
        assert load_artifacts(project) is first
        module._LOADED.clear()
        assert load_artifacts(project).digest == first.digest
    source = project / "contracts" / "Box.sol"
    source.write_text(SOURCE.replace("contract", "/// @notice Holds a value.\ncontract"))
    assert load_artifacts(project).digest == first.digest
    source.write_text(SOURCE.replace("= 1", "= 2"))
    source.rename(source.with_name("Case.sol"))
    second = load_artifacts(project)
    assert second.digest != first.digest
    assert second["Box"].source_id == "contracts/Case.sol"


LIBRARY = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

library Scale {
    uint256 internal constant ONE = 1;
}
"""
USER = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Scale} from "./Scale.sol";

contract Box {
    uint256 public value = Scale.ONE;
}
"""


def test_an_edited_library_reaches_its_users_even_after_a_partial_build(project):
    (project / "contracts" / "Box.sol").write_text(USER)
    library = project / "contracts" / "Scale.sol"
    library.write_text(LIBRARY)
    first = load_artifacts(project)["Box"].init_code
    library.write_text(LIBRARY.replace("= 1", "= 2"))
    module._run_ape(project, "compile")
    assert load_artifacts(project)["Box"].init_code != first


def test_a_broken_source_is_one_line_and_the_manifest_stays(project):
    before = (project / MANIFEST).read_bytes()
    source = project / "contracts" / "Box.sol"
    source.write_text(SOURCE.replace("uint256", "uint257"))
    with pytest.raises(CompileError, match=r"do not compile: .*Box\.sol") as failure:
        load_artifacts(project)
    assert "\n" not in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert (project / MANIFEST).read_bytes() == before
    source.write_text(SOURCE)
    assert list(load_artifacts(project)) == ["Box"]


def test_a_damaged_manifest_is_made_anew(project):
    (project / MANIFEST).write_text('{"contractTypes": {"Box"')
    assert list(load_artifacts(project)) == ["Box"]
    assert json.loads((project / MANIFEST).read_text())["contractTypes"]


def test_nothing_half_written_stays_when_there_was_no_manifest(project):
    (project / MANIFEST).unlink()
    (project / "contracts" / "Box.sol").write_text("contract {")
    with pytest.raises(CompileError):
        load_artifacts(project)
    assert not (project / MANIFEST).exists()


def test_a_compiler_that_cannot_be_had_is_one_line(project, monkeypatch):
    (project / MANIFEST).unlink()
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(project / "absent"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(CompileError, match="make setup") as failure:
        load_artifacts(project)
    assert "\n" not in str(failure.value)


def test_without_ape_or_sources_the_message_says_what_to_do(project, monkeypatch, tmp_path):
    (project / MANIFEST).unlink()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    with pytest.raises(BadChain, match="make setup"):
        load_artifacts(project)
    (project / "contracts" / "Box.sol").unlink()
    with pytest.raises(BadChain, match="no Solidity source"):
        load_artifacts(project)
