"""What is stored is replayed before anything is searched for, on the scenario as it is now."""

import pytest

from sim.scenario.loading import with_fields
from sim.search import search as search_module
from sim.search.corpus import Corpus
from sim.search.search import search
from tests.sim.search.test_corpus import finding  # noqa: F401 - a fixture
from tests.sim.search.worlds import BONUS, searchable


@pytest.fixture
def stored(finding, tmp_path):  # noqa: F811
    return Corpus(tmp_path).add(finding)


def refuse(*_, **__):
    raise AssertionError("nothing was to be searched for")


def test_what_still_fails_ends_a_search_for_the_first(stored, monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", refuse)
    monkeypatch.setattr(search_module, "run_shards", refuse)
    result = search(searchable(), ["cascade", "bad_debt"], out=stored.parent, first=True)
    assert (result.findings, result.new, result.outcome) == ([stored], [], "bad_debt")
    assert [one.verdict for one in result.replayed] == ["still_fails"]
    assert result.minimal["design"] and result.contract_calls > 0 and result.examples == 0


def test_what_still_fails_is_not_found_again_but_a_search_goes_on(stored, monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    result = search(searchable(), ["bad_debt", "cascade"], examples=8, out=stored.parent, max_replays=4)
    assert result.findings[0] == stored
    assert result.examples == 8
    assert stored not in result.new


def test_another_aim_is_not_reached_by_it(stored, monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    result = search(searchable(), ["adl"], examples=8, out=stored.parent)
    assert not result.found
    assert [one.verdict for one in result.replayed] == ["still_fails"]


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"population.borrowers.health_min": 2.0, "population.borrowers.health_median": 3.0}, "fixed"),
        ({"space.envelope.max_total_fall_bps": 1_500}, "not_applicable"),
        ({"feeds.WETH.kind": "pool_spot"}, "not_applicable"),
        ({BONUS: 400}, "still_fails"),
    ],
)
def test_the_verdict_is_on_the_scenario_as_it_is_now(stored, monkeypatch, change, verdict):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    base = with_fields(searchable(), change)
    if "feeds.WETH.kind" in change:
        design = {path: bounds for path, bounds in base.space.design.items() if not path.startswith("feeds.")}
        base = base.model_copy(update={"space": base.space.model_copy(update={"design": design})})
    result = search(base, ["bad_debt"], examples=1, out=stored.parent, max_replays=1)
    assert [one.verdict for one in result.replayed] == [verdict]
    assert (stored in result.findings) == (verdict == "still_fails")


def test_findings_of_others_and_files_that_are_none_are_passed_over(stored, finding, monkeypatch):  # noqa: F811
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    other = finding.model_copy(update={"scenario": {**finding.scenario, "name": "other"}})
    Corpus(stored.parent).add(other)
    (stored.parent / "torn.json").write_text(stored.read_text()[:99])
    (stored.parent / "note.txt").write_text("not a finding")
    before = {path: path.read_bytes() for path in stored.parent.iterdir()}
    result = search(searchable(), ["adl"], examples=1, out=stored.parent)
    assert len(result.replayed) == 1
    assert len(result.unreadable) == 1 and "torn.json" in result.unreadable[0]
    assert {path: path.read_bytes() for path in stored.parent.iterdir()} == before


def test_a_search_keeps_one_finding_for_each_distinct_cause(tmp_path, monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    base = with_fields(searchable(), {"space.envelope.max_total_fall_bps": 1_600})
    aims = ["toxic_liquidation", "cascade"]
    result = search(base, aims, examples=96, out=tmp_path, max_replays=40)
    corpus, _ = Corpus(tmp_path).of_scenario("small")
    causes = [one.cause for _, one in corpus]
    assert len(causes) == len(set(causes)) == len(result.findings) >= 2
    assert {one.aim for _, one in corpus} == set(aims)
    assert result.new == result.findings
    designs = [frozenset(one.minimal.design) for _, one in corpus if one.aim == "cascade"]
    assert not any(a < b for a in designs for b in designs), "none needs more than another of its kind"
