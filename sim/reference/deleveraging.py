"""Exact-integer mirror of ``DeleveragingLib``: by which scores winners are ranked, and what each of them gives.

Scores are wad, rounded towards 0 and capped at the greatest int256; amounts are units of the quote token, sizes
base with 18 decimals (long above 0), prices quote per base with eight decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from sim.units import WAD, mul_div_down, mul_div_up

SCORE_MAX = 2**255 - 1
_E36 = 10**36


class Candidate(NamedTuple):
    """An open position on the side that is deleveraged, as `IDeleveraging` has it; addresses as they compare."""

    owner: int
    slot: int
    size_wad: int
    entry_quote: int
    equity_quote: int
    notional_quote: int
    maintenance_quote: int


class IndexForm(IntEnum):
    """How Hyperliquid's sorting index is read; see `DeleveragingLib.IndexForm`."""

    DOCUMENTED = 0
    DOCUMENTED_BY_SIDE = 1
    PROFIT_TIMES_LEVERAGE = 2


def profit_quote(candidate: Candidate) -> int:
    """Return the profit at the mark price, the exact one rounded up at most."""
    value = candidate.notional_quote if candidate.size_wad > 0 else -candidate.notional_quote
    return value + candidate.entry_quote


def return_leverage_wad(candidate: Candidate) -> int:
    """Return BitMEX's score: return times leverage of a winner, return over leverage of a loser."""
    profit, notional = profit_quote(candidate), candidate.notional_quote
    entry, equity = _entry(candidate), max(candidate.equity_quote, 1)
    if profit > 0:
        return _ratio(profit * notional, WAD, entry * equity)
    return -_ratio(-profit * equity, WAD, entry * max(notional, 1))


def wallet_return_wad(candidate: Candidate, least_wallet_quote: int) -> int:
    """Return Binance's score: profit over wallet balance, times maintenance margin over equity."""
    profit, equity = profit_quote(candidate), candidate.equity_quote
    if profit <= 0 or equity <= 0:
        return 0
    wallet = max(equity - profit, least_wallet_quote)
    return _ratio(profit * candidate.maintenance_quote, WAD, wallet * equity)


def index_wad(candidate: Candidate, form: IndexForm) -> int:
    """Return Hyperliquid's sorting index in one of its forms."""
    entry, equity = _entry(candidate), max(candidate.equity_quote, 1)
    if form == IndexForm.PROFIT_TIMES_LEVERAGE:
        return max(return_leverage_wad(candidate), 0)
    if form == IndexForm.DOCUMENTED_BY_SIDE and candidate.size_wad < 0:
        return _ratio(entry, WAD, equity)
    return _ratio(candidate.notional_quote**2, WAD, entry * equity)


def density_e36(weight: int, closable_wad: int) -> int:
    """Return weight per base that may be closed, the score along which `shared` fills."""
    return _ratio(weight, _E36, closable_wad) if closable_wad else 0


def require_ranked(ranking: Sequence[Candidate], scores: Sequence[int], book_count: int) -> None:
    """Raise ``ValueError``, named as the contract's error, unless a ranking is complete, fresh and in order."""
    if len(ranking) != book_count:
        raise ValueError(f"RankingIncomplete({len(ranking)}, {book_count})")
    for index, one in enumerate(ranking):
        if one.size_wad == 0 or (one.size_wad > 0) != (ranking[0].size_wad > 0):
            raise ValueError(f"RankingStale at {index}")
        if index == 0 or scores[index] < scores[index - 1]:
            continue
        before = ranking[index - 1]
        if one[:2] == before[:2]:
            raise ValueError(f"RankingDuplicate at {index}")
        if scores[index] > scores[index - 1] or one[:2] < before[:2]:
            raise ValueError(f"RankingOutOfOrder at {index}")


def closable_wad_down(candidate: Candidate, limit_quote: int, mark_e8: int, price_e8: int) -> int:
    """Return the base that may be closed at a price without taking more than a limit: equity, or profit.

    Nothing without a limit above 0, at a good price either.
    """
    if limit_quote <= 0:
        return 0
    size = abs(candidate.size_wad)
    gap_e8 = max(mark_e8 - price_e8 if candidate.size_wad > 0 else price_e8 - mark_e8, 0)
    if gap_e8 == 0:
        return size
    taken = mul_div_up(candidate.notional_quote, gap_e8, mark_e8)
    return size if limit_quote >= taken else mul_div_down(size, limit_quote, taken)


def queued(size_wad: int, closable_wad: Sequence[int], start: int, most: int) -> list[int]:
    """Return what each gives in a queue that begins at ``start`` and looks at ``most`` entries."""
    count = len(closable_wad)
    sizes = [0] * count
    for i in range(min(count, most)):
        at = (start + i) % count
        sizes[at] = min(size_wad, closable_wad[at])
        size_wad -= sizes[at]
    return sizes


def shared(size_wad: int, weights: Sequence[int], closable_wad: Sequence[int]) -> list[int]:
    """Return x = min(level · weight, closable) of each, in sum all that is asked for or can be given."""
    sizes = [0] * len(weights)
    weight_left = sum(weight for weight, most in zip(weights, closable_wad, strict=True) if most)
    for i, (weight, most) in enumerate(zip(weights, closable_wad, strict=True)):
        if weight and most and size_wad:
            sizes[i] = min(most, mul_div_down(size_wad, weight, weight_left))
            size_wad -= sizes[i]
            weight_left -= weight
    for i, (weight, most) in enumerate(zip(weights, closable_wad, strict=True)):
        if weight:
            more = min(size_wad, most - sizes[i])
            sizes[i] += more
            size_wad -= more
    return sizes


def _entry(candidate: Candidate) -> int:
    return max(abs(candidate.entry_quote), 1)


def _ratio(numerator: int, scale: int, denominator: int) -> int:
    return min(mul_div_down(numerator, scale, denominator), SCORE_MAX)
