"""How run time grows with blocks and with borrowers: linear, or not."""

import time

from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.model import Scenario

REPEATS = 3


def seconds(scenario: Scenario) -> float:
    """Best of a few runs, deployment included."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        launch(scenario, RevmChain(), load_artifacts()).run()
        best = min(best, time.perf_counter() - started)
    return best


def exponent(sizes: list[int], times_s: list[float]) -> float:
    """Slope of log time over log size: 1 is linear, below 1 better, 2 quadratic (least squares)."""
    import numpy as np

    return float(np.polyfit(np.log(sizes), np.log(times_s), 1)[0])
