"""Exact-integer mirror of ``SplitLib`` and of how ``SplitRouter`` divides a sale, and the exact optimum.

Amounts are in smallest units. A constant-product pool with reserves x and y and fee φ pays
q·y / (x/(1−φ) + q). The marginal prices of several such pools are equal where

    q_i = w_i·(amount + Σx_i) / Σw_i − x_i        w_i = √(x_i·y_i), x_i the reserve over 1 − φ

over those pools for which this is positive; as the outputs are concave, no other division of the sale pays more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isqrt

from sim.units import BPS, mul_div_down

Quote = Callable[[int], int]
"""Units paid for units sold; 0 where the venue would refuse."""

PARTS = 8
"""Parts in which a sale is first placed."""
MAX_AMOUNT = 2**128 - 1
"""Largest sale, and largest quote that counts."""
_STRAIGHT_SHIFT = 40
_FACTOR_BITS = 127


@dataclass(frozen=True, slots=True)
class Stretch:
    """A venue near a size: beyond it, ``step`` more brings ``first``, twice that ``second``; step 0: no more."""

    step: int = 0
    first: int = 0
    second: int = 0


@dataclass(frozen=True, slots=True)
class Division:
    """What goes to each venue and what each pays, in order."""

    amounts_in: tuple[int, ...]
    amounts_out: tuple[int, ...]

    @property
    def total_out(self) -> int:
        """Paid by all together."""
        return sum(self.amounts_out)


@dataclass(slots=True)
class _Place:
    """A venue with parts of the sale: what it would pay for one less, for these, and for one more."""

    quote: Quote
    parts: int = 0
    out_before: int = 0
    out: int = 0
    out_next: int = field(init=False, default=0)


def divide(venues: Sequence[Quote], amount_in: int) -> Division | None:
    """Return how ``SplitRouter`` divides a sale, None where it would revert with ``NoVenuePays``.

    Parameters
    ----------
    venues
        Quotes by venue; an answer above ``MAX_AMOUNT`` counts as 0.
    amount_in
        From 1 to ``MAX_AMOUNT``.
    """
    whole = [_counted(quote, amount_in) for quote in venues]
    chosen = max(range(len(venues)), key=lambda i: (whole[i], -i))
    best = _alone(len(venues), chosen, amount_in, whole[chosen])
    half = amount_in // (2 * PARTS)
    if len(venues) > 1 and half:
        places = _placed(venues, 2 * half)
        shifted = _equalised(places, half, amount_in)
        if shifted is not None and shifted.total_out > best.total_out:
            best = shifted
        parted = _in_parts(places, 2 * half, amount_in, best.total_out)
        if parted is not None and parted.total_out > best.total_out:
            best = parted
    return best if best.total_out else None


def equalised(stretches: Sequence[Stretch], amount: int) -> list[int]:
    """Return what each venue gets of ``amount`` (``SplitLib.equalised``); all zeros where none takes more."""
    pools = [reserves(one) for one in stretches]
    return share_out([(x, geometric_mean_down(x, y)) for x, y in pools], amount)


def share_out(pools: Sequence[tuple[int, int]], amount: int) -> list[int]:
    """Return what each pool gets of ``amount`` at equal marginal prices.

    Parameters
    ----------
    pools
        x and w = √(xy) of each, without fee; one with a weight of 0 gets nothing.
    """
    legs = [0] * len(pools)
    opened = [i for i, (_, weight) in enumerate(pools) if weight]
    while True:
        total = amount + sum(pools[i][0] for i in opened)
        total_weight = sum(pools[i][1] for i in opened)
        positive = [i for i in opened if mul_div_down(total, pools[i][1], total_weight) >= pools[i][0]]
        if positive == opened:
            break
        opened = positive
    left = amount
    for i in opened:
        x, weight = pools[i]
        legs[i] = min(mul_div_down(total, weight, total_weight) - x, left)
        left -= legs[i]
    if opened:
        legs[opened[-1]] += left
    return legs


def reserves(stretch: Stretch) -> tuple[int, int]:
    """Return x and y of the constant-product pool without fee that pays as the venue does, rounded down."""
    gained = max(stretch.second - stretch.first, 0)
    bend = max(2 * stretch.first - stretch.second, (stretch.second >> _STRAIGHT_SHIFT) + 1)
    return mul_div_down(2 * stretch.step, gained, bend), mul_div_down(stretch.first, stretch.second, bend)


def geometric_mean_down(a: int, b: int) -> int:
    """Return √(ab), each factor cut to its leading 127 bits or so."""
    shift_a, shift_b = _half_excess_up(a), _half_excess_up(b)
    return isqrt((a >> 2 * shift_a) * (b >> 2 * shift_b)) << (shift_a + shift_b)


def constant_product_optimum(pools: Sequence[tuple[int, int, int]], amount: int) -> list[int]:
    """Return what each constant-product pool gets of a sale that pays most, to a unit or two each.

    Parameters
    ----------
    pools
        Reserve of what is sold, reserve of what is bought, fee in bps; an empty pool gets nothing.
    """
    fed = [(x * BPS // (BPS - fee_bps), y) for x, y, fee_bps in pools]
    return share_out([(x, isqrt(x * y)) for x, y in fed], amount)


def numeric_optimum(venues: Sequence[Quote], amount: int, halvings: int = 24) -> list[int]:
    """Return what each venue gets of a sale that pays most, where what each pays is concave in the amount.

    Shifts a step from one venue to another as long as that pays more, then halves the step: on each grid no other
    division pays more, so that the last one misses the optimum by less than the slippage over a step of
    2^-``halvings`` of the sale.
    """
    legs = [0] * len(venues)
    legs[max(range(len(venues)), key=lambda i: venues[i](amount))] = amount
    out = [quote(leg) if leg else 0 for quote, leg in zip(venues, legs, strict=True)]
    for halving in range(1, halvings + 1):
        step = amount >> halving
        while step:
            gains = [quote(leg + step) - paid for quote, leg, paid in zip(venues, legs, out, strict=True)]
            losses = [
                paid - (quote(leg - step) if leg > step else 0) if leg >= step else None
                for quote, leg, paid in zip(venues, legs, out, strict=True)
            ]
            shifts = (
                (gains[to] - lost, to, source)
                for source, lost in enumerate(losses)
                for to in range(len(venues))
                if lost is not None and to != source
            )
            gain, to, source = max(shifts, default=(0, 0, 0))
            if gain <= 0:
                break
            out[to] += gains[to]
            out[source] -= losses[source] or 0
            legs[to] += step
            legs[source] -= step
    return legs


def _half_excess_up(a: int) -> int:
    return (max(a.bit_length() - 1 - _FACTOR_BITS, 0) + 1) // 2


def _counted(quote: Quote, amount_in: int) -> int:
    out = quote(amount_in)
    return out if out <= MAX_AMOUNT else 0


def _alone(count: int, chosen: int, amount_in: int, out: int) -> Division:
    def only(value: int) -> tuple[int, ...]:
        return tuple(value if i == chosen else 0 for i in range(count))

    return Division(only(amount_in), only(out))


def _placed(venues: Sequence[Quote], part: int) -> list[_Place]:
    places = [_Place(quote) for quote in venues]
    for place in places:
        place.out_next = _counted(place.quote, part)
    for _ in range(PARTS):
        place = max(places, key=lambda one: one.out_next - one.out)
        if place.out_next == place.out:
            break
        place.out_before, place.out = place.out, place.out_next
        place.parts += 1
        place.out_next = max(_counted(place.quote, (place.parts + 1) * part), place.out)
    return places


def _equalised(places: list[_Place], half: int, amount_in: int) -> Division | None:
    kept, stretches = [], []
    for place in places:
        kept.append(place.parts * 2 * half)
        stretch = Stretch()
        if place.parts == 0:
            if place.out_next:
                stretch = Stretch(half, _counted(place.quote, half), place.out_next)
        elif place.out_next != place.out:
            kept[-1] -= 2 * half
            stretch = Stretch(2 * half, place.out - place.out_before, place.out_next - place.out_before)
        stretches.append(stretch)
    left = amount_in - sum(kept)
    legs = equalised(stretches, left)
    if sum(legs) != left:
        return None
    amounts_in = tuple(one + leg for one, leg in zip(kept, legs, strict=True))
    amounts_out = []
    for place, amount in zip(places, amounts_in, strict=True):
        amounts_out.append(_counted(place.quote, amount) if amount else 0)
        if amount and not amounts_out[-1]:
            return None
    return Division(amounts_in, tuple(amounts_out))


def _in_parts(places: list[_Place], part: int, amount_in: int, least: int) -> Division | None:
    if sum(place.parts for place in places) != PARTS or sum(place.out for place in places) <= least:
        return None
    amounts_in = [place.parts * part for place in places]
    amounts_out = [place.out for place in places]
    largest = max(range(len(places)), key=lambda i: (places[i].parts, -i))
    remainder = amount_in - PARTS * part
    if remainder:
        amounts_in[largest] += remainder
        amounts_out[largest] = _counted(places[largest].quote, amounts_in[largest])
    return Division(tuple(amounts_in), tuple(amounts_out))
