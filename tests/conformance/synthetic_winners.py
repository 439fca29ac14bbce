"""SYNTHETIC winners for the recorded waves of 10 October 2025: made up but for three sums of each wave.

What is drawn here matches, to the unit, a wave's equity and profit of all winners, and what was needed of them.
How they divide these among themselves is drawn from a seed, with the one thing that is known of it, a median
leverage of 0.196, which is scaled up where the book would hold less than twice what is closed. Nothing that
follows from a population is a statement about what happened.

Winners are short one instrument at a mark price of 1,000. It is closed at a price above that, by as much as the
day's needed money was of all that was deleveraged, 2.10 billion dollars of notional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.reference.bankruptcy import quote_unit
from sim.reference.deleveraging import Candidate, profit_quote
from sim.scenario.seeds import rng_for
from sim.units import BPS, E8, mul_div_up
from tests.conformance.october_waves import Wave

QUOTE_DECIMALS = 6
UNIT = quote_unit(QUOTE_DECIMALS)
MARK_E8 = 1_000 * E8
DELEVERAGED_USD = 2.10e9
"""Notional deleveraged on the day, of the recorded fills."""
NEEDED_USD = 15_079_669.61
PRICE_E8 = round(MARK_E8 * (1 + NEEDED_USD / DELEVERAGED_USD))
MEDIAN_LEVERAGE = 0.196
LEVERAGE_SIGMA = 1.5
"""Of the logarithm: one winner in 7 has a position above its equity, one in 65 one above five times that."""
EQUITY_SIGMA = 2.0
LEAST_BOOK = 2
"""Notional of all winners over what is closed, at least."""
MOST_PROFIT = 0.9
"""Of an account's equity."""
ACCOUNTS = 150
MAINTENANCE_BPS = 50


@dataclass(frozen=True)
class SyntheticWave:
    """A synthetic population for one recorded wave, and what is to be closed of it."""

    wave: Wave
    winners: tuple[Candidate, ...]
    size_wad: int

    @property
    def needed_quote(self) -> int:
        """Return what closing takes of all winners: the recorded need, to two units."""
        return _taken_quote(self.size_wad)

    def haircuts_quote(self, sizes_wad: Mapping[int, int]) -> dict[int, int]:
        """Return what each account loses when these sizes of them are closed, each rounded up."""
        return {owner: _taken_quote(size) for owner, size in sizes_wad.items()}

    def beyond_equal_quote(self, sizes_wad: Mapping[int, int]) -> int:
        """Return what accounts lose beyond the same share of everyone's profit that would have been enough.

        In sum all policies that close the same size at the same price take the same. What differs is of whom, so
        this is where a policy can overshoot: 0 for equal haircuts, what is needed at most.
        """
        profit = sum(map(profit_quote, self.winners))
        equal = {one.owner: mul_div_up(profit_quote(one), self.needed_quote, profit) for one in self.winners}
        return sum(max(cut - equal[owner], 0) for owner, cut in self.haircuts_quote(sizes_wad).items())

    def largest_haircut(self, sizes_wad: Mapping[int, int]) -> float:
        """Return the largest share of its profit that an account loses."""
        profits = {one.owner: profit_quote(one) for one in self.winners}
        return max(cut / profits[owner] for owner, cut in self.haircuts_quote(sizes_wad).items())


def _taken_quote(size_wad: int) -> int:
    return mul_div_up(size_wad, PRICE_E8 - MARK_E8, UNIT)


def needed_of(wave: Wave) -> int:
    """Return a wave's recorded need in units of the quote token."""
    return round(wave.needed_usd * 10**QUOTE_DECIMALS)


def draw(wave: Wave, seed: int) -> SyntheticWave:
    """Draw the synthetic winners of a wave."""
    rng = rng_for(seed, f"synthetic winners of wave {wave.number}")
    closed_usd = wave.needed_usd * MARK_E8 / (PRICE_E8 - MARK_E8)
    equities = rng.lognormal(0, EQUITY_SIGMA, ACCOUNTS)
    equities *= wave.winners_equity_usd / equities.sum()
    leverages = MEDIAN_LEVERAGE * rng.lognormal(0, LEVERAGE_SIGMA, ACCOUNTS)
    leverages *= max(1, LEAST_BOOK * closed_usd / float(leverages @ equities))
    profits = _profits(equities, leverages * rng.uniform(0, 1, ACCOUNTS), wave.winners_profit_usd)
    equity_quotes = _whole(equities, wave.winners_equity_usd)
    profit_quotes = _whole(profits, wave.winners_profit_usd)
    winners = [
        _short(owner, int(notional * 10**QUOTE_DECIMALS), profit, equity)
        for owner, (notional, profit, equity) in enumerate(
            zip(leverages * equities, profit_quotes, equity_quotes, strict=True), start=1
        )
    ]
    size_wad = needed_of(wave) * UNIT // (PRICE_E8 - MARK_E8)
    return SyntheticWave(wave, tuple(winners), size_wad)


def _profits(equities: np.ndarray, shares: np.ndarray, total_usd: float) -> np.ndarray:
    """Return equity times the least of a multiple of the shares and the most there is, in sum the total."""
    low, high = 0.0, 1e9
    for _ in range(200):
        middle = (low + high) / 2
        enough = float(equities @ np.minimum(middle * shares, MOST_PROFIT)) >= total_usd
        low, high = (low, middle) if enough else (middle, high)
    return equities * np.minimum(high * shares, MOST_PROFIT)


def _whole(amounts: np.ndarray, total_usd: float) -> list[int]:
    """Return amounts in units, at least 1 each, in sum the rounded total: the largest one takes the rest."""
    units = [max(int(amount * 10**QUOTE_DECIMALS), 1) for amount in amounts]
    units[int(np.argmax(amounts))] += round(total_usd * 10**QUOTE_DECIMALS) - sum(units)
    return units


def _short(owner: int, notional_quote: int, profit: int, equity: int) -> Candidate:
    size_wad = max(notional_quote, 1) * UNIT // MARK_E8
    notional = mul_div_up(size_wad, MARK_E8, UNIT)
    margin = mul_div_up(notional, MAINTENANCE_BPS, BPS)
    return Candidate(owner, 0, -size_wad, notional + profit, equity, notional, margin)
