"""A run survives its folder, and nothing half-written is left behind."""

import errno
import json

import pyarrow.parquet as pq
import pytest

import sim.report.save as save
from sim.errors import BadInput
from sim.metrics.summary import summarise
from sim.report.save import RunInfo, load_manifest, load_trace, save_run, write_page
from tests.sim.report.runs import sample_trace

INFO = RunInfo("tailspin run by-hand --seed 0", 1.5)


@pytest.fixture
def folder(tmp_path):
    save_run(tmp_path / "out" / "run", sample_trace(), INFO)
    return tmp_path / "out" / "run"


def test_a_loaded_trace_equals_the_saved_one(folder):
    trace, loaded = sample_trace(), load_trace(folder)
    assert loaded == trace
    assert summarise(loaded) == summarise(trace)


def test_the_folder_holds_what_the_manifest_lists(folder):
    manifest = load_manifest(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*manifest["files"], "manifest.json"])
    assert manifest["digest"] == "ab" * 32
    assert manifest["command"] == INFO.command
    assert set(manifest["versions"]) >= {"tailspin", "python", "pyrevm", "solc"}


def test_tables_can_be_read_without_us(folder):
    table = pq.read_table(folder / "liquidations.parquet").to_pydict()
    assert table["generation"] == [0, 1]
    assert table["direct"] == [True, False]
    blocks = pq.read_table(folder / "blocks.parquet").to_pydict()
    assert json.loads(blocks["outside_e8"][-1])["WETH"] == 95 * 10**8


def test_the_result_has_metrics_with_units_and_typed_outcomes(folder):
    result = json.loads((folder / "result.json").read_text())
    assert result["metrics"]["bad_debt_usd"] == 300.0
    assert [outcome["kind"] for outcome in result["outcomes"]] == ["cascade", "bad_debt", "invariant"]


def test_a_second_run_replaces_the_first(folder):
    trace = sample_trace()
    trace.digest = "cd" * 32
    save_run(folder, trace, INFO)
    assert load_trace(folder).digest == "cd" * 32
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, OSError), (errno.EROFS, BadInput)])
def test_a_failure_leaves_the_old_run_and_no_rest(folder, monkeypatch, number, kind):
    def fail(*arguments):
        raise OSError(number, "no way to write")

    monkeypatch.setattr(save, "render_page", fail)
    with pytest.raises(kind, match=r"no way to write.*run|run.*no way to write"):
        save_run(folder, sample_trace(), INFO)
    assert load_trace(folder) == sample_trace()
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_an_interrupt_leaves_no_rest(tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(save, "render_page", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_run(tmp_path / "run", sample_trace(), INFO)
    assert list(tmp_path.iterdir()) == []


def test_somebody_elses_folder_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(BadInput, match="without a run in it"):
        save_run(tmp_path, sample_trace(), INFO)
    assert (tmp_path / "thesis.tex").read_text() == "precious"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="a file; a folder expected"):
        save_run(tmp_path / "file", sample_trace(), INFO)


@pytest.mark.parametrize(
    "name", ["manifest.json", "scenario.json", "result.json", "blocks.parquet", "accounts.parquet"]
)
@pytest.mark.parametrize("content", [None, b"{"])
def test_a_broken_run_is_one_clear_line(folder, name, content):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(BadInput) as raised:
        load_trace(folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["scenario.json", "manifest.json"])
@pytest.mark.parametrize("value", [None, "x", []])
def test_a_run_with_parts_of_another_kind_has_no_page(folder, name, value):
    document = json.loads((folder / name).read_text())
    for key in [key for key, old in document.items() if isinstance(old, dict)]:
        before = (folder / "report.html").read_text()
        (folder / name).write_text(json.dumps({**document, key: value}))
        try:
            write_page(folder)
        except BadInput as error:
            assert "broken" in str(error) and "\n" not in str(error)
            assert (folder / "report.html").read_text() == before


def test_another_schema_version_is_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 99}))
    with pytest.raises(BadInput, match="schema_version .* is 99, 2 expected"):
        load_trace(folder)


def test_the_page_can_be_written_anew(folder):
    before = (folder / "report.html").read_text()
    (folder / "report.html").unlink()
    assert write_page(folder).read_text() == before
