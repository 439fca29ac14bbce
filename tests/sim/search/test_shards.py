"""Shards depend on the seed and their number alone: not on the clock, the workers, or what else was imported."""

from dataclasses import replace

from hypothesis.internal.conjecture import providers

from sim.search.parallel import run_shards
from sim.search.shards import SHARDS, Candidate, ShardTask, distinct, run_shard, shard_tasks
from sim.search.workers import fresh
from tests.sim.search.test_corpus import HISTORY as STORM
from tests.sim.search.worlds import BONUS, DEPTH, KIND, THRESHOLD, small_stage

TASK = ShardTask(index=0, seed=5, aims=("cascade", "fund_depleted"), examples=12)


def told(report):
    return (
        report.index,
        report.examples,
        report.contract_calls,
        report.candidates,
        report.unsafe,
        report.rules,
        report.ends,
    )


def test_examples_are_divided_beforehand():
    tasks = shard_tasks(("cascade",), 21, seed=3, seconds=None, workers=4)
    assert [task.examples for task in tasks] == [3, 3, 3, 3, 3, 2, 2, 2]
    assert len({task.seed for task in tasks}) == SHARDS
    assert tasks == shard_tasks(("cascade",), 21, seed=3, seconds=None, workers=1)


def test_a_shard_repeats_itself():
    first, second = (run_shard(fresh(small_stage()), TASK) for _ in range(2))
    assert told(first) == told(second)
    assert 0 < first.examples <= TASK.examples


def test_constants_of_loaded_modules_do_not_enter(monkeypatch):
    before = told(run_shard(fresh(small_stage()), TASK))
    integers = type(providers._local_constants.integers)(range(30))
    monkeypatch.setattr(providers._local_constants, "integers", integers)
    monkeypatch.setattr(providers, "CONSTANTS_CACHE", type(providers.CONSTANTS_CACHE)(64))
    assert told(run_shard(fresh(small_stage()), TASK)) == before


def test_other_seeds_try_other_things():
    other = ShardTask(index=0, seed=6, aims=TASK.aims, examples=12)
    assert run_shard(fresh(small_stage()), other).rules != run_shard(fresh(small_stage()), TASK).rules


def test_reports_are_the_same_with_any_number_of_workers():
    stage = small_stage()
    tasks = shard_tasks(("cascade", "fund_depleted"), 2 * SHARDS, seed=1, seconds=None, workers=2)
    counts: list[int] = []
    alone = run_shards(stage, tasks, 1, counts.append)
    together = run_shards(stage, tasks, 2, counts.append)
    assert [told(report) for report in alone] == [told(report) for report in together]
    assert counts[-1] == sum(report.examples for report in together)


def test_seconds_end_a_shard():
    task = ShardTask(index=0, seed=5, aims=("adl",), examples=10_000, seconds=0.01)
    assert run_shard(fresh(small_stage()), task).examples == 1


def test_the_first_candidate_ends_the_search_when_asked_whatever_the_workers():
    tasks = shard_tasks(("toxic_liquidation", "adl"), 320, seed=1, seconds=None, workers=1, first=True)
    reports = run_shards(small_stage(), tasks, 1, lambda done: None)
    assert [bool(report.candidates) for report in reports] == [False] * (len(reports) - 1) + [True]
    assert reports[-1].examples < 40
    again = run_shards(small_stage(), tasks, 4, lambda done: None)
    assert [told(report) for report in again] == [told(report) for report in reports]


def test_a_candidate_has_the_design_fields_it_takes_and_no_others():
    stage = fresh(small_stage())
    drawn = Candidate(0, "bad_debt", {THRESHOLD: 9_400, BONUS: 300, DEPTH: 30_000}, STORM)
    candidate = distinct(stage, drawn, [])
    assert stage.space.split(candidate.values)[0] == {THRESHOLD: 9_400}
    assert candidate.values[DEPTH] == 30_000
    assert stage.play(candidate.values, STORM).outcome("bad_debt") is not None


def test_a_cause_that_is_kept_is_not_kept_again_and_another_one_is():
    stage = fresh(small_stage())
    drawn = Candidate(0, "bad_debt", {THRESHOLD: 9_300, BONUS: 300}, STORM)
    by_threshold, by_bonus = (replace(drawn, values=values) for values in ({THRESHOLD: 9_400}, {BONUS: 200}))
    assert distinct(stage, drawn, [by_threshold]) is None
    assert distinct(stage, drawn, [by_bonus]).values == {THRESHOLD: 9_300}
    assert distinct(stage, drawn, [by_bonus, by_threshold]) is None


def test_a_shard_goes_on_after_it_has_found():
    task = ShardTask(index=0, seed=4, aims=("cascade",), examples=24)
    report = run_shard(fresh(small_stage()), task)
    assert report.examples == 24 and report.ends["cascade"] == 2
    (candidate,) = report.candidates["cascade"]
    assert small_stage().space.split(candidate.values)[0] == {KIND: "pool_spot"}
