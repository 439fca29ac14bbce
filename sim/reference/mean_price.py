"""Exact-integer mirror of ``MeanPriceLib`` and ``PoolMeanFeed``: mean prices of a constant-product pool.

A pool adds up price (UQ112x112) times seconds, modulo 2^256; the mean over a window is the difference of two such
sums over its length. The geometric mean takes the logarithms of the arithmetic means between checkpoints, weighted
by their seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

from sim.reference.adaptive_curve import exp_wad
from sim.reference.constant_product import fraction_down
from sim.reference.volatility import ln_wad
from sim.units import mul_div_down

_UINT256 = 2**256
_UINT32 = 2**32
_FRACTION_BITS = 112
MAX_BLUR = 2
"""Spacings that may lie between the start of the window and the checkpoint before it, the answer being of now."""


def _div(x: int, y: int) -> int:
    """Divide towards zero, as signed integers do on chain; ``y`` > 0."""
    return -(-x // y) if x < 0 else x // y


def _nearest(numerator: int, scale: int, denominator: int) -> int:
    return (mul_div_down(numerator, 2 * scale, denominator) + 1) // 2


def sum_after(total: int, price_uq: int, elapsed_s: int) -> int:
    """Return a running sum ``elapsed_s`` later, at the price that held meanwhile."""
    return (total + price_uq * elapsed_s) % _UINT256


def added(sum_before: int, sum_after_: int) -> int:
    """Return what was added from one sum to a later one."""
    return (sum_after_ - sum_before) % _UINT256


def sum_within_down(sum_before: int, sum_after_: int, part_s: int, interval_s: int) -> int:
    """Return the sum ``part_s`` into an interval, as if one price had held through it."""
    return (sum_before + mul_div_down(added(sum_before, sum_after_), part_s, interval_s)) % _UINT256


def log_sum_within(sum_before: int, sum_after_: int, part_s: int, interval_s: int) -> int:
    """Return the same of a sum of logarithms; rounds towards ``sum_before``."""
    return sum_before + _div((sum_after_ - sum_before) * part_s, interval_s)


def arithmetic_nearest(total: int, elapsed_s: int, base_scale: int, quote_scale: int) -> int:
    """Return the arithmetic mean of a sum over ``elapsed_s``, scaled by ``base_scale / quote_scale``."""
    return _nearest(total, base_scale, elapsed_s * quote_scale << _FRACTION_BITS)


def log_added(total: int, elapsed_s: int) -> int:
    """Return the logarithm (wad) of the mean of a sum, times its seconds."""
    return ln_wad(max(total // elapsed_s, 1)) * elapsed_s


def geometric_nearest(log_sum: int, elapsed_s: int, base_scale: int, quote_scale: int) -> int:
    """Return the geometric mean of a sum of logarithms over ``elapsed_s``, scaled like the arithmetic one."""
    return _nearest(exp_wad(_div(log_sum, elapsed_s)), base_scale, quote_scale << _FRACTION_BITS)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Sums up to ``time_s``; the pool's reserves last changed at ``resting_since_s``."""

    total: int
    log_sum: int
    time_s: int
    resting_since_s: int


@dataclass(slots=True)
class PoolMeanFeed:
    """Mirror of the contract: ``poke`` and ``answer`` take what the pool says at the time.

    ``pool`` is (cumulative price of the base, base reserve, quote reserve, time of the last change modulo 2^32);
    the scales are one whole base token with the answer's decimals and one whole quote token. Both raise
    ``ValueError`` where the contract reverts.
    """

    mean: Literal["arithmetic", "geometric"]
    window_s: int
    spacing_s: int
    base_scale: int
    quote_scale: int
    checkpoints: list[Checkpoint] = field(default_factory=list)

    @property
    def capacity(self) -> int:
        """Checkpoints that are kept."""
        return -(-self.window_s // self.spacing_s) + 1

    def poke(self, now_s: int, pool: tuple[int, int, int, int]) -> None:
        """Take a checkpoint."""
        if self.checkpoints and now_s - self.checkpoints[-1].time_s < self.spacing_s:
            raise ValueError("not due")
        self.checkpoints.append(self._at(now_s, pool))
        del self.checkpoints[: -self.capacity]

    def answer(self, now_s: int, pool: tuple[int, int, int, int]) -> tuple[int, int]:
        """Return the mean, and the time to which it is up to date."""
        end = self._at(now_s, pool)
        if not self.checkpoints or now_s - self.checkpoints[0].time_s < self.window_s:
            raise ValueError("not enough history")
        start_s = now_s - self.window_s
        index = bisect_right(self.checkpoints, start_s, key=lambda one: one.time_s) - 1
        before, following = self.checkpoints[index], [*self.checkpoints, end][index + 1]
        part = start_s - before.time_s, following.time_s - before.time_s
        scales = self.window_s, self.base_scale, self.quote_scale
        if self.mean == "arithmetic":
            total = sum_within_down(before.total, following.total, *part)
            mean = arithmetic_nearest(added(total, end.total), *scales)
        else:
            log_sum = log_sum_within(before.log_sum, following.log_sum, *part)
            mean = geometric_nearest(end.log_sum - log_sum, *scales)
        rested = following.resting_since_s <= before.time_s
        return mean, now_s if rested else min(now_s, before.time_s + self.window_s + MAX_BLUR * self.spacing_s)

    def _at(self, now_s: int, pool: tuple[int, int, int, int]) -> Checkpoint:
        cumulative, base_reserve, quote_reserve, changed_s = pool
        if not base_reserve or not quote_reserve:
            raise ValueError("empty pool")
        rested_s = (now_s - changed_s) % _UINT32
        total = sum_after(cumulative, fraction_down(quote_reserve, base_reserve), rested_s)
        log_sum = 0
        if self.checkpoints and self.mean == "geometric":
            last = self.checkpoints[-1]
            log_sum = last.log_sum
            if now_s > last.time_s:
                log_sum += log_added(added(last.total, total), now_s - last.time_s)
        return Checkpoint(total, log_sum, now_s, now_s - rested_s)
