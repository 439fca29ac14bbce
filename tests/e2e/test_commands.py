"""Listing, running and reporting as a person calls them: results on standard output, the rest beside it."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from tests.e2e.commands import ENVIRONMENT, assert_refused, assert_untouched, documents, tailspin

pytestmark = pytest.mark.usefixtures("folder")
RUN_KEYS = {
    "scenario",
    "scenario_id",
    "seed",
    "chain",
    "digest",
    "blocks",
    "transactions",
    "contract_calls",
    "seconds",
    "outcomes",
    "metrics",
}
SERIES_HEAD = "timestamp_utc,price_usd\n"


def test_list_shows_every_scenario_with_its_summary() -> None:
    listed = documents(tailspin("list", "--json"))
    entries = listed["scenarios"]
    assert {"calm", "flash-crash", "thin-liquidity", "stale-oracle", "black-thursday", "loop-ladder"} <= {
        entry["name"] for entry in entries
    }
    assert all(entry["summary"] and entry["requirements"] for entry in entries)
    lines = tailspin("list").stdout.splitlines()
    shown = [entry["name"] for entry in entries] + [f"+{entry['name']}" for entry in listed["designs"]]
    assert [line.split("\t")[0] for line in lines] == shown


def test_run_prints_one_json_object_and_saves_a_folder(folder: Path) -> None:
    result = documents(tailspin("run", "calm", "--blocks", "5", "--json"))
    assert set(result) >= RUN_KEYS
    assert result["blocks"] == 5
    assert result["chain"] == "revm"
    saved = folder / "runs" / f"calm-{result['scenario_id']}-{result['seed']}"
    assert (saved / "report.html").is_file()
    assert json.loads((saved / "manifest.json").read_text())["digest"] == result["digest"]


def test_run_again_replaces_its_own_folder_and_no_other(folder: Path) -> None:
    run = ("run", "calm", "--blocks", "3", "--out", "kept", "--json")
    first, second = documents(tailspin(*run)), documents(tailspin(*run))
    assert first["digest"] == second["digest"]
    assert_untouched(folder, "kept")
    assert_refused(tailspin(*run, "--seed", "7"), "out", "kept", "expected")
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("precious")
    assert_refused(tailspin("run", "calm", "--blocks", "3", "--out", "notes"), "out", "notes")
    assert (folder / "notes" / "mine.txt").read_text() == "precious"


def test_run_for_people_names_outcomes_and_metrics() -> None:
    result = tailspin("run", "calm", "--blocks", "3")
    assert result.exit_code == 0
    assert "bad_debt_usd\t" in result.stdout
    assert "digest\t" in result.stdout


def test_run_takes_overrides_prices_and_seed(folder: Path) -> None:
    (folder / "weth.csv").write_text(
        SERIES_HEAD + "".join(f"2024-01-01T00:{minute:02}:00Z,{2000 - minute}\n" for minute in range(10))
    )
    result = documents(
        tailspin(
            *("run", "calm", "--prices", "WETH=weth.csv", "--seed", "9", "--blocks", "4", "--json"),
            *("--set", "lending.main.reserves.WETH.liquidation_bonus_bps=600"),
        )
    )
    assert result["seed"] == 9
    assert result["metrics"]["start_price_usd"] == 2000


def test_run_ends_with_1_when_a_threshold_is_crossed() -> None:
    run = ("run", "flash-crash", "--json", "--set")
    result = tailspin(*run, "thresholds.max_liquidated_usd=1")
    assert result.exit_code == 1
    assert "thresholds.max_liquidated_usd" in result.stderr
    assert documents(result)["thresholds_crossed"]
    assert tailspin(*run, "thresholds.max_liquidated_usd=1e12").exit_code == 0


def test_run_on_a_node_has_the_same_digest() -> None:
    run = ("run", "flash-crash", "--blocks", "20", "--json")
    here, there = documents(tailspin(*run)), documents(tailspin(*run, "--chain", "anvil"))
    assert there["chain"] == "anvil"
    assert here["digest"] == there["digest"]


def test_report_is_written_anew(folder: Path) -> None:
    documents(tailspin("run", "calm", "--blocks", "3", "--out", "kept", "--json"))
    page = folder / "kept" / "report.html"
    page.unlink()
    result = tailspin("report", "kept")
    assert result.exit_code == 0
    assert Path(result.stdout.strip()) == Path("kept/report.html")
    assert page.stat().st_size > 1_000
    assert_refused(tailspin("report", "nowhere"), "nowhere")


def test_a_terminal_gets_a_progress_bar_and_tables() -> None:
    command = [sys.executable, "-m", "sim", "run", "flash-crash", "--blocks", "20"]
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(command, stdout=other_end, stderr=other_end, env=ENVIRONMENT)
    os.close(other_end)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while read := os.read(terminal, 65_536):
            shown += read
    os.close(terminal)
    assert process.wait() == 0, shown.decode()
    assert b"/20" in shown
    assert b"WETH" in shown
    assert "│".encode() in shown


def test_an_interrupted_run_ends_with_130_and_leaves_nothing(folder: Path) -> None:
    command = [sys.executable, "-m", "sim", "run", "flash-crash", "--blocks", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert stdout == b""
    assert b"Traceback" not in stderr
    assert_untouched(folder)


def test_verbs_are_functions_of_the_package(folder: Path) -> None:
    run = sim.run("calm", blocks=3, out=folder / "out")
    assert run.as_dict()["digest"] == run.trace.digest
    assert sim.report(folder / "out") == folder / "out" / "report.html"
    assert "flash-crash" in [entry.name for entry in sim.list_scenarios()]
    assert sim.deploy("calm")["scenario"] == "calm"


def test_importing_the_package_loads_nothing() -> None:
    code = "import sim, sys; print([name for name in sys.modules if name.startswith('sim.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout.strip() == "[]"
