"""What a command found, for machines that watch it: a JUnit file, and a summary in Markdown."""

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import BadInput
from sim.files import check_writable, write_failure, write_text

GITHUB_SUMMARY = "GITHUB_STEP_SUMMARY"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Check:
    """Something that a command checked.

    Attributes
    ----------
    failure
        Why it does not hold, the first line as its headline; None if it holds.
    error
        Why it could not be checked: bad input, or a failure of the machinery, which is no verdict.
    """

    name: str
    failure: str | None = None
    error: str | None = None
    seconds: float = 0.0

    @property
    def word(self) -> str:
        """How it went."""
        return "error" if self.error is not None else "failed" if self.failure is not None else "passed"


@dataclass(slots=True)
class Report:
    """The checks of one command; `notes` are lines about the machinery, reported apart from the verdicts."""

    title: str
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, word: str) -> int:
        """How many checks went this way."""
        return sum(check.word == word for check in self.checks)


def junit(report: Report) -> str:
    """The report as a JUnit file."""
    seconds = sum(check.seconds for check in report.checks)
    counts = {
        "tests": str(len(report.checks)),
        "failures": str(report.count("failed")),
        "errors": str(report.count("error")),
        "time": f"{seconds:.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": "tailspin", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _xml(report.title), **counts})
    for check in report.checks:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            {"classname": _xml(report.title), "name": _xml(check.name), "time": f"{check.seconds:.3f}"},
        )
        for tag, text in (("failure", check.failure), ("error", check.error)):
            if text is not None:
                message = _xml(text)
                ElementTree.SubElement(case, tag, {"message": message.partition("\n")[0]}).text = message
    if report.notes:
        ElementTree.SubElement(suite, "system-err").text = _xml("\n".join(report.notes))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """The text without what no XML file may hold."""
    return _NOT_XML.sub("�", text)


def markdown(report: Report) -> str:
    """The report as GitHub shows it: a table of the checks, then each failure in full."""
    lines = [f"### {report.title}: {_verdict(report)}", ""]
    if report.checks:
        lines += ["| check | result | |", "|:--|:--|:--|"]
    for check in report.checks:
        reason = (check.error or check.failure or "").partition("\n")[0]
        mark = ":white_check_mark:" if check.word == "passed" else ":x:"
        lines.append(f"| {_cell(check.name)} | {mark} {check.word} | {_cell(reason)} |")
    for check in report.checks:
        text = check.error or check.failure
        if text is not None and "\n" in text:
            lines += ["", f"**{check.name}**", "", "```text", text.replace("```", "'''"), "```"]
    if report.notes:
        lines += ["", "Infrastructure, no part of the verdict:", "", *(f"- {note}" for note in report.notes)]
    return "\n".join(lines) + "\n\n"


def _verdict(report: Report) -> str:
    bad = report.count("failed") + report.count("error")
    return f"{bad} of {len(report.checks)} checks failed" if bad else f"{len(report.checks)} checks passed"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


@contextmanager
def reported(
    title: str, junit_file: Path | None = None, summary_file: Path | None = None, to_github: bool = False
) -> Iterator[Report]:
    """Write what the context puts into the report it is given, also if it ends with an error.

    Parameters
    ----------
    to_github
        Append the summary to the file that GITHUB_STEP_SUMMARY names.

    Raises
    ------
    BadInput
        A file cannot be written, or the variable is not set; nothing has been done then.
    """
    for file, option in ((junit_file, "junit"), (summary_file, "summary")):
        if file is not None:
            check_writable(file, option)
    github = Path(os.environ[GITHUB_SUMMARY]) if to_github and os.environ.get(GITHUB_SUMMARY) else None
    if to_github and github is None:
        raise BadInput(f"github-summary: the variable {GITHUB_SUMMARY} is not set, a file's name expected in it")
    report = Report(title)
    try:
        yield report
    except Exception as error:
        report.checks.append(Check("the command", error=" ".join(str(error).split()) or type(error).__name__))
        raise
    finally:
        if junit_file is not None:
            write_text(junit_file, junit(report))
        if summary_file is not None:
            write_text(summary_file, markdown(report))
        if github is not None:
            _append(github, markdown(report))


def _append(file: Path, text: str) -> None:
    try:
        with open(file, "a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise write_failure(file, "github-summary", error) from None
