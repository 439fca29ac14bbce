"""The real node: blocks go to Anvil in JSON-RPC batches and come back as logs.

A block is sent as unsigned transactions of impersonated accounts, mined at once at its timestamp, and read
back with two requests: the hashes in their order, which must be ours, and the logs. Only transactions without
a log are asked for one by one, since they alone may have failed; a per-transaction receipt of a large block
costs Anvil a scan of that block.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from eth_utils import to_checksum_address

from sim.chain.abi_words import word_address
from sim.chain.base import (
    BLOCK_GAS_LIMIT,
    CALL_GAS_LIMIT,
    DEPLOY_GAS_LIMIT,
    ZERO_ADDRESS,
    BadChain,
    Block,
    CallReverted,
    Chain,
    DeployReverted,
    Log,
    NodeError,
    Receipt,
)
from sim.chain.node import REQUEST_TIMEOUT_S, AnvilNode, NotANode, Rpc, RpcError

_PADDING = bytes(12)
_EXECUTION_REVERTED = 3
_METHOD_NOT_FOUND = -32601


def _address(text: str) -> str:
    return word_address(_PADDING + bytes.fromhex(text[2:]))


def _bytes(text: str | None) -> bytes:
    return bytes.fromhex(text[2:]) if text else b""


class AnvilChain(Chain):
    """A chain on an Anvil node: one that it started, or one that it was attached to."""

    name = "anvil"

    def __init__(self, rpc: Rpc, node: AnvilNode | None = None) -> None:
        self._rpc = rpc
        self._node = node
        self._restore_settings: list[tuple[str, list]] = []
        self._closed = False
        forked = node is not None and node.forks
        # Seen with sources that prune: the fork reads state at its block as it goes.
        self._hint = " (does the fork's source still hold the state of the forked block?)" if forked else ""
        latest = self._request("eth_getBlockByNumber", "latest", False)
        super().__init__(int(latest["timestamp"], 16), int(latest["number"], 16))
        self.chain_id = int(self._request("eth_chainId"), 16)
        self.shown = rpc.shown

    @classmethod
    def start(
        cls,
        fork_url: str | None = None,
        fork_block: int | None = None,
        timeout_s: float = REQUEST_TIMEOUT_S,
        binary: Path | None = None,
    ) -> Self:
        """Start a node of our own, which ends with this chain or this process.

        Parameters
        ----------
        fork_url : RPC address whose state to fork, at `fork_block` or its latest block.
        timeout_s : seconds after which a silent node counts as hanging.
        binary : Anvil program; the project's pinned one by default.

        Raises
        ------
        BadChain : the pinned Anvil is missing or the address malformed.
        NodeError : the node does not start, for instance because the fork's source does not answer.
        """
        node = AnvilNode(fork_url, fork_block, binary)
        try:
            chain = cls(Rpc(node.url, timeout_s), node)
            chain._request("anvil_setLoggingEnabled", False)
        except BaseException:
            node.close()
            raise
        return chain

    @classmethod
    def attach(cls, url: str, timeout_s: float = REQUEST_TIMEOUT_S) -> Self:
        """Use an Anvil that someone else started; its mining settings come back at `close`.

        Raises
        ------
        BadChain : what answers is not Anvil, or transactions are already pending.
        NodeError : nothing answers there.
        """
        rpc = Rpc(url, timeout_s)
        try:
            chain = cls(rpc)
            chain._take_over()
        except RpcError as error:
            rpc.close()
            if error.code == _METHOD_NOT_FOUND:
                raise BadChain(f"{rpc.shown} is not an Anvil development node: {error}") from None
            raise
        except NotANode as error:
            rpc.close()
            raise BadChain(f"no node to attach to: {error}") from None
        except BaseException:
            rpc.close()
            raise
        return chain

    def __repr__(self) -> str:
        return f"AnvilChain({self.shown})"

    def _take_over(self) -> None:
        """Bring a foreign node to this chain's terms: nothing mined by itself, no fees, no locked account."""
        self._request("anvil_nodeInfo")
        pending = self._request("txpool_status")
        if int(pending["pending"], 16) or int(pending["queued"], 16):
            raise BadChain(f"{self._rpc.shown} has pending transactions: mine or drop them first")
        automine = self._request("anvil_getAutomine")
        interval = self._request("anvil_getIntervalMining")
        limit = self._request("eth_getBlockByNumber", "latest", False)["gasLimit"]
        self._restore_settings = [
            ("evm_setBlockGasLimit", [limit]),
            ("anvil_autoImpersonateAccount", [False]),
            ("evm_setIntervalMining", [interval]) if interval else ("evm_setAutomine", [automine]),
        ]
        self._request("evm_setAutomine", False)
        if interval:
            self._request("evm_setIntervalMining", 0)
        self._request("anvil_autoImpersonateAccount", True)
        self._request("evm_setBlockGasLimit", hex(BLOCK_GAS_LIMIT))
        self._request("anvil_setNextBlockBaseFeePerGas", "0x0")

    def close(self) -> None:
        """End our own node, or give a foreign one its settings back; safe to repeat."""
        if self._closed:
            return
        self._closed = True
        if self._node is None:
            try:
                for method, params in self._restore_settings:
                    self._rpc.request(method, *params)
            except NodeError:
                pass  # the node is gone, and its settings with it
        self._rpc.close()
        if self._node is not None:
            self._node.close()

    def nonce(self, address: str) -> int:
        """Return how many transactions an account has sent."""
        return int(self._request("eth_getTransactionCount", address, "latest"), 16)

    def hand_over(self) -> None:
        """Mine every transaction by itself from now on, for people who use the node; ends `execute`."""
        self._request("evm_setAutomine", True)

    def _request(self, method: str, *params: object) -> object:
        return self._batch([(method, params)])[0]

    def _batch(self, calls: Sequence[tuple[str, Sequence]]) -> list:
        """Return results; a node that died says so instead of how its connection failed."""
        try:
            return self._rpc.batch(calls)
        except RpcError:
            raise
        except NodeError:
            end = self._node.explain_end() if self._node is not None else None
            if end is None:
                raise
            raise NodeError(f"{end} during {calls[0][0]}") from None

    def _mine(self) -> None:
        self._request("evm_mine", {"timestamp": self.timestamp_s, "blocks": 1})

    def _advance(self) -> None:
        self._mine()

    def _create(self, sender: str, init_code: bytes) -> str:
        fields = {"from": sender, "data": f"0x{init_code.hex()}", "gas": hex(DEPLOY_GAS_LIMIT)}
        sent = self._request("eth_sendTransaction", {**fields, "gasPrice": "0x0"})
        self._mine()
        receipt = self._request("eth_getTransactionReceipt", sent)
        if receipt is None or int(receipt["blockNumber"], 16) != self.block_number:
            raise NodeError(f"the node left a deployment out of its block{self._hint}")
        if receipt["status"] != "0x1":
            raise DeployReverted(self._failures([sent])[0] or b"", "deployment")
        address = to_checksum_address(receipt["contractAddress"])
        self.deployment_hashes[address] = sent
        return address

    def _execute(self, block: Block) -> list[Receipt]:
        sent = self._batch(
            [
                (
                    "eth_sendTransaction",
                    [
                        {
                            "from": tx.sender,
                            "to": tx.to,
                            "data": f"0x{tx.data.hex()}",
                            "gas": hex(tx.gas),
                            "gasPrice": "0x0",
                        }
                    ],
                )
                for tx in block.transactions
            ]
        )
        self._mine()
        number = hex(self.block_number)
        mined, entries = self._batch(
            [
                ("eth_getBlockByNumber", [number, False]),
                ("eth_getLogs", [{"fromBlock": number, "toBlock": number}]),
            ]
        )
        self._check_mined(mined, sent)
        logs: list[list[Log]] = [[] for _ in sent]
        for entry in sorted(entries, key=lambda one: int(one["logIndex"], 16)):
            topics = tuple([_bytes(topic) for topic in entry["topics"]])
            log = Log(_address(entry["address"]), topics, _bytes(entry["data"]))
            logs[int(entry["transactionIndex"], 16)].append(log)
        silent = [at for at, own in enumerate(logs) if not own]
        failures = dict(zip(silent, self._failures([sent[at] for at in silent]), strict=True))
        return [
            Receipt(True, tuple(own), b"") if failures.get(at) is None else Receipt(False, (), failures[at])
            for at, own in enumerate(logs)
        ]

    def _check_mined(self, mined: dict | None, sent: list[str]) -> None:
        if mined is None:
            raise NodeError(f"block {self.block_number} is missing on the node: someone else mines on it")
        if int(mined["timestamp"], 16) != self.timestamp_s:
            raise NodeError(f"the node mined at {int(mined['timestamp'], 16)} instead of {self.timestamp_s}")
        if mined["transactions"] != sent:
            same = sorted(mined["transactions"]) == sorted(sent)
            found = "the same in another order" if same else f"{len(mined['transactions'])} others{self._hint}"
            raise NodeError(f"instead of the {len(sent)} transactions of a block the node mined {found}")

    def _failures(self, hashes: list[str]) -> list[bytes | None]:
        """Return the revert data of each transaction, None for one that succeeded."""
        traces = self._batch([("trace_transaction", [one]) for one in hashes])
        return [_failure(trace) for trace in traces]

    def _call(self, to: str, data: bytes, sender: str) -> bytes:
        return self._views([(to, data)], sender)[0]

    def call_many(self, calls: Iterable[tuple[str, bytes]]) -> list[bytes]:
        """Return the outputs of `(to, data)` views, in order; the first failure raises CallReverted."""
        calls = list(calls)
        self.contract_calls += len(calls)
        if self.record is not None:
            self.record += [("call", ZERO_ADDRESS, to, data, self.timestamp_s) for to, data in calls]
        return self._views(calls, ZERO_ADDRESS)

    def _views(self, calls: list[tuple[str, bytes]], sender: str) -> list[bytes]:
        gas = hex(CALL_GAS_LIMIT)
        requests = [
            ("eth_call", [{"from": sender, "to": to, "data": f"0x{data.hex()}", "gas": gas}, "latest"])
            for to, data in calls
        ]
        try:
            return [_bytes(one) for one in self._batch(requests)]
        except RpcError as error:
            if error.code == _EXECUTION_REVERTED:
                raise CallReverted(_bytes(error.data), "call") from None
            if error.message.startswith("EVM error"):
                raise CallReverted(b"", "call") from None
            raise

    def _take_snapshot(self) -> object:
        return self._request("evm_snapshot")

    def _restore(self, natives: list) -> None:
        if self._request("evm_revert", natives[0]) is not True:
            raise NodeError(f"the node lost its snapshot {natives[0]}")


def _failure(trace: list[dict]) -> bytes | None:
    """Return revert data from a call trace: of a revert its output, of an exceptional halt nothing."""
    if not trace:
        raise NodeError("the node kept no trace of a transaction")
    outermost = trace[0]
    if not outermost.get("error"):
        return None
    if outermost["error"] != "Reverted":
        return b""
    result = outermost.get("result") or {}
    return _bytes(result.get("code") if outermost.get("type") == "create" else result.get("output"))
