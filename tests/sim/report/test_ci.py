"""Reports for machines: JUnit that any reader takes, Markdown that GitHub shows, and nothing lost to an error."""

import xml.etree.ElementTree as ElementTree

import pytest

from sim.chain.base import NodeError
from sim.errors import BadInput
from sim.report.ci import GITHUB_SUMMARY, Check, Report, junit, markdown, reported

CHECKS = [
    Check("holds", seconds=1.5),
    Check("a <b> & c | d", "first line\nsecond line"),
    Check("died", error="the node\x00 died \ud800"),
]


def test_junit_counts_and_names_every_check():
    root = ElementTree.fromstring(junit(Report("tailspin run x", list(CHECKS), ["a worker died"])))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    held, failed, died = suite.findall("testcase")
    assert (held.get("name"), held.get("classname"), held.get("time")) == ("holds", "tailspin run x", "1.500")
    assert len(held) == 0
    assert failed.get("name") == "a <b> & c | d"
    assert failed.find("failure").get("message") == "first line"
    assert failed.find("failure").text == "first line\nsecond line"
    assert died.find("error").get("message") == "the node� died �"
    assert suite.find("system-err").text == "a worker died"


def test_markdown_is_a_table_and_every_failure_in_full():
    text = markdown(Report("tailspin run x", list(CHECKS), ["a worker died"]))
    assert text.startswith("### tailspin run x: 2 of 3 checks failed\n")
    assert "| a &lt;b> & c \\| d | :x: failed | first line |" in text
    assert "| holds | :white_check_mark: passed |  |" in text
    assert "```text\nfirst line\nsecond line\n```" in text
    assert "- a worker died" in text
    assert markdown(Report("run", [Check("x")])).startswith("### run: 1 checks passed")


def test_files_are_written_and_github_is_appended_to(tmp_path, monkeypatch):
    github = tmp_path / "github.md"
    github.write_text("before\n")
    monkeypatch.setenv(GITHUB_SUMMARY, str(github))
    junit_file, summary = tmp_path / "a" / "junit.xml", tmp_path / "summary.md"
    with reported("run", junit_file, summary, to_github=True) as report:
        report.checks.append(Check("x"))
    assert 'tests="1"' in junit_file.read_text()
    assert github.read_text() == "before\n" + summary.read_text()


@pytest.mark.parametrize("error", [BadInput("seed: got -1"), NodeError("the node died")])
def test_a_command_that_ends_with_an_error_is_an_error_and_no_failure(tmp_path, error):
    file = tmp_path / "junit.xml"
    with pytest.raises(type(error)), reported("run", file):
        raise error
    (suite,) = ElementTree.fromstring(file.read_text())
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")
    assert suite.find("testcase/error").text == str(error)


def test_what_cannot_be_written_is_refused_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.delenv(GITHUB_SUMMARY, raising=False)
    (tmp_path / "file").write_text("")
    for given, complaint in (
        ({"junit_file": tmp_path / "file" / "x.xml"}, "junit: .*file is a file"),
        ({"summary_file": tmp_path}, "summary: .* is a folder"),
        ({"to_github": True}, f"{GITHUB_SUMMARY} is not set"),
    ):
        with pytest.raises(BadInput, match=complaint), reported("run", **given):
            raise AssertionError("nothing was to be done")
