"""Rule: our contracts use nothing in which the two chains differ, and fit in the size limit of the EVM."""

import re
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
MAX_RUNTIME_BYTES = 24_576
PUSH1, PUSH32 = 0x60, 0x7F
FORBIDDEN = {
    0x3A: "GASPRICE",
    0x40: "BLOCKHASH",
    0x41: "COINBASE",
    0x43: "NUMBER",
    0x44: "PREVRANDAO",
    0x45: "GASLIMIT",
    0x46: "CHAINID",
    0x48: "BASEFEE",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0xF5: "CREATE2",
}
# GAS is an argument of every call, so its other uses are looked for in the sources.
PATTERNS = {
    "gasleft()": re.compile(r"\bgasleft\s*\("),
    "gas() in assembly outside a call": re.compile(r"(?<!call\()\bgas\(\)"),
    "a stipend of 2,300 gas": re.compile(r"\.send\s*\(|payable\([^)]*\)\s*\.transfer\s*\("),
    "a property of the block other than its time": re.compile(
        r"\bblock\.(number|basefee|prevrandao|difficulty|coinbase|gaslimit|chainid)\b"
    ),
    "blockhash": re.compile(r"\bblockhash\s*\("),
    "tx.gasprice": re.compile(r"\btx\.gasprice\b"),
    "salted creation": re.compile(r"\bnew\s+\w+\s*\{[^}]*salt|\bcreate2\b"),
}
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
SOURCES = sorted(CONTRACTS.rglob("*.sol"))


def opcodes(code: bytes) -> set[int]:
    """Return the opcodes of runtime code, skipping the data of pushes."""
    found, at = set(), 0
    while at < len(code):
        opcode = code[at]
        found.add(opcode)
        at += 1 + (opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0)
    return found


def violations(source: str) -> list[str]:
    """Return the names of the patterns that a source's code matches."""
    code = COMMENT.sub("", source)
    return [name for name, pattern in PATTERNS.items() if pattern.search(code)]


def test_runtime_code(artifacts):
    found = {name: opcodes(kind.runtime_code) & set(FORBIDDEN) for name, kind in artifacts.items()}
    assert {name: [FORBIDDEN[one] for one in some] for name, some in found.items() if some} == {}
    assert any(PUSH1 in opcodes(kind.runtime_code) for kind in artifacts.values())


def test_runtime_code_fits(artifacts):
    sizes = {name: len(kind.runtime_code) for name, kind in artifacts.items()}
    assert {name: size for name, size in sizes.items() if size > MAX_RUNTIME_BYTES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(CONTRACTS).as_posix())
def test_source(path):
    assert violations(path.read_text("utf-8")) == []


def test_disassembly_skips_the_data_of_pushes():
    assert opcodes(bytes.fromhex("60487f" + "43" * 32 + "5f00")) == {0x60, 0x7F, 0x5F, 0x00}
    assert opcodes(bytes.fromhex("604348")) == {0x60, 0x48}


@pytest.mark.parametrize(
    "source",
    [
        "uint256 left = gasleft();",
        "assembly { let left := gas() }",
        "payable(to).transfer(1);",
        "payable(to).send(1);",
        "uint256 n = block.number;",
        "bytes32 h = blockhash(1);",
        "new Child{salt: s}();",
    ],
)
def test_patterns_find_what_they_are_for(source):
    assert violations(source)
    assert violations(f"// {source}\n/* {source} */") == []


def test_calls_and_token_transfers_are_allowed():
    assert violations("token.transfer(to, 1); assembly { pop(call(gas(), to, 0, 0, 0, 0, 0)) }") == []
