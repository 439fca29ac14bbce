"""Replays of findings: each has a verdict on its outcome, whatever became of its digest."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from sim.chain.artifacts import Artifacts, load_artifacts
from sim.chain.base import Chain, NodeError
from sim.chain.revm import RevmChain
from sim.errors import BadInput
from sim.search.corpus import finding_files
from sim.search.episode import Played, Stage
from sim.search.finding import Finding, load_finding
from sim.search.space import Space
from sim.world.opening import WorldError

Verdict = Literal["still_fails", "fixed", "not_applicable"]
CHAINS = ("revm", "anvil")
NODE_RETRIES = 1


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A replayed finding.

    Attributes
    ----------
    verdict
        `still_fails`: it has the outcome. `fixed`: it was played to its end without. `not_applicable`: the
        scenario, the design or a step of the history no longer exists or is no longer allowed.
    expected
        The verdict that the file expects.
    digest
        Of the replayed trace; None if there was none.
    same_digest
        Whether it is the recorded one.
    outcome
        Kind that the finding is about.
    details
        Figures of the outcome as replayed; empty if it has none.
    reason
        Why it does not apply; None if it does.
    infrastructure
        Failures of the node after which it was replayed again, one line each.
    """

    path: Path
    verdict: Verdict
    expected: str
    digest: str | None
    same_digest: bool
    outcome: str
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    infrastructure: tuple[str, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that the file expects."""
        return self.verdict == self.expected

    def as_dict(self) -> dict[str, Any]:
        """Plain data with the keys of the command."""
        return {
            "path": str(self.path),
            "verdict": self.verdict,
            "expected": self.expected,
            "digest": self.digest,
            "same_digest": self.same_digest,
            "outcome": self.outcome,
            "details": dict(self.details),
            "reason": self.reason,
            "infrastructure": list(self.infrastructure),
        }


def replay(
    paths: Path | str | Iterable[Path | str],
    chain_name: str = "revm",
    fork_url: str | None = None,
    artifacts: Artifacts | None = None,
) -> list[ReplayResult]:
    """Replay findings in the order given, folders by file name.

    Parameters
    ----------
    paths
        Finding files, or folders of them.
    chain_name
        `revm`, or `anvil` for a node that is started for each finding.
    fork_url
        With `anvil`: the node forks this one.
    artifacts
        Contracts to replay with; the project's by default.

    Raises
    ------
    BadInput
        A path holds no finding, or there is no such chain; nothing has been replayed then.
    NodeError
        The node failed: no verdict.
    """
    if chain_name not in CHAINS:
        raise BadInput(f"chain is {chain_name!r}, one of {', '.join(CHAINS)} expected")
    files = finding_files([paths] if isinstance(paths, Path | str) else paths)
    findings = [(path, load_finding(path)) for path in files]
    contracts = artifacts or load_artifacts()
    return [replay_finding(finding, path, contracts, chain_name, fork_url) for path, finding in findings]


def replay_finding(
    finding: Finding, path: Path, artifacts: Artifacts, chain_name: str = "revm", fork_url: str | None = None
) -> ReplayResult:
    """Replay one finding that was read from `path` on the base that is in it.

    A node that fails is followed by another one, once. Raises NodeError if that fails too.
    """
    result, _ = replayed(finding, path, artifacts, chain_name, fork_url)
    return result


def replayed(
    finding: Finding, path: Path, artifacts: Artifacts, chain_name: str = "revm", fork_url: str | None = None
) -> tuple[ReplayResult, Played | None]:
    """As `replay_finding`, with what was played; None if nothing could be."""
    failures: list[str] = []
    try:
        stage = Stage(Space(finding.base()), artifacts)
        while True:
            try:
                with closing(_chain(chain_name, fork_url)) as chain:
                    played = stage.play(finding.values, finding.history, chain)
                break
            except NodeError as error:
                if len(failures) == NODE_RETRIES:
                    raise
                failures.append(str(error))
    except (BadInput, WorldError) as error:
        return _result(finding, path, "not_applicable", None, str(error)), None
    return replace(judge(finding, path, played), infrastructure=tuple(failures)), played


def replay_here(stage: Stage, finding: Finding, path: Path) -> ReplayResult:
    """Replay a finding on the base of a stage, which may have changed since."""
    try:
        played = stage.play(finding.values, finding.history)
    except (BadInput, WorldError) as error:
        return _result(finding, path, "not_applicable", None, str(error))
    return judge(finding, path, played)


def judge(finding: Finding, path: Path, played: Played) -> ReplayResult:
    """The verdict on what was played."""
    outcome = played.outcome(finding.aim)
    if outcome is not None:
        return _result(finding, path, "still_fails", played.trace.digest, None, outcome.details)
    if played.refused is not None:
        return _result(finding, path, "not_applicable", played.trace.digest, played.refused)
    return _result(finding, path, "fixed", played.trace.digest, None)


def _result(
    finding: Finding,
    path: Path,
    verdict: Verdict,
    digest: str | None,
    reason: str | None,
    details: Mapping[str, Any] = MappingProxyType({}),
) -> ReplayResult:
    same = digest == finding.digest
    return ReplayResult(path, verdict, finding.expects, digest, same, finding.outcome.kind, details, reason)


def _chain(name: str, fork_url: str | None) -> Chain:
    if name == "revm":
        return RevmChain()
    from sim.chain.anvil import AnvilChain

    return AnvilChain.start(fork_url=fork_url)
