"""What a name given for a SCENARIO stands for: an entry of the library or a file, and the designs put on it.

A reference is `BASE`, `BASE+DESIGN` or `BASE+DESIGN+DESIGN`. BASE is a scenario of the library or a YAML or JSON
file, DESIGN a design of the library or such a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import BadInput
from sim.scenario.fields import unknown_name
from sim.scenario.text import read_json, read_yaml

LIBRARY = Path(__file__).with_name("library")
DESIGNS = Path(__file__).with_name("designs")
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A scenario of the library: what it shows, and the requirements it serves."""

    name: str
    summary: str
    requirements: tuple[str, ...]


def list_library() -> list[LibraryEntry]:
    """Return the scenarios of the library by name."""
    entries = []
    for file in sorted(LIBRARY.glob("*.yaml")):
        document = read_yaml(file.read_text(), file.name)
        entries.append(LibraryEntry(file.stem, document["summary"], tuple(document["requirements"])))
    return entries


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder's entries, sorted."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


def split_reference(ref: str | Path) -> tuple[str, tuple[str, ...]]:
    """Return the base and the designs of a reference; a `+` in the name of a file that exists is part of it."""
    parts = str(ref).split("+")
    names = names_in(LIBRARY)
    splits = [("+".join(parts[:count]), tuple(parts[count:])) for count in range(1, len(parts) + 1)]
    there = (split for split in reversed(splits) if split[0] in names or Path(split[0]).is_file())
    meant = (split for split in splits if Path(split[0]).suffix in _SUFFIXES)
    return next(there, next(meant, splits[0]))


def scenario_document(ref: str) -> tuple[Mapping[str, Any], Path]:
    """Return a base's plain data and the folder that its file names are relative to; raises BadInput."""
    file = _file(ref, LIBRARY, "scenario")
    return _read(file, ref), file.parent


def design_document(ref: str) -> Mapping[str, Any]:
    """Return a design's plain data; raises BadInput."""
    return _read(_file(ref, DESIGNS, "design"), ref)


def _file(name: str, folder: Path, what: str) -> Path:
    """The file that a name of a folder, or a path, stands for."""
    file = Path(name)
    if file.suffix in _SUFFIXES or file.is_file():
        return file
    names = names_in(folder)
    if name not in names:
        raise unknown_name(f"{what} {name!r}", name, names)
    return folder / f"{name}.yaml"


def _read(file: Path, name: str) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{name}: not UTF-8 text, a YAML or JSON file expected") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be read"
        raise BadInput(f"{name}: {reason}, a readable YAML or JSON file expected") from None
    document = (read_json if file.suffix == ".json" else read_yaml)(text, name)
    if not isinstance(document, Mapping):
        given = "a list" if isinstance(document, list) else "nothing" if document is None else "a single value"
        raise BadInput(f"{name} holds {given}, a mapping of fields expected")
    return document
