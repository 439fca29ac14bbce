"""Rule: every design has its row, every column its line in the legend, and nothing that failed is hidden."""

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from sim.metrics.comparison import DesignRuns, SeedRun
from sim.report.comparison import COLUMNS, comparison_view, legend, markdown, run_rows, save_comparison


def runs(name: str, *bad_debts: float | None, failures: tuple[str, ...] = ()) -> DesignRuns:
    base = {"collateral_lost_usd": 2_000_000.0, "keeper_profit_usd": -50.0, "blocks_to_recovery": 3}
    seeds = (
        SeedRun(i, f"digest-{i}", {"bad_debt_usd": value, **base}, ("bad_debt",) if value else (), failures)
        for i, value in enumerate(bad_debts)
    )
    return DesignRuns(name, "crash", f"crash+{name}", "What it does.", tuple(seeds))


DESIGNS = (
    runs("one", 1_000.0, 3_000.0),
    runs("two", None, 5.0, failures=("INV_X broken",)),
    runs("three", None, None),
)


def test_means_leave_out_runs_without_a_value_and_say_so():
    entry = DESIGNS[1].as_dict()
    assert entry["metrics"]["bad_debt_usd"] == 5.0
    assert entry["seeds_without_value"] == {"bad_debt_usd": 1}
    assert DESIGNS[2].as_dict()["metrics"]["bad_debt_usd"] is None
    assert DESIGNS[2].as_dict()["intervals"]["bad_debt_usd"] is None
    assert DESIGNS[0].as_dict()["outcomes"] == {"bad_debt": 2}
    assert DESIGNS[1].as_dict()["failures"] == [
        "crash+two, seed 0: INV_X broken",
        "crash+two, seed 1: INV_X broken",
    ]


def test_markdown_has_a_row_for_each_design_and_a_line_for_each_column():
    lines = markdown(DESIGNS, [("crash+four", "design four does not fit")]).splitlines()
    assert lines[0] == "**crash**"
    assert "| one | 2.00 k (1.00–3.00 k) | 2.00 M | – | −50 | – | 3 |" in lines
    assert any(line.startswith("| two (failed) | 5 (1 of 2) |") for line in lines)
    assert lines[-1] == "- Left out, crash+four: design four does not fit"
    assert len(legend(2)) == len(COLUMNS) + 1


def test_attacks_have_columns_where_somebody_attacks():
    attacked = DesignRuns(
        "open", "heist", "heist+open", "What.", (SeedRun(0, "d", {"attack_profit_usd": -2e6}, (), ()),)
    )
    lines = markdown([*DESIGNS, attacked]).splitlines()
    crash, heist = (line for line in lines if line.startswith("| design |"))
    assert "Attack profit, USD" in heist and "Attack profit, USD" not in crash
    assert "| open | – | – | – | – | – | – | −2.00 M |" in lines
    assert any(line.startswith("- Attack profit: ") for line in lines)
    assert not any(line.startswith("- Attack profit: ") for line in markdown(DESIGNS).splitlines())


def test_the_terminal_shows_the_same_figures():
    console = Console(width=110, record=True, file=open("/dev/null", "w"))
    console.print(comparison_view(DESIGNS))
    shown = console.export_text()
    assert "2.00 k" in shown and "1.00–3.00 k" in shown and "1 of 2" in shown


def test_the_runs_are_saved_as_rows(tmp_path):
    document = {"designs": [design.as_dict() for design in DESIGNS], "skipped": []}
    files = save_comparison(tmp_path / "new", DESIGNS, document)
    assert [file.name for file in files] == ["comparison.md", "comparison.json", "runs.csv", "runs.parquet"]
    rows = pq.read_table(files[3])
    assert rows == run_rows(DESIGNS)
    assert rows.column("bad_debt_usd").to_pylist() == [1_000.0, 3_000.0, None, 5.0, None, None]
    assert pa_csv.read_csv(files[2]).num_rows == rows.num_rows == 6


@pytest.mark.parametrize("count", [1, 2])
def test_the_legend_says_how_many_seeds_there_are(count):
    assert ("interval" in legend(count)[-1]) == (count > 1)
