"""What every format has in common: where it comes from, and files that are written only when they are verified."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import BadInput
from sim.files import check_folder, write_text

Note = Callable[[str], None]
"""Told what is being done, for whoever waits."""
PROJECT = Path(__file__).resolve().parents[2]
"""The project whose contracts are exported."""
VERIFY_TIMEOUT_S = 900
ENDING_S = 10


@dataclass(frozen=True, slots=True)
class Export:
    """What an export wrote. `verified` is True: files that do not pass are not written."""

    files: tuple[Path, ...]
    verified: bool

    def as_dict(self) -> dict[str, object]:
        """Return the result of `tailspin export --json`."""
        return {"files": [str(file) for file in self.files], "verified": self.verified}


def check_free(out: Path, names: Mapping[str, str], force: bool) -> None:
    """Refuse a folder that cannot be written to, or in which a file would be replaced; raises BadInput.

    With `force` files are replaced; one that would stay, and be read with the export, is refused.
    """
    check_folder(out, "out")
    taken = next((out / name for name in names if (out / name).exists()), None)
    if taken is not None and not force:
        raise BadInput(f"out: {taken} is there already, an empty or new folder expected (--force replaces files)")
    for folder in sorted({Path(name).parts[0] for name in names if "/" in name}):
        for file in sorted((out / folder).rglob("*")):
            if file.is_file() and file.relative_to(out).as_posix() not in names:
                raise BadInput(f"out: {file} would stay among the files of the export, a new folder expected")


def place(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write files by their paths inside a folder, and return where they are."""
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(folder / name for name in texts)


def run_tool(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], finding: Path
) -> tuple[int, str]:
    """Run what verifies an export and return its exit code and all that it printed.

    Raises
    ------
    BadInput : it does not end in time. It and all that it started have been ended then.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=VERIFY_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        what = Path(command[0]).name
        raise BadInput(
            f"finding {finding}: not exported: {what} does not end within {VERIFY_TIMEOUT_S} s"
        ) from None
    finally:
        _end(process)
    return process.returncode, output


def _end(process: subprocess.Popen) -> None:
    """End a process that still runs, with the compilers and nodes that it started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def template(name: str) -> str:
    """The text of a file from which exports are made."""
    return (Path(__file__).with_name("templates") / name).read_text("utf-8")
