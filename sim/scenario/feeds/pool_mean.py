"""A feed that averages what a venue's price was."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import model_validator

from sim.scenario.base import Name, Seconds
from sim.scenario.feeds.base import FeedSource, Reference

MAX_CHECKPOINTS = 65_535


class PoolMeanFeed(FeedSource):
    """The time-weighted mean price of a venue over the last `window_s` seconds.

    `spacing_s` is the least time between checkpoints, for venues that keep none themselves; a geometric mean is
    of the arithmetic means between them. A Uniswap V3 pool keeps ticks, with which it is the other way round: an
    arithmetic mean is of the geometric means of pieces of that length, at most 24 of them (6 inside a median).
    Half an hour is the usual window (Mackinga, Nadahalli and Wattenhofer, "TWAP Oracle Attacks", 2022,
    second-hand).
    """

    needs_upkeep: ClassVar[bool] = True
    kind: Literal["pool_mean"]
    venue: Name
    window_s: Seconds = 1_800
    spacing_s: Seconds = 60
    mean: Literal["arithmetic", "geometric"] = "arithmetic"

    @model_validator(mode="after")
    def _spaced(self) -> "PoolMeanFeed":
        if self.spacing_s > self.window_s:
            raise ValueError(f"spacing_s {self.spacing_s} must be at most window_s {self.window_s}")
        if -(-self.window_s // self.spacing_s) + 1 > MAX_CHECKPOINTS:
            raise ValueError(f"spacing_s {self.spacing_s} takes more than {MAX_CHECKPOINTS} checkpoints a window")
        return self

    @property
    def warmup_s(self) -> int:
        """A window."""
        return self.window_s

    @property
    def venue_read(self) -> str:
        """The venue."""
        return self.venue

    def references(self) -> Iterator[Reference]:
        """The venue."""
        yield "venue", self.venue, "venue"
