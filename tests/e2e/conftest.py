"""Commands start in an empty working directory."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory: whatever a command leaves behind shows."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
