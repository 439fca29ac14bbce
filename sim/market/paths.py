"""Exogenous price paths: what the outside price does by itself, before anybody trades.

A path is a base (constant, log-linear between points, or drawn block by block) times the scheduled shocks. It is
defined at every second of the scenario and quantised to USD with eight decimals.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from sim.market.series import read_series
from sim.scenario import Scenario
from sim.scenario.outside import (
    Asset,
    ConstantPath,
    CsvPath,
    GbmPath,
    JumpDiffusionPath,
    Shock,
    WaypointPath,
)
from sim.scenario.seeds import rng_for
from sim.units import BPS, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_YEAR, price_to_e8

MIN_PRICE_E8 = 1
"""The lowest price that a feed can hold; a path never falls below it."""
MAX_PRICE_E8 = 10**20
_DRAWN_AT_ONCE = 1_024
_LOG_BOUND = 100.0


class Base(ABC):
    """The path without its scheduled shocks: USD at a time in seconds since the scenario's start."""

    @abstractmethod
    def price_usd(self, time_s: int) -> float:
        """Price at `time_s`."""


class LogLinear(Base):
    """Log-linear between points of (seconds, USD), ascending; held before the first and after the last."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._times = [time_s for time_s, _ in points]
        self._prices = [price for _, price in points]

    def price_usd(self, time_s: int) -> float:
        """Price at `time_s`; at a point, exactly that point's."""
        right = bisect_right(self._times, time_s)
        if right == 0:
            return self._prices[0]
        if right == len(self._times) or self._times[right - 1] == time_s:
            return self._prices[right - 1]
        start_s, start, end = self._times[right - 1], self._prices[right - 1], self._prices[right]
        share = (time_s - start_s) / (self._times[right] - start_s)
        return start * math.exp(share * math.log(end / start))


class Diffusion(Base):
    """Geometric Brownian motion with optional Merton jumps, one draw a block, held within the block.

    Blocks are drawn in order and in fixed lots, so that neither the run's length nor the order of reads matters.
    """

    def __init__(self, model: GbmPath | JumpDiffusionPath, block_time_s: int, rng: np.random.Generator) -> None:
        self._model = model
        self._block_time_s = block_time_s
        self._rng = rng
        self._logs = [math.log(model.start_price_usd)]

    def price_usd(self, time_s: int) -> float:
        """Price in the block that `time_s` falls in."""
        block = max(time_s, 0) // self._block_time_s
        while block >= len(self._logs):
            for step in self._steps():
                self._logs.append(self._logs[-1] + float(step))
        return (
            math.exp(min(max(self._logs[block], -_LOG_BOUND), _LOG_BOUND))
            if block
            else self._model.start_price_usd
        )

    def _steps(self) -> np.ndarray:
        """Log steps of the next lot of blocks."""
        model = self._model
        years = self._block_time_s / SECONDS_PER_YEAR
        drift = (model.drift_per_year - model.volatility_per_year**2 / 2) * years
        normals = self._rng.standard_normal(_DRAWN_AT_ONCE)
        steps = drift + model.volatility_per_year * math.sqrt(years) * normals
        if isinstance(model, JumpDiffusionPath):
            jumps = self._rng.poisson(model.jumps_per_day * self._block_time_s / SECONDS_PER_DAY, _DRAWN_AT_ONCE)
            sizes = self._rng.standard_normal(_DRAWN_AT_ONCE)
            steps = steps + jumps * model.jump_mean_log + np.sqrt(jumps) * model.jump_std_log * sizes
        return steps


class ExogenousPath:
    """A base price with scheduled shocks on top.

    Attributes
    ----------
    length_s
        Time of the last recorded point; None for a path without an end of its own.
    gaps
        (start, length) in seconds of the gaps in a recorded series that were walked log-linearly.
    """

    def __init__(
        self,
        base: Base,
        shocks: Sequence[Shock] = (),
        length_s: int | None = None,
        gaps: Sequence[tuple[float, float]] = (),
    ) -> None:
        self._base = base
        self._shocks = tuple(shocks)
        self.length_s = length_s
        self.gaps = tuple(gaps)

    def price_usd(self, time_s: int) -> float:
        """USD at `time_s` seconds after the scenario's start, before quantisation."""
        price = self._base.price_usd(time_s)
        for shock in self._shocks:
            price *= shock_factor(shock, time_s)
        return price

    def price_e8(self, time_s: int) -> int:
        """USD with eight decimals at `time_s` seconds after the scenario's start, at least one unit."""
        return bounded_e8(self.price_usd(time_s))


def shock_factor(shock: Shock, time_s: int) -> float:
    """What a shock has made of a price by `time_s`: 1 before it begins."""
    factor = (BPS + shock.change_bps) / BPS
    if time_s >= shock.at_s + shock.over_s:
        return factor
    return factor ** ((time_s - shock.at_s) / shock.over_s) if time_s > shock.at_s else 1.0


def bounded_e8(price_usd: float) -> int:
    """Quantise a price and keep it within what a feed can hold."""
    return min(max(price_to_e8(min(price_usd, MAX_PRICE_E8)), MIN_PRICE_E8), MAX_PRICE_E8)


def build_path(asset: Asset, block_time_s: int, rng: np.random.Generator) -> ExogenousPath:
    """Return the path of `asset`; drawn paths take their randomness from `rng`.

    Raises
    ------
    BadInput
        If a recorded series cannot be used (see `read_series`).
    """
    model = asset.price
    match model:
        case ConstantPath():
            return ExogenousPath(LogLinear([(0, model.price_usd)]), asset.shocks)
        case WaypointPath():
            points = [(i * model.interval_s, price) for i, price in enumerate(model.prices_usd)]
            return ExogenousPath(LogLinear(points), asset.shocks, int(points[-1][0]) or None)
        case CsvPath():
            series = read_series(model.file, model.sha256, model.allow_gaps)
            length_s = math.ceil(series.points[-1][0])
            return ExogenousPath(LogLinear(series.points), asset.shocks, length_s, series.gaps)
        case GbmPath() | JumpDiffusionPath():
            return ExogenousPath(Diffusion(model, block_time_s, rng), asset.shocks)


def build_paths(scenario: Scenario) -> dict[str, ExogenousPath]:
    """Return the path of every asset, each with a stream of its own (`price/<asset>`)."""
    return {
        name: build_path(asset, scenario.clock.block_time_s, rng_for(scenario.seed, f"price/{name}"))
        for name, asset in scenario.assets.items()
    }


def run_blocks(scenario: Scenario, paths: dict[str, ExogenousPath]) -> int:
    """Return the number of blocks: the scenario's own, else the longest series, else one hour."""
    if scenario.clock.blocks is not None:
        return scenario.clock.blocks
    length_s = max((path.length_s or 0 for path in paths.values()), default=0) or SECONDS_PER_HOUR
    return max(length_s // scenario.clock.block_time_s, 1)
