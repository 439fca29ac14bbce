"""A search finds design changes from nothing, shrinks them, keeps them, and they replay on a node."""

import json

import pytest

from sim.errors import BadInput
from sim.scenario.loading import load_scenario
from sim.search import search as search_module
from sim.search.finding import load_finding
from sim.search.replay import replay
from sim.search.safety import UnsafeBase
from sim.search.search import search
from sim.search.shards import Candidate, ShardReport
from tests.sim.search.worlds import DEPTH, searchable


@pytest.mark.parametrize("outcome", ["bad_debt", "cascade"])
def test_a_finding_from_nothing_replays_on_a_node(outcome, tmp_path):
    told = []
    result = search(
        load_scenario("flash-crash"),
        [outcome],
        workers=1,
        first=True,
        out=tmp_path,
        progress=lambda done, total, note: told.append(note),
    )
    assert result.found and result.outcome == outcome
    assert result.minimal["design"]
    assert set(told) >= {"searching", "shrinking"}
    finding = load_finding(result.finding)
    assert finding.minimal.model_dump() == result.minimal
    for chain in ("revm", "anvil"):
        (replayed,) = replay(result.finding, chain)
        assert (replayed.verdict, replayed.digest) == ("still_fails", finding.digest)


def test_the_same_search_finds_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    base = load_scenario("flash-crash")
    given = {"examples": 48, "max_replays": 15}
    results = [search(base, ["bad_debt"], workers=n, out=tmp_path / str(n), **given) for n in (1, 2)]
    told = [{k: v for k, v in r.as_dict().items() if not k.endswith(("seconds", "_s"))} for r in results]
    assert json.dumps(told[0]) == json.dumps(told[1]).replace(str(tmp_path / "2"), str(tmp_path / "1"))
    assert told[0]["found"]
    assert len({load_finding(path).cause for path in results[0].findings}) == len(results[0].findings)


def test_seconds_make_a_result_that_is_not_reproducible(tmp_path, monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    result = search(searchable(), ["adl"], seconds=0.5, out=tmp_path)
    assert not result.reproducible
    assert not result.found and result.findings == []
    assert result.as_dict()["minimal"] == {"design": {}, "environment": {}}


def test_an_outcome_without_a_design_change_is_no_finding(tmp_path, monkeypatch):
    candidate = Candidate(0, "cascade", {DEPTH: 30_000}, ())
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)
    monkeypatch.setattr(search_module, "run_shards", lambda *_: [ShardReport(0, unsafe=candidate)])
    with pytest.raises(UnsafeBase, match="shard 0 found cascade without a change of design"):
        search(searchable(), ["cascade"], out=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"outcomes": ["cascde"]}, "outcome is 'cascde', one of cascade, bad_debt"),
        ({"outcomes": []}, "no outcome given"),
        ({"outcomes": ["cascade"], "examples": 0}, "examples is 0, above 0 expected"),
        ({"outcomes": ["cascade"], "seconds": -1}, "seconds is -1, above 0 expected"),
        ({"outcomes": ["cascade"], "workers": 0}, "workers is 0, above 0 expected"),
    ],
)
def test_what_cannot_be_searched_with_is_refused(given, complaint, tmp_path):
    with pytest.raises(BadInput, match=complaint):
        search(searchable(), out=tmp_path, **given)


def test_a_scenario_without_a_space_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be searched"):
        search(load_scenario("loop-ladder"), ["cascade"], out=tmp_path)
