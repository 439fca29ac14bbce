"""Findings: what a search found, as files that outlive the search, the code that found them and its seeds."""

import errno
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError, model_validator

from sim.errors import BadInput
from sim.files import write_new
from sim.scenario.base import Model
from sim.scenario.complaints import shown
from sim.scenario.fields import nearest
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario
from sim.search.history import History, rules_of
from sim.search.objectives import OBJECTIVE, parse_bound
from sim.trace import TransactionRecord

SCHEMA_VERSION = 1
SEAL = "content_digest"
MAX_DEPTH = 64
"""Of lists and mappings in a file; a finding has about ten."""


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
    objective
        Of an outcome of the kind `objective`: the metric with its bound.
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
    objective: str | None = None
    expects: str = Field(default="still_fails", pattern="^(still_fails|fixed|not_applicable)$")
    digest: str
    blocks: int
    actions: tuple[ActionRecord, ...]
    seed: int
    replays: int
    versions: dict[str, str]
    artifacts_digest: str

    @model_validator(mode="after")
    def _has_an_aim(self) -> "Finding":
        bound = parse_bound(self.objective) if self.objective is not None else None
        if (self.outcome.kind == OBJECTIVE) != (bound is not None):
            raise ValueError(
                "`objective`, a metric with a bound, belongs to an outcome of that kind, and to no other"
            )
        if "name" not in self.scenario:
            raise ValueError("`scenario` has no name")
        return self

    @property
    def values(self) -> dict[str, Any]:
        """All fields that differ from the base."""
        return {**self.minimal.design, **self.minimal.environment}

    @property
    def aim(self) -> str:
        """What a replay must reach: the outcome, or the objective."""
        return self.objective or self.outcome.kind

    @property
    def cause(self) -> tuple:
        """What makes it distinct: base, outcome, design fields that differ, and rules of the history."""
        base = self.scenario.get("name")
        return (base, self.aim, tuple(sorted(self.minimal.design)), rules_of(self.history))

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
    """Write a finding with its seal, so that the file is either whole or not there.

    Raises
    ------
    FileExistsError
        There is such a file; it stays as it is.
    """
    write_new(path, json.dumps(sealed(finding.model_dump(mode="json")), indent=1, allow_nan=False) + "\n")


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A finding's document with its seal: a digest of everything in it but the verdict that it expects."""
    content = {key: value for key, value in document.items() if key not in (SEAL, "expects")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return {**document, SEAL: hashlib.sha256(text.encode()).hexdigest()}


def load_finding(path: Path | str) -> Finding:
    """Read a finding. Raises BadInput if there is none at the path, or it is damaged or was edited."""
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise OSError(errno.EINVAL, "not a file")
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise BadInput(f"finding {path}: cannot be read ({reason}), a finding file expected") from None
    document = _document(text, path)
    given = document.get("schema_version")
    if given != SCHEMA_VERSION or isinstance(given, bool):
        raise BadInput(f"finding {path}: schema_version is {shown(given)}, {SCHEMA_VERSION} expected")
    seal = document.pop(SEAL, None)
    try:
        finding = Finding.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise BadInput(f"finding {path}: {_complaint(error)}") from None
    if seal != sealed(document)[SEAL]:
        raise BadInput(
            f"finding {path}: {SEAL} is {shown(seal)}, not that of its content: damaged or edited,"
            " only `expects` may be changed by hand"
        )
    return finding


def _document(text: str, path: Path | str) -> dict[str, Any]:
    """The mapping that a file holds."""

    def no_number(name: str) -> None:
        raise ValueError(f"{name} is no number of JSON")

    try:
        document = json.loads(text, parse_constant=no_number)
        _check_depth(document)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise BadInput(f"finding {path}: not JSON ({reason}), a finding file expected") from None
    if not isinstance(document, dict):
        raise BadInput(f"finding {path}: {shown(document)}, a mapping of a finding's fields expected")
    return document


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        groups = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [item for group in groups for item in group]
        if not level:
            return
    raise RecursionError


def _complaint(error: ValidationError) -> str:
    """The first thing to put right, with the nearest name for an unknown field."""
    first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"]) or "the document"
    if first["type"] == "extra_forbidden":
        hint = nearest(str(first["loc"][-1]), Finding.model_fields)
        return f"{where} is unknown" + (f", nearest is {hint!r}" if len(first["loc"]) == 1 else "")
    return f"{where} is {shown(first['input'])}: {' '.join(first['msg'].split())}"
