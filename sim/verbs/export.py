"""`tailspin export`: a finding as something that an auditor can run."""

from pathlib import Path

from sim.errors import BadInput
from sim.export.ape import export_ape
from sim.export.files import Export, Note
from sim.export.foundry import export_foundry
from sim.export.pytest_export import export_pytest

FORMATS = {"pytest": export_pytest, "foundry": export_foundry, "ape": export_ape}


def export(
    finding: str | Path,
    out: str | Path,
    *,
    format: str = "pytest",  # noqa: A002 - the option's name
    force: bool = False,
    note: Note = lambda _: None,
) -> Export:
    """Export a finding, verified before it is written.

    Parameters
    ----------
    finding
        File of the finding.
    out
        Folder to write to.
    format
        `pytest`: a test that replays the finding with this package. `foundry`: a project for `forge test`. `ape`:
        a project for `ape run replay`. The last two need nothing of this package.
    force
        Replace files that are in the way.
    note
        Told what is being done.

    Raises
    ------
    BadInput : an unknown format, no finding, files in the way, a tool that is missing, or an export that does not
        reach the same loss here.
    """
    if format not in FORMATS:
        raise BadInput(f"format: got {format!r}, allowed is one of {', '.join(FORMATS)}")
    return FORMATS[format](Path(finding), Path(out), force, note)
