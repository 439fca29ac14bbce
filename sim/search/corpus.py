"""A folder of findings: one file per distinct cause; files are added and never changed or removed."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from sim.errors import BadInput
from sim.files import write_failure
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
            The disk is full or broken.
        """
        stem = f"{finding.scenario['name']}-{finding.outcome.kind}-{_content_digest(finding)}"
        path = self.folder / f"{stem}.json"
        try:
            write_finding(finding, path)
        except FileExistsError:
            if not _is_whole(path):
                return self._beside(finding, stem)
        except OSError as error:
            raise write_failure(self.folder, "findings folder", error) from None
        return path

    def _beside(self, finding: Finding, stem: str) -> Path:
        """Store a finding beside a damaged file of its name."""
        for number in range(2, 1_000):
            path = self.folder / f"{stem}-{number}.json"
            try:
                write_finding(finding, path)
            except FileExistsError:
                if not _is_whole(path):
                    continue
            return path
        raise BadInput(f"findings folder {self.folder}: a thousand damaged files named {stem}, none expected")


def finding_files(paths: Iterable[Path | str]) -> list[Path]:
    """Files to replay: those given, and all of folders that are given, by name.

    Raises BadInput if one does not exist or a folder holds no finding.
    """
    files: list[Path] = []
    for given in map(Path, paths):
        if given.is_dir():
            found = sorted(given.glob("*.json"))
            if not found:
                raise BadInput(f"{given} holds no finding, a folder of .json files expected")
            files += found
        elif given.is_file():
            files.append(given)
        else:
            raise BadInput(f"{given} does not exist, a finding file or a folder of findings expected")
    return files


def _content_digest(finding: Finding) -> str:
    """Digest of what is replayed, as 12 hexadecimal digits."""
    document = finding.model_dump(mode="json", include={"scenario", "minimal", "history", "outcome"})
    document["outcome"] = document["outcome"]["kind"]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_whole(path: Path) -> bool:
    try:
        load_finding(path)
    except BadInput:
        return False
    return True
