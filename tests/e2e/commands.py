"""The command as tests call it, and what every refusal has in common."""

import json
import os
from pathlib import Path

from click.testing import CliRunner, Result

import sim
from sim.cli import cli

ROOT = str(Path(sim.__file__).parents[1])
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([ROOT, os.environ.get("PYTHONPATH", "")])}
"""Environment of a subprocess that imports this very package."""


def tailspin(*args: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(cli, list(args), prog_name="tailspin")


def documents(result: Result) -> dict:
    assert result.exit_code in (0, 1), result.stderr
    return json.loads(result.stdout)


def assert_refused(result: Result, *fragments: str, code: int = 2) -> None:
    """One line on standard error, the exit code, and nothing left behind."""
    assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("tailspin: ")
    for fragment in fragments:
        assert fragment in lines[0]
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def assert_untouched(folder: Path, *expected: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(expected)
