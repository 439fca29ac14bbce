"""The compiler wrapper: one executable for Ape, py-solc-x and forge, with either backend."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRAPPER = ROOT / "scripts" / "_solc.cjs"
SOURCE = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.30;\n{}contract One {{ uint256 public one = 1; }}\n"


def _input(source: str, settings: dict) -> str:
    return json.dumps({"language": "Solidity", "sources": {"One.sol": {"content": source}}, "settings": settings})


def _solc(*arguments: str, source: str | None = None, native: Path | None = None) -> str:
    environment = {**os.environ, "TAILSPIN_NATIVE_SOLC": str(native) if native else ""}
    given = None
    if source is not None:
        settings = {"outputSelection": {"*": {"*": ["evm.bytecode.object"]}}, "evmVersion": "cancun"}
        given = _input(source, settings)
    command = ["node", str(WRAPPER), *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=True, env=environment, cwd=ROOT
    ).stdout


def _bytecode(source: str, **options) -> str:
    output = json.loads(_solc("--standard-json", source=source, **options))
    assert "errors" not in output, output
    return output["contracts"]["One.sol"]["One"]["evm"]["bytecode"]["object"]


def test_the_version_is_what_py_solc_x_reads():
    assert re.search(r"^Version: 0\.8\.30\+commit\.[0-9a-f]{8}\.Linux\.g\+\+$", _solc("--version"), re.M)


def test_a_comment_moves_no_bytecode():
    assert _bytecode(SOURCE.format("")) == _bytecode(SOURCE.format("/* said differently */ "))
    assert _bytecode(SOURCE.format("")) != _bytecode(SOURCE.format("").replace("= 1", "= 2"))


def test_libraries_are_found_in_the_project_wherever_the_sources_are(tmp_path):
    library = "node_modules/@openzeppelin/contracts/utils/Context.sol"
    given = _input(
        f'pragma solidity 0.8.30; import "{library}"; contract One {{}}',
        {"outputSelection": {"*": {"*": ["abi"]}}},
    )
    command = ["node", str(WRAPPER), "--standard-json", "--base-path", str(tmp_path)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, cwd=tmp_path)
    errors = [one for one in json.loads(done.stdout).get("errors", []) if one["severity"] == "error"]
    assert errors == []


def test_a_native_binary_is_used_where_there_is_one_and_told_where_libraries_are(tmp_path):
    native = tmp_path / "solc"
    log = tmp_path / "arguments"
    native.write_text(f'#!/bin/sh\necho "$@" > {log}\nTAILSPIN_NATIVE_SOLC= exec node {WRAPPER} --standard-json\n')
    native.chmod(0o755)
    assert _bytecode(SOURCE.format(""), native=native) == _bytecode(SOURCE.format(""))
    assert log.read_text().split() == ["--standard-json", "--include-path", str(ROOT), "--allow-paths", str(ROOT)]
