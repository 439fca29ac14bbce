"""Anvil keeps the promises of `Chain`, and its failures are told apart from the protocol's."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.anvil import AnvilChain
from sim.chain.base import BadChain, Block, CallReverted, ChainError, NodeError, Transaction
from sim.chain.node import AnvilNode, find_anvil, redact
from tests.sim.chain.bytecode import TIMESTAMP, creation

DEPLOYER, OWNER, HOLDER = (ACCOUNTS.address(i) for i in range(3))
SECRET = "http://user:secret@127.0.0.1:9/v3/KEY?token=HIDDEN"


@pytest.fixture
def token(anvil, deploy):
    return deploy(anvil, "AssetToken", "US dollar", "USD", 6, OWNER)


def test_a_block_longer_than_a_batch_keeps_its_order(anvil, token):
    amounts = range(1, 101)
    block = Block(50, [token.transaction(OWNER, "mint", ACCOUNTS.address(2 + n % 7), n) for n in amounts])
    decoded = [token.artifacts.decoder.decode(receipt.logs[0]) for receipt in anvil.execute(block)]
    assert [args["value"] for _, args in decoded] == list(amounts)


def test_a_snapshot_restores_state_and_time_and_works_once(anvil, token):
    before = anvil.snapshot()
    token.send(OWNER, "mint", HOLDER, 5, at_s=50)
    inner = anvil.snapshot()
    anvil.revert(before)
    assert (token.read("totalSupply"), anvil.timestamp_s) == (0, 1)
    for stale in (before, inner):
        with pytest.raises(ChainError, match="not open"):
            anvil.revert(stale)


def test_views_run_at_the_latest_block_and_fail_with_data(anvil, token):
    clock = anvil.deploy(DEPLOYER, creation(TIMESTAMP))
    anvil.begin(77)
    assert [int.from_bytes(one) for one in anvil.call_many([(clock, b"")] * 70)] == [77] * 70
    with pytest.raises(CallReverted) as failure:
        anvil.call_many([(clock, b""), (token.address, token.encode("mint", HOLDER, 1))])
    assert token.artifacts.decoder.decode_error(failure.value.data).startswith("OwnableUnauthorizedAccount(")


def test_a_fork_starts_from_its_source_and_not_before(anvil, token, deploy):
    token.send(OWNER, "mint", HOLDER, 9, at_s=5_000)
    with AnvilChain.start(fork_url=anvil._node.url) as fork:
        assert fork.begin(1_000) == 5_000
        assert token.type.decode("totalSupply", fork.call(token.address, token.encode("totalSupply"))) == 9
        fork.execute(Block(5_000, [token.transaction(OWNER, "mint", HOLDER, 1)]))
        assert token.type.decode("totalSupply", fork.call(token.address, token.encode("totalSupply"))) == 10
    assert token.read("totalSupply") == 9


def test_an_attached_node_gets_its_settings_back_and_lives_on():
    with AnvilChain.start() as owner:
        owner._request("evm_setAutomine", True)
        owner._request("evm_setBlockGasLimit", hex(40_000_000))
        owner._mine()
        with AnvilChain.attach(owner._node.url) as guest:
            assert owner._request("anvil_getAutomine") is False
            clock = guest.deploy(DEPLOYER, creation(TIMESTAMP))
            assert guest.execute(Block(9, [Transaction(OWNER, clock, b"")] * 2))[1].ok
        assert owner._request("anvil_getAutomine") is True
        owner._request("evm_mine")
        assert int(owner._request("eth_getBlockByNumber", "latest", False)["gasLimit"], 16) == 40_000_000


def test_a_node_with_pending_transactions_is_not_joined():
    with AnvilChain.start() as owner:
        owner._request("eth_sendTransaction", {"from": OWNER, "to": HOLDER, "gas": hex(50_000)})
        with pytest.raises(BadChain, match="pending"):
            AnvilChain.attach(owner._node.url)


@pytest.mark.parametrize("url", ["127.0.0.1:8545", "ftp://127.0.0.1/", "http://127.0.0.1:99999", "http://"])
def test_an_address_that_cannot_be_a_node_is_bad_input(url):
    with pytest.raises(BadChain, match="node address"):
        AnvilChain.attach(url)
    with pytest.raises(BadChain, match="node address"):
        AnvilChain.start(fork_url=url)


def test_credentials_appear_in_no_message():
    assert redact(SECRET) == "http://127.0.0.1:9/…"
    with pytest.raises(NodeError) as refused:
        AnvilChain.attach(SECRET)
    with pytest.raises(NodeError) as failed:
        AnvilChain.start(fork_url=SECRET)
    for text in (str(refused.value), str(failed.value)):
        assert "127.0.0.1:9" in text
        assert "\n" not in text
        assert not any(part in text for part in ("user", "secret", "KEY", "HIDDEN"))


def test_a_hanging_node_is_a_node_error():
    with AnvilChain.start(timeout_s=0.3) as chain:
        os.kill(chain._node.process_id, signal.SIGSTOP)
        with pytest.raises(NodeError, match="did not answer eth_call within 0.3 s"):
            chain.call(OWNER, b"")
        os.kill(chain._node.process_id, signal.SIGCONT)


def test_a_dead_node_is_a_node_error():
    with AnvilChain.start() as chain:
        os.kill(chain._node.process_id, signal.SIGKILL)
        chain._node._process.wait()
        with pytest.raises(NodeError, match=r"process \d+\) ended with exit code -9 during eth_call"):
            chain.call(OWNER, b"")


def test_someone_else_mining_is_noticed():
    with AnvilChain.start() as chain:
        clock = chain.deploy(DEPLOYER, creation(TIMESTAMP))
        chain._request("evm_mine")
        with pytest.raises(NodeError, match="mined"):
            chain.execute(Block(chain.timestamp_s + 10**10, [Transaction(OWNER, clock, b"")]))


def test_a_missing_pinned_anvil_is_bad_input_and_no_other_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin" / "anvil"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{other.parent}:{os.environ['PATH']}")
    with pytest.raises(BadChain, match="make setup"):
        find_anvil(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the node on Linux only")
def test_the_node_ends_with_a_parent_that_is_killed():
    program = (
        "import os, signal; from sim.chain.node import AnvilNode; node = AnvilNode();"
        "print(node.process_id, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    node = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(100):
        if not node.exists() or node.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError("the node outlived its parent")


def test_closing_a_node_ends_its_process():
    node = AnvilNode()
    node.close()
    node.close()
    assert node.explain_end() is not None
