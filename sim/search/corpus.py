"""A folder of findings: one file per distinct cause; files are added and never changed or removed."""

import hashlib
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sim.errors import BadInput
from sim.files import DISK_ERRORS, write_failure
from sim.search.finding import Finding, load_finding, write_finding


class Corpus:
    """The findings of a folder, which is made when the first one is added."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def add(self, finding: Finding) -> Path:
        """Store a finding and return its file; one that is already there in every respect is not stored twice.

        Raises
        ------
        BadInput
            The folder cannot be written to.
        OSError
            The disk is full or broken. The finding then lies in a folder of its own among the temporary files,
            which the message names, unless that cannot be written either.
        """
        stem = f"{finding.scenario['name']}-{finding.outcome.kind}-{_content_digest(finding)}"
        path = self.folder / f"{stem}.json"
        try:
            write_finding(finding, path)
        except FileExistsError:
            if not _is_whole(path):
                return self._beside(finding, stem)
        except OSError as error:
            raise self._failure(finding, path.name, error) from None
        return path

    def of_scenario(self, name: str) -> tuple[list[tuple[Path, Finding]], list[str]]:
        """Findings of a scenario by file name, and one line for each file that is no finding."""
        findings, unreadable = [], []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else ():
            try:
                finding = load_finding(path)
            except BadInput as error:
                unreadable.append(str(error))
                continue
            if finding.scenario["name"] == name:
                findings.append((path, finding))
        return findings, unreadable

    def _beside(self, finding: Finding, stem: str) -> Path:
        """Store a finding beside a damaged file of its name."""
        for number in range(2, 1_000):
            path = self.folder / f"{stem}-{number}.json"
            try:
                write_finding(finding, path)
            except FileExistsError:
                if not _is_whole(path):
                    continue
            except OSError as error:
                raise self._failure(finding, path.name, error) from None
            return path
        raise BadInput(f"findings folder {self.folder}: a thousand damaged files named {stem}, none expected")

    def _failure(self, finding: Finding, name: str, error: OSError) -> Exception:
        """What to raise for a failed write; nothing that was found is lost where any disk has room."""
        if error.errno not in DISK_ERRORS:
            return write_failure(self.folder, "findings folder", error)
        try:
            rescued = Path(tempfile.mkdtemp(prefix="tailspin-findings-")) / name
            write_finding(finding, rescued)
        except OSError:
            return write_failure(self.folder, "findings folder", error)
        return OSError(error.errno, f"{error.strerror}; the finding is kept in {rescued}", str(self.folder))


def finding_files(paths: Iterable[Path | str]) -> list[Path]:
    """Files to replay: those given, and all of folders that are given, by name.

    Raises BadInput if one does not exist or a folder holds no finding.
    """
    files: list[Path] = []
    for given in map(Path, paths):
        try:
            is_folder, is_file = given.is_dir(), given.is_file()
        except ValueError:
            raise BadInput(f"{str(given)!r} is no path, a finding file or a folder of findings expected") from None
        if is_folder:
            found = sorted(given.glob("*.json"))
            if not found:
                raise BadInput(f"{given} holds no finding, a folder of .json files expected")
            files += found
        elif is_file:
            files.append(given)
        else:
            raise BadInput(f"{given} does not exist, a finding file or a folder of findings expected")
    return files


def _content_digest(finding: Finding) -> str:
    """Digest of what is replayed, as 12 hexadecimal digits."""
    document = finding.model_dump(mode="json", include={"scenario", "minimal", "history", "objective"})
    document["outcome"] = finding.outcome.kind
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_whole(path: Path) -> bool:
    try:
        load_finding(path)
    except BadInput:
        return False
    return True
