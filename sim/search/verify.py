"""Verifications: a finding is run again and everything recorded in it is compared, transaction by transaction.

A replay asks for the outcome alone; a verification asks whether this program, on this chain, does exactly what the
one that wrote the file did, and whether the finding tips where it says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.chain.artifacts import Artifacts
from sim.errors import BadInput
from sim.search.episode import Played, Stage
from sim.search.finding import Finding, TippingRecord, action_records
from sim.search.record import made_with
from sim.search.replay import ReplayResult, replayed
from sim.search.space import Space
from sim.world.opening import WorldError


@dataclass(frozen=True, slots=True)
class Check:
    """Something recorded, and what was found instead.

    Attributes
    ----------
    binding
        Whether a difference makes the verification fail; versions may differ.
    """

    name: str
    recorded: Any
    found: Any
    binding: bool = True

    @property
    def agrees(self) -> bool:
        """Whether they are equal."""
        return self.recorded == self.found


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of a finding.

    Attributes
    ----------
    chain
        Where it was run again.
    infrastructure
        Failures of the node after which it was run again, one line each.
    """

    path: Path
    chain: str
    checks: tuple[Check, ...]
    infrastructure: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether everything that must be equal is."""
        return all(check.agrees for check in self.checks if check.binding)

    def as_dict(self) -> dict[str, Any]:
        """Plain data with the keys of the command."""
        return {
            "path": str(self.path),
            "chain": self.chain,
            "agrees": self.agrees,
            "checks": [
                {"name": one.name, "recorded": one.recorded, "found": one.found, "agrees": one.agrees}
                | {"binding": one.binding}
                for one in self.checks
            ],
            "infrastructure": list(self.infrastructure),
        }


def verify_finding(
    finding: Finding, path: Path, artifacts: Artifacts, chain_name: str = "revm", fork_url: str | None = None
) -> Verification:
    """Run a finding again and compare. Raises NodeError if the node failed, and another one after it."""
    result, played = replayed(finding, path, artifacts, chain_name, fork_url)
    checks = [Check("verdict", finding.expects, result.verdict)]
    if played is None:
        checks.append(Check("applies", None, result.reason))
    else:
        checks += _of_the_run(finding, result, played)
        stage = Stage(Space(finding.base()), artifacts)
        checks += [_tips(stage, finding, tipping) for tipping in finding.tipping]
    found = made_with()
    checks.append(Check("contracts", finding.artifacts_digest, artifacts.digest, binding=False))
    checks += [
        Check(f"version of {name}", version, found.get(name), binding=False)
        for name, version in finding.versions.items()
    ]
    return Verification(path, chain_name, tuple(checks), result.infrastructure)


def _of_the_run(finding: Finding, result: ReplayResult, played: Played) -> list[Check]:
    blocks = played.trace.blocks
    actions = action_records(played.trace.transactions, {record.block: record.time_s for record in blocks})
    same = sum(one == other for one, other in zip(finding.actions, actions, strict=False))
    scenario = Space(finding.base()).scenario(finding.values)
    return [
        Check("scenario_id", finding.scenario_id, scenario.scenario_id),
        Check("blocks", finding.blocks, len(blocks)),
        Check("transactions", len(finding.actions), len(actions)),
        Check("identical transactions", len(finding.actions), same),
        *(
            Check(f"{finding.outcome.kind}.{name}", value, result.details.get(name))
            for name, value in finding.outcome.details.items()
        ),
        Check("digest", finding.digest, played.trace.digest),
    ]


def _tips(stage: Stage, finding: Finding, tipping: TippingRecord) -> Check:
    """The same with one change undone holds."""
    try:
        undone = stage.play({**finding.values, tipping.path: tipping.holds}, finding.history)
        fails = undone.outcome(finding.aim) is not None
    except (BadInput, WorldError):
        fails = False
    return Check(f"{tipping.path}={tipping.holds}", "holds", "fails" if fails else "holds")
