"""Canaries: designs with one planted flaw each, and how long a search takes to find it; their twins hold.

`python -m benchmarks.canaries [--quick] [NAME...]`, all by default. A pair is two files in `benchmarks/canaries/`:
`NAME.yaml` is the repaired twin, a scenario whose one design field is where the flaw goes; `NAME.witness.yaml`
says what is aimed at and holds a short history under which the canary fails and its twin does not.
"""

import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from sim.chain.artifacts import load_artifacts
from sim.errors import BadInput
from sim.files import write_text
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from sim.scenario.text import read_yaml
from sim.search.assessment import Assessment
from sim.search.episode import Played, Stage
from sim.search.finding import Finding, load_finding
from sim.search.history import History, describe, history_from_json
from sim.search.machine import bounded, machine_for
from sim.search.safety import UnsafeBase, require_safe
from sim.search.search import search
from sim.search.space import Space

FOLDER = Path(__file__).parent / "canaries"
README = Path(__file__).parent / "README.md"
MARKS = ("<!-- canaries -->", "<!-- end of canaries -->")
SEEDS = 5
FIND_SECONDS = 60.0
TWIN_SECONDS = 300.0
QUICK_SEEDS = 1
QUICK_TWIN_SECONDS = 10.0


@dataclass(frozen=True)
class Canary:
    """A design with a planted flaw, its twin, and what shows the flaw.

    Attributes
    ----------
    twin
        The repaired design; its search space has the flaw's field alone.
    aim
        An outcome, or a metric with a bound.
    flaw
        What is wrong, in one line.
    values
        The flaw, and environment fields of the witness.
    history
        Steps under which the canary reaches the aim and the twin reaches no outcome.
    """

    name: str
    twin: Scenario
    aim: str
    flaw: str
    values: dict[str, Any]
    history: History

    @cached_property
    def stage(self) -> Stage:
        """Where both are played."""
        return Stage(Space(self.twin), load_artifacts())

    def alarming(self, assessment: Assessment) -> tuple[str, ...]:
        """What the twin should not have reached: any outcome that its space does not tolerate, and the aim."""
        borne = self.twin.space.tolerated
        kinds = tuple(one.kind for one in assessment.outcomes if one.kind not in borne)
        reached = assessment.outcome(self.aim) is not None and self.aim not in kinds
        return (*kinds, self.aim) if reached else kinds

    def play(self) -> tuple[Played, Played]:
        """The witness played with the flaw, and without."""
        design = self.stage.space.design
        repaired = {path: value for path, value in self.values.items() if path not in design}
        return self.stage.play(self.values, self.history), self.stage.play(repaired, self.history)


@dataclass(frozen=True)
class Hunt:
    """What one seed came to.

    Attributes
    ----------
    found_s
        Seconds until the first candidate; None: missed.
    actors, steps, transactions, fields
        Of the minimal finding: who sent transactions, steps of the environment, transactions, and fields off the
        twin's.
    """

    seed: int
    found_s: float | None
    examples: int
    seconds: float
    actors: int | None = None
    steps: int | None = None
    transactions: int | None = None
    fields: int | None = None


@dataclass(frozen=True)
class Alarms:
    """Episodes of the twin within its envelope, those that reached what they should not, and the first of them."""

    seconds: float
    episodes: int
    alarms: int
    first: str | None = None


class _TimeIsUp(BaseException):
    """Leaves Hypothesis's loop."""


def names() -> list[str]:
    """All pairs, in order."""
    return sorted(path.name.removesuffix(".witness.yaml") for path in FOLDER.glob("*.witness.yaml"))


def load_canary(name: str) -> Canary:
    """Read a pair. Raises BadInput if there is none of that name, or a file is not what it should be."""
    if name not in names():
        raise BadInput(f"canary is {name!r}, one of {', '.join(names())} expected")
    where = FOLDER / f"{name}.witness.yaml"
    witness = read_yaml(where.read_text(), str(where))
    history = history_from_json(witness["history"])
    values = dict(witness["values"])
    return Canary(name, load_scenario(FOLDER / f"{name}.yaml"), witness["aim"], witness["flaw"], values, history)


def hunt(canary: Canary, seed: int, seconds: float = FIND_SECONDS) -> Hunt:
    """Search for the flaw with one worker until the first candidate, and shrink it."""
    with tempfile.TemporaryDirectory() as folder:
        result = search(canary.twin, [canary.aim], seconds=seconds, seed=seed, out=folder, first=True)
        if not result.found:
            return Hunt(seed, None, result.examples, result.seconds)
        sizes = _sizes(load_finding(result.finding))
    return Hunt(seed, result.first_found_s, result.examples, result.seconds, *sizes)


def _sizes(finding: Finding) -> tuple[int, int, int, int]:
    senders = {action.sender for action in finding.actions}
    return len(senders), len(finding.history), len(finding.actions), len(finding.values)


def watch_twin(canary: Canary, seconds: float, seed: int = 0) -> Alarms:
    """Stress the twin for some time, with its design frozen, by the machine that finds the flaw."""
    began = time.monotonic()
    episodes: Counter[str] = Counter()
    heard: list[str] = []

    class TwinMachine(machine_for(canary.twin.space.envelope)):
        """Counts what the twin comes to."""

        def broken(self, violations: list) -> None:
            """Shows in the assessment."""

        def concluded(self, assessment: Assessment) -> None:
            episodes["all"] += 1
            reached = canary.alarming(assessment)
            if reached:
                heard.append(f"{', '.join(reached)}: {describe(self.values, self.episode.history)}")
            if time.monotonic() - began >= seconds:
                raise _TimeIsUp

    TwinMachine.stage, TwinMachine.design_varies = canary.stage, False
    TwinMachine.climbs = (canary.aim,) if canary.aim != "invariant" else ("lowest_health",)
    while time.monotonic() - began < seconds:
        try:
            run_state_machine_as_test(seeded(seed)(TwinMachine), settings=bounded(10**6))
        except _TimeIsUp:
            break
        seed += 1
    return Alarms(time.monotonic() - began, episodes["all"], len(heard), next(iter(heard), None))


@dataclass(frozen=True)
class Measured:
    """A canary's hunts, its twin's alarms, and how long the proof of the twin's safety took (0: known before)."""

    name: str
    aim: str
    proof_s: float
    hunts: tuple[Hunt, ...]
    twin: Alarms

    @property
    def found(self) -> list[Hunt]:
        """Hunts that found the flaw."""
        return [one for one in self.hunts if one.found_s is not None]

    @property
    def median_s(self) -> float | None:
        """Median time to find, a missing run counted as longer than any; None if the median run is missing."""
        times = sorted(float("inf") if one.found_s is None else one.found_s for one in self.hunts)
        middle = times[len(times) // 2] if times else float("inf")
        return None if middle == float("inf") else middle

    @property
    def kept(self) -> bool:
        """Whether the flaw is found in the median run, and the twin raised no alarm."""
        return self.median_s is not None and not self.twin.alarms

    def row(self) -> str:
        """A line of the table."""
        shortest = min(self.found, key=lambda one: (one.steps, one.transactions), default=None)
        sizes = ("-",) * 4 if shortest is None else _sizes_of(shortest)
        found_s = "missed" if self.median_s is None else f"{self.median_s:.1f}"
        examples = statistics.median([one.examples for one in self.hunts] or [0])
        alarms = f"{self.twin.alarms} in {self.twin.episodes} episodes, {self.twin.seconds:.0f} s"
        cells = (self.name, f"`{self.aim}`", f"{len(self.found)} of {len(self.hunts)}", found_s, f"{examples:.0f}")
        return f"| {' | '.join((*cells, *map(str, sizes), alarms))} |"


def _sizes_of(one: Hunt) -> tuple[int | None, ...]:
    """Sizes of a minimal finding as they stand in the table."""
    return one.actors, one.steps, one.transactions, one.fields


HEAD = (
    "| canary | aim | found | median s | examples | actors | steps | transactions | fields | alarms of the twin |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


def measure(canary: Canary, seeds: Iterable[int], twin_seconds: float, seconds: float = FIND_SECONDS) -> Measured:
    """Prove the twin safe, hunt for the flaw with every seed, and stress the twin; an unsafe twin is an alarm."""
    began = time.monotonic()
    try:
        require_safe(canary.stage, aims=(canary.aim,))
        proof_s = time.monotonic() - began
        hunts = tuple(hunt(canary, seed, seconds) for seed in seeds)
    except UnsafeBase as error:
        spent_s = time.monotonic() - began
        return Measured(canary.name, canary.aim, spent_s, (), Alarms(spent_s, 1, 1, str(error)))
    return Measured(canary.name, canary.aim, proof_s, hunts, watch_twin(canary, twin_seconds))


def write_table(rows: Sequence[str], path: Path = README) -> None:
    """Put the table between its marks. Raises BadInput if the marks are not there."""
    text = path.read_text(encoding="utf-8")
    before, mark, rest = text.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        raise BadInput(f"{path} has no {MARKS[0]} ... {MARKS[1]}, between which the table goes")
    table = "\n".join([*HEAD, *rows])
    write_text(path, f"{before}{mark}\n{table}\n{end}{after}")


@click.command()
@click.argument("chosen", metavar="[NAME]...", nargs=-1)
@click.option("--quick", is_flag=True, help="One seed, and ten seconds for each twin; the table is not written.")
@click.option("--twin-seconds", type=click.FloatRange(min=1), help="For each twin; 300 by default.")
@click.option("--seeds", type=click.IntRange(min=1), help="Searches for each canary; 5 by default.")
def main(chosen: tuple[str, ...], quick: bool, twin_seconds: float | None, seeds: int | None) -> None:
    """Measure canaries: one JSON object each on standard error, then the table.

    All of them without --quick rewrite the README's table. Ends with 1 if a flaw is missed or a twin raises
    an alarm.
    """
    count = seeds or (QUICK_SEEDS if quick else SEEDS)
    stressed_s = twin_seconds or (QUICK_TWIN_SECONDS if quick else TWIN_SECONDS)
    try:
        canaries = [load_canary(name) for name in chosen or names()]
        done: list[Measured] = []
        for canary in canaries:
            click.echo(f"{canary.name} ({len(done) + 1} of {len(canaries)}) ...", err=True)
            done.append(measure(canary, range(count), stressed_s))
            click.echo(json.dumps(asdict(done[-1])), err=True)
        rows = [one.row() for one in done]
        click.echo("\n".join([*HEAD, *rows]))
        if not quick and not chosen:
            write_table(rows)
    except BadInput as error:
        click.echo(f"canaries: {error}", err=True)
        sys.exit(2)
    sys.exit(not all(one.kept for one in done))


if __name__ == "__main__":
    main()
