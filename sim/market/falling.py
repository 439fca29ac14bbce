"""A price that falls fast."""

from collections import deque

from sim.units import BPS


class FallingPrice:
    """Tells when a price stands at least `fall_bps` below its highest of the last `window_s` seconds.

    Keeps only prices that may still become the highest (newer ones lower than older), so a price costs O(1).
    """

    def __init__(self, window_s: int, fall_bps: int) -> None:
        self._window_s = window_s
        self._fall_bps = fall_bps
        self._highs: deque[tuple[int, int]] = deque()

    def fell(self, time_s: int, price: int) -> bool:
        """Take in a price, times ascending."""
        while self._highs and self._highs[-1][1] <= price:
            self._highs.pop()
        self._highs.append((time_s, price))
        while self._highs[0][0] < time_s - self._window_s:
            self._highs.popleft()
        return price * BPS <= self._highs[0][1] * (BPS - self._fall_bps)

    def forget(self) -> None:
        """Start anew from the next price."""
        self._highs.clear()
