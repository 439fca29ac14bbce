"""From a shrunk episode to a finding."""

import sys
from importlib.metadata import PackageNotFoundError, version

from sim.search.episode import Stage
from sim.search.finding import Differences, Finding, OutcomeRecord, TippingRecord, action_records
from sim.search.objectives import OBJECTIVE
from sim.search.shrink import Shrunk

PACKAGES = ("tailspin", "pyrevm", "hypothesis", "numpy")


def record_finding(stage: Stage, aim: str, shrunk: Shrunk, seed: int) -> Finding:
    """The finding of a shrunk episode: what it takes, what happened, and what it was made with."""
    played, base = shrunk.played, stage.space.base
    design, environment = stage.space.split(played.values)
    outcome = played.outcome(aim)
    return Finding(
        name=f"{base.name}-{outcome.kind}",
        scenario=base.model_dump(mode="json"),
        scenario_id=stage.space.scenario(played.values).scenario_id,
        minimal=Differences(design=design, environment=environment),
        history=played.history,
        tipping=tuple(TippingRecord(path=t.path, holds=t.holds, fails=t.fails) for t in shrunk.tipping),
        outcome=OutcomeRecord(kind=outcome.kind, details=dict(outcome.details)),
        objective=aim if outcome.kind == OBJECTIVE else None,
        digest=played.trace.digest,
        blocks=len(played.trace.blocks),
        actions=action_records(
            played.trace.transactions, {record.block: record.time_s for record in played.trace.blocks}
        ),
        seed=seed,
        replays=shrunk.replays,
        versions=made_with(),
        artifacts_digest=stage.artifacts.digest,
    )


def made_with() -> dict[str, str]:
    """Versions of Python and of the packages that a replay depends on."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
