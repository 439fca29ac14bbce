"""Our contracts as an exported project takes them along: the sources it needs, and the packages they need."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from sim.export.files import PROJECT

CONTRACTS = "contracts"
REMAPPINGS = {
    "@openzeppelin/contracts": "node_modules/@openzeppelin/contracts",
    "solady/src/utils": "node_modules/solady/src/utils",
}
"""Where Solidity finds what comes from npm, as in the project itself."""
_IMPORT = re.compile(r'^import\b[^;]*?"([^"]+)"', re.MULTILINE)
_NAMED = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)"', re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:abstract contract|contract|interface|library|struct|enum)\s+(\w+)", re.MULTILINE)


@cache
def declared() -> dict[str, str]:
    """Where every type is declared that our sources name: a file relative to the project, or one of a package."""
    packaged: dict[str, str] = {}
    ours: dict[str, str] = {}
    for file in sorted((PROJECT / CONTRACTS).rglob("*.sol")):
        text = file.read_text("utf-8")
        for names, path in _NAMED.findall(text):
            if is_packaged(path):
                packaged |= {name.strip(): path for name in names.split(",") if " as " not in name}
        ours |= dict.fromkeys(_TOP_LEVEL.findall(text), file.relative_to(PROJECT).as_posix())
    return {**packaged, **ours}


def is_packaged(path: str) -> bool:
    """Whether an import is of an npm package."""
    return path.startswith(tuple(REMAPPINGS))


def closure(files: Iterable[str]) -> dict[str, str]:
    """Texts of sources and of all of ours that they import, by path relative to the project."""
    texts: dict[str, str] = {}
    pending = [name for name in files if not is_packaged(name)]
    while pending:
        name = pending.pop()
        if name not in texts:
            texts[name] = (PROJECT / name).read_text("utf-8")
            pending += _ours(name, texts[name])
    return dict(sorted(texts.items()))


def _ours(name: str, text: str) -> Iterator[str]:
    folder = (PROJECT / name).parent
    for imported in _IMPORT.findall(text):
        if imported.startswith("."):
            yield (folder / imported).resolve().relative_to(PROJECT).as_posix()


def package_json(name: str, published: Mapping[str, str]) -> str:
    """The npm packages of an exported project, pinned as here; `published`: versions by package of others."""
    pinned = json.loads((PROJECT / "package.json").read_text("utf-8"))["dependencies"]
    libraries = {package: pinned[package] for package in ("@openzeppelin/contracts", "solady")}
    document = {
        "name": name,
        "private": True,
        "description": "What the contracts in this folder import.",
        "dependencies": dict(sorted({**libraries, **published}.items())),
    }
    return json.dumps(document, indent=2) + "\n"


def node_modules() -> Path:
    """Where the project's own npm packages lie."""
    return PROJECT / "node_modules"
