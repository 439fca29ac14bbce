"""Candidates on disk from the moment they are found until they are shrunk: a search that is killed loses none."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from sim.files import write_new
from sim.scenario.base import Model
from sim.search.history import History

FOLDER = ".pending"
"""Within the folder of findings."""


class PendingCandidate(Model):
    """An episode of a scenario, by the scenario's name, that reached an aim and has not been shrunk."""

    schema_version: Literal[1] = 1
    scenario: str
    aim: str
    shard: int
    values: dict[str, Any]
    history: History


class Pending:
    """The pending candidates beside a folder of findings."""

    def __init__(self, findings: Path | str) -> None:
        self.folder = Path(findings) / FOLDER

    def keep(self, candidate: PendingCandidate) -> None:
        """Write a candidate; one that cannot be written is still in memory, which is all that there was before."""
        text = json.dumps(candidate.model_dump(mode="json"), sort_keys=True)
        with suppress(OSError):
            write_new(self._path(text), text + "\n")

    def drop(self, candidate: PendingCandidate) -> None:
        """Remove a candidate that has been dealt with, and the folder with the last one."""
        text = json.dumps(candidate.model_dump(mode="json"), sort_keys=True)
        with suppress(OSError):
            self._path(text).unlink(missing_ok=True)
            self.folder.rmdir()

    def of_scenario(self, name: str) -> Iterator[PendingCandidate]:
        """Yield the candidates of a scenario, by file name; files that are none are passed over."""
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else ():
            with suppress(OSError, ValidationError, UnicodeDecodeError):
                candidate = PendingCandidate.model_validate_json(path.read_text(encoding="utf-8"), strict=True)
                if candidate.scenario == name:
                    yield candidate

    def _path(self, text: str) -> Path:
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
