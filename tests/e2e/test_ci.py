"""The commands as a pipeline calls them: exit codes, files for machines, thresholds and profiles."""

import os
import signal
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim.engine import Engine
from sim.metrics.summary import summarise
from sim.scenario.model import Thresholds
from sim.search import search as search_module
from sim.search.history import Wait
from sim.search.profiles import PROFILES
from sim.search.workers import WorkersLost
from sim.verbs.run import crossed_thresholds
from tests.e2e.commands import assert_refused, documents, tailspin
from tests.e2e.test_findings import stored  # noqa: F401 - a fixture
from tests.sim.search.worlds import small_stage

RUN = ("run", "flash-crash", "--blocks", "5")


def suite(file: str) -> ElementTree.Element:
    return ElementTree.fromstring(Path(file).read_text())[0]


def names(file: str, tag: str) -> list[str]:
    return [case.get("name") for case in suite(file).findall("testcase") if case.find(tag) is not None]


def test_every_threshold_is_about_a_metric_that_there_is():
    metrics = summarise(small_stage().play({}, [Wait(blocks=1)]).trace).metrics
    every = Thresholds(**dict.fromkeys(Thresholds.model_fields, 1)).limits
    assert set(every) == set(Thresholds.model_fields)
    assert {metric for metric, _ in every.values()} <= set(metrics)
    assert every["max_adl_notional_usd"][0] == "adl_usd"


@pytest.mark.parametrize("name", list(Thresholds.model_fields))
@pytest.mark.parametrize(("value", "crossed"), [(4, True), (3, False), (None, False)])
def test_a_threshold_is_crossed_above_its_limit(name: str, value: int | None, crossed: bool) -> None:
    scenario = small_stage().space.base.model_copy(update={"thresholds": Thresholds(**{name: 3})})
    metric = scenario.thresholds.limits[name][0]
    lines = crossed_thresholds(scenario, SimpleNamespace(metrics={metric: value}))
    expected = (f"thresholds.{name}: {metric} is 4, at most 3 allowed",)
    assert lines == (expected if crossed else ())


def test_a_run_reports_its_thresholds(folder: Path) -> None:
    limits = ("--set", "thresholds.max_liquidated_usd=1", "--set", "thresholds.max_adl_notional_usd=1")
    result = tailspin("run", "flash-crash", *limits, "--junit", "j.xml", "--summary", "s.md")
    assert result.exit_code == 1
    assert names("j.xml", "failure") == ["thresholds.max_liquidated_usd"]
    assert suite("j.xml").get("tests") == "3"
    assert "1 of 3 checks failed" in Path("s.md").read_text()


def test_a_run_that_holds_passes_and_is_appended_to_githubs_summary(folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "github.md"))
    for _ in range(2):
        assert tailspin(*RUN, "--github-summary").exit_code == 0
    assert Path("github.md").read_text().count("### tailspin run flash-crash: 1 checks passed") == 2


def test_bad_input_is_an_error_in_junit(folder: Path) -> None:
    assert_refused(tailspin("run", "flash-crsh", "--junit", "j.xml"), "flash-crash")
    assert (names("j.xml", "error"), names("j.xml", "failure")) == (["the command"], [])


def test_replays_report_each_finding(stored: Path, folder: Path) -> None:  # noqa: F811
    altered = folder / "altered.json"
    altered.write_text(stored.read_text().replace('"expects": "still_fails"', '"expects": "fixed"'))
    result = tailspin("replay", str(stored), "altered.json", "--junit", "j.xml", "--summary", "s.md")
    assert result.exit_code == 1
    assert names("j.xml", "failure") == ["altered.json"]
    assert suite("j.xml").get("tests") == "2"
    assert "bad_debt still fails; fixed expected" in Path("s.md").read_text()


def test_a_search_reports_each_finding_and_each_aim_that_holds(stored: Path, folder: Path) -> None:  # noqa: F811
    """The stored finding still fails, so that nothing needs to be searched for."""
    result = tailspin(
        *("search", "flash-crash", "--for", "bad_debt,adl", "--profile", "pr", "--out", str(stored.parent)),
        *("--junit", "j.xml", "--summary", "s.md", "--json"),
    )
    assert result.exit_code == 1
    assert documents(result)["findings"] == [str(stored)]
    assert names("j.xml", "failure") == [f"bad_debt: {stored.stem}"]
    assert suite("j.xml").get("tests") == "2"
    text = Path("s.md").read_text()
    assert "The base is safe. It takes 1 change of its design:" in text
    assert "| adl | :white_check_mark: passed |" in text


def test_workers_that_are_lost_end_with_3_and_no_finding(folder: Path, monkeypatch) -> None:
    def lost(*_: object) -> None:
        raise WorkersLost("a worker process ended abruptly three times over")

    monkeypatch.setattr(search_module, "require_safe", lambda *_: 0)
    monkeypatch.setattr(search_module, "run_shards", lost)
    result = tailspin("search", "flash-crash", "--for", "bad_debt", "--junit", "j.xml")
    assert_refused(result, "ended abruptly", code=3)
    assert (names("j.xml", "error"), names("j.xml", "failure")) == (["the command"], [])
    assert not Path("findings").exists()


def test_the_help_says_what_profiles_do(folder: Path) -> None:
    text = " ".join(tailspin("search", "--help").stdout.split())
    for name, profile in PROFILES.items():
        assert f"{name} {profile.summary}" in text
        assert f"{profile.examples:,} histories" in text


def test_a_profile_is_a_budget_whose_parts_can_be_replaced(folder: Path, monkeypatch) -> None:
    given: dict = {}

    def search(_: object, aims: list, **options: object) -> None:
        given.update(options, aims=aims)
        raise WorkersLost("enough")

    monkeypatch.setattr("sim.verbs.search.search_space", search)
    tailspin("search", "flash-crash", "--for", "bad_debt>1e6", "--profile", "nightly")
    nightly = PROFILES["nightly"]
    assert (given["examples"], given["seeds"], given["first"]) == (nightly.examples, nightly.seeds, nightly.first)
    assert given["max_replays"] == nightly.max_replays
    tailspin(
        "search", "flash-crash", "--for", "adl", "--profile", "pr", "--all", "--examples", "9", "--seeds", "2"
    )
    assert (given["examples"], given["seeds"], given["first"]) == (9, 2, False)
    tailspin(
        *("search", "flash-crash", "--for", "cascade,thresholds"),
        *("--set", "thresholds.max_bad_debt_usd=1000", "--set", "thresholds.max_adl_notional_usd=0"),
    )
    assert given["aims"] == ["cascade", "bad_debt_usd>1000", "adl_usd>0"]


@pytest.mark.parametrize(
    ("args", "fragments"),
    [
        (("--for", "bad_dept"), ("bad_dept", "nearest is 'bad_debt'")),
        (("--for", "bad_det_usd>1"), ("metric 'bad_det_usd' is unknown", "nearest is 'bad_debt_usd'")),
        (("--for", "bad_debt_usd>x"), ("METRIC>NUMBER expected",)),
        (("--for", "thresholds"), ("sets none of its thresholds",)),
        (("--maximize", "amplificatoin"), ("maximize", "nearest is 'amplification'")),
        (("--maximize", "amplification", "--first"), ("first",)),
        (("--for", "adl", "--profile", "nightyl"), ("nearest is 'nightly'",)),
        (("--for", "adl", "--vary", "lendin.x=1:2"), ("vary", "nearest is 'lending'")),
        (("--for", "adl", "--vary", "clock.blocks=9:1"), ("low 9.0 must be below high 1.0",)),
        (("--for", "adl", "--github-summary"), ("GITHUB_STEP_SUMMARY",)),
        ((), ("--for", "--maximize")),
    ],
)
def test_what_cannot_be_searched_for_is_one_line(args: tuple, fragments: tuple, folder: Path, monkeypatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert_refused(tailspin("search", "flash-crash", *args), *fragments)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("deaths", "code"), [(1, 0), (2, 3)])
def test_a_run_whose_node_dies_is_run_again_once(deaths: int, code: int, folder: Path, monkeypatch) -> None:
    left, step = [deaths], Engine.step

    def dies(engine: Engine) -> object:
        if engine.block == 2 and left[0]:
            left[0] -= 1
            os.kill(engine.world.chain._node.process_id, signal.SIGKILL)
        return step(engine)

    monkeypatch.setattr(Engine, "step", dies)
    result = tailspin(*RUN, "--chain", "anvil", "--json", "--junit", "j.xml")
    assert result.exit_code == code, result.stderr
    if code:
        assert_refused(result, code=3)
        assert (names("j.xml", "error"), names("j.xml", "failure")) == (["the command"], [])
        return
    assert documents(result)["digest"] == documents(tailspin(*RUN, "--json", "--out", "again"))["digest"]
    assert len(documents(result)["infrastructure"]) == 1
    assert "run again on another node" in suite("j.xml").find("system-err").text
