"""The folder of recorded outcomes of real bytecode, which conformance tests compare with."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

FOLDER_VARIABLE = "TAILSPIN_VECTORS"
_PROJECT = Path(__file__).resolve().parents[2]


def vectors_folder() -> Path:
    """Return the folder named by TAILSPIN_VECTORS, or `../shared/vectors` beside the project."""
    return Path(os.environ.get(FOLDER_VARIABLE) or _PROJECT.parent / "shared" / "vectors")


def load_vectors(name: str) -> dict:
    """Return one file of vectors, or skip the calling module, naming the file that is absent."""
    path = vectors_folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; {FOLDER_VARIABLE} names the folder", allow_module_level=True)
    return json.loads(path.read_text("utf-8"))
