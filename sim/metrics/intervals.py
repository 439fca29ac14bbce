"""Intervals around means over a few seeds."""

from collections.abc import Sequence
from functools import cache

import numpy as np

RESAMPLES = 10_000
COVERAGE_PERCENT = 95
INTERVAL = f"percentile bootstrap of the mean, {COVERAGE_PERCENT} %, {RESAMPLES:,} resamples"


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean (Efron, 1979), the same at every call.

    It never leaves the range of the values, so that of a handful of them it covers less than its name says.

    Raises
    ------
    ValueError
        If there are no values.
    """
    if not values:
        raise ValueError("no values, at least one expected")
    sample = np.asarray(values, dtype=float)
    means = sample[_draws(len(values))].mean(axis=1)
    tail = (100 - COVERAGE_PERCENT) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    # The mean of equal values may differ from them in the last digit.
    low, high = np.clip([low, high], min(values), max(values))
    return float(low), float(high)


@cache
def _draws(count: int) -> np.ndarray:
    """Indexes of the resamples, shape (RESAMPLES, count)."""
    return np.random.default_rng(0).integers(0, count, (RESAMPLES, count))
