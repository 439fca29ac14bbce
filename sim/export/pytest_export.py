"""A finding as a pytest file that stands alone, with the finding beside it; its replay must reach the same loss.

The files are written only after pytest has passed on them in a folder of their own.
"""

import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

from sim import __version__
from sim.errors import BadInput
from sim.export.files import Export, Note, check_free, place, run_tool
from sim.search.finding import Finding, load_finding
from sim.search.history import line

LINE_LENGTH = 110

TEMPLATE = '''\
"""{title}

{body}

Exported by Tailspin {version}; the finding lies beside this file. Run it with pytest wherever the package `sim`
can be imported.
"""

from pathlib import Path

import pytest

import sim

FINDING = Path(__file__).with_name("{file}")
OUTCOME = "{outcome}"
DETAILS = {{
{details}
}}
DIGEST = "{digest}"


@pytest.fixture(scope="module")
def replayed():
    (replay,) = sim.replay(FINDING)
    return replay


def test_the_design_fails(replayed):
    assert replayed.verdict == "still_fails"
    assert replayed.outcome == OUTCOME


def test_the_loss_is_the_same(replayed):
    assert replayed.details == DETAILS


def test_every_transaction_is_the_same(replayed):
    assert replayed.digest == DIGEST
'''


def export_pytest(finding: Path, out: Path, force: bool = False, note: Note = lambda _: None) -> Export:
    """Write a pytest file and its finding to a folder, once pytest passes on them.

    Raises
    ------
    BadInput : there is no finding, the folder cannot be written, files are in the way, or the test does not pass
        here.
    """
    loaded = load_finding(finding)
    stem = re.sub(r"\W+", "_", finding.stem)
    data, test = f"{stem}.json", f"test_{stem}.py"
    texts = {test: _source(loaded, data), data: finding.read_text(encoding="utf-8")}
    check_free(out, texts, force)
    with tempfile.TemporaryDirectory(prefix="tailspin-export-") as folder:
        place(Path(folder), texts)
        note("pytest")
        _verify(Path(folder), test, finding)
    return Export(place(out, texts), True)


def _source(finding: Finding, data: str) -> str:
    return TEMPLATE.format(
        title=f"{finding.scenario['name']}: {finding.outcome.kind} after the smallest change of the design.",
        body="\n".join(_story(finding)),
        version=__version__,
        file=data,
        outcome=finding.outcome.kind,
        details="\n".join(f'    "{name}": {value!r},' for name, value in finding.outcome.details.items()),
        digest=finding.digest,
    )


def _story(finding: Finding) -> Iterator[str]:
    """Yield what differs from the base, where it tips, and the history, line by line."""
    yield "What differs from the safe base:"
    for part, fields in finding.minimal.model_dump().items():
        for path, value in fields.items():
            yield f"    {part}: {path} = {value}"
    for tipping in finding.tipping:
        yield f"    {tipping.path}: {tipping.holds} holds, {tipping.fails} fails"
    yield "What happens:"
    for step in finding.history:
        yield from textwrap.wrap(line(step), LINE_LENGTH, initial_indent="    ", subsequent_indent="      ")


def _verify(folder: Path, test: str, finding: Path) -> None:
    """Run pytest on the exported file as its reader will; raises BadInput if it does not pass."""
    package_root = Path(__file__).resolve().parents[2]
    search_path = [str(package_root), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder)]
    command += ["-p", "no:cacheprovider", "-p", "no:ape_test", test]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(search_path)}
    code, output = run_tool(command, folder, environment, finding)
    if code:
        errors = [text[2:].strip() for text in output.splitlines() if text.startswith("E ")]
        reason = next(iter(errors), output.strip()[-300:])
        raise BadInput(f"finding {finding}: not exported, for its test does not pass here: {reason}")
