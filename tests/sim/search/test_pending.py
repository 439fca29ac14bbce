"""What a search had found when it was killed is shrunk and stored by the next one."""

import os
import signal
import time
from multiprocessing import get_context

import pytest

from sim.scenario.loading import with_fields
from sim.search import collect as collect_module
from sim.search import search as search_module
from sim.search.finding import load_finding
from sim.search.history import Wait
from sim.search.pending import FOLDER, Pending, PendingCandidate
from sim.search.search import search
from tests.sim.search.test_corpus import HISTORY
from tests.sim.search.worlds import DELAY, THRESHOLD, searchable

BASE = with_fields(searchable(), {"space.envelope.max_total_fall_bps": 1_600})
CANDIDATE = PendingCandidate(
    scenario="small", aim="bad_debt", shard=3, values={THRESHOLD: 9_400, DELAY: 6}, history=HISTORY
)


@pytest.fixture(autouse=True)
def without_proof(monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)


def for_ever(*_, **__):
    time.sleep(600)


def test_a_search_that_is_killed_while_it_shrinks_loses_nothing(tmp_path, monkeypatch):
    given = {"examples": 96, "max_replays": 20, "out": tmp_path}
    with monkeypatch.context() as patched:
        patched.setattr(collect_module.Shrinker, "shrink", for_ever)
        searching = get_context("fork").Process(target=search, args=(BASE, ["toxic_liquidation"]), kwargs=given)
        searching.start()
        while not list(Pending(tmp_path).of_scenario("small")):
            assert searching.is_alive()
            time.sleep(0.05)
        os.kill(searching.pid, signal.SIGKILL)
        searching.join()
    assert not list(tmp_path.glob("*.json"))
    result = search(BASE, ["toxic_liquidation"], **given | {"examples": 1})
    assert result.found and load_finding(result.finding).aim == "toxic_liquidation"
    assert [path.name for path in tmp_path.iterdir()] == [path.name for path in result.findings]


def test_candidates_of_other_scenarios_and_aims_wait_for_theirs(tmp_path):
    pending = Pending(tmp_path)
    others = [CANDIDATE.model_copy(update=one) for one in ({"scenario": "other"}, {"aim": "cascade"})]
    for one in others:
        pending.keep(one)
    search(BASE, ["adl"], examples=1, out=tmp_path)
    assert [*pending.of_scenario("small"), *pending.of_scenario("other")] == [others[1], others[0]]


def test_what_no_longer_fits_or_is_damaged_is_passed_over(tmp_path):
    pending = Pending(tmp_path)
    pending.keep(CANDIDATE.model_copy(update={"values": {"gone.field": 1}}))
    pending.keep(CANDIDATE.model_copy(update={"history": (Wait(blocks=9_999),)}))
    (tmp_path / FOLDER / "torn.json").write_text("{")
    result = search(BASE, ["bad_debt"], examples=1, out=tmp_path)
    assert not result.found
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["torn.json"]


def test_a_disk_without_room_does_not_end_a_search(tmp_path):
    (tmp_path / FOLDER).write_text("in the way")
    Pending(tmp_path).keep(CANDIDATE)
    Pending(tmp_path).drop(CANDIDATE)
    assert list(Pending(tmp_path).of_scenario("small")) == []
