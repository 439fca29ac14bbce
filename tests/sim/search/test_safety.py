"""A base is safe when no draw of its envelope has an outcome; a search from another base stops and says why."""

import pytest

from sim.errors import BadInput
from sim.scenario.loading import load_scenario, with_fields
from sim.search import safety
from sim.search.episode import Stage
from sim.search.safety import UnsafeBase, require_safe, try_draw
from sim.search.search import search
from sim.search.space import Space
from tests.sim.search.worlds import DELAY, THRESHOLD, searchable, small_stage


@pytest.fixture
def unsafe() -> Stage:
    base = with_fields(searchable(), {THRESHOLD: 9_400, DELAY: 12, "space.envelope.min_new_health_bps": 10_100})
    return Stage(Space(base), small_stage().artifacts)


def test_a_draw_is_always_the_same(unsafe):
    drawn = [try_draw(unsafe, draw) for draw in range(6)]
    assert drawn == [try_draw(unsafe, draw) for draw in range(6)]


def test_an_unsafe_base_is_refused_with_the_draw_that_broke_it(unsafe, tmp_path):
    with pytest.raises(
        UnsafeBase, match=r"base 'small' is not safe: draw \d+ of 400 of its envelope gives"
    ) as caught:
        require_safe(unsafe, cache=tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_a_space_tolerates_is_no_failure_unless_it_is_looked_for(unsafe):
    found = next(filter(None, (try_draw(unsafe, draw) for draw in range(400))))
    base = with_fields(unsafe.space.base, {"space.tolerated": list(found.kinds)})
    lenient = Stage(Space(base), unsafe.artifacts)
    assert try_draw(lenient, found.draw) is None
    assert try_draw(lenient, found.draw, found.kinds[:1]).kinds == found.kinds[:1]


def test_an_aim_that_a_space_tolerates_is_looked_for_in_the_proof(unsafe, tmp_path):
    base = with_fields(unsafe.space.base, {"space.tolerated": ["bad_debt", "cascade", "toxic_liquidation"]})
    lenient = Stage(Space(base), unsafe.artifacts)
    with pytest.raises(UnsafeBase):
        require_safe(lenient, cache=tmp_path, aims=["bad_debt", "cascade", "toxic_liquidation"])


def test_only_outcomes_are_tolerated():
    with pytest.raises(BadInput, match=r"space.tolerated: outcome 'bad_dept' is unknown, nearest is 'bad_debt'"):
        Space(with_fields(searchable(), {"space.tolerated": ["bad_dept"]}))


def test_the_draw_is_the_same_with_two_workers(unsafe, tmp_path):
    texts = set()
    for workers in (1, 2):
        with pytest.raises(UnsafeBase) as caught:
            require_safe(unsafe, workers, cache=tmp_path)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_a_proof_is_kept_until_something_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "try_draw", lambda stage, draw, aims: None)
    told: list[int] = []
    require_safe(small_stage(), cache=tmp_path, progress=lambda done, total: told.append(done))
    assert told[-1] == safety.DRAWS
    require_safe(small_stage(), cache=tmp_path, progress=lambda done, total: told.append(-1))
    assert told[-1] == safety.DRAWS
    other = Stage(Space(with_fields(searchable(), {"space.envelope.max_blocks": 25})), small_stage().artifacts)
    require_safe(other, cache=tmp_path, progress=lambda done, total: told.append(-1))
    assert told[-1] == -1
    assert len(list(tmp_path.iterdir())) == 2


def test_a_search_from_an_unsafe_base_finds_nothing(unsafe, tmp_path):
    with pytest.raises(UnsafeBase):
        search(unsafe.space.base, ["bad_debt"], examples=8, out=tmp_path / "findings")
    assert not (tmp_path / "findings").exists()


def test_the_flash_crash_base_is_safe():
    """400 draws, or the record that they were made with the code and the contracts as they are."""
    stage = Stage(Space(load_scenario("flash-crash")), small_stage().artifacts)
    require_safe(stage, workers=2)  # raises with the draw that breaks it
    assert require_safe(stage, workers=2) == 0, "a proof is kept"
