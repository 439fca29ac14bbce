"""The outside market: a book around the exogenous price of every asset (`sim.market.books`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.market.books import Book, BookFill, build_book
from sim.market.falling import FallingPrice
from sim.market.paths import ExogenousPath, bounded_e8, shock_factor
from sim.scenario.outside import Asset
from sim.scenario.outside import Shock as ShockModel
from sim.units import BPS, E8_DECIMALS, from_units, quantise, value_base_down, value_base_up

DEPTH_BPS = 200
"""Depth is what moves a price by this much (bps)."""


@dataclass(frozen=True, slots=True)
class OutsideFill:
    """A trade outside: dollars exchanged (never negative) and the prices around it, all with eight decimals."""

    value_e8: int
    price_before_e8: int
    price_after_e8: int


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
        self._books: dict[str, Book] = {
            name: build_book(asset.depth) for name, asset in assets.items() if asset.depth is not None
        }
        self._stress = {
            name: FallingPrice(asset.depth.stress.window_s, asset.depth.stress.below_bps)
            for name, asset in assets.items()
            if asset.depth is not None and asset.depth.stress is not None
        }
        self._stressed: set[str] = set()
        self._shock_factors = dict.fromkeys(assets, 1.0)
        self._drifts: dict[str, list[ShockModel]] = {name: [] for name in assets}
        self._prices: dict[str, tuple[int, int]] = {}
        self.time_s = 0

    def advance(self, time_s: int) -> None:
        """Move to `time_s` seconds after the start: paths move, transient impact fades.

        Where the price stood low enough at the time moved from, it fades as slowly as it does in stress.

        Raises
        ------
        ValueError
            If `time_s` is in the past.
        """
        if time_s < self.time_s:
            raise ValueError(f"time_s is {time_s}, at least {self.time_s} expected")
        for name, book in self._books.items():
            slower = self._assets[name].depth.stress.factor if name in self._stressed else 1.0
            book.fade((time_s - self.time_s) / slower)
        self.time_s = time_s
        self._prices.clear()
        self._stressed = {name for name, price in self._stress.items() if price.fell(time_s, self.price_e8(name))}

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

        A purchase that would take the whole book pays the bound of `MAX_RISE` for what lies beyond it; a sale gets
        nothing for what no bid is left for.
        """
        fill, move = self._fill(asset, base_amount_units)
        if move is not None:
            self._books[asset].take(move)
            self._prices.pop(asset, None)
        return fill

    def mid_e8(self, asset: str) -> int:
        """Price that the book of an asset refills to: its path and what was permanent of past impact."""
        book, exogenous = self._books.get(asset), self._exogenous_usd(asset)
        return bounded_e8(exogenous if book is None else book.mid_usd(exogenous))

    def depths_units(self) -> dict[str, tuple[int, int]]:
        """Of every book with an end, units whose sale moves the price by -2 %, and whose purchase does by +2 %."""
        depths = {}
        for asset, book in self._books.items():
            exogenous, decimals = self._exogenous_usd(asset), self._assets[asset].decimals
            sell, buy = (book.tokens_to(sign * DEPTH_BPS / BPS, exogenous) for sign in (-1, 1))
            depths[asset] = quantise(sell, decimals), quantise(buy, decimals)
        return depths

    def shock(self, asset: str, change_bps: int) -> None:
        """Move the exogenous path by `change_bps` of its price, from now on and for good.

        Raises
        ------
        ValueError
            If `change_bps` is -10,000 or below.
        """
        if change_bps <= -BPS:
            raise ValueError(f"change_bps is {change_bps}, above -{BPS} expected")
        self._shock_factors[asset] *= (BPS + change_bps) / BPS
        self._prices.pop(asset, None)

    def drift(self, asset: str, change_bps: int, over_s: int) -> None:
        """Move the exogenous path by `change_bps` of its price within the next `over_s` seconds, evenly in log.

        Raises
        ------
        ValueError
            If `change_bps` is -10,000 or below.
        """
        if change_bps <= -BPS:
            raise ValueError(f"change_bps is {change_bps}, above -{BPS} expected")
        self._drifts[asset].append(ShockModel(at_s=self.time_s, change_bps=change_bps, over_s=over_s))

    def _both_e8(self, asset: str) -> tuple[int, int]:
        """Exogenous price and price of the book, worked out once until one of them can have moved."""
        known = self._prices.get(asset)
        if known is None:
            known = bounded_e8(self._exogenous_usd(asset)), bounded_e8(self._price_usd(asset))
            self._prices[asset] = known
        return known

    def _exogenous_usd(self, asset: str) -> float:
        price = self._paths[asset].price_usd(self.time_s) * self._shock_factors[asset]
        for drift in self._drifts[asset]:
            price *= shock_factor(drift, self.time_s)
        return price

    def _price_usd(self, asset: str) -> float:
        book, exogenous = self._books.get(asset), self._exogenous_usd(asset)
        return exogenous if book is None else book.price_usd(exogenous)

    def _fill(self, asset: str, base_amount_units: int) -> tuple[OutsideFill, BookFill | None]:
        """Return the fill, and the book's own where there is one."""
        decimals, book = self._assets[asset].decimals, self._books.get(asset)
        before_e8 = self.price_e8(asset)
        if book is None:
            value = value_base_down if base_amount_units > 0 else value_base_up
            return OutsideFill(value(abs(base_amount_units), decimals, before_e8), before_e8, before_e8), None
        move = book.fill(from_units(base_amount_units, decimals), self._exogenous_usd(asset))
        after_e8 = bounded_e8(move.price_after_usd)
        return OutsideFill(quantise(move.value_usd, E8_DECIMALS), before_e8, after_e8), move
