"""An EVM that executes blocks: in-process revm, or an Anvil node.

Reading order: `base` (the interface), `revm` and `anvil` (the two chains), `node` (the process behind the
second), `codec` and `abi_types` (bytes and values), `artifacts` (compiled contracts), `accounts`.
"""

from sim.chain.base import (
    CHAIN_ID,
    TX_GAS_LIMIT,
    ZERO_ADDRESS,
    BadChain,
    Block,
    CallReverted,
    Chain,
    ChainError,
    DeployReverted,
    Log,
    NodeError,
    Receipt,
    Transaction,
)

__all__ = [
    "CHAIN_ID",
    "TX_GAS_LIMIT",
    "ZERO_ADDRESS",
    "BadChain",
    "Block",
    "CallReverted",
    "Chain",
    "ChainError",
    "DeployReverted",
    "Log",
    "NodeError",
    "Receipt",
    "Transaction",
]
