"""Findings from the search to the auditor: stored, replayed on both chains, exported, run with pytest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.chain.artifacts import Artifacts
from sim.scenario.loading import load_scenario
from sim.search.episode import Stage
from sim.search.finding import sealed, write_finding
from sim.search.history import Shock, Wait
from sim.search.record import record_finding
from sim.search.shrink import Shrunk
from sim.search.space import Space
from tests.e2e.commands import ENVIRONMENT, assert_refused, assert_untouched, documents, tailspin

THRESHOLD = "lending.main.reserves.WETH.liquidation_threshold_bps"
HISTORY = (
    Wait(blocks=12),
    Shock(asset="WETH", change_bps=-400),
    Shock(asset="WETH", change_bps=-400),
    Wait(blocks=15),
)
SEARCH_KEYS = {
    "found",
    "outcome",
    "finding",
    "findings",
    "examples",
    "contract_calls",
    "seconds",
    "first_found_s",
    "minimal",
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, artifacts: Artifacts) -> Path:
    """A finding as a search stores it: flash-crash with a threshold that leaves no room for the bonus."""
    stage = Stage(Space(load_scenario("flash-crash")), artifacts)
    played = stage.play({THRESHOLD: 9_400}, HISTORY)
    assert played.outcome("bad_debt") is not None
    path = tmp_path_factory.mktemp("findings") / "flash-crash-bad_debt.json"
    write_finding(record_finding(stage, "bad_debt", Shrunk(played, (), 0), seed=0), path)
    return path


def test_replays_on_both_chains_with_the_recorded_digest(stored: Path, folder: Path) -> None:
    recorded = json.loads(stored.read_text())
    for chain in ("revm", "anvil"):
        (replay,) = documents(tailspin("replay", str(stored), "--chain", chain, "--json"))["replays"]
        assert replay["verdict"] == "still_fails"
        assert replay["outcome"] == "bad_debt"
        assert replay["digest"] == recorded["digest"]
        assert replay["details"] == recorded["outcome"]["details"]
    assert_untouched(folder)


def test_replay_ends_with_1_when_a_verdict_is_another(stored: Path, tmp_path: Path) -> None:
    document = json.loads(stored.read_text())
    fixed = tmp_path / "fixed.json"
    mended = sealed({**document, "minimal": {"design": {THRESHOLD: 7_600}, "environment": {}}})
    fixed.write_text(json.dumps(mended))
    result = tailspin("replay", str(stored), str(fixed), "--json")
    assert result.exit_code == 1
    assert [one["verdict"] for one in documents(result)["replays"]] == ["still_fails", "fixed"]
    fixed.write_text(json.dumps({**mended, "expects": "fixed"}))
    assert tailspin("replay", str(fixed)).exit_code == 0


def test_exported_pytest_file_passes_by_itself(stored: Path, folder: Path) -> None:
    result = documents(tailspin("export", str(stored), "--format", "pytest", "--out", "audit", "--json"))
    assert result["verified"] is True
    assert_untouched(folder, "audit")
    assert sorted(result["files"]) == sorted(str(path) for path in Path("audit").iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:ape_test", "audit"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.parametrize("field", ["digest", "details"])
def test_a_finding_whose_replay_differs_is_not_exported(stored: Path, folder: Path, field: str) -> None:
    document = json.loads(stored.read_text())
    if field == "digest":
        document["digest"] = "0" * 64
    else:
        document["outcome"]["details"]["bad_debt_usd"] += 1
    (folder / "altered.json").write_text(json.dumps(sealed(document)))
    assert_refused(tailspin("export", "altered.json", "--out", "audit"), "altered.json")
    assert_untouched(folder, "altered.json")


def test_a_damaged_finding_is_one_line(stored: Path, folder: Path) -> None:
    (folder / "torn.json").write_text(stored.read_text()[:400])
    for verb in (("replay", "torn.json"), ("export", "torn.json", "--out", "audit")):
        assert_refused(tailspin(*verb), "torn.json")
    assert_refused(tailspin("replay", "missing.json"), "missing.json")
    assert_untouched(folder, "torn.json")


def test_search_refuses_what_it_cannot_look_for(folder: Path) -> None:
    assert_refused(tailspin("search", "flash-crash"), "--for")
    assert_refused(tailspin("search", "flash-crash", "--for", "bad_dept"), "bad_dept", "bad_debt")
    assert_refused(tailspin("search", "flash-crash", "--for", "bad_debt", "--examples", "0"), "--examples")
    assert_untouched(folder)


@pytest.mark.slow
def test_search_finds_and_stores(folder: Path) -> None:
    result = tailspin("search", "flash-crash", "--for", "bad_debt", "--first", "--json")
    assert result.exit_code == 1
    found = documents(result)
    assert set(found) >= SEARCH_KEYS
    assert found["found"] is True
    assert found["minimal"]["design"]
    assert tailspin("replay", found["finding"]).exit_code == 0


def test_rooms_can_be_called_as_the_verb(stored: Path, folder: Path) -> None:
    (replay,) = sim.replay(stored)
    assert replay.as_expected
    assert sim.export(stored, folder / "audit").verified
    with pytest.raises(ValueError, match="bad_dept"):
        sim.search("flash-crash", "bad_dept")
