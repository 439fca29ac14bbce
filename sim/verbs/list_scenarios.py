"""`tailspin list`: the library of scenarios."""

from sim.scenario.references import LibraryEntry, list_library


def list_scenarios() -> list[LibraryEntry]:
    """Return the scenarios of the library: name, summary and the requirements they serve."""
    return list_library()
