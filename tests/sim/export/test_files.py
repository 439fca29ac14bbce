"""What all formats share: nothing is replaced unasked, and nothing that was started outlives an export."""

import os
import time
from pathlib import Path

import pytest

from sim.errors import BadInput
from sim.export import files
from sim.export.files import check_free, place, run_tool

FINDING = Path("finding.json")


def test_files_are_replaced_only_with_force(tmp_path: Path) -> None:
    texts = {"a.txt": "new", "sub/b.txt": "new"}
    check_free(tmp_path, texts, force=False)
    place(tmp_path, {"sub/b.txt": "old"})
    with pytest.raises(BadInput, match=r"sub/b\.txt"):
        check_free(tmp_path, texts, force=False)
    check_free(tmp_path, texts, force=True)
    assert place(tmp_path, texts) == (tmp_path / "a.txt", tmp_path / "sub" / "b.txt")
    assert (tmp_path / "sub" / "b.txt").read_text() == "new"


def test_a_file_that_would_be_read_with_the_export_is_refused(tmp_path: Path) -> None:
    place(tmp_path, {"sub/c.txt": "of an earlier export", "beside.txt": "of somebody else"})
    with pytest.raises(BadInput, match=r"sub/c\.txt"):
        check_free(tmp_path, {"sub/b.txt": ""}, force=True)
    check_free(tmp_path, {"other/b.txt": "", "a.txt": ""}, force=True)


def test_a_tool_tells_how_it_ended(tmp_path: Path) -> None:
    assert run_tool(["sh", "-c", "echo out; echo err >&2; exit 3"], tmp_path, os.environ, FINDING) == (
        3,
        "out\nerr\n",
    )


def test_a_tool_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "VERIFY_TIMEOUT_S", 0.5)
    with pytest.raises(BadInput, match=r"finding\.json: not exported: sh does not end"):
        run_tool(["sh", "-c", "sleep 600 & echo $! > child; wait"], tmp_path, os.environ, FINDING)
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    for _ in range(100):
        if not child.exists() or child.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("what the tool started still runs")
