"""Random prices, brackets and positions of perpetuals."""

from __future__ import annotations

from random import Random

from sim.reference.bankruptcy import quote_unit
from sim.reference.margin_tiers import MarginTier, continuous_tiers
from sim.units import BPS
from tests.batch import wide
from tests.signed import to_words

MOST_TIERS = 5
UNITS = [quote_unit(decimals) for decimals in (0, 6, 8, 18)]


def amount(random: Random) -> int:
    return wide(random, 110)


def signed(random: Random, bits: int = 110) -> int:
    return random.choice([-1, 1]) * wide(random, bits)


def size(random: Random) -> int:
    return random.choice([-1, 1]) * (wide(random, 110) + 1)


def price(random: Random) -> int:
    return wide(random, 63) + 1


def tiers(random: Random) -> list[MarginTier]:
    """Draw one to five continuous brackets."""
    count = random.randint(1, MOST_TIERS)
    floors = [0, *sorted(random.sample(range(1, 10 ** random.randint(2, 14)), count - 1))]
    rates = sorted(random.sample(range(1, BPS), count))
    return continuous_tiers([(floor * BPS, rate) for floor, rate in zip(floors, rates, strict=True)])


def tier_words(some: list[MarginTier]) -> list[int]:
    return [len(some), *(word for tier in some for word in tier), *[0] * 3 * (MOST_TIERS - len(some))]


def from_tier_words(words: tuple[int, ...]) -> list[MarginTier]:
    return [MarginTier(*words[1 + 3 * i : 4 + 3 * i]) for i in range(words[0])]


def position(random: Random) -> tuple[int, ...]:
    """A position whose equity is about what a move of the price by itself makes, or anything."""
    held, mark, unit = size(random), price(random), random.choice(UNITS)
    worth = abs(held) * mark // unit
    equity = random.choice([signed(random), min(worth, 2**110) * random.randint(-2 * BPS, 2 * BPS) // BPS])
    return to_words((held, equity, mark, unit))
