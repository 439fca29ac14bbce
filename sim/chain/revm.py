"""The in-process chain: revm through pyrevm, where search, tests and demos run.

pyrevm is one endless transaction: storage slots stay warm (so its gas is not read), a call raises no
nonce, transient storage outlives a transaction and the block settings outlive a revert. This module
restores what a chain of separate transactions means. Long episodes grow the journal by about 3 kB a
transaction: take a fresh chain per episode.
"""

from __future__ import annotations

from eth_utils import to_checksum_address
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from sim.chain.base import (
    BLOCK_GAS_LIMIT,
    CALL_GAS_LIMIT,
    CHAIN_ID,
    DEPLOY_GAS_LIMIT,
    Block,
    CallReverted,
    Chain,
    ChainError,
    DeployReverted,
    Log,
    Receipt,
)

_NO_LOGS: tuple[Log, ...] = ()


def _revert_data(error: RuntimeError) -> bytes:
    """Return the output of a revert, or nothing for an exceptional halt, from revm's debug text.

    Raises
    ------
    ChainError : the text tells of a message that revm refused to execute.
    """
    text = str(error)
    if text.startswith("Revert "):
        start = text.index("output: 0x") + 10
        return bytes.fromhex(text[start : text.index(" ", start)])
    if text.startswith("Halt "):
        return b""
    raise ChainError(f"the EVM refused the message: {text}") from None


class RevmChain(Chain):
    """A chain inside this process, three orders of magnitude faster than a node driven call by call."""

    name = "revm"

    def __init__(self) -> None:
        super().__init__()
        env = Env(cfg=CfgEnv(chain_id=CHAIN_ID))
        self._evm = EVM(env=env, gas_limit=BLOCK_GAS_LIMIT, spec_id="CANCUN")
        self._set_block()

    def _set_block(self) -> None:
        self._evm.set_block_env(
            BlockEnv(
                number=self.block_number,
                timestamp=self.timestamp_s,
                basefee=0,
                gas_limit=BLOCK_GAS_LIMIT,
            )
        )

    def _advance(self) -> None:
        self._set_block()

    def _create(self, sender: str, init_code: bytes) -> str:
        self._set_block()
        try:
            return to_checksum_address(self._evm.deploy(sender, init_code, None, DEPLOY_GAS_LIMIT))
        except RuntimeError as error:
            raise DeployReverted(_revert_data(error), "deployment") from None
        finally:
            self._evm.reset_transient_storage()

    def _execute(self, block: Block) -> list[Receipt]:
        self._set_block()
        evm = self._evm
        message_call, reset_transient = evm.message_call, evm.reset_transient_storage
        # A named tuple's own constructor would double the cost of making one.
        new = tuple.__new__
        receipts: list[Receipt] = []
        for tx in block.transactions:
            try:
                message_call(tx.sender, tx.to, tx.data, None, tx.gas)
            except RuntimeError as error:
                receipts.append(Receipt(False, _NO_LOGS, _revert_data(error)))
            else:
                logs = []
                for log in evm.result.logs:
                    topics, data = log.data
                    logs.append(new(Log, (log.address, tuple(topics), data)))
                receipts.append(new(Receipt, (True, tuple(logs), b"")))
            reset_transient()
        return receipts

    def _call(self, to: str, data: bytes, sender: str) -> bytes:
        evm = self._evm
        before = evm.snapshot()
        try:
            return evm.message_call(sender, to, data, None, CALL_GAS_LIMIT)
        except RuntimeError as error:
            raise CallReverted(_revert_data(error), f"call to {to}") from None
        finally:
            evm.revert(before)

    def _take_snapshot(self) -> object:
        return self._evm.snapshot()

    def _restore(self, natives: list) -> None:
        # Newest first: reverting an outer checkpoint alone would leave the inner ones' call depth in place.
        for native in reversed(natives):
            self._evm.revert(native)
        self._set_block()

    def close(self) -> None:
        """Nothing outlives the object."""
