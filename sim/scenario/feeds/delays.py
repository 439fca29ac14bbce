"""Layers that hold a price back."""

from typing import ClassVar, Literal

from sim.scenario.base import Seconds
from sim.scenario.feeds.base import FeedLayer


class DelayedFeed(FeedLayer):
    """A price takes effect one hop after it was read, as in Maker's oracle security module (one hour).

    Somebody pokes it in the first block of a hop that has room; hops begin at multiples of their length.
    """

    needs_upkeep: ClassVar[bool] = True
    kind: Literal["delayed"]
    hop_s: Seconds = 3_600
