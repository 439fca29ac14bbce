"""`tailspin export`: a finding as something that an auditor can run."""

from pathlib import Path

from sim.errors import BadInput
from sim.export.pytest_export import Export, export_pytest

FORMATS = {"pytest": export_pytest}


def export(finding: str | Path, out: str | Path, *, format: str = "pytest") -> Export:  # noqa: A002 - the option's name
    """Export a finding, verified before it is written.

    Parameters
    ----------
    finding
        File of the finding.
    out
        Folder to write to.
    format
        `pytest`.

    Raises
    ------
    BadInput : an unknown format, no finding, or one whose test does not pass here.
    """
    if format not in FORMATS:
        raise BadInput(f"format: got {format!r}, allowed is one of {', '.join(FORMATS)}")
    return FORMATS[format](Path(finding), Path(out))
