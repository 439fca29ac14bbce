"""`tailspin list`: the designs that can be put on a scenario."""

from sim.scenario import overlays
from sim.scenario.overlays import Design


def list_designs() -> list[Design]:
    """Return the designs of the library: name, summary, requirements, source, and what they change."""
    return overlays.list_designs()
