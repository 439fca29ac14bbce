"""The README's table of all designs, made anew: `make compare`."""

import sys
from pathlib import Path

from sim.console import log, progress_bar
from sim.exits import verdict
from sim.files import write_text
from sim.report.comparison import markdown
from sim.verbs.compare import compare

SCENARIOS = ("flash-crash", "black-thursday")
README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- designs: made by make compare -->", "<!-- /designs -->"


def main() -> int:
    """Compare, write the table between the marks, and return the exit code."""
    with progress_bar("compare", None, "runs") as advance:
        compared = compare(*SCENARIOS, out=Path("runs/compare"), progress=advance)
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    table = markdown(compared.designs, compared.skipped)
    write_text(README, f"{before}{START}\n\n{table}\n{END}{after}")
    for line in compared.failures:
        log(f"compare: {line}")
    return 1 if compared.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:
        code, message = verdict(error)
        log(f"compare: {message}")
        sys.exit(code)
