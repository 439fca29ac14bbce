"""State-changing calls per core-second: our search against forge's invariant tests, on the same contracts.

Both play the repaired twin, in which nothing is found, on one thread. Ours are the transactions of the episodes
(deployment and opening are neither counted nor left out of the time); forge's are the calls of its handlers, each
of which sends one transaction; once with those that revert, once without. Views count on neither side. Time is
that of the processor, forge's without that of a run of one second, which is mostly set-up.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.canaries import Canary, load_canary
from benchmarks.foundry_runs import fuzz, prepare
from sim.search.assessment import Assessment
from sim.search.machine import bounded, machine_for

SECONDS = 20.0
SHORT_S = 1.0
CANARIES = ("uncapped-close", "funding-on-one-side")
TARGET_RATIO = 1.0


@dataclass(frozen=True)
class Throughput:
    """State-changing calls per second of one core, those that revert included, and without them."""

    ours_per_s: float
    forge_per_s: float
    ours_done_per_s: float
    forge_done_per_s: float

    @property
    def ratio(self) -> float:
        """Ours over forge's."""
        return self.ours_per_s / self.forge_per_s

    @property
    def done_ratio(self) -> float:
        """The same of calls that did not revert."""
        return self.ours_done_per_s / self.forge_done_per_s


def measure(name: str, seconds: float = SECONDS) -> Throughput:
    """Both, one after the other."""
    canary = load_canary(name)
    (our_calls, our_done), (forge_calls, forge_done) = ours(canary, seconds), forge(canary, seconds)
    return Throughput(our_calls, forge_calls, our_done, forge_done)


class _TimeIsUp(BaseException):
    """Leaves Hypothesis's loop."""


def ours(canary: Canary, seconds: float) -> tuple[float, float]:
    """Transactions a second, all and those that did not revert, of the search's machine with the design frozen."""
    canary.stage.play({}, ())
    sent, began = [0, 0], time.process_time()

    class Counting(machine_for(canary.twin.space.envelope)):
        """Counts transactions."""

        def broken(self, violations: list) -> None:
            """Shows in the assessment."""

        def concluded(self, assessment: Assessment) -> None:
            sent[0] += len(assessment.trace.transactions)
            sent[1] += sum(one.ok for one in assessment.trace.transactions)
            if time.process_time() - began >= seconds:
                raise _TimeIsUp

    Counting.stage, Counting.design_varies = canary.stage, False
    try:
        run_state_machine_as_test(seeded(0)(Counting), settings=bounded(10**6))
    except _TimeIsUp:
        pass
    spent = time.process_time() - began
    return sent[0] / spent, sent[1] / spent


def forge(canary: Canary, seconds: float) -> tuple[float, float]:
    """Calls a second, all and those that did not revert, of forge's invariant tests."""
    repaired = {path: value for path, value in canary.values.items() if path not in canary.stage.space.design}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "twin"
        prepare(canary, project, repaired)
        short, long = (fuzz(project, wanted, seed=0) for wanted in (SHORT_S, seconds))
    if long.found_s is not None:
        raise RuntimeError(f"forge breaks the twin of {canary.name}: {long.property}")
    spent, calls = long.cpu_s - short.cpu_s, long.calls - short.calls
    return calls / spent, (calls - long.reverts + short.reverts) / spent
