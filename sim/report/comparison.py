"""Designs side by side: a table for the terminal, Markdown, and the runs as CSV and Parquet."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.files import write_failure, write_text
from sim.metrics.comparison import DesignRuns
from sim.metrics.intervals import INTERVAL


def _short_usd(value: float) -> str:
    """USD at three significant digits: `613`, `12.3 k`, `2.95 M`."""
    size, sign = abs(value), "−" if round(value) < 0 else ""
    for unit, word in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        scaled = size / unit
        if scaled >= 0.9995:
            return f"{sign}{scaled:.{2 if scaled < 9.995 else 1 if scaled < 99.95 else 0}f}{word}"
    return f"{sign}{size:.0f}"


def _span(low: str, high: str) -> str:
    """An interval as text, its unit once."""
    if "−" in low:
        return f"{low} to {high}"
    amount, unit, word = low.partition(" ")
    return f"{amount}–{high}" if high.endswith(unit + word) and unit else f"{low}–{high}"


def _ratio(value: float) -> str:
    text = f"{abs(value):.3f}"
    return f"−{text}" if value < 0 and float(text) else text


def _blocks(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Column:
    """A metric of the table: its heading, its figures as text, and what it means."""

    metric: str
    heading: str
    text: Callable[[float], str]
    meaning: str


COLUMNS = (
    Column(
        "bad_debt_usd",
        "Bad debt, USD",
        _short_usd,
        "debt that no collateral covers: written off before insurance, or still owed at the end beyond what the"
        " collateral is worth (USD)",
    ),
    Column(
        "collateral_lost_usd",
        "Liquidated, USD",
        _short_usd,
        "borrowers' collateral that left them for good, at the outside market's price at that time (USD)",
    ),
    Column(
        "borrower_loss_per_usd_repaid",
        "Loss per USD repaid",
        _ratio,
        "how much of it each USD of debt repaid from it cost beyond that USD; debt that is written off is not"
        " repaid (USD per USD)",
    ),
    Column(
        "keeper_profit_usd",
        "Keeper profit, USD",
        _short_usd,
        "change of all keepers' balances at the outside market's final prices, collateral that they hold included,"
        " less the fees that they paid (USD)",
    ),
    Column(
        "amplification",
        "Amplification",
        _ratio,
        "how many times further the market fell, in log, than it would have without the run's own trades",
    ),
    Column(
        "blocks_to_recovery",
        "Blocks to recovery",
        _blocks,
        "blocks from the first liquidation until no account is below health 1 and no auction is open, to the end"
        " of the run; a dash where that is not so when the run ends, or nothing was liquidated",
    ),
)
ATTACK_COLUMNS = (
    Column(
        "attack_profit_usd",
        "Attack profit, USD",
        _short_usd,
        "what adversaries have gained at the outside market's final prices, positions worth more than their debt"
        " included, less fees (USD)",
    ),
    Column(
        "manipulation_cost_usd",
        "Push cost, USD",
        _short_usd,
        "what their trades lost against the outside market's prices at the time, with fees (USD)",
    ),
)
"""Where there are adversaries."""
PERP_COLUMNS = (
    Column(
        "perp_bad_debt_usd",
        "Loss beyond equity, USD",
        _short_usd,
        "what accounts of perpetual markets lost beyond their equity, before anybody bore it (USD)",
    ),
    Column("perp_fund_paid_usd", "Fund paid, USD", _short_usd, "what insurance funds paid of that (USD)"),
    Column("adl_usd", "Deleveraged, USD", _short_usd, "positions of winners that were closed, at the mark (USD)"),
    Column("adl_accounts", "Accounts", _blocks, "how many of them were closed in part or whole"),
    Column(
        "adl_taken_usd",
        "Haircuts, USD",
        _short_usd,
        "what winners gave up against the mark when they were closed (USD)",
    ),
    Column(
        "adl_beyond_equal_usd",
        "Beyond equal, USD",
        _short_usd,
        "what single winners gave up beyond an equal share of all profits that would have been enough (USD)",
    ),
    Column(
        "adl_largest_haircut_share",
        "Largest haircut",
        _ratio,
        "largest share of its profit that a winner gave up in one deleveraging",
    ),
    Column("adl_haircut_gini", "Gini", _ratio, "how unequally haircuts fell on all winners, from 0 to 1"),
    Column("adl_ptsr", "PTSR", _ratio, "equity that the largest winner kept over what was needed (PTSR)"),
    Column(
        "perp_socialised_usd",
        "Socialised, USD",
        _short_usd,
        "what was taken of all with a position (USD)",
    ),
)
"""Where there are perpetual markets."""


def columns_of(designs: Sequence[DesignRuns]) -> tuple[Column, ...]:
    """The columns that some of the designs have figures for; where there are perpetuals alone, theirs alone."""
    extra = ATTACK_COLUMNS + PERP_COLUMNS
    known = tuple(one for one in extra if any(one.metric in row.metrics for row in designs))
    lent = any(value for row in designs for value in row.values("peak_debt_usd"))
    return (COLUMNS if lent or not any(one in PERP_COLUMNS for one in known) else ()) + known


def legend(seeds: int, columns: Sequence[Column] = COLUMNS) -> list[str]:
    """What the columns mean and what the figures are, one line each."""
    lines = [f"{column.heading.removesuffix(', USD')}: {column.meaning}." for column in columns]
    shown = f"Figures are means over {seeds} seeds" if seeds > 1 else "Figures are of one seed"
    if seeds > 1:
        shown += f", intervals {INTERVAL}; none where all seeds agree. “n of {seeds}”: the mean of the n seeds"
        shown += " that have a value"
    return [*lines, f"{shown}."]


def _cell(design: DesignRuns, column: Column) -> tuple[str, str]:
    """Mean, and interval or the number of seeds behind it; the second may be empty."""
    mean, interval = design.mean(column.metric), design.interval(column.metric)
    if mean is None or interval is None:
        return "–", ""
    notes = []
    low, high = (column.text(end) for end in interval)
    if low != high:
        notes.append(_span(low, high))
    defined = len(design.values(column.metric))
    if defined < len(design.runs):
        notes.append(f"{defined} of {len(design.runs)}")
    return column.text(mean), ", ".join(notes)


def _by_scenario(designs: Sequence[DesignRuns]) -> Iterator[tuple[str, list[DesignRuns]]]:
    for name in dict.fromkeys(design.scenario for design in designs):
        yield name, [design for design in designs if design.scenario == name]


def comparison_view(designs: Sequence[DesignRuns], skipped: Sequence[tuple[str, str]] = ()) -> RenderableType:
    """What `tailspin compare` prints on a terminal: one table per scenario, then what the columns mean."""
    parts: list[RenderableType] = []
    for name, rows in _by_scenario(designs):
        table = Table(
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            header_style="dim",
            title=name,
            title_justify="left",
            title_style="bold",
        )
        table.add_column("Design", no_wrap=True)
        columns = columns_of(rows)
        for column in columns:
            table.add_column(column.heading, justify="right", min_width=len("Amplification"))
        for design in rows:
            cells = [Text(design.name, style="bold red" if design.failures else "")]
            for value, note in (_cell(design, column) for column in columns):
                cells.append(Text(value).append(f"\n{note}" if note else "", style="dim"))
            table.add_row(*cells)
        parts.append(table)
    parts += [Text(line, style="dim") for line in legend(len(designs[0].runs), columns_of(designs))]
    parts += [Text(f"Left out, {reference}: {reason}", style="yellow") for reference, reason in skipped]
    return Group(*parts)


def markdown(designs: Sequence[DesignRuns], skipped: Sequence[tuple[str, str]] = ()) -> str:
    """The same as Markdown."""
    lines: list[str] = []
    for name, rows in _by_scenario(designs):
        columns = columns_of(rows)
        lines += [f"**{name}**", "", "| design | " + " | ".join(column.heading for column in columns) + " |"]
        lines.append("|---" + "|---:" * len(columns) + "|")
        for design in rows:
            cells = [f"{value} ({note})" if note else value for value, note in (_cell(design, c) for c in columns)]
            lines.append(f"| {design.name}{' (failed)' if design.failures else ''} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += [f"- {line}" for line in legend(len(designs[0].runs), columns_of(designs))]
    lines += [f"- Left out, {reference}: {reason}" for reference, reason in skipped]
    return "\n".join(lines) + "\n"


def run_rows(designs: Sequence[DesignRuns]) -> pa.Table:
    """One row per run: scenario, design, seed, digest, outcomes, failures, and every metric, null without."""
    runs = [(design, run) for design in designs for run in design.runs]
    columns: dict[str, Any] = {
        "scenario": pa.array([design.scenario for design, _ in runs]),
        "design": pa.array([design.name for design, _ in runs]),
        "seed": pa.array([run.seed for _, run in runs], pa.int64()),
        "digest": pa.array([run.digest for _, run in runs]),
        "outcomes": pa.array([" ".join(run.outcomes) for _, run in runs]),
        "failures": pa.array(["; ".join(run.failures) for _, run in runs]),
    }
    for name in dict.fromkeys(name for design in designs for name in design.metrics):
        values = (run.metrics.get(name) for _, run in runs)
        columns[name] = pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.table(columns)


def save_comparison(folder: Path, designs: Sequence[DesignRuns], document: Mapping[str, Any]) -> list[Path]:
    """Write `comparison.md`, `comparison.json`, `runs.csv` and `runs.parquet`; returns their paths.

    Raises
    ------
    BadInput : a file cannot be written.
    OSError : the disk is full or broken.
    """
    texts, tables = (
        (folder / "comparison.md", folder / "comparison.json"),
        (folder / "runs.csv", folder / "runs.parquet"),
    )
    skipped = [(one["reference"], one["reason"]) for one in document["skipped"]]
    write_text(texts[0], markdown(designs, skipped))
    write_text(texts[1], json.dumps(document, indent=2) + "\n")
    rows = run_rows(designs)
    for file, write in zip(tables, (pa_csv.write_csv, pq.write_table), strict=True):
        try:
            write(rows, str(file))
        except OSError as error:
            raise write_failure(file, "out", error) from None
    return [*texts, *tables]
