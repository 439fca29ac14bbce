"""The two streams of a command: results on standard output, progress and logs on standard error."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engine import Engine

REFRESH_S = 0.1
LIQUIDATIONS = ("Liquidation", "Liquidated")
"""Events of liquidations, on lending and on perpetual markets."""


def show_json(document: Any) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def show_rows(header: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print rows: a table on a terminal, tab-separated lines elsewhere."""
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            sys.stdout.write("\t".join(row) + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, title=title or None, title_justify="left", show_edge=False, pad_edge=False)
    table.show_header = any(header)
    for row in cells:
        table.add_row(*row)
    Console().print(table, markup=False, end="\n\n")


def show_facts(facts: Mapping[str, object], title: str = "") -> None:
    """Print names with their values; None is left out."""
    rows = [(name, number(value)) for name, value in facts.items() if value is not None]
    show_rows(("", ""), rows, title)


def number(value: object) -> str:
    """Return a value as people read it: thousands apart, no false precision."""
    if isinstance(value, Mapping):
        return " ".join(f"{name} {number(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(number(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"


def log(line: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@contextmanager
def progress_bar(
    label: str, total: int | None, unit: str = ""
) -> Iterator[Callable[[int, int | None, str], None]]:
    """Show a bar on standard error while the context lasts, on a terminal only.

    Yields a function of (done, total, note).
    """
    if not sys.stderr.isatty():
        yield lambda done, total, note: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as bar:
        task = bar.add_task(label, total=total, note="")
        yield lambda done, whole, note: bar.update(task, completed=done, total=whole, note=note)


@contextmanager
def watch_run(label: str) -> Iterator[Callable[["Engine"], None]]:
    """Show a run block by block: prices, liquidations so far, lowest health."""
    with progress_bar(label, None, "blocks") as advance:
        counted, liquidations, shown_at = 0, 0, 0.0

        def watch(engine: "Engine") -> None:
            nonlocal counted, liquidations, shown_at
            now = time.monotonic()
            if now - shown_at < REFRESH_S and engine.block < engine.blocks:
                return
            shown_at = now
            events = engine.trace.events
            liquidations += sum(event.name in LIQUIDATIONS for event in events[counted:])
            counted = len(events)
            advance(engine.block, engine.blocks, _status(engine, liquidations))

        yield watch


def _status(engine: "Engine", liquidations: int) -> str:
    record = engine.trace.blocks[-1]
    prices = "  ".join(f"{asset} {number(value / 1e8)}" for asset, value in record.outside_e8.items())
    below = sum(len(accounts) for accounts in record.below_one.values())
    return f"{prices} USD  {liquidations} liquidations  {below} below 1"


def show_run(done: Any) -> None:
    """Print a run: on a terminal the story and the main figures, elsewhere every figure on a line of its own."""
    if sys.stdout.isatty():
        from rich.console import Console

        from sim.report.tables import run_view

        Console().print(run_view(done.trace, done.result))
        show_facts({"digest": done.trace.digest, "report": done.folder / "report.html"})
        return
    facts = done.as_dict()
    outcomes, metrics = facts.pop("outcomes"), facts.pop("metrics")
    show_facts({name: value for name, value in facts.items() if not isinstance(value, list)}, "Run")
    rows = [
        (one["kind"], ", ".join(f"{name} {number(value)}" for name, value in one.items() if name != "kind"))
        for one in outcomes
    ]
    show_rows(("outcome", "details"), rows or [("outcome", "none")], "Outcomes")
    show_facts(metrics, "Metrics")


def show_comparison(compared: Any) -> None:
    """Print designs side by side: tables on a terminal, Markdown elsewhere."""
    from sim.report.comparison import comparison_view, markdown

    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(comparison_view(compared.designs, compared.skipped))
    else:
        sys.stdout.write(markdown(compared.designs, compared.skipped))


def show_search(result: Any) -> None:
    """Print what a search found: each finding in ten lines, then the counts."""
    from sim.report.finding import finding_lines, verdict_words
    from sim.search.finding import load_finding

    for path in result.findings:
        sys.stdout.write("\n".join(finding_lines(load_finding(path), path)) + "\n\n")
    known = [(one.path, verdict_words(one.verdict, one.outcome, one.reason)) for one in result.replayed]
    if known:
        show_rows(("stored finding", "verdict"), known, "Replayed")
    facts = result.as_dict()
    shown = ("outcome", "examples", "contract_calls", "seconds", "first_found_s", "reproducible", "shrink_replays")
    show_facts({"found": len(result.findings), "new": len(result.new)} | {k: facts[k] for k in shown}, "Search")
    best = [(name, number(one["value"]), number(one["base"])) for name, one in facts["best"].items()]
    if best:
        show_rows(("metric", "best", "with the base's design"), best, "Maximised")
    show_rows(("rule", "played"), [(name, number(count)) for name, count in facts["rules"].items()], "Rules")
    show_rows(("end", "histories"), [(name, number(count)) for name, count in facts["ends"].items()], "Outcomes")


def show_verifications(verified: Sequence[Any]) -> None:
    """Print what agrees with the record of each finding, and what does not."""
    for one in verified:
        rows = [(check.name, check.recorded, check.found, _agreement(check)) for check in one.checks]
        show_rows(("record", "recorded", "found", ""), rows, f"{one.path} on {one.chain}")


def _agreement(check: Any) -> str:
    return "agrees" if check.agrees else "differs" if check.binding else "differs, and may"
