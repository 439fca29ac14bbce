"""Canaries: under the same short history every planted flaw shows, and no repaired twin has any outcome."""

from pathlib import Path

import pytest

from benchmarks import canaries
from benchmarks.canaries import Alarms, Hunt, Measured, load_canary
from sim.errors import BadInput
from sim.search.safety import DRAWS, try_draw


@pytest.mark.parametrize("name", canaries.names())
def test_the_canary_fails_where_its_twin_holds(name: str) -> None:
    canary = load_canary(name)
    flawed, repaired = canary.play()
    assert flawed.refused is None and repaired.refused is None
    assert flawed.outcome(canary.aim) is not None
    assert canary.alarming(repaired.assessment) == ()
    assert canary.aim in canary.alarming(flawed.assessment)


@pytest.mark.parametrize("name", canaries.names())
def test_a_pair_differs_in_the_flaw_alone(name: str) -> None:
    canary = load_canary(name)
    assert canary.twin.name == name
    (field,) = canary.stage.space.design
    assert len(canary.stage.space.design[field].others) == 1
    assert canary.values[field] in canary.stage.space.design[field].others
    assert set(canary.values) <= set(canary.stage.space.axes)


@pytest.mark.slow
@pytest.mark.parametrize("name", canaries.names())
def test_every_draw_of_the_envelope_leaves_the_twin_unharmed(name: str) -> None:
    canary = load_canary(name)
    assert [try_draw(canary.stage, draw, (canary.aim,)) for draw in range(DRAWS)] == [None] * DRAWS


@pytest.mark.slow
@pytest.mark.parametrize("name", canaries.names())
def test_a_search_finds_the_flaw_and_none_in_the_twin(name: str) -> None:
    canary = load_canary(name)
    assert canaries.hunt(canary, seed=0).found_s is not None
    assert canaries.watch_twin(canary, seconds=10).alarms == 0


def test_a_missing_run_counts_as_longer_than_any() -> None:
    hunts = tuple(Hunt(seed, found_s, 10, 1.0) for seed, found_s in enumerate((3.0, None, 1.0, None, None)))
    assert Measured("x", "bad_debt", 0.0, hunts, Alarms(1.0, 5, 0)).median_s is None
    assert Measured("x", "bad_debt", 0.0, hunts[:4], Alarms(1.0, 5, 0)).median_s is None
    assert Measured("x", "bad_debt", 0.0, hunts[:3], Alarms(1.0, 5, 0)).median_s == 3.0


def test_the_table_goes_between_its_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{canaries.MARKS[0]}\nold\n{canaries.MARKS[1]}\nafter\n")
    canaries.write_table(["| new |"], readme)
    text = readme.read_text()
    assert "old" not in text and "| new |" in text
    assert text.startswith("before\n") and text.endswith("after\n")
    readme.write_text("nothing")
    with pytest.raises(BadInput, match="has no"):
        canaries.write_table([], readme)


def test_an_unknown_canary_is_one_line() -> None:
    with pytest.raises(BadInput, match="canary is 'dodo'"):
        load_canary("dodo")
