"""`tailspin report`: the page of a saved run."""

from pathlib import Path

from sim.report.save import write_page


def report(run_folder: str | Path) -> Path:
    """Write the HTML page of a saved run anew and return its path.

    Raises
    ------
    BadInput : the folder holds no run, or a part of it is missing or broken.
    """
    return write_page(Path(run_folder))
