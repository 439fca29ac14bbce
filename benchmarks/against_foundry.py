"""The same canaries by our search and by forge: found or not, time to find, length of the minimal sequence.

`python -m benchmarks.against_foundry [--seeds N] [--seconds S] [NAME...]`, all canaries by default. Both have the
same wall time and one thread. The proof that the twin is safe, deployment and compilation are apart on both sides.
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.canaries import FIND_SECONDS, Canary, Hunt, hunt, load_canary, names
from benchmarks.foundry_runs import EXPRESSED, Fuzzed, fuzz, prepare
from sim.errors import BadInput
from sim.search.safety import UnsafeBase, require_safe

HEAD = (
    "| canary | ours: found | median s | steps | transactions | forge: found | median s | calls |",
    "|---|---|---|---|---|---|---|---|",
)


def median_s(times: Sequence[float | None]) -> str:
    """Median in seconds, a missing run counted as longer than any."""
    middle = statistics.median_high([float("inf") if one is None else one for one in times])
    return "missed" if middle == float("inf") else f"{middle:.2f}"


def by_forge(canary: Canary, seeds: Sequence[int], seconds: float) -> list[Fuzzed]:
    """Every seed once without shrinking, for the time; those that found something again, for the length."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / canary.name
        prepare(canary, project)
        found = [fuzz(project, seconds, seed) for seed in seeds]
        shortest = [fuzz(project, seconds, seed, shrink=True).length for seed in seeds[:1] if found[0].found_s]
    return [*found, *(Fuzzed(None, 0, 0, length=length) for length in shortest)]


def row(canary: Canary, hunts: Sequence[Hunt], runs: Sequence[Fuzzed] | None) -> str:
    """A line of the table; `runs` are those of the seeds, then what was shrunk; None: not expressed."""
    ours = [one for one in hunts if one.found_s is not None]
    shortest = min(ours, key=lambda one: (one.steps, one.transactions), default=None)
    cells = [canary.name, f"{len(ours)} of {len(hunts)}", median_s([one.found_s for one in hunts])]
    cells += ["-", "-"] if shortest is None else [str(shortest.steps), str(shortest.transactions)]
    if runs is None:
        return f"| {' | '.join([*cells, 'no handler', '-', '-'])} |"
    timed = runs[: len(hunts)]
    lengths = [one.length for one in runs[len(hunts) :] if one.length is not None]
    cells += [f"{sum(one.found_s is not None for one in timed)} of {len(timed)}"]
    cells += [median_s([one.found_s for one in timed]), str(min(lengths, default="-"))]
    return f"| {' | '.join(cells)} |"


@click.command()
@click.argument("chosen", metavar="[NAME]...", nargs=-1)
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--seconds", type=click.FloatRange(min=1), default=FIND_SECONDS, show_default=True)
def main(chosen: tuple[str, ...], seeds: int, seconds: float) -> None:
    """Print the table as Markdown."""
    try:
        rows = []
        for name in chosen or names():
            canary = load_canary(name)
            click.echo(f"{name} ...", err=True)
            try:
                require_safe(canary.stage, aims=(canary.aim,))
            except UnsafeBase as error:
                click.echo(f"left out: {error}", err=True)
                continue
            hunts = [hunt(canary, seed, seconds) for seed in range(seeds)]
            runs = by_forge(canary, range(seeds), seconds) if name in EXPRESSED else None
            rows.append(row(canary, hunts, runs))
            click.echo(rows[-1], err=True)
        click.echo("\n".join([*HEAD, *rows]))
    except BadInput as error:
        click.echo(f"against_foundry: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
