"""The one interface of an EVM: blocks in, receipts out.

A block is explicit in everything that decides its outcome (order, senders, timestamp), gas price and
base fee are zero and the block gas limit never binds, so two chains given the same blocks produce the
same receipts, logs and revert data. Costs and block space belong to the engine.

A sender either deploys or transacts, never both: addresses follow from the deployer's nonce, which an
in-process EVM raises for deployments alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from sim.errors import BadInput

ZERO_ADDRESS = "0x" + "0" * 40
CHAIN_ID = 31_337
GENESIS_TIMESTAMP_S = 1
"""Timestamp of a fresh chain: the earliest, so that a scenario of any year can begin on it."""
BLOCK_GAS_LIMIT = 1_000_000_000_000
"""Never binds: blocks are packed by the engine, not by the chain."""
TX_GAS_LIMIT = 15_000_000
DEPLOY_GAS_LIMIT = 16_000_000
"""Enough for the largest code allowed, and below the cap of later hard forks (EIP-7825)."""
CALL_GAS_LIMIT = 1_000_000_000
"""Gas of a view: enough for a lens over thousands of accounts, and an end to an endless loop."""

MAX_OPEN_SNAPSHOTS = 512
"""Every open snapshot takes one level of the EVM's call depth of 1,024."""

_MAX_INIT_CODE = 49_152
_BASE_GAS = 21_000
_ZERO_BYTE_GAS = 4
_BYTE_GAS = 16


class ChainError(Exception):
    """An operation that the chain cannot carry out as asked."""


class NodeError(ChainError):
    """The node died, hangs or answers nonsense: infrastructure (exit code 3), never a finding."""


class BadChain(BadInput):
    """A chain that cannot be used as given: wrong address, missing program, locked accounts (exit code 2)."""


class Reverted(ChainError):  # noqa: N818 - an outcome of the EVM
    """Execution failed; `data` is the revert data, empty for exceptional halts."""

    def __init__(self, data: bytes, what: str) -> None:
        super().__init__(data, what)
        self.data = data
        self._what = what

    def __str__(self) -> str:
        return f"{self._what} reverted {f'with 0x{self.data.hex()}' if self.data else 'without data'}"


class CallReverted(Reverted):
    """A view failed."""


class DeployReverted(Reverted):
    """A constructor failed, or its code was refused."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A message that changes state: EIP-55 addresses, calldata, gas above the intrinsic cost."""

    sender: str
    to: str
    data: bytes
    gas: int = TX_GAS_LIMIT


@dataclass(frozen=True, slots=True)
class Block:
    """Transactions in their order, executed at one absolute timestamp (seconds)."""

    timestamp_s: int
    transactions: Sequence[Transaction]


class Log(NamedTuple):
    """An event as the EVM emitted it. A tuple, for construction is on the hot path."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


class Receipt(NamedTuple):
    """Outcome of one transaction; a failed one has no logs, and an exceptional halt no revert data."""

    ok: bool
    logs: tuple[Log, ...]
    revert_data: bytes


class _Mark(NamedTuple):
    """What a snapshot restores besides the EVM's own state."""

    id: int
    native: object
    timestamp_s: int
    block_number: int
    deployers: frozenset[str]
    senders: frozenset[str]


def intrinsic_gas(data: bytes) -> int:
    """Gas that a transaction with this calldata costs before it executes (Cancun, EIP-2028)."""
    zeros = data.count(0)
    return _BASE_GAS + _ZERO_BYTE_GAS * zeros + _BYTE_GAS * (len(data) - zeros)


class Chain(ABC):
    """An EVM that executes blocks and knows no protocol.

    Attributes
    ----------
    name : short name, part of results (`revm` or `anvil`).
    timestamp_s : timestamp of the latest block, in seconds; deployments and views happen at it.
    block_number : number of the latest block; one more after each `execute`, `deploy` and effective `begin`.
    contract_calls : messages executed so far: transactions, deployments and views.
    transactions : transactions executed so far, deployments not counted.
    chain_id : of EIP-155. deployment_hashes : transaction hash by contract, where there are transactions.
    record : None, or a list to which `("tx" | "call", sender, to, data, timestamp_s)` is appended.
    """

    name: str

    def __init__(self, timestamp_s: int = GENESIS_TIMESTAMP_S, block_number: int = 0) -> None:
        self.timestamp_s = timestamp_s
        self.block_number = block_number
        self.contract_calls = 0
        self.transactions = 0
        self.chain_id = CHAIN_ID
        self.deployment_hashes: dict[str, str] = {}
        self.record: list[tuple[str, str, str, bytes, int]] | None = None
        self._marks: list[_Mark] = []
        self._next_mark = 1
        self._deployers: set[str] = set()
        self._senders: set[str] = set()

    def begin(self, timestamp_s: int) -> int:
        """Move to a run's first timestamp, or stay where the chain is later already; return the start."""
        if timestamp_s > self.timestamp_s:
            self.timestamp_s = timestamp_s
            self.block_number += 1
            self._advance()
        return self.timestamp_s

    def deploy(self, sender: str, init_code: bytes) -> str:
        """Create a contract by nonce, in a block of its own at `timestamp_s`, and return its address.

        Raises
        ------
        DeployReverted : the constructor failed.
        ChainError : the sender has also sent transactions, so its nonce would differ between chains, or the
            code is longer than EIP-3860 allows.
        """
        if len(init_code) > _MAX_INIT_CODE:
            raise ChainError(f"creation code of {len(init_code)} bytes is above the limit {_MAX_INIT_CODE}")
        if sender in self._senders:
            raise ChainError(f"{sender} has sent transactions: deploy from an account that only deploys")
        self._deployers.add(sender)
        self.block_number += 1
        self.contract_calls += 1
        return self._create(sender, init_code)

    def execute(self, block: Block) -> list[Receipt]:
        """Execute a block and return one receipt per transaction, in order.

        Raises
        ------
        ChainError : a timestamp before the latest block's, gas below the intrinsic cost, or a deployer as
            sender. Nothing has been executed then.
        """
        self._check(block)
        self.timestamp_s = block.timestamp_s
        self.block_number += 1
        count = len(block.transactions)
        self.transactions += count
        self.contract_calls += count
        if self.record is not None:
            self.record += [("tx", tx.sender, tx.to, tx.data, block.timestamp_s) for tx in block.transactions]
        return self._execute(block)

    def call(self, to: str, data: bytes, sender: str = ZERO_ADDRESS) -> bytes:
        """Return the output of a view at the latest block; state stays as it was.

        Raises
        ------
        CallReverted : the view failed.
        """
        self.contract_calls += 1
        if self.record is not None:
            self.record.append(("call", sender, to, data, self.timestamp_s))
        return self._call(to, data, sender)

    def call_many(self, calls: Iterable[tuple[str, bytes]]) -> list[bytes]:
        """Return the outputs of `(to, data)` views, in order; the first failure raises CallReverted."""
        return [self.call(to, data) for to, data in calls]

    def snapshot(self) -> int:
        """Remember the whole state including time; the identifier returned works once."""
        if len(self._marks) >= MAX_OPEN_SNAPSHOTS:
            raise ChainError(f"{MAX_OPEN_SNAPSHOTS} snapshots are open: revert to one before taking another")
        mark = _Mark(
            self._next_mark,
            self._take_snapshot(),
            self.timestamp_s,
            self.block_number,
            frozenset(self._deployers),
            frozenset(self._senders),
        )
        self._next_mark += 1
        self._marks.append(mark)
        return mark.id

    def revert(self, snapshot_id: int) -> None:
        """Restore a snapshot and drop it together with all later ones.

        Raises
        ------
        ChainError : the snapshot is not open.
        """
        at = next((i for i, mark in enumerate(self._marks) if mark.id == snapshot_id), None)
        if at is None:
            raise ChainError(f"snapshot {snapshot_id} is not open: each works once, and ends with an earlier one")
        dropped = self._marks[at:]
        del self._marks[at:]
        mark = dropped[0]
        self.timestamp_s, self.block_number = mark.timestamp_s, mark.block_number
        self._deployers, self._senders = set(mark.deployers), set(mark.senders)
        self._restore([mark.native for mark in dropped])

    @abstractmethod
    def close(self) -> None:
        """Release what the chain holds; safe to repeat."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check(self, block: Block) -> None:
        if block.timestamp_s < self.timestamp_s:
            raise ChainError(
                f"block timestamp {block.timestamp_s} is before the latest block's {self.timestamp_s}"
            )
        deployers, senders = self._deployers, self._senders
        for at, tx in enumerate(block.transactions):
            data = tx.data
            if tx.gas < _BASE_GAS + _BYTE_GAS * len(data) and tx.gas < intrinsic_gas(data):
                raise ChainError(
                    f"transaction {at}: gas {tx.gas} is below its intrinsic gas {intrinsic_gas(data)}"
                )
            if tx.gas > BLOCK_GAS_LIMIT:
                raise ChainError(f"transaction {at}: gas {tx.gas} is above the block gas limit {BLOCK_GAS_LIMIT}")
            if tx.sender in deployers:
                raise ChainError(f"transaction {at}: {tx.sender} deploys; an account that does only deploys")
            senders.add(tx.sender)

    @abstractmethod
    def _advance(self) -> None:
        """Mine the empty block that the attributes already describe."""

    @abstractmethod
    def _create(self, sender: str, init_code: bytes) -> str:
        """Execute a creation in the block that the attributes already describe."""

    @abstractmethod
    def _execute(self, block: Block) -> list[Receipt]:
        """Execute a checked block; the attributes already describe it."""

    @abstractmethod
    def _call(self, to: str, data: bytes, sender: str) -> bytes:
        """Execute a view."""

    @abstractmethod
    def _take_snapshot(self) -> object:
        """Open a native snapshot."""

    @abstractmethod
    def _restore(self, natives: list) -> None:
        """Restore the first of the native snapshots given, oldest first, and drop all of them."""
