"""Contracts of real protocols in an exported project: interfaces of what is called, code out of npm packages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.search.transcript import Created, Said, Sent, Transcript

READER = """
/// @notice Creation codes as their authors published them, read from npm packages when the test runs.
library Published {{
    function _read(string memory file, bytes32 digest) private view returns (bytes memory code) {{
        string memory folder = vm.envOr("NODE_MODULES", string("node_modules"));
        code = vm.parseJsonBytes(vm.readFile(string.concat(folder, "/", file)), ".bytecode");
        require(sha256(code) == digest, string.concat(file, " is not the one that is pinned"));
    }}
{codes}}}
"""
CODE = """
    function {name}() internal view returns (bytes memory) {{
        return _read("{file}", 0x{digest});
    }}
"""


def interfaces(transcripts: Sequence[Transcript]) -> str:
    """An interface for every published contract, with the functions that are called."""
    called: dict[str, dict[str, Mapping[str, Any]]] = {}
    for transcript in transcripts:
        for name in transcript.published:
            called.setdefault(name, {})
        for frame in transcript.frames:
            for item in frame.items:
                if isinstance(item, Sent) and item.contract in called:
                    for call in (item.call, *_inner(transcript, item)):
                        called[item.contract][call.name] = call.entry
    return "".join(_interface(name, list(entries.values())) for name, entries in sorted(called.items()))


def _inner(transcript: Transcript, item: Sent) -> Iterator[Said]:
    """Calls within a call, as a multicall has them."""
    for value in item.call.args:
        for one in value if isinstance(value, list | tuple) else (value,):
            found = transcript.inner_call(item.contract, one) if isinstance(one, bytes) else None
            if found is not None:
                yield found


def _interface(name: str, entries: Sequence[Mapping[str, Any]]) -> str:
    structs = {one[0]: one[1] for entry in entries for one in _structs(entry["inputs"])}
    text = f"\ninterface {name} {{\n"
    for struct, components in structs.items():
        fields = "".join(f"        {_type(one)} {one['name']};\n" for one in components)
        text += f"    struct {struct} {{\n{fields}    }}\n\n"
    for entry in entries:
        given = ", ".join(f"{_type(one)}{_place(one)} {one['name']}" for one in entry["inputs"])
        payable = " payable" if entry.get("stateMutability") == "payable" else ""
        text += f"    function {entry['name']}({given}) external{payable};\n"
    return text + "}\n"


def _structs(inputs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    for one in inputs:
        if one["type"].startswith("tuple"):
            yield from _structs(one["components"])
            yield _type(one).partition("[")[0], one["components"]


def _type(entry: Mapping[str, Any]) -> str:
    if entry["type"].startswith("tuple"):
        return entry["internalType"].rpartition(".")[2].removeprefix("struct ") + entry["type"][5:]
    return entry["type"]


def _place(entry: Mapping[str, Any]) -> str:
    dynamic = (
        entry["type"].startswith("tuple") or entry["type"].endswith("]") or entry["type"] in ("bytes", "string")
    )
    return " calldata" if dynamic else ""


def codes(transcripts: Sequence[Transcript], project: Any) -> dict[str, bytes]:
    """Creation codes of the published contracts that are deployed by code, by name."""
    import json

    found = {}
    for transcript in transcripts:
        for name, published in transcript.published.items():
            text = json.loads((project / published.file).read_text("utf-8"))["bytecode"]
            found[name] = bytes.fromhex(text.removeprefix("0x"))
    return found


def reader(transcripts: Sequence[Transcript], used: set[str]) -> str:
    """The library that reads creation codes."""
    published = {name: one for transcript in transcripts for name, one in transcript.published.items()}
    texts = [
        CODE.format(name=name[0].lower() + name[1:], file=f"{one.package}/{one.path}", digest=one.code_sha256)
        for name, one in sorted(published.items())
        if name in used
    ]
    return READER.format(codes="".join(texts))


def created(transcripts: Sequence[Transcript]) -> set[str]:
    """Published contracts whose creation code is used by name."""
    return {
        item.contract
        for transcript in transcripts
        for frame in transcript.frames
        for item in frame.items
        if isinstance(item, Created) and item.contract in transcript.published
    }
