"""ABI types compiled once into closures that turn values into words and back.

Static types (addresses, integers, booleans, `bytesN`, structs and fixed arrays of them) and arrays of
one-word elements are done here, for they are on the hot path; other dynamic types go through eth-abi.
Specification: https://docs.soliditylang.org/en/v0.8.30/abi-spec.html
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_utils import to_checksum_address

from sim.chain.abi_words import AbiError, uint_values, word_codec

_ARRAY = re.compile(r"^(.*)\[(\d*)\]$")


@cache
def _named_tuple(label: str, fields: tuple[str, ...]) -> Callable:
    return namedtuple(label, fields, rename=True)._make


class AbiType:
    """One type, in the terms of the ABI specification.

    Attributes
    ----------
    name : canonical name, as in signatures.
    dynamic : whether the head holds an offset.
    size : bytes in the head.
    is_word : whether it is a single static word.
    parts, fields : types and names of a struct's fields.
    element, length : of an array; the length is None where it is not fixed.
    result : makes the Python value of a struct out of its fields' values.
    """

    __slots__ = (
        "_decode_element",
        "_encode_element",
        "dynamic",
        "element",
        "fields",
        "is_word",
        "length",
        "name",
        "parts",
        "result",
        "size",
    )

    def __init__(self, name: str, components: Sequence[dict], label: str) -> None:
        self.parts: list[AbiType] = []
        self.fields: tuple[str, ...] = ()
        self.element: AbiType | None = None
        self.length: int | None = None
        self.result: Callable = tuple
        self._encode_element, self._decode_element = word_codec(name) or (None, None)
        self.is_word = self._encode_element is not None
        self.name, self.dynamic, self.size = name, False, 32
        if array := _ARRAY.match(name):
            self._be_array(array[1], array[2], components, label)
        elif name == "tuple":
            self._be_struct(components, label)
        elif not self.is_word:
            self.dynamic = True

    def _be_array(self, element: str, length: str, components: Sequence[dict], label: str) -> None:
        self.element = AbiType(element, components, label)
        self.length = int(length) if length else None
        self.name = f"{self.element.name}[{length}]"
        self.dynamic = self.length is None or self.element.dynamic
        self.size = 32 if self.dynamic else self.length * self.element.size

    def _be_struct(self, components: Sequence[dict], label: str) -> None:
        self.parts = [_parse(one, label) for one in components]
        self.fields = tuple(one.get("name") or f"arg{i}" for i, one in enumerate(components))
        self.name = f"({','.join(part.name for part in self.parts)})"
        self.dynamic = any(part.dynamic for part in self.parts)
        self.size = 32 if self.dynamic else sum(part.size for part in self.parts)
        if components and all(one.get("name") for one in components):
            self.result = _named_tuple(label, self.fields)

    @property
    def word_array(self) -> bool:
        """Whether this is a dynamic array of one-word elements, which has a fast path."""
        return self.element is not None and self.length is None and self.element.is_word

    def encode_static(self, value: object) -> bytes:
        """Return the words of a value of a static type."""
        if self.is_word:
            return self._encode_element(value)
        if self.element is not None:
            if len(value) != self.length:
                raise OverflowError
            return b"".join([self.element.encode_static(one) for one in value])
        values = self.field_values(value)
        return b"".join([part.encode_static(one) for part, one in zip(self.parts, values, strict=True)])

    def encode_words(self, values: Sequence) -> bytes:
        """Return length and elements of a `word_array`."""
        return len(values).to_bytes(32) + b"".join(map(self.element._encode_element, values))

    @property
    def decode_word(self) -> Callable[[bytes], object] | None:
        """The decoder of a one-word type's word."""
        return self._decode_element

    def decode_static(self, data: bytes, at: int) -> object:
        """Return the value of a static type whose words begin at byte `at`."""
        if self.is_word:
            return self._decode_element(data[at : at + 32])
        if self.element is not None:
            step = self.element.size
            return [self.element.decode_static(data, at + i * step) for i in range(self.length)]
        values = []
        for part in self.parts:
            values.append(part.decode_static(data, at))
            at += part.size
        return self.result(values)

    def decode_words(self, data: bytes, at: int) -> list:
        """Return the elements of a `word_array` whose length is at byte `at`."""
        first = at + 32
        last = first + 32 * int.from_bytes(data[at:first])
        if last > len(data):
            raise AbiError(f"{self.name}: {len(data)} bytes hold fewer elements than announced")
        decode = self.element._decode_element
        if decode == int.from_bytes:
            return uint_values(data, first, last)
        return [decode(data[i : i + 32]) for i in range(first, last, 32)]

    def field_values(self, value: object) -> Sequence:
        """Return a struct's fields in order, from a sequence, mapping or dataclass; raises AbiError."""
        if isinstance(value, Mapping):
            missing = [name for name in self.fields if name not in value]
            unknown = [name for name in value if name not in self.fields]
            if missing or unknown:
                raise AbiError(f"struct {self.name}: missing fields {missing}, unknown fields {unknown}")
            return [value[name] for name in self.fields]
        if is_dataclass(value):
            absent = [name for name in self.fields if not hasattr(value, name)]
            if absent:
                raise AbiError(f"struct {self.name}: {type(value).__name__} has no fields {absent}")
            return [getattr(value, name) for name in self.fields]
        if len(value) != len(self.parts):
            raise AbiError(f"struct {self.name}: takes {len(self.parts)} fields, got {len(value)}")
        return value

    def plain(self, value: object) -> object:
        """Return the value with structs as tuples, as eth-abi takes it."""
        if self.element is not None:
            return [self.element.plain(one) for one in value]
        if self.parts:
            return tuple(part.plain(one) for part, one in zip(self.parts, self.field_values(value), strict=True))
        return value

    def rich(self, value: object) -> object:
        """Return a value of eth-abi in this module's terms."""
        if self.element is not None:
            return [self.element.rich(one) for one in value]
        if self.parts:
            return self.result([part.rich(one) for part, one in zip(self.parts, value, strict=True)])
        return to_checksum_address(value) if self.name == "address" else value


def _parse(entry: Mapping, label: str) -> AbiType:
    kind = entry["type"]
    components = entry.get("components", ())
    struct = str(entry.get("internalType") or label).rpartition(" ")[2].rpartition(".")[2].partition("[")[0]
    if kind.startswith("tuple"):
        return AbiType(kind, components, struct if struct.isidentifier() else label)
    return AbiType(kind, (), label)


class AbiTypes:
    """Parameters in order: arguments of a function, its outputs, or the data of an event."""

    __slots__ = ("_decoders", "_encoders", "_foreign", "_head", "_labels", "_mixed", "_result", "parts")

    def __init__(self, entries: Sequence[Mapping], label: str) -> None:
        self.parts = [_parse(one, label) for one in entries]
        self._labels = tuple(one.get("name") or f"#{i + 1}" for i, one in enumerate(entries))
        self._head = sum(part.size for part in self.parts)
        self._mixed = any(part.dynamic for part in self.parts)
        self._foreign = any(part.dynamic and not part.word_array for part in self.parts)
        self._encoders = [part._encode_element or part.encode_static for part in self.parts]
        # One slice and one decoder per word, where every parameter is a single word.
        words = [(part._decode_element, 32 * i, 32 * i + 32) for i, part in enumerate(self.parts)]
        self._decoders = words if all(part.is_word for part in self.parts) else None
        named = len(entries) > 1 and all(one.get("name") for one in entries)
        self._result = _named_tuple(re.sub(r"\W", "_", label), self._labels) if named else tuple

    def encode(self, values: Sequence) -> bytes:
        """Return the encoded values; raises AbiError, or what a converter met."""
        if not self._mixed:
            if len(values) != len(self._encoders):
                raise ValueError
            return b"".join([encode(value) for encode, value in zip(self._encoders, values)])  # noqa: B905
        if self._foreign:
            plain = [part.plain(value) for part, value in zip(self.parts, values, strict=True)]
            return abi_encode([part.name for part in self.parts], plain)
        heads, tails, at = [], [], self._head
        for part, value in zip(self.parts, values, strict=True):
            if part.dynamic:
                heads.append(at.to_bytes(32))
                tails.append(part.encode_words(value))
                at += len(tails[-1])
            else:
                heads.append(part.encode_static(value))
        return b"".join(heads + tails)

    def decode(self, data: bytes) -> tuple:
        """Return the values in order, named where all parameters are; raises AbiError for short data."""
        return self._result(self.decode_list(data))

    def decode_list(self, data: bytes) -> list:
        """Return the values in order; raises AbiError for short data."""
        if len(data) < self._head:
            raise AbiError(f"{len(data)} bytes do not hold {[part.name for part in self.parts]}")
        if self._decoders is not None:
            return [decode(data[first:last]) for decode, first, last in self._decoders]
        if self._foreign:
            try:
                values = abi_decode([part.name for part in self.parts], data)
            except Exception as error:
                raise AbiError(f"data does not decode: {error}") from None
            return [part.rich(value) for part, value in zip(self.parts, values, strict=True)]
        values, at = [], 0
        for part in self.parts:
            if part.dynamic:
                values.append(part.decode_words(data, int.from_bytes(data[at : at + 32])))
            else:
                values.append(part.decode_static(data, at))
            at += part.size
        return values

    def decode_outputs(self, data: bytes) -> object:
        """Return nothing, the single value, or the tuple of values."""
        if not self.parts:
            return None
        if len(self.parts) == 1:
            return self.decode_list(data)[0]
        return self.decode(data)

    def explain(self, signature: str, values: Sequence) -> None:
        """Raise an AbiError that names the argument at fault, if one of them is."""
        if len(values) != len(self.parts):
            raise AbiError(f"{signature} takes {len(self.parts)} arguments, got {len(values)}")
        for label, part, value in zip(self._labels, self.parts, values, strict=True):
            try:
                _check(part, value)
            except AbiError as error:
                raise AbiError(f"{signature}: argument {label}: {error}") from None
            except Exception:  # any failure means that the value does not fit
                raise AbiError(f"{signature}: argument {label}: {value!r} is not a {part.name}") from None


def _check(part: AbiType, value: object) -> None:
    if not part.dynamic:
        part.encode_static(value)
    elif part.word_array:
        part.encode_words(value)
    else:
        abi_encode([part.name], [part.plain(value)])


def parse_types(entries: Iterable[Mapping], label: str) -> AbiTypes:
    """Compile ABI parameter entries; `label` names the tuple that decoding returns."""
    return AbiTypes(list(entries), label)
