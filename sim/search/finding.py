"""Findings: what a search found, as files that outlive the search, the code that found them and its seeds."""

import json
import os
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from sim.errors import BadInput
from sim.scenario.base import Model
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario
from sim.search.history import History, rules_of
from sim.trace import TransactionRecord

SCHEMA_VERSION = 1


class OutcomeRecord(Model):
    """A typed outcome with the figures that show it."""

    kind: str
    details: dict[str, Any] = {}


class Differences(Model):
    """Fields that differ from the base, by dotted path: the authors' choice, and the rest."""

    design: dict[str, Any] = Field(min_length=1)
    environment: dict[str, Any] = {}


class TippingRecord(Model):
    """A design field between two neighbouring values, all else as in the finding."""

    path: str
    holds: int | float | str | bool | None
    fails: int | float | str | bool | None


class ActionRecord(Model):
    """A transaction as it was executed, in the names of the scenario; times since its start."""

    block: int
    time_s: int
    sender: str
    target: str
    function: str
    args: list[Any]
    intent: str
    ok: bool


class Finding(Model):
    """A base scenario, what differs from it, a history, and the outcome that they have.

    Attributes
    ----------
    scenario
        The base as a document.
    digest
        Trace digest of the replay that was recorded; it may change with the code, the verdict does not ask it.
    expects
        The verdict that a replay should have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = SCHEMA_VERSION
    name: str
    scenario: dict[str, Any]
    scenario_id: str
    minimal: Differences
    history: History
    tipping: tuple[TippingRecord, ...] = ()
    outcome: OutcomeRecord
    expects: str = Field(default="still_fails", pattern="^(still_fails|fixed|not_applicable)$")
    digest: str
    blocks: int
    actions: tuple[ActionRecord, ...]
    seed: int
    replays: int
    versions: dict[str, str]
    artifacts_digest: str

    @property
    def values(self) -> dict[str, Any]:
        """All fields that differ from the base."""
        return {**self.minimal.design, **self.minimal.environment}

    @property
    def cause(self) -> tuple:
        """What makes it distinct: base, outcome, design fields that differ, and rules of the history."""
        base = self.scenario.get("name")
        return (base, self.outcome.kind, tuple(sorted(self.minimal.design)), rules_of(self.history))

    def base(self) -> Scenario:
        """The base scenario. Raises BadInput if its document is no longer valid."""
        return parse_scenario(self.scenario)


def action_records(transactions: list[TransactionRecord], times_s: dict[int, int]) -> tuple[ActionRecord, ...]:
    """Executed transactions in plain data."""
    return tuple(
        ActionRecord(
            block=tx.block,
            time_s=times_s[tx.block],
            sender=tx.sender,
            target=tx.target,
            function=tx.function,
            args=_plain(tx.args),
            intent=tx.intent,
            ok=tx.ok,
        )
        for tx in transactions
    )


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return "0x" + value.hex() if isinstance(value, bytes) else value


def write_finding(finding: Finding, path: Path) -> None:
    """Write a finding so that the file is either whole or not there.

    Raises
    ------
    FileExistsError
        There is such a file; it stays as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        with open(partial, "w", encoding="utf-8") as file:
            json.dump(finding.model_dump(mode="json"), file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_finding(path: Path | str) -> Finding:
    """Read a finding. Raises BadInput if there is none at the path or it is damaged."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise BadInput(f"finding {path}: cannot be read ({reason}), a finding file expected") from None
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadInput(f"finding {path}: not JSON ({error}), a finding file expected") from None
    given = document.get("schema_version") if isinstance(document, dict) else None
    if given != SCHEMA_VERSION:
        raise BadInput(f"finding {path}: schema_version is {given!r}, {SCHEMA_VERSION} expected")
    try:
        return Finding.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"finding {path}: {where}: {first['msg']}") from None
