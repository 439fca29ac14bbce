"""Tiny contracts in bare bytecode, for what compiled ones of ours never do."""

INVALID = bytes.fromhex("fe")
REVERT_EMPTY = bytes.fromhex("5f5ffd")
ENDLESS = bytes.fromhex("5b5f56")
"""JUMPDEST, jump to it: ends by running out of gas."""
TIMESTAMP = bytes.fromhex("425f5260205ff3")
CHAINID = bytes.fromhex("465f5260205ff3")
GASLIMIT = bytes.fromhex("455f5260205ff3")
TRANSIENT = bytes.fromhex("36600c575f5c5f5260205ff35b60015f5d00")
"""With calldata: sets transient slot 0. Without: returns it."""
ECHO_REVERT = bytes.fromhex("365f5f37365ffd")
"""Reverts with its own calldata."""
LOG_ALL = bytes.fromhex("365f5f37365fa060016002365fa200")
"""Logs its calldata twice, with no topic and with two."""


def creation(runtime: bytes) -> bytes:
    """Return creation code that installs the runtime code given (up to 255 bytes)."""
    return bytes([0x60, len(runtime), 0x60, 12, 0x5F, 0x39, 0x60, len(runtime), 0x5F, 0xF3, 0, 0]) + runtime
