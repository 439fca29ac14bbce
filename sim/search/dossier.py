"""A finding and its twin as what was sent and what came of it: the material of every export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.chain.artifacts import Artifacts, load_artifacts
from sim.errors import BadInput
from sim.search.episode import Stage
from sim.search.finding import Finding
from sim.search.loss import Reading, read_loss
from sim.search.space import Space, Values
from sim.search.transcript import Transcript, transcribe


@dataclass(frozen=True, slots=True)
class Case:
    """One episode: the values that differ from the base, what was sent, and what the chain says of it."""

    values: Mapping[str, Any]
    transcript: Transcript
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What an export is made of.

    Attributes
    ----------
    holds
        The same history after the change was undone, without the outcome; None if no undoing that was tried holds.
    undone
        By path of a design field: its value where it fails and where it holds.
    """

    finding: Finding
    fails: Case
    holds: Case | None
    undone: Mapping[str, tuple[Any, Any]]


def open_dossier(finding: Finding, path: Path, artifacts: Artifacts | None = None) -> Dossier:
    """Play a finding and its twin.

    Parameters
    ----------
    path
        Where the finding was read from, for messages.

    Raises
    ------
    BadInput : the finding does not fail here, or not as it did.
    """
    kind, aim = finding.outcome.kind, finding.aim
    stage = Stage(Space(finding.base()), artifacts or load_artifacts())
    fails = transcribe(stage, finding.values, finding.history)
    outcome = fails.played.outcome(aim)
    if outcome is None:
        why = fails.played.refused or "it was played to its end without"
        raise BadInput(f"finding {path}: not exported, for it has no {aim} here ({why})")
    for name, expected in finding.outcome.details.items():
        if outcome.details.get(name) != expected:
            raise BadInput(
                f"finding {path}: not exported, for its {name} is {outcome.details.get(name)!r} here,"
                f" {expected!r} in the file"
            )
    if fails.played.trace.digest != finding.digest:
        raise BadInput(
            f"finding {path}: not exported, for its digest is {fails.played.trace.digest} here, not the file's"
        )
    case = Case(finding.values, fails, read_loss(fails, kind))
    for values in _undone(stage, finding):
        holds = transcribe(stage, values, finding.history)
        if holds.played.refused is None and holds.played.outcome(aim) is None:
            return Dossier(
                finding, case, Case(values, holds, read_loss(holds, kind)), _differences(stage, finding, values)
            )
    return Dossier(finding, case, None, {})


def _undone(stage: Stage, finding: Finding) -> Iterator[dict[str, Any]]:
    """Values with the change undone: to the last value that holds, then wholly, one field and then all of them."""
    design = finding.minimal.design
    for tipping in finding.tipping:
        yield {**finding.values, tipping.path: tipping.holds}
    for path in design:
        yield {name: value for name, value in finding.values.items() if name != path}
    if len(design) > 1:
        yield dict(finding.minimal.environment)


def _differences(stage: Stage, finding: Finding, values: Values) -> dict[str, tuple[Any, Any]]:
    return {
        path: (value, values.get(path, stage.space.design[path].base))
        for path, value in finding.minimal.design.items()
        if values.get(path) != value
    }
