"""Feeds that answer anything, and layers over them, as tests speak to them."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from sim.chain.base import Chain
from sim.reference.quotes import Round
from tests.deployed import Deployed

INT128_MAX = 2**127 - 1
INT256_MIN = -(2**255)
NO_PRICES = (0, -1, INT256_MIN, INT128_MAX + 1, 2**255 - 1)
"""Answers that are no price: nothing, below nothing, and what does not fit."""


class Mode(IntEnum):
    """What HostileFeed does when it is read."""

    HONEST = 0
    CALLS = 1
    FAILS_BIG = 2
    RETURNS_BIG = 3
    BURNS_GAS = 4


class Source:
    """An OddFeed behind a HostileFeed; `round` is what it was told last."""

    def __init__(self, chain: Chain, deploy: Callable[..., Deployed], sender: str, decimals: int = 8) -> None:
        self.sender = sender
        self.decimals = decimals
        self.mode = Mode.HONEST
        self.round = Round(0, 0, 0)
        self.odd = deploy(chain, "OddFeed", decimals)
        self.feed = deploy(chain, "HostileFeed", self.odd)

    def set(self, answer: int, started_at_s: int, updated_at_s: int, round_id: int = 1) -> None:
        """Set what it answers."""
        self.round = Round(answer, started_at_s, updated_at_s)
        self.odd.send(self.sender, "set", round_id, *self.round)

    def report(self, answer: int, age_s: int = 0) -> None:
        """Set an answer that is `age_s` old."""
        at_s = self.odd.chain.timestamp_s - age_s
        self.set(answer, at_s, at_s)

    def turn(self, mode: Mode, target: Deployed | None = None, attempt: bytes = b"") -> None:
        """Set what it does when it is read."""
        self.mode = mode
        self.feed.send(self.sender, "setMode", mode, target or self.odd.address, attempt)


def answer_of(feed: Deployed) -> Round:
    """Return the newest round of a feed without its number."""
    words = tuple(feed.read("latestRoundData"))
    assert words[0] == words[4]
    return Round(*words[1:4])
