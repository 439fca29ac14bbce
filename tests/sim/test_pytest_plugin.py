"""The fixture `tailspin` in a protocol's own tests: ten readable lines, a stored finding, and no cost unused."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from sim.scenario.loading import dump_yaml, with_fields
from sim.search import search as search_module
from sim.search.objectives import KINDS
from sim.search.result import SearchResult
from sim.verbs import holds as holds_module
from tests.e2e.commands import ENVIRONMENT
from tests.sim.search.worlds import THRESHOLD, searchable

pytest_plugins = ["pytester"]

LOADED = any(one.value == "sim.pytest_plugin" for one in entry_points(group="pytest11"))
FLAGS = ["-p", "no:ape_test", "-p", "no:cacheprovider", *([] if LOADED else ["-p", "sim.pytest_plugin"])]


@pytest.fixture
def project(pytester, monkeypatch):
    """A protocol's repository with a design, whose base is taken to be safe."""
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    base = with_fields(searchable(), {"space.envelope.max_total_fall_bps": 1_600})
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    (pytester.path / "design.yaml").write_text(dump_yaml(base))
    return pytester


def run(project, body: str):
    project.makepyfile(body)
    return project.runpytest_inprocess(*FLAGS)


def test_a_design_that_fails_is_a_failed_test_with_its_finding(project):
    body = 'def test_design(tailspin):\n    tailspin.holds("design.yaml", for_="toxic_liquidation", budget=96)\n'
    result = run(project, body)
    result.assert_outcomes(failed=1)
    (stored,) = (project.path / "findings").iterdir()
    text = result.stdout.str()
    shown = text[
        text.index("small fails. Toxic liquidations") : text.index("Again: tailspin replay findings/")
    ].splitlines()
    assert len(shown) < 10
    assert any("→" in one for one in shown)
    assert stored.name in text
    assert "Traceback" not in text and "search_space" not in text
    again = run(project, body)
    again.assert_outcomes(failed=1)
    assert stored.name in again.stdout.str()
    assert len(list((project.path / "findings").iterdir())) == 1, "what still fails is not searched for again"


def test_a_design_that_holds_passes(project):
    body = """
    def test_design(tailspin):
        assert tailspin.holds("design.yaml", for_="adl", budget=8).examples == 8
    """
    run(project, body).assert_outcomes(passed=1)
    assert not (project.path / "findings").exists()


def test_findings_are_replayed_with_the_verdict_they_expect(project):
    run(
        project,
        'def test_design(tailspin):\n    tailspin.holds("design.yaml", for_="toxic_liquidation", budget=96)\n',
    )
    (stored,) = (project.path / "findings").iterdir()
    body = 'def test_findings(tailspin):\n    tailspin.replays("findings/")\n'
    run(project, body).assert_outcomes(passed=1)
    stored.write_text(stored.read_text().replace('"expects": "still_fails"', '"expects": "fixed"'))
    result = run(project, body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"findings/{stored.name}: toxic_liquidation still fails; fixed expected"])


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ('holds("desing.yaml")', "*desing.yaml*"),
        ('holds("design.yaml", for_="bad_det>1")', "*metric 'bad_det' is unknown*"),
        ('holds("design.yaml", budget="nigtly")', "*profile 'nigtly' is unknown, nearest is 'nightly'*"),
        (f'holds("design.yaml", vary=["{THRESHOLD}=9:1"])', "*low 9.0 must be below high 1.0*"),
        ("replays()", "*findings does not exist*"),
    ],
)
def test_bad_input_is_one_line(project, call, complaint):
    result = run(project, f"def test_design(tailspin):\n    tailspin.{call}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([complaint])
    assert "Traceback" not in result.stdout.str() and "During handling" not in result.stdout.str()


def test_by_default_no_outcome_may_happen_but_what_is_tolerated_and_no_threshold_be_crossed(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(holds_module, "search", lambda _, aims, **options: given.append(aims) or SearchResult())
    changes = {"space.tolerated": ["adl"], "thresholds.max_waves": 3}
    (tmp_path / "design.yaml").write_text(dump_yaml(with_fields(searchable(), changes)))
    holds_module.Tailspin(tmp_path, tmp_path, tmp_path / "findings").holds("design.yaml")
    assert set(given[0]) == {*KINDS, "thresholds"} - {"adl"}


def test_it_loads_nothing_that_is_heavy():
    code = (
        "import sys, pytest; before = set(sys.modules); import sim.pytest_plugin;"
        " print(sorted(m for m in set(sys.modules) - before if not m.startswith('_')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['sim', 'sim.pytest_plugin']"
