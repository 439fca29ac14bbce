"""Signed numbers as the words of calls, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_MODULUS = 2**256


def to_words(values: Iterable[int]) -> tuple[int, ...]:
    """Return ints as 256-bit words in two's complement."""
    return tuple(value % _MODULUS for value in values)


def from_word(word: int) -> int:
    """Return the signed number that a word stands for."""
    return word - _MODULUS if word >> 255 else word


def on_words(mirror: Callable[..., int]) -> Callable[..., int]:
    """Return a mirror of signed numbers as one of words: small operands cannot be mistaken for negative ones."""
    return lambda *words: mirror(*map(from_word, words)) % _MODULUS
