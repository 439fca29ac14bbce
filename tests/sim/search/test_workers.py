"""A process that dies costs time and never a result; one that keeps dying is an infrastructure failure."""

import os
import signal
import threading
import time
from multiprocessing import active_children, get_context

import pytest

from sim.exits import INFRASTRUCTURE, verdict
from sim.search.parallel import run_shards
from sim.search.shards import SHARDS, shard_tasks
from sim.search.workers import WorkersLost, map_in_order, results_of
from tests.sim.search.test_shards import told
from tests.sim.search.worlds import small_stage


def _dies_once(number, folder):
    mark = os.path.join(folder, str(number))
    if number == 3 and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def _dies(*_):
    os._exit(9)


def test_jobs_of_a_process_that_dies_are_run_again(tmp_path):
    lines: list[str] = []
    jobs = [(number, str(tmp_path)) for number in range(6)]
    assert dict(results_of(_dies_once, jobs, 2, lines.append)) == {n: n * n for n in range(6)}
    assert len(lines) == 1
    assert lines[0].startswith("a worker process ended abruptly, ") and lines[0].endswith(
        "of 6 jobs are run again"
    )


def test_a_job_that_always_kills_its_process_is_an_infrastructure_failure():
    lines: list[str] = []
    with pytest.raises(WorkersLost, match="a worker process ended abruptly three times over") as caught:
        list(map_in_order(_dies, small_stage(), [0], 2, (), lines.append))
    assert len(lines) == 2
    assert verdict(caught.value)[0] == INFRASTRUCTURE


def _kill_a_worker(killed: list[int]) -> None:
    """Kill the first worker of this process, once it has been at work for a while."""
    while not (workers := active_children()):
        time.sleep(0.05)
    time.sleep(3)
    victim = next((one for one in workers if one.is_alive()), None)
    if victim is not None:
        os.kill(victim.pid, signal.SIGKILL)
        killed.append(victim.pid)


def test_a_search_whose_worker_is_killed_reports_what_it_would_have():
    tasks = shard_tasks(("adl",), 8 * SHARDS, seed=1, seconds=None, workers=2)
    killed: list[int] = []
    lines: list[str] = []
    killer = threading.Thread(target=_kill_a_worker, args=(killed,))
    killer.start()
    counts: list[int] = []
    reports = run_shards(small_stage(), tasks, 2, counts.append, lines.append)
    killer.join()
    assert killed and lines
    alone = run_shards(small_stage(), tasks, 1, lambda done: None)
    assert [told(report) for report in reports] == [told(report) for report in alone]
    assert counts[-1] == sum(report.examples for report in reports)


def _waits_to_be_stopped(number):
    deadline = time.monotonic() + 60
    while not _stop[0] and time.monotonic() < deadline:
        time.sleep(0.01)
    _stop[1] = _stop[0]


def _share(stop):
    global _stop
    _stop = stop


def test_an_interrupt_stops_the_jobs_that_run():
    stop = get_context("spawn").RawArray("b", 2)

    def interrupted():
        raise KeyboardInterrupt

    def stopped():
        stop[0] = 1

    with pytest.raises(KeyboardInterrupt):
        list(results_of(_waits_to_be_stopped, [(0,)], 1, print, _share, (stop,), interrupted, stopped))
    assert stop[1] == 1, "the job ended because it was told to"
