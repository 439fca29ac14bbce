"""A finding outlives an edit of the source that does not change behaviour."""

import shutil
from pathlib import Path

from sim.chain.artifacts import load_artifacts, project_root
from sim.search.corpus import Corpus
from sim.search.history import Shock, Wait
from sim.search.record import record_finding
from sim.search.replay import replay
from sim.search.shrink import Shrinker
from tests.sim.search.worlds import DELAY, THRESHOLD, small_stage

HISTORY = (*(Shock(asset="WETH", change_bps=change) for change in (-800, -800, -500)), Wait(blocks=5))


def copy_of_project(folder: Path) -> Path:
    """Contracts and what it takes to compile them."""
    root = project_root()
    shutil.copytree(root / "contracts", folder / "contracts")
    shutil.copy(root / "ape-config.yaml", folder)
    (folder / "node_modules").symlink_to((root / "node_modules").resolve())
    (folder / ".cache").mkdir()
    if (root / ".cache" / "solcx").is_dir():
        (folder / ".cache" / "solcx").symlink_to(root / ".cache" / "solcx")
    return folder


def test_a_comment_in_a_contract_changes_no_verdict(tmp_path):
    shrunk = Shrinker(small_stage(), "bad_debt", 1).shrink({THRESHOLD: 9_400, DELAY: 6}, HISTORY)
    path = Corpus(tmp_path / "findings").add(record_finding(small_stage(), "bad_debt", shrunk, seed=0))
    copy = copy_of_project(tmp_path)
    pool = copy / "contracts" / "lending" / "LendingPool.sol"
    pool.write_text(pool.read_text() + "\n// An afterthought.\n")
    edited = load_artifacts(copy)
    assert edited.digest == small_stage().artifacts.digest
    (result,) = replay(path, artifacts=edited)
    assert (result.verdict, result.same_digest) == ("still_fails", True)
