"""Runs of one design over several seeds, as means with intervals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from sim.metrics.intervals import bootstrap_interval
from sim.metrics.summary import Metric


@dataclass(frozen=True, slots=True)
class SeedRun:
    """One run of a design.

    Attributes
    ----------
    digest
        Of its trace; empty where the scenario could not be opened, with the reason in `failures`.
    outcomes
        Kinds of its typed outcomes.
    failures
        Invariants that broke and thresholds that were crossed, one line each.
    """

    seed: int
    digest: str
    metrics: Mapping[str, Metric]
    outcomes: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DesignRuns:
    """All runs of one design on one scenario, by seed.

    Attributes
    ----------
    name
        Name of the design; `base` for the scenario as it is.
    scenario
        Name of the scenario without the design.
    reference
        What `tailspin run` takes to run it.
    """

    name: str
    scenario: str
    reference: str
    summary: str
    runs: tuple[SeedRun, ...]

    def values(self, metric: str) -> list[float | int]:
        """The metric in every run where it is defined."""
        given = (run.metrics.get(metric) for run in self.runs)
        return [value for value in given if value is not None]

    def mean(self, metric: str) -> float | None:
        """Mean over the seeds in which the metric is defined; None if it is in none."""
        values = self.values(metric)
        return fmean(values) if values else None

    def interval(self, metric: str) -> tuple[float, float] | None:
        """Interval of that mean; None where the mean is."""
        values = self.values(metric)
        return bootstrap_interval(values) if values else None

    @property
    def metrics(self) -> Sequence[str]:
        """Names of all metrics, in the order of the runs."""
        return list(dict.fromkeys(name for run in self.runs for name in run.metrics))

    @property
    def failures(self) -> list[str]:
        """What failed, with the seed in front."""
        return [f"{self.reference}, seed {run.seed}: {line}" for run in self.runs for line in run.failures]

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of `tailspin compare --json`."""
        intervals = {name: self.interval(name) for name in self.metrics}
        return {
            "name": self.name,
            "scenario": self.scenario,
            "reference": self.reference,
            "summary": self.summary,
            "seeds": [run.seed for run in self.runs],
            "metrics": {name: self.mean(name) for name in self.metrics},
            "intervals": {name: None if found is None else list(found) for name, found in intervals.items()},
            "seeds_without_value": {
                name: missing for name in self.metrics if (missing := len(self.runs) - len(self.values(name)))
            },
            "outcomes": dict(sorted(Counter(kind for run in self.runs for kind in run.outcomes).items())),
            "failures": self.failures,
            "digests": [run.digest for run in self.runs],
        }
