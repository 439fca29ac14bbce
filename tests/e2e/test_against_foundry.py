"""Forge on the contracts of canaries: handlers break the invariant with the flaw, and not without it."""

from pathlib import Path

import pytest

from benchmarks.against_foundry import median_s, row
from benchmarks.canaries import Hunt, load_canary, names
from benchmarks.foundry_runs import EXPRESSED, Fuzzed, fuzz, prepare

SECONDS = 20


def test_what_is_expressed_exists() -> None:
    assert set(EXPRESSED) <= set(names())


def test_a_row_says_who_found_what_and_with_how_much() -> None:
    canary = load_canary("funding-on-one-side")
    hunts = [Hunt(0, 3.0, 9, 4.0, 2, 2, 5, 1), Hunt(1, None, 9, 60.0)]
    runs = [Fuzzed(0.5, 1.0, 1.0), Fuzzed(0.25, 1.0, 1.0), Fuzzed(None, 0, 0, length=4)]
    assert row(canary, hunts, runs) == "| funding-on-one-side | 1 of 2 | missed | 2 | 5 | 2 of 2 | 0.50 | 4 |"
    assert row(canary, hunts, None).endswith("| no handler | - | - |")
    assert median_s([1.0, None, 2.0]) == "2.00"


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPRESSED)
def test_forge_breaks_the_canary_and_not_its_twin(name: str, tmp_path: Path) -> None:
    canary = load_canary(name)
    prepare(canary, tmp_path / "flawed")
    found = fuzz(tmp_path / "flawed", SECONDS, seed=0, shrink=True)
    assert found.found_s is not None and found.length
    repaired = {path: value for path, value in canary.values.items() if path not in canary.stage.space.design}
    prepare(canary, tmp_path / "repaired", repaired)
    assert fuzz(tmp_path / "repaired", SECONDS, seed=0).found_s is None
