"""How much a search does where nobody says: the profiles of `tailspin search --profile`."""

from dataclasses import dataclass

from sim.scenario.fields import unknown_name


@dataclass(frozen=True, slots=True)
class Profile:
    """A counted budget, so that the same profile finds the same on every machine.

    Attributes
    ----------
    examples
        Histories drawn with each seed.
    seeds
        Searches one after the other, each with the next seed.
    first
        Whether the first finding ends it.
    max_replays
        Bound on the shrinking of each finding.
    """

    summary: str
    examples: int
    seeds: int
    first: bool
    max_replays: int


PROFILES = {
    "pr": Profile("a minute or so, ends at the first finding", 240, 1, True, 100),
    "nightly": Profile("goes on after every finding", 4_000, 5, False, 300),
}


def profile_of(name: str) -> Profile:
    """Return a profile by name; raises BadInput with the nearest."""
    if name not in PROFILES:
        raise unknown_name(f"profile {name!r}", name, PROFILES)
    return PROFILES[name]


def profile_lines() -> dict[str, str]:
    """What each profile does, for people."""
    return {
        name: f"{one.summary}; {one.examples:,} histories, {one.seeds} seed{'s' if one.seeds > 1 else ''},"
        f" up to {one.max_replays} replays to shrink a finding"
        for name, one in PROFILES.items()
    }
