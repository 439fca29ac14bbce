"""Findings survive a killed process, a full disk and several writers at once: whole or not there, never lost."""

import errno
import json
import os
import signal
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from sim import files
from sim.exits import INFRASTRUCTURE, verdict
from sim.search.corpus import Corpus
from sim.search.finding import Finding, load_finding
from sim.search.history import Wait
from tests.sim.search.test_corpus import finding  # noqa: F401 - a fixture

FORK = get_context("fork")
WRITERS, OWN, COMMON = 4, 8, 4


def variant(finding: Finding, number: int) -> Finding:  # noqa: F811
    """Another finding: its history waits for longer."""
    waits = tuple(Wait(blocks=1) for _ in range(number + 1))
    return finding.model_copy(update={"history": (*finding.history, *waits)})


def whole_files(folder: Path) -> list[Path]:
    """All findings of a folder; every one can be read."""
    found = sorted(folder.glob("*.json"))
    for path in found:
        load_finding(path)
    return found


class FullDisk:
    """Lets a number of operations on a folder pass, then has no room left: the last write ends in its middle."""

    def __init__(self, folder: Path, passes: int) -> None:
        self.folder, self.passes, self.refused = str(folder), passes, False

    def spend(self, where: object) -> None:
        path = os.readlink(f"/proc/self/fd/{where}") if isinstance(where, int) else str(where)
        if not path.startswith(self.folder):
            return
        self.passes -= 1
        if self.passes < 0:
            self.refused = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fsync, link, mkstemp, fdopen = os.fsync, os.link, tempfile.mkstemp, os.fdopen
        disk = self

        def full_mkstemp(**options):
            disk.spend(options["dir"])
            return mkstemp(**options)

        def full_fsync(descriptor):
            disk.spend(descriptor)
            return fsync(descriptor)

        def full_link(source, target):
            disk.spend(target)
            return link(source, target)

        def full_fdopen(descriptor, *args, **options):
            stream = fdopen(descriptor, *args, **options)
            write = stream.write

            class Half:
                """Takes a third at a time, and asks the disk each time."""

                def write(self, data):
                    written = write(data[: max(len(data) // 3, 1_000)])
                    disk.spend(descriptor)
                    return written

                def __enter__(self):
                    return self

                def __exit__(self, *error):
                    stream.close()

            return Half()

        monkeypatch.setattr(files.os, "fsync", full_fsync)
        monkeypatch.setattr(files.os, "link", full_link)
        monkeypatch.setattr(files.os, "fdopen", full_fdopen)
        monkeypatch.setattr(files.tempfile, "mkstemp", full_mkstemp)


def test_a_full_disk_at_any_write_loses_nothing(finding, tmp_path, monkeypatch):  # noqa: F811
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    for passes in range(100):
        folder = tmp_path / f"findings-{passes}"
        first = Corpus(folder).add(variant(finding, 0))
        disk = FullDisk(folder, passes)
        with monkeypatch.context() as patched:
            disk.install(patched)
            try:
                Corpus(folder).add(finding)
            except OSError as error:
                assert error.errno == errno.ENOSPC
                code, message = verdict(error)
                assert code == INFRASTRUCTURE and "\n" not in message and str(folder) in message
                kept = message.rpartition(" is kept in ")[2]
                assert load_finding(kept) == finding
        assert first in whole_files(folder)
        assert [path for path in folder.iterdir() if path.suffix != ".json"] == []
        if not disk.refused:
            assert len(whole_files(folder)) == 2
            break
    assert 8 <= passes < 99, "every step of the write was refused once"


def test_a_disk_that_is_full_everywhere_is_one_clear_error(finding, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    FullDisk(tmp_path, 0).install(monkeypatch)
    with pytest.raises(OSError, match="No space left on device") as caught:
        Corpus(tmp_path / "findings").add(finding)
    assert verdict(caught.value)[0] == INFRASTRUCTURE


def test_a_file_system_without_links_keeps_what_is_there(finding, tmp_path, monkeypatch):  # noqa: F811
    def no_links(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(files.os, "link", no_links)
    path = Corpus(tmp_path).add(finding)
    before = path.read_bytes()
    assert Corpus(tmp_path).add(finding) == path
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def _write_for_ever(finding, folder):  # noqa: F811
    number = 0
    while True:
        Corpus(folder).add(variant(finding, number % 40))
        number += 1


def test_a_process_killed_while_it_writes_leaves_whole_files_only(finding, tmp_path):  # noqa: F811
    for attempt in range(12):
        folder = tmp_path / str(attempt)
        writer = FORK.Process(target=_write_for_ever, args=(finding, folder))
        writer.start()
        while not (folder.is_dir() and any(folder.glob("*.json"))):
            time.sleep(0.002)
        time.sleep(0.0037 * attempt)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        found = whole_files(folder)
        assert found
        added = [Corpus(folder).add(variant(finding, number)) for number in range(40)]
        assert set(found) <= set(added), "what was whole was not stored twice"


def _write(finding, folder, number):  # noqa: F811
    corpus = Corpus(folder)
    for i in range(OWN):
        corpus.add(variant(finding, 100 + number * OWN + i))
        corpus.add(variant(finding, i % COMMON))


def test_several_writers_into_one_folder_lose_and_tear_nothing(finding, tmp_path):  # noqa: F811
    damaged = Corpus(tmp_path).add(variant(finding, 0))
    damaged.write_text("{")
    writers = [FORK.Process(target=_write, args=(finding, tmp_path, number)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    assert damaged.read_text() == "{"
    damaged.unlink()
    stored = [load_finding(path) for path in whole_files(tmp_path)]
    assert len(stored) == len({json.dumps(one.model_dump(mode="json")) for one in stored})
    wanted = [*range(COMMON), *range(100, 100 + WRITERS * OWN)]
    assert {len(one.history) for one in stored} == {len(variant(finding, n).history) for n in wanted}
    assert len(stored) == len(wanted)
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".json"]
