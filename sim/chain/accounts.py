"""Deterministic accounts from the project's own public test phrase.

The phrase is published with the source: whoever reads it owns these accounts. They hold nothing on any
live network and must never be given anything.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cached_property

from coincurve import PrivateKey
from eth_account.hdaccount import seed_from_mnemonic
from eth_account.hdaccount.deterministic import HardNode, SoftNode, derive_child_key
from eth_utils import keccak, to_checksum_address

MNEMONIC = "space nut dune jump worry wool fix like swarm occur boat mention"
"""Public, test only, BIP-39 of twelve words."""

PATH = "m/44'/60'/0'/0"
_NODES = (HardNode(44), HardNode(60), HardNode(0), SoftNode(0))
_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Accounts:
    """Accounts by index on `m/44'/60'/0'/0/i` (BIP-44) of a phrase; every result is kept.

    The parent node is derived once, so that thousands of accounts cost about a tenth of a millisecond each.
    """

    def __init__(self, mnemonic: str = MNEMONIC) -> None:
        self.mnemonic = mnemonic
        self._addresses: dict[int, str] = {}

    @cached_property
    def _parent(self) -> tuple[int, bytes, bytes]:
        """Return key, chain code and compressed public key of the parent node (BIP-32)."""
        digest = hmac.new(b"Bitcoin seed", seed_from_mnemonic(self.mnemonic, ""), hashlib.sha512).digest()
        key, chain_code = digest[:32], digest[32:]
        for node in _NODES:
            key, chain_code = derive_child_key(key, chain_code, node)
        return int.from_bytes(key), chain_code, PrivateKey(key).public_key.format(compressed=True)

    def private_key(self, index: int) -> bytes:
        """Return the 32-byte private key of account `index` (0 … 2³¹ − 1)."""
        if not 0 <= index < 2**31:
            raise ValueError(f"account index {index} is outside 0 … {2**31 - 1}")
        key, chain_code, public_key = self._parent
        digest = hmac.digest(chain_code, public_key + index.to_bytes(4), "sha512")
        return ((int.from_bytes(digest[:32]) + key) % _CURVE_ORDER).to_bytes(32)

    def sign(self, index: int, digest: bytes) -> bytes:
        """Return the 65 bytes r, s, v of account `index` under a 32-byte digest.

        The nonce is a function of key and digest (RFC 6979) and s is the low one: the same digest always has the
        same signature, and one that OpenZeppelin's ECDSA accepts.
        """
        signature = PrivateKey(self.private_key(index)).sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])

    def address(self, index: int) -> str:
        """Return the EIP-55 address of account `index`."""
        known = self._addresses.get(index)
        if known is None:
            public_key = PrivateKey(self.private_key(index)).public_key.format(compressed=False)
            known = self._addresses[index] = to_checksum_address(keccak(public_key[1:])[12:])
        return known


ACCOUNTS = Accounts()
"""The project's accounts, shared so that each is derived once a process."""
