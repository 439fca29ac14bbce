"""Findings on disk: whole or not there, never lost, and a clear line for what is damaged."""

import json

import pytest

from sim.errors import BadInput
from sim.search.corpus import Corpus, finding_files
from sim.search.finding import Finding, load_finding, sealed, write_finding
from sim.search.history import Shock, Wait
from sim.search.record import record_finding
from sim.search.shrink import Shrinker
from tests.sim.search.worlds import DELAY, THRESHOLD, small_stage

HISTORY = (*(Shock(asset="WETH", change_bps=change) for change in (-800, -800, -500)), Wait(blocks=5))


@pytest.fixture(scope="module")
def finding() -> Finding:
    shrunk = Shrinker(small_stage(), "bad_debt", 1).shrink({THRESHOLD: 9_400, DELAY: 6}, HISTORY)
    return record_finding(small_stage(), "bad_debt", shrunk, seed=0)


def test_a_finding_comes_back_as_it_was_written(finding, tmp_path):
    path = Corpus(tmp_path / "findings").add(finding)
    assert load_finding(path) == finding
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert set(finding.minimal.design) == {THRESHOLD, DELAY}
    assert {action.sender for action in finding.actions} >= {"arbitrageur", "reporter-WETH"}


def test_the_same_finding_is_stored_once(finding, tmp_path):
    corpus = Corpus(tmp_path)
    assert corpus.add(finding) == corpus.add(finding)
    assert len(finding_files([tmp_path])) == 1


def test_another_history_is_another_file(finding, tmp_path):
    corpus = Corpus(tmp_path)
    other = finding.model_copy(update={"history": (*finding.history, Wait(blocks=1))})
    assert corpus.add(finding) != corpus.add(other)
    assert len(finding_files([tmp_path])) == 2


def test_a_damaged_file_stays_and_the_finding_goes_beside_it(finding, tmp_path):
    corpus = Corpus(tmp_path)
    path = corpus.add(finding)
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    beside = corpus.add(finding)
    assert path.read_text() == text[: len(text) // 2]
    assert load_finding(beside) == finding
    assert corpus.add(finding) == beside


def test_a_file_is_never_overwritten(finding, tmp_path):
    path = tmp_path / "finding.json"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write_finding(finding, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d.pop("schema_version"), "schema_version is null, 1 expected"),
        (lambda d: d.update(schema_version=2), "schema_version is 2, 1 expected"),
        (lambda d: d["minimal"].update(design={}), "minimal.design"),
        (lambda d: d.update(history=[{"action": "nap"}]), "history.0"),
        (lambda d: d.update(expects="luck"), "expects"),
        (lambda d: d.update(extra=1), "extra"),
    ],
)
def test_a_damaged_document_is_one_clear_line(finding, tmp_path, change, complaint):
    document = finding.model_dump(mode="json")
    change(document)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(sealed(document)))
    with pytest.raises(BadInput, match=complaint) as caught:
        load_finding(path)
    assert "\n" not in str(caught.value)


def test_paths_without_findings_are_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no finding"):
        finding_files([tmp_path])
    with pytest.raises(BadInput, match="does not exist"):
        finding_files([tmp_path / "none.json"])
    (tmp_path / "text.json").write_text("{")
    with pytest.raises(BadInput, match="not JSON"):
        load_finding(tmp_path / "text.json")
    with pytest.raises(BadInput, match="cannot be read"):
        load_finding(tmp_path)
