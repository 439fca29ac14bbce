"""The outside market: a book around the exogenous price.

With K = 100 * `depth_usd_per_pct`, selling dU dollars' worth moves the log price by -dU / K. Selling x whole
tokens at price p therefore yields U = K ln(1 + x p / K) and leaves the price at p / (1 + x p / K); a purchase is
the same with x negative. The permanent share of the move stays, the rest fades with the refill's half-life.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.market.paths import ExogenousPath, bounded_e8
from sim.scenario.outside import Asset
from sim.units import BPS, E8_DECIMALS, from_units, quantise, value_base_down, value_base_up

MAX_RISE = 1_000
"""A single purchase moves the price up by at most this factor; the book is endless there."""


@dataclass(frozen=True, slots=True)
class OutsideFill:
    """A trade outside: dollars exchanged (never negative) and the prices around it, all with eight decimals."""

    value_e8: int
    price_before_e8: int
    price_after_e8: int


@dataclass(slots=True)
class _Book:
    """Log displacements of one asset's price from its path."""

    shock_factor: float = 1.0
    permanent_log: float = 0.0
    transient_log: float = 0.0


class OutsideMarket:
    """The books of all assets at one moment, by default the scenario's start.

    Parameters
    ----------
    assets, paths
        By asset name.
    """

    def __init__(self, assets: Mapping[str, Asset], paths: Mapping[str, ExogenousPath]) -> None:
        self._assets = assets
        self._paths = paths
        self._books = {name: _Book() for name in assets}
        self._prices: dict[str, tuple[int, int]] = {}
        self.time_s = 0

    def advance(self, time_s: int) -> None:
        """Move to `time_s` seconds after the start: paths move, transient impact fades.

        Raises
        ------
        ValueError
            If `time_s` is in the past.
        """
        if time_s < self.time_s:
            raise ValueError(f"time_s is {time_s}, at least {self.time_s} expected")
        for name, book in self._books.items():
            depth = self._assets[name].depth
            if depth is not None and book.transient_log:
                book.transient_log *= 0.5 ** ((time_s - self.time_s) / depth.refill_half_life_s)
        self.time_s = time_s
        self._prices.clear()

    def exogenous_e8(self, asset: str) -> int:
        """Price without any impact: the path and the shocks given to `shock`."""
        return self._both_e8(asset)[0]

    def price_e8(self, asset: str) -> int:
        """Price of the book now."""
        return self._both_e8(asset)[1]

    def quote(self, asset: str, base_amount_units: int) -> OutsideFill:
        """Return the fill of `trade` without moving the book."""
        return self._fill(asset, base_amount_units)[0]

    def trade(self, asset: str, base_amount_units: int) -> OutsideFill:
        """Sell (positive) or buy (negative) an amount in units and move the book.

        A purchase that would take the whole book pays the bound of `MAX_RISE` for what lies beyond it.
        """
        fill, move_log = self._fill(asset, base_amount_units)
        depth = self._assets[asset].depth
        if depth is not None:
            book = self._books[asset]
            book.permanent_log += move_log * depth.permanent_share_bps / BPS
            book.transient_log += move_log * (BPS - depth.permanent_share_bps) / BPS
            self._prices.pop(asset, None)
        return fill

    def shock(self, asset: str, change_bps: int) -> None:
        """Move the exogenous path by `change_bps` of its price, from now on and for good.

        Raises
        ------
        ValueError
            If `change_bps` is -10,000 or below.
        """
        if change_bps <= -BPS:
            raise ValueError(f"change_bps is {change_bps}, above -{BPS} expected")
        self._books[asset].shock_factor *= (BPS + change_bps) / BPS
        self._prices.pop(asset, None)

    def _both_e8(self, asset: str) -> tuple[int, int]:
        """Exogenous price and price of the book, worked out once until one of them can have moved."""
        known = self._prices.get(asset)
        if known is None:
            known = bounded_e8(self._exogenous_usd(asset)), bounded_e8(self._price_usd(asset))
            self._prices[asset] = known
        return known

    def _exogenous_usd(self, asset: str) -> float:
        return self._paths[asset].price_usd(self.time_s) * self._books[asset].shock_factor

    def _price_usd(self, asset: str) -> float:
        book = self._books[asset]
        displacement = book.permanent_log + book.transient_log
        exogenous = self._exogenous_usd(asset)
        return exogenous * math.exp(displacement) if displacement else exogenous

    def _fill(self, asset: str, base_amount_units: int) -> tuple[OutsideFill, float]:
        """Return the fill and the move of the log price."""
        decimals, depth = self._assets[asset].decimals, self._assets[asset].depth
        price = self._price_usd(asset)
        before_e8 = bounded_e8(price)
        if depth is None:
            value = value_base_down if base_amount_units > 0 else value_base_up
            return OutsideFill(value(abs(base_amount_units), decimals, before_e8), before_e8, before_e8), 0.0
        per_log_usd = 100 * depth.depth_usd_per_pct
        share = from_units(base_amount_units, decimals) * price / per_log_usd
        within = max(share, 1 / MAX_RISE - 1)
        move_log = -math.log1p(within)
        value_usd = abs(per_log_usd * move_log) + (within - share) * per_log_usd * MAX_RISE
        return OutsideFill(quantise(value_usd, E8_DECIMALS), before_e8, bounded_e8(price / (1 + within))), move_log
