"""What every format has in common: where it comes from, and files that are written only when they are verified."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.errors import BadInput
from sim.files import check_folder, write_text

Note = Callable[[str], None]
"""Told what is being done, for whoever waits."""
PROJECT = Path(__file__).resolve().parents[2]
"""The project whose contracts are exported."""
VERIFY_TIMEOUT_S = 600


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


def template(name: str) -> str:
    """The text of a file from which exports are made."""
    return (Path(__file__).with_name("templates") / name).read_text("utf-8")
