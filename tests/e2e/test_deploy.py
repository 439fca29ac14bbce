"""Deployment as a person calls it: a manifest, the same addresses every time, a node only when asked."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.chain.anvil import AnvilChain
from tests.e2e.commands import ENVIRONMENT, assert_refused, documents, tailspin

pytestmark = pytest.mark.usefixtures("folder")


def test_deploy_prints_a_manifest_with_the_same_addresses_every_time(folder: Path) -> None:
    manifest = documents(tailspin("deploy", "calm", "--manifest", "out/calm.json"))
    assert json.loads((folder / "out" / "calm.json").read_text()) == manifest
    again = documents(tailspin("deploy", "calm", "--json"))
    assert again == manifest
    contracts = manifest["contracts"]
    assert contracts["main"]["contract"] == "LendingPool"
    assert all(one["address"].startswith("0x") for one in contracts.values())
    assert len({one["transaction_hash"] for one in contracts.values()}) == len(contracts)
    assert manifest["accounts"]["deployer"]["derivation_path"] == "m/44'/60'/0'/0/0"
    for key in ("schema_version", "chain_id", "block_number", "scenario_id", "compiler", "tailspin_version"):
        assert manifest[key]


def test_structs_in_a_list_are_objects_by_field_name() -> None:
    contracts = documents(tailspin("deploy", "split-sale"))["contracts"]
    *_, listings = contracts["split"]["constructor_arguments"]
    pools = [contracts[name]["address"] for name in ("deep", "low-fee", "thin")]
    assert listings["value"] == [{"venue": pool, "router": contracts["router"]["address"]} for pool in pools]


def test_deploy_on_a_running_node_puts_code_there_once() -> None:
    with AnvilChain.start() as node:
        manifest = documents(tailspin("deploy", "calm", "--rpc", node.shown))
        pool = manifest["contracts"]["main"]["address"]
        assert len(node._request("eth_getCode", pool, "latest")) > 1_000
        assert_refused(tailspin("deploy", "calm", "--rpc", node.shown), "deployer", "nonce", "allowed is 0")


def test_deploy_keeps_its_node_until_interrupted() -> None:
    command = [sys.executable, "-m", "sim", "deploy", "calm", "--keep-node"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        try:
            url = next(line for line in process.stderr if "http://" in line).split()[4]
            with AnvilChain.attach(url) as node:
                assert node.block_number > 0
        finally:
            process.send_signal(signal.SIGINT)
        manifest = json.loads(process.stdout.read())
        assert process.wait(timeout=20) == 0
    assert manifest["scenario"] == "calm"
