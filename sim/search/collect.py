"""From the candidates of shards to findings on disk: shrunk, one per distinct cause."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.errors import BadInput
from sim.search.corpus import Corpus
from sim.search.episode import Stage
from sim.search.finding import Finding
from sim.search.history import describe
from sim.search.objectives import Bound
from sim.search.pending import Pending
from sim.search.record import record_finding
from sim.search.result import Best, SearchResult
from sim.search.safety import UnsafeBase
from sim.search.shards import Candidate, ShardReport
from sim.search.shrink import Shrinker

KEPT_OF_GAIN = 0.99
"""Share of what a maximised metric gained over the base that shrinking keeps."""


def refuse_unsafe(stage: Stage, reports: Sequence[ShardReport]) -> None:
    """An outcome at the base's own design is no finding: the base was not safe after all. Raises UnsafeBase."""
    for report in reports:
        if report.unsafe is not None:
            raise _unsafe(stage, report.unsafe)


def _unsafe(stage: Stage, candidate: Candidate) -> UnsafeBase:
    name = stage.space.base.name
    return UnsafeBase(
        f"base {name!r} is not safe: shard {candidate.shard} found {candidate.aim} without a change of design"
        f" ({describe(candidate.values, candidate.history)}); a design without an outcome in its envelope expected"
    )


def _rounder(limit: float, top: Candidate) -> float:
    """The limit in four digits, if that is still above the base's value and reached."""
    rounded = float(f"{limit:.4g}")
    base = top.base if top.base is not None else -math.inf
    return rounded if base < rounded <= top.value else limit


@dataclass(slots=True)
class Collector:
    """Shrinks candidates and stores what is new.

    Attributes
    ----------
    known
        Findings of the scenario so far, stored ones that still fail first.
    """

    stage: Stage
    corpus: Corpus
    result: SearchResult
    max_replays: int
    known: list[Finding] = field(default_factory=list)

    def collect(self, reports: Sequence[ShardReport], aims: Iterable[str], seed: int, first: bool) -> None:
        """Shrink candidates in the order of aims and shards; store one finding per distinct cause at once."""
        calls = self.stage.contract_calls
        for aim in aims:
            for report in reports:
                for candidate in report.candidates.get(aim, ()):
                    self._take(candidate, seed, first)
        self.result.contract_calls += self.stage.contract_calls - calls

    def resume(self, aims: Sequence[str], seed: int, first: bool) -> None:
        """Shrink the candidates of a search that was killed before it had shrunk them."""
        calls = self.stage.contract_calls
        space = self.stage.space
        for one in list(Pending(self.corpus.folder).of_scenario(space.base.name)):
            candidate = Candidate(one.shard, one.aim, one.values, one.history)
            if one.aim not in aims:
                continue
            try:
                space.scenario(one.values)
            except BadInput:
                self._dealt_with(candidate)  # the scenario has other fields now
            else:
                self._take(candidate, seed, first)
        self.result.contract_calls += self.stage.contract_calls - calls

    def _take(self, candidate: Candidate, seed: int, first: bool) -> None:
        """Shrink a candidate and store what is new, unless the first finding was to be the last.

        If that fails, the candidate stays on disk.
        """
        if first and self.result.findings:
            return
        finding = self._shrink(candidate, seed)
        if finding is not None and finding.cause not in {one.cause for one in self.known}:
            self._store(finding)
        self._dealt_with(candidate)

    def _dealt_with(self, candidate: Candidate) -> None:
        Pending(self.corpus.folder).drop(candidate.pending(self.stage.space.base.name))

    def climb(self, reports: Sequence[ShardReport], metrics: Iterable[str], seed: int) -> None:
        """Shrink the best episode of each metric that was maximised; store it if it goes further than before."""
        calls = self.stage.contract_calls
        for metric in metrics:
            tops = [report.best[metric] for report in reports if metric in report.best]
            top, before = max(tops, key=lambda one: one.value, default=None), self.result.best.get(metric)
            if top is None or (before is not None and before.value >= top.value):
                continue
            gained = abs(top.value) if top.base is None else top.value - top.base
            bound = Bound(metric, ">=", _rounder(top.value - (1 - KEPT_OF_GAIN) * gained, top))
            shrunk = Shrinker(self.stage, bound.text, self.max_replays).shrink(top.values, top.history)
            if shrunk is None or not self.stage.space.split(shrunk.played.values)[0]:
                continue
            self.result.shrink_replays += shrunk.replays
            path = self._store(record_finding(self.stage, bound.text, shrunk, seed))
            self.result.best[metric] = Best(shrunk.played.assessment.metrics[metric], top.base, path)
        self.result.contract_calls += self.stage.contract_calls - calls

    def _shrink(self, candidate: Candidate, seed: int) -> Finding | None:
        """Shrink a candidate without the design changes of known findings; None if it needs those of one of them.

        Raises UnsafeBase if no design change is left.
        """
        stage, values = self.stage, dict(candidate.values)
        for finding in self.known:
            design = finding.minimal.design
            if finding.aim != candidate.aim or not design.keys() <= values.keys():
                continue
            without = {path: value for path, value in values.items() if path not in design}
            self.result.shrink_replays += 1
            if stage.play(stage.space.reconcile(without), candidate.history).outcome(candidate.aim) is None:
                return None
            values = without
        shrunk = Shrinker(stage, candidate.aim, self.max_replays).shrink(values, candidate.history)
        if shrunk is None:
            return None
        self.result.shrink_replays += shrunk.replays
        if not stage.space.split(shrunk.played.values)[0]:
            self._dealt_with(candidate)
            raise _unsafe(stage, replace(candidate, values=shrunk.played.values, history=shrunk.played.history))
        return record_finding(stage, candidate.aim, shrunk, seed)

    def _store(self, finding: Finding) -> Path:
        path = self.corpus.add(finding)
        self.known.append(finding)
        if path not in self.result.findings:
            self.result.new.append(path)
        self.result.name(finding, path)
        return path
