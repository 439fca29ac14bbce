"""One-word ABI types: address, bool, integers and `bytesN`, as closures between values and 32-byte words."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from eth_utils import is_checksum_address, to_checksum_address

_PADDING = bytes(12)
_FEW_BYTES = 32 * 32
_TRUE, _FALSE = (1).to_bytes(32), bytes(32)


class AbiError(ValueError):
    """A value that does not fit the type, a wrong number of arguments, or data that does not decode."""


@lru_cache(maxsize=1 << 16)
def address_word(address: str) -> bytes:
    """Return the word of an address; mixed case must be a valid EIP-55 checksum."""
    raw = bytes.fromhex(address.removeprefix("0x"))
    if len(raw) != 20 or not address.startswith("0x"):
        raise AbiError(f"{address!r} is not an address of 20 bytes")
    if address not in (address.lower(), address.upper()) and not is_checksum_address(address):
        raise AbiError(f"{address!r} fails its EIP-55 checksum")
    return _PADDING + raw


@lru_cache(maxsize=1 << 16)
def word_address(word: bytes) -> str:
    """Return the EIP-55 address in a word (its last 20 bytes)."""
    return to_checksum_address(word[12:])


def _uint_word(bits: int) -> Callable[[int], bytes]:
    limit = 1 << bits

    def encode(value: int) -> bytes:
        if value >= limit:
            raise OverflowError
        return value.to_bytes(32)

    return (lambda value: value.to_bytes(32)) if bits == 256 else encode


def _int_word(bits: int) -> Callable[[int], bytes]:
    limit = 1 << (bits - 1)

    def encode(value: int) -> bytes:
        if not -limit <= value < limit:
            raise OverflowError
        return value.to_bytes(32, signed=True)

    return encode


def _bytes_word(size: int) -> Callable[[bytes], bytes]:
    def encode(value: bytes) -> bytes:
        if len(value) != size:
            raise OverflowError
        return bytes(value).ljust(32, b"\0")

    return encode


def _bool_word(value: bool) -> bytes:
    if value is True:
        return _TRUE
    if value is False:
        return _FALSE
    raise TypeError


def _int_value(word: bytes) -> int:
    return int.from_bytes(word, signed=True)


def _bool_value(word: bytes) -> bool:
    return word != _FALSE


def word_codec(name: str) -> tuple[Callable, Callable] | None:
    """Return encoder and decoder of a one-word type, or None when it is not one."""
    if name == "address":
        return address_word, word_address
    if name == "bool":
        return _bool_word, _bool_value
    if found := re.fullmatch(r"(u?)int(\d+)", name):
        bits = int(found[2])
        return (_uint_word(bits), int.from_bytes) if found[1] else (_int_word(bits), _int_value)
    if found := re.fullmatch(r"bytes(\d+)", name):
        size = int(found[1])
        return _bytes_word(size), lambda word: word[:size]
    return None


def uint_values(data: bytes, first: int, last: int) -> list[int]:
    """Return the unsigned integers in the words from byte `first` to `last`.

    A lens answers thousands of words, most of them below 2⁶⁴: numpy takes those at a tenth of the price.
    """
    from_bytes = int.from_bytes
    if last - first < _FEW_BYTES:
        return [from_bytes(data[at : at + 32]) for at in range(first, last, 32)]
    quarters = np.frombuffer(data, ">u8", (last - first) // 8, first).reshape(-1, 4)
    values = quarters[:, 3].tolist()
    above = quarters[:, 0] | quarters[:, 1] | quarters[:, 2]
    for at in np.flatnonzero(above).tolist():
        values[at] = from_bytes(data[first + 32 * at : first + 32 * at + 32])
    return values
