"""Keeping a scenario of a dated event in step with a recorded series of the same event."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sim.errors import BadInput
from sim.scenario.model import Scenario
from sim.units import SECONDS_PER_DAY

SAME_EVENT_S = 7 * SECONDS_PER_DAY
"""A series that begins within a week of a scenario's start is taken to be of the same event."""


def keep_dates(scenario: Scenario, files: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return the fields to set so that `scenario` starts with the series in `files` (by asset).

    A series is walked from its own first timestamp. If that is within a week of the scenario's start, the clock
    moves there, and the schedule of demand for block space is shifted by whole intervals so that it stays on its
    dates; hours before its first level have that level. Otherwise the dates have nothing to do with each other
    and nothing is returned.

    Raises
    ------
    BadInput
        If two series begin at different times.
    """
    starts = {asset: start for asset, file in files.items() if (start := _first_time_s(file)) is not None}
    if len(set(starts.values())) > 1:
        given = ", ".join(
            f"{asset} at {datetime.fromtimestamp(s, UTC):%Y-%m-%dT%H:%M:%SZ}" for asset, s in starts.items()
        )
        raise BadInput(f"prices begin at different times ({given}), one start expected")
    if not starts:
        return []
    start_s = next(iter(starts.values()))
    earlier_s = scenario.clock.start_s - start_s
    if abs(earlier_s) > SAME_EVENT_S:
        return []
    demand = scenario.block_space.demand
    levels, shift = list(demand.fee_gwei), round(earlier_s / demand.interval_s)
    moved = levels[:1] * shift + levels if shift >= 0 else levels[-shift:] or levels[-1:]
    return [("clock.start_s", start_s), ("block_space.demand.fee_gwei", moved)]


def _first_time_s(file: str) -> int | None:
    """First timestamp of a series in Unix seconds; None where it cannot be read, which reading it will report."""
    try:
        with open(file, encoding="utf-8-sig", newline="") as text:
            moment = datetime.fromisoformat(next(csv.DictReader(text))["timestamp_utc"].strip())
    except (OSError, ValueError, KeyError, AttributeError, StopIteration, csv.Error):
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
