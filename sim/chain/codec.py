"""Contract types: calldata, outputs, logs and errors between Python values and bytes.

Python sees addresses as EIP-55 `str`, integers as `int`, `bytesN` and `bytes` as `bytes`, arrays as `list`,
structs as named tuples with Solidity's field names. A struct may be given as a sequence in field order, a
mapping or a dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from eth_utils import keccak

from sim.chain.abi_types import AbiError, parse_types
from sim.chain.base import Log

__all__ = ["AbiError", "ContractType", "Event", "Function", "LogDecoder"]


@cache
def _hash(signature: str) -> bytes:
    return keccak(text=signature)


class Function:
    """One function (or the constructor) of a contract: calldata in, outputs out."""

    __slots__ = ("argument_names", "decode", "inputs", "name", "outputs", "selector", "signature")

    def __init__(self, name: str, inputs: Sequence[dict], outputs: Sequence[dict] = ()) -> None:
        self.name = name
        self.argument_names = tuple(one["name"] for one in inputs)
        self.inputs = parse_types(inputs, f"{name}Args")
        self.outputs = parse_types(outputs, f"{name}Result")
        self.signature = f"{name}({','.join(part.name for part in self.inputs.parts)})"
        self.selector = _hash(self.signature)[:4]
        self.decode: Callable[[bytes], object] = self.outputs.decode_outputs

    def encode(self, args: Sequence) -> bytes:
        """Return selector and arguments as calldata; raises AbiError for a wrong count, type or range."""
        try:
            return self.selector + self.inputs.encode(args)
        except Exception as error:  # whatever a converter met, the slow path names the argument
            self.inputs.explain(self.signature, args)
            raise AbiError(f"{self.signature}: {error}") from error


class Event:
    """One event: its topic and how to read a log of it."""

    __slots__ = (
        "_data",
        "_indexed",
        "_indexed_first",
        "_order",
        "_plain",
        "layout",
        "name",
        "signature",
        "topic",
    )

    def __init__(self, entry: dict) -> None:
        inputs = entry["inputs"]
        self.name = entry["name"]
        types = parse_types(inputs, self.name)
        self.signature = f"{self.name}({','.join(part.name for part in types.parts)})"
        self.topic = _hash(self.signature)
        self.layout = tuple(bool(one["indexed"]) for one in inputs)
        self._order = tuple(one["name"] or f"arg{i}" for i, one in enumerate(inputs))
        marked = zip(self._order, types.parts, self.layout, strict=True)
        indexed = [(name, part) for name, part, mark in marked if mark]
        self._indexed = [
            (at, name, part.decode_word if part.is_word else bytes) for at, (name, part) in enumerate(indexed, 1)
        ]
        self._plain = [name for name, mark in zip(self._order, self.layout, strict=True) if not mark]
        self._indexed_first = sorted(self.layout, reverse=True) == list(self.layout)
        self._data = parse_types([one for one in inputs if not one["indexed"]], self.name)

    @property
    def argument_names(self) -> tuple[str, ...]:
        """Names of the arguments, in declared order."""
        return self._order

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, object]:
        """Return argument values by name, in declared order; an indexed dynamic value is its hash."""
        values = {name: decode(topics[at]) for at, name, decode in self._indexed}
        plain = self._data.decode_list(data)
        values.update(zip(self._plain, plain, strict=True))
        return values if self._indexed_first else {name: values[name] for name in self._order}


@dataclass(frozen=True, eq=False)
class ContractType:
    """A compiled contract or interface.

    Attributes
    ----------
    name : contract name. abi : JSON ABI entries. init_code : creation code without constructor arguments,
    empty for an interface. runtime_code : code on chain, immutables as zero. source_id : path of the source.
    """

    name: str
    abi: list[dict] = field(repr=False)
    init_code: bytes = field(repr=False, default=b"")
    runtime_code: bytes = field(repr=False, default=b"")
    source_id: str = ""

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Functions by name where it is unique, and by full signature always."""
        every = [
            Function(one["name"], one["inputs"], one.get("outputs", ()))
            for one in self.abi
            if one["type"] == "function"
        ]
        names = [one.name for one in every]
        by_key = {one.signature: one for one in every}
        by_key.update({one.name: one for one in every if names.count(one.name) == 1})
        return by_key

    @cached_property
    def events(self) -> list[Event]:
        """Events, in the order of the ABI."""
        return [Event(one) for one in self.abi if one["type"] == "event" and not one.get("anonymous")]

    @cached_property
    def errors(self) -> list[Function]:
        """Custom errors, in the order of the ABI: their inputs decode like a function's."""
        return [Function(one["name"], one["inputs"]) for one in self.abi if one["type"] == "error"]

    @cached_property
    def constructor(self) -> Function:
        """The constructor; without one, it takes no arguments."""
        inputs = next((one["inputs"] for one in self.abi if one["type"] == "constructor"), [])
        return Function(f"{self.name}.constructor", inputs)

    def function(self, name: str) -> Function:
        """Return a function by name, or by full signature where it is overloaded; raises AbiError."""
        found = self.functions.get(name)
        if found is None:
            same = [key for key in self.functions if key.startswith(f"{name}(")]
            hint = f"is overloaded: name one of {', '.join(same)}" if same else "is not a function of it"
            raise AbiError(f"{self.name}: {name} {hint}")
        return found

    def encode(self, function: str, *args: object) -> bytes:
        """Return the calldata of a call; raises AbiError for a wrong name, count, type or range."""
        return (self.functions.get(function) or self.function(function)).encode(args)

    def decode(self, function: str, data: bytes) -> object:
        """Return a call's output: None, the single value, or a tuple (named where all outputs are)."""
        return (self.functions.get(function) or self.function(function)).decode(data)

    def encode_constructor(self, *args: object) -> bytes:
        """Return creation code with the constructor's arguments, as `Chain.deploy` takes it."""
        if not self.init_code:
            raise AbiError(f"{self.name} cannot be deployed: it is an interface or abstract")
        return self.init_code + self.constructor.encode(args)[4:]


_STANDARD_ERRORS = (
    Function("Error", [{"name": "message", "type": "string"}]),
    Function("Panic", [{"name": "code", "type": "uint256"}]),
)


class LogDecoder:
    """Names of the events and errors of a set of contract types.

    An event is told by its topic and the number of indexed arguments (which tells ERC-20 from ERC-721
    transfers); of two contract types that name its arguments differently, the first one given decides where it is
    not known which of them emitted it.
    """

    def __init__(self, contract_types: Iterable[ContractType]) -> None:
        self._events: dict[tuple[bytes, int], Event] = {}
        self._renamed: dict[tuple[str, bytes, int], Event] = {}
        self._errors: dict[bytes, Function] = {one.selector: one for one in _STANDARD_ERRORS}
        for contract_type in contract_types:
            for event in contract_type.events:
                known = self._events.setdefault((event.topic, 1 + sum(event.layout)), event)
                if known.layout != event.layout:
                    raise AbiError(f"{contract_type.name}: event {event.signature} indexes other arguments")
                if known.argument_names != event.argument_names:
                    self._renamed[contract_type.name, event.topic, 1 + sum(event.layout)] = event
            for error in contract_type.errors:
                self._errors.setdefault(error.selector, error)

    def decode(self, log: Log, emitter: str | None = None) -> tuple[str, dict[str, object]]:
        """Return event name and arguments; an unknown event is named by its topic and stays hex.

        `emitter` is the contract type that emitted it, if known.
        """
        topics = log.topics
        event = None
        if topics:
            told = topics[0], len(topics)
            event = self._renamed.get((emitter, *told)) or self._events.get(told)
        if event is None:
            name = f"0x{topics[0].hex()}" if topics else "anonymous"
            raw = {f"topic{i}": f"0x{topic.hex()}" for i, topic in enumerate(topics[1:], 1)}
            return name, raw | {"data": f"0x{log.data.hex()}"}
        return event.name, event.decode(topics, log.data)

    def error_parts(self, data: bytes) -> tuple[str, tuple]:
        """Return name and arguments of revert data; what is unknown or malformed is its own hex."""
        error = self._errors.get(data[:4])
        if error is not None:
            try:
                return error.name, tuple(error.inputs.decode(data[4:]))
            except AbiError:
                pass
        return f"0x{data.hex()}", ()

    def error_names(self, data: bytes) -> tuple[str, ...]:
        """Names of the arguments that `error_parts` returns."""
        _, values = self.error_parts(data)
        return self._errors[data[:4]].argument_names if values else ()

    def decode_error(self, data: bytes) -> str:
        """Return revert data as `Name(argument, argument)`, or its hex (`0x` for none at all)."""
        name, values = self.error_parts(data)
        if name.startswith("0x"):
            return name
        return f"{name}({', '.join(_readable(value) for value in values)})"


def _readable(value: object) -> str:
    if isinstance(value, bytes):
        text = value.rstrip(b"\0")
        return text.decode() if text and text.isalnum() else f"0x{value.hex()}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_readable(one) for one in value)}]"
    return str(value)
