"""Values, calls, events and errors in Solidity, with the names that contracts and scenario have for them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.export.sources import declared
from sim.search.transcript import Created, Said, Transcript

UINT_MAX = 2**256 - 1
LATEST_TIME_S = 2**40
"""Times beyond stand for no limit."""
LEAF = re.compile("\x01([^\x02]*)\x02([^\x02]*)\x02([^\x03]*)\x03")
"""A literal that a routine may take as a parameter: type, name and text."""
ROLES = "./Roles.sol"
RESERVED = frozenset({"START", "VM"})


def constant(role: str) -> str:
    """A role as the name of a constant: `borrowers/17` is BORROWERS_17."""
    name = re.sub(r"\W+", "_", role).strip("_").upper()
    return f"_{name}" if name[:1].isdigit() or name in RESERVED else name


def leaf(kind: str, name: str, text: str) -> str:
    """A literal that may become a parameter."""
    return f"\x01{kind}\x02{name}\x02{text}\x03"


def plain(text: str) -> str:
    """Text without the marks of its leaves."""
    return LEAF.sub(lambda found: found[3], text)


@dataclass(slots=True)
class Statement:
    """Lines of one step; `single` where they can be repeated with other leaves."""

    lines: list[str]
    single: bool = True


@dataclass(slots=True)
class Solidity:
    """Writes what a transcript holds.

    Attributes
    ----------
    used
        Names of constants and types that were written, which a file has to import.
    said
        Events and errors that were written, by kind and name.
    codes
        Creation codes of published contracts, by name.
    """

    transcript: Transcript
    codes: Mapping[str, bytes] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    said: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(init=False)
    _callee: str = field(init=False, default="")
    _function: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.names = {}
        taken: set[str] = set()
        for role, address in self.transcript.roles.items():
            name = constant(role)
            while name in taken or name in declared():
                name += "_"
            taken.add(name)
            self.names[address] = name

    def address(self, address: str, kind: str = "address") -> str:
        """An address by its role, as `kind` (`address`, or `contract Name`)."""
        text = self._named(address)
        if kind.startswith("contract "):
            name = kind.split(" ", 1)[1]
            if name in declared():
                self.used.add(name)
                return f"{name}({text})"
        return f"payable({text})" if kind == "address payable" else text

    def _named(self, address: str) -> str:
        if int(address, 16) == 0:
            return "address(0)"
        name = self.names.get(address)
        if name is None:
            return address
        self.used.add(name)
        return f"address({name})" if address in self.transcript.contracts else name

    def target(self, address: str) -> str:
        """A contract to call."""
        name = self.names[address]
        self.used.add(name)
        return name

    def value(self, entry: Mapping[str, Any], value: Any, before: list[str]) -> str:
        """A value of a parameter of an ABI; arrays are made in lines that go `before`."""
        kind = entry["type"]
        if kind.endswith("]"):
            return self._array(entry, value, before)
        if kind == "tuple":
            return self._struct(entry, value, before)
        if kind == "address":
            internal = entry.get("internalType", "address")
            is_account = value in self.names and value not in self.transcript.contracts
            text = self.address(value, internal)
            return self._leaf("address", entry, text) if is_account and internal == "address" else text
        if kind == "bool":
            return "true" if value else "false"
        if kind == "string":
            return f'unicode"{value}"' if not value.isascii() else f'"{_escaped(value)}"'
        if kind.startswith("bytes"):
            return self._bytes(kind, bytes(value), before)
        internal = entry.get("internalType", kind)
        if internal.startswith("enum "):
            return f"{self._type(internal)}({value})"
        return self._number(entry, value)

    def _number(self, entry: Mapping[str, Any], value: int) -> str:
        kind, name = entry["type"], entry["name"]
        if kind.startswith("uint") and value == 2 ** int(kind[4:]) - 1:
            return f"type({kind}).max"
        if kind.startswith("int") and value in (2 ** (int(kind[3:]) - 1) - 1, -(2 ** (int(kind[3:]) - 1))):
            return f"type({kind}).{'max' if value > 0 else 'min'}"
        if name in self.transcript.time_names and value < LATEST_TIME_S:
            since = value - self.transcript.start_s
            if abs(since) < 10**8:
                self.used.add("START")
                text = "START" if since == 0 else f"START {'+' if since > 0 else '-'} {abs(since)}"
                return text if kind in ("uint64", "uint128", "uint256") else f"{kind}({text})"
        return self._leaf(kind, entry, number(value))

    def _leaf(self, kind: str, entry: Mapping[str, Any], text: str) -> str:
        name = entry["name"].strip("_") or "value"
        return leaf(kind, f"{self._function}{name[0].upper()}{name[1:]}" if self._function else name, text)

    def _bytes(self, kind: str, value: bytes, before: list[str]) -> str:
        for name, code in self.codes.items():
            if kind == "bytes" and value == code:
                # A line of its own: reading it calls, and a prank holds for one call.
                self.used.add("Published")
                before.append(f"bytes memory {_lower(name)}Code = Published.{_lower(name)}();")
                return f"{_lower(name)}Code"
        inner = self.transcript.inner_call(self._callee, value) if kind == "bytes" else None
        if inner is not None:
            return self._inner(inner)
        text = value.rstrip(b"\0")
        if kind == "bytes32" and re.fullmatch(rb"[\w ./-]+", text):
            return f'bytes32("{text.decode()}")'
        return f'hex"{value.hex()}"' if kind == "bytes" else f'{kind}(hex"{value.hex()}")'

    def _inner(self, call: Said) -> str:
        before: list[str] = []
        self.used.add(self._callee)
        text = f"abi.encodeCall({self._callee}.{call.name}, ({self.arguments(call, before)}))"
        assert not before
        return text

    def _type(self, internal: str) -> str:
        """A struct, enum or contract by its name; of a published contract, the one in its interface here."""
        name = internal.rpartition(" ")[2].partition("[")[0]
        outer, dot, inner = name.partition(".")
        if dot and outer not in declared():
            outer = self._callee
        self.used.add(outer)
        return f"{outer}{dot}{inner}"

    def _struct(self, entry: Mapping[str, Any], value: Any, before: list[str]) -> str:
        parts = entry["components"]
        values = value.values() if isinstance(value, Mapping) else value
        fields = [
            f"{part['name']}: {self.value(part, one, before)}" for part, one in zip(parts, values, strict=True)
        ]
        return f"{self._type(entry['internalType'])}({{{', '.join(fields)}}})"

    def _array(self, entry: Mapping[str, Any], values: Sequence, before: list[str]) -> str:
        base, _, length = entry["type"][:-1].rpartition("[")
        inner = {**entry, "type": base, "internalType": entry.get("internalType", base).rpartition("[")[0]}
        texts = [self.value(inner, one, before) for one in values]
        if length:
            return f"[{', '.join(texts)}]"
        name = f"{re.sub(r'[^A-Za-z0-9]', '', entry['name']) or 'list'}{len(before) or ''}"
        kind = self._type(inner["internalType"]) if base == "tuple" else base
        if inner["internalType"].startswith("contract "):
            kind = self._type(inner["internalType"])
        before.append(f"{kind}[] memory {name} = new {kind}[]({len(values)});")
        before += [f"{name}[{at}] = {text};" for at, text in enumerate(texts)]
        return name

    def arguments(self, said: Said, before: list[str]) -> str:
        """The arguments of a call, event or error, in order."""
        inputs = said.entry["inputs"]
        return ", ".join(self.value(one, value, before) for one, value in zip(inputs, said.args, strict=True))

    def call(self, target: str, contract: str, said: Said, before: list[str]) -> str:
        """A call of a contract."""
        self._callee, self._function = contract, said.name
        text = f"{self.target(target)}.{said.name}({self.arguments(said, before)})"
        self._function = ""
        return text

    def event(self, said: Said) -> tuple[str, list[str]]:
        """An event as it is emitted, and the lines that go before."""
        self.said["event", said.name] = said.entry
        self.used.add("Events")
        before: list[str] = []
        return f"emit Events.{said.name}({self.arguments(said, before)});", before

    def error(self, said: Said | None, data: bytes) -> str:
        """Revert data, in names where they are known."""
        if said is None:
            return f'hex"{data.hex()}"' if data else 'bytes("")'
        before: list[str] = []
        arguments = self.arguments(said, before)
        if before:
            return f'hex"{data.hex()}"'
        following = f", {arguments}" if arguments else ""
        if said.name in ("Error", "Panic"):
            types = ",".join(one["type"] for one in said.entry["inputs"])
            return f'abi.encodeWithSignature("{said.name}({types})"{following})'
        self.said["error", said.name] = said.entry
        self.used.add("Errors")
        return f"abi.encodeWithSelector(Errors.{said.name}.selector{following})"

    def creation(self, created: Created, before: list[str]) -> str:
        """A contract's creation as an expression of its address."""
        arguments = self.arguments(created.call, before)
        if created.contract in self.transcript.published:
            types = [one["type"] for one in created.call.entry["inputs"]]
            assert "tuple" not in "".join(types)
            self.used.add("Published")
            encoded = f"abi.encode({arguments})"
            before.append(f"bytes memory code = bytes.concat(Published.{_lower(created.contract)}(), {encoded});")
            return "_create(code)"
        self.used.add(created.contract)
        return f"address(new {created.contract}({arguments}))"


def number(value: int) -> str:
    """An integer literal; round ones as multiples of a power of ten."""
    text = str(abs(value))
    digits = text.rstrip("0")
    zeros = len(text) - len(digits)
    short = f"{digits}e{zeros}" if zeros >= 6 else text
    return f"-{short}" if value < 0 else short


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def imports(used: Iterable[str], where: Mapping[str, str]) -> str:
    """Import lines for the names used, `where` tells from which file; names from nowhere need none."""
    files: dict[str, list[str]] = {}
    for name in sorted(used):
        if name in where:
            files.setdefault(where[name], []).append(name)
    lines = []
    for file, names in sorted(files.items()):
        # All roles at once, for there may be hundreds.
        lines.append(f'import "{file}";\n' if file == ROLES else f'import {{{", ".join(names)}}} from "{file}";\n')
    return "".join(lines)
