"""Exact-integer mirror of the ``PriceBand`` layer: limit-up limit-down on a feed.

A price beyond the band around the mean of the last minutes is held at the band's edge; if it is not back in time,
the feed halts, and opens at whatever the price is then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.reference.feeds import gap_bps_down, window_mean_down
from sim.reference.quotes import anchored_down

KEPT = 64
OPEN, LIMITED, HALTED = range(3)


@dataclass(slots=True)
class PriceBand:
    """The band's state; `seen` are answers and the times from which they held, since the opening."""

    band_bps: int
    window_s: int
    limit_s: int
    halt_s: int
    status: int = OPEN
    at_s: int = 0
    seen: list[tuple[int, int]] = field(default_factory=list)

    def mean(self, now_s: int) -> int:
        """Return the mean of the window."""
        prices, since = zip(*self.seen[-KEPT:], strict=True)
        return window_mean_down(prices, since, now_s, self.window_s)

    def assess(self, price: int, now_s: int) -> tuple[int, int, bool]:
        """Return status, answer (0 in a halt) and whether a halt that was not written lies before."""
        if not self.seen:
            return OPEN, price, False
        if self.status == HALTED:
            return (HALTED, 0, False) if now_s < self.at_s else (OPEN, price, False)
        answer = anchored_down(price, 0, self.mean(now_s), 0, self.band_bps)
        if answer == price:
            return OPEN, price, False
        if self.status == OPEN or now_s < self.at_s + self.limit_s:
            return LIMITED, answer, False
        over = now_s >= self.at_s + self.limit_s + self.halt_s
        return (OPEN, price, True) if over else (HALTED, 0, True)

    def poke(self, price: int, now_s: int) -> int | None:
        """Write the assessment; return the gap in bps where a halt ends, else None."""
        status, answer, halted = self.assess(price, now_s)
        if halted:
            self.status, self.at_s = HALTED, self.at_s + self.limit_s + self.halt_s
        if status == HALTED:
            return None
        if self.status == HALTED:
            gap = gap_bps_down(self.seen[-1][0], price)
            self.status, self.at_s, self.seen = OPEN, now_s, [(price, now_s)]
            return gap
        if status != self.status:
            self.status, self.at_s = status, now_s
        if not self.seen or answer != self.seen[-1][0]:
            if self.seen and self.seen[-1][1] == now_s:
                self.seen.pop()
            self.seen.append((answer, now_s))
        return None
