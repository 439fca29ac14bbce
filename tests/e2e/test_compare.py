"""Comparing designs as a person does: one command, a table a scenario, the same with any number of workers."""

import json
from pathlib import Path

import pytest

import sim
from sim.scenario import overlays, references
from tests.e2e.commands import assert_refused, assert_untouched, documents, tailspin

pytestmark = pytest.mark.usefixtures("folder")
SHORT = ("--blocks", "25")
TWO = ("compare", "flash-crash", "--designs", "fixed-close-factor", "--seeds", "2", *SHORT)
ENTRY_KEYS = {"name", "scenario", "metrics", "intervals", "outcomes", "seeds"}


def test_every_design_has_means_and_intervals_and_workers_change_nothing() -> None:
    one, two = (documents(tailspin(*TWO, "--json", "--workers", str(count))) for count in (1, 2))
    assert one == two
    assert [(entry["name"], entry["scenario"]) for entry in one["designs"]] == [
        ("base", "flash-crash"),
        ("fixed-close-factor", "flash-crash"),
    ]
    for entry in one["designs"]:
        assert set(entry) >= ENTRY_KEYS
        assert entry["seeds"] == [1, 2]
        assert set(entry["metrics"]) == set(entry["intervals"])
        for name, mean in entry["metrics"].items():
            interval = entry["intervals"][name]
            assert (mean is None) == (interval is None)
            assert mean is None or interval[0] <= mean + 1e-9 * abs(mean) >= mean - 1e-9 * abs(mean) <= interval[1]


def test_the_first_seed_is_the_one_that_run_takes() -> None:
    run = documents(tailspin("run", "flash-crash+fixed-close-factor", *SHORT, "--json"))
    assert run["scenario"] == "flash-crash+fixed-close-factor"
    compared = sim.compare("flash-crash+fixed-close-factor", seeds=1, blocks=25, workers=1)
    (design,) = compared.designs
    assert (design.name, design.runs[0].digest) == ("fixed-close-factor", run["digest"])


def test_scenarios_that_name_their_design_are_compared_as_they_are(folder: Path) -> None:
    result = tailspin(
        "compare",
        "calm",
        "calm+fixed-close-factor",
        "--seeds",
        "1",
        "--blocks",
        "3",
        "--workers",
        "1",
        "--out",
        "kept",
    )
    assert result.exit_code == 0
    assert result.stdout == (folder / "kept" / "comparison.md").read_text()
    assert_untouched(folder / "kept", "comparison.json", "comparison.md", "runs.csv", "runs.parquet")
    saved = json.loads((folder / "kept" / "comparison.json").read_text())
    assert [entry["name"] for entry in saved["designs"]] == ["base", "fixed-close-factor"]


def test_designs_can_be_put_on_one_another() -> None:
    stacked = "maximal+socialised-loss"
    compared = sim.compare("flash-crash", designs=[stacked], seeds=1, blocks=3, workers=1)
    assert [design.name for design in compared.designs] == ["base", stacked]
    assert compared.designs[1].reference == f"flash-crash+{stacked}"


def test_overrides_go_on_top_of_the_design() -> None:
    compared = sim.compare(
        "flash-crash+fixed-close-factor", seeds=1, blocks=3, workers=1, overrides=["thresholds.max_waves=0"]
    )
    assert compared.failures == []


def test_a_crossed_threshold_is_shown_and_ends_with_1() -> None:
    result = tailspin(*TWO, "--json", "--workers", "1", "--set", "thresholds.max_liquidated_usd=1")
    assert result.exit_code == 1
    assert "flash-crash+fixed-close-factor, seed 2: thresholds.max_liquidated_usd" in result.stderr
    assert len(documents(result)["failures"]) == 4


def test_a_design_that_does_not_fit_is_left_out_of_all_and_refused_by_name(monkeypatch, tmp_path) -> None:
    designs = tmp_path / "designs"
    designs.mkdir()
    (designs / "even.yaml").write_text("name: even\nsummary: x.\nsource: y\n")
    (designs / "odd.yaml").write_text("name: odd\nsummary: x.\nsource: y\nfund: {cap_tokens: 1}\n")
    for module in (overlays, references):
        monkeypatch.setattr(module, "DESIGNS", designs)
    reason = "design odd does not fit loop-ladder: lending.main has no insurance fund, one expected"
    assert_refused(tailspin("compare", "loop-ladder", "--designs", "odd"), reason)
    compared = sim.compare("loop-ladder", seeds=1, blocks=2, workers=1)
    assert [design.name for design in compared.designs] == ["base", "even"]
    assert compared.skipped == (("loop-ladder+odd", reason),)


def test_a_design_that_cannot_be_opened_fails_alone(tmp_path) -> None:
    poor = tmp_path / "poor.yaml"
    poor.write_text("name: poor\nsummary: x.\nsource: y\nmarket: {reserves: {$debt: {supply_tokens: 1}}}\n")
    options = ("--seeds", "1", "--blocks", "3", "--workers", "1", "--json")
    result = tailspin("compare", "calm", "--designs", str(poor), *options)
    assert result.exit_code == 1
    base, failed = documents(result)["designs"]
    assert base["failures"] == [] and base["metrics"]
    assert "cannot be opened" in failed["failures"][0] and failed["metrics"] == {}
    assert_refused(tailspin("compare", f"calm+{poor}", *options), "cannot be opened")


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("flash-crash+nope",), ("design 'nope' is unknown, nearest is",)),
        (("flash-crsh",), ("nearest is 'flash-crash'",)),
        (("calm", "--designs", "fixed-close-factr"), ("nearest is 'fixed-close-factor'",)),
        (("calm", "--seeds", "0"), ("--seeds",)),
        (("calm", "--set", "lending.main.termz=1"), ("nearest is 'terms'",)),
        ((), ("SCENARIO",)),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], fragments: tuple[str, ...]) -> None:
    assert_refused(tailspin("compare", *arguments), *fragments)


def test_the_list_shows_designs() -> None:
    designs = documents(tailspin("list", "--json"))["designs"]
    assert "fixed-close-factor" in {entry["name"] for entry in designs}
    assert all(entry["summary"] and entry["requirements"] and entry["source"] for entry in designs)
