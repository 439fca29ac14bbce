"""BandLib equals its mirror in sim.reference.bands on 10,000 random inputs a function, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.reference import bands
from sim.units import WAD
from tests.deployed import Deployed

INPUTS = 10_000
ROWS = 250


@cache
def exposed() -> Deployed:
    artifacts, chain = load_artifacts(), RevmChain()
    address = chain.deploy(ACCOUNTS.address(0), artifacts["ExposedBandMath"].encode_constructor())
    return Deployed(chain, artifacts, "ExposedBandMath", address)


def batches(name: str, draw: Callable[[Random], tuple]) -> Iterator[list[tuple]]:
    random = Random(name)
    for _ in range(INPUTS // ROWS):
        yield [draw(random) for _ in range(ROWS)]


def amplification(random: Random) -> int:
    return random.choice([2, 3, 10, 50, 83, 100, 200, 1_000, 10_000, random.randint(2, 10_000)])


def price(random: Random) -> int:
    return random.randint(1, 9) * 10 ** random.randint(12, 23) + random.randint(0, 10**12)


def amount(random: Random) -> int:
    """Smallest units: nothing, dust, or up to a trillion tokens of 18 decimals."""
    return random.choice([0, random.randint(1, 1_000), random.randint(1, 10 ** random.randint(1, 30))])


def near(random: Random, value: int) -> int:
    """A price between half and double another, often at or next to it."""
    return random.choice([value, value + 1, value - 1, value * random.randint(500_000, 2_000_000) // 1_000_000])


def band(random: Random) -> tuple[int, int, int, int]:
    """P, U, D and A, with P anywhere near the band."""
    a = amplification(random)
    up = price(random)
    down = up * (a - 1) // a
    inside = random.randint(down, up)
    return random.choice([inside, near(random, up), near(random, down)]), up, down, a


def test_powers():
    for rows in batches(
        "powers", lambda r: (a := amplification(r), r.randint(-bands.max_band(a), bands.max_band(a)))
    ):
        expected = [bands.power_down(*row) for row in rows]
        assert exposed().read("powers", [row[0] for row in rows], [row[1] for row in rows]) == expected


def test_edges():
    def draw(random: Random) -> tuple:
        a = amplification(random)
        n = random.randint(-bands.max_band(a), bands.max_band(a))
        base = price(random)
        return base, a, n, near(random, max(bands.edge_wad_down(base, a, n), 2))

    for rows in batches("edges", draw):
        expected = [
            [bands.edge_wad_down(*row[:3]), bands.band_at_or_below(row[0], row[1], row[3])] for row in rows
        ]
        assert [list(one) for one in exposed().read("edges", [list(row) for row in rows])] == expected


def test_curves():
    def draw(random: Random) -> tuple:
        oracle, up, down, a = band(random)
        return amount(random) * 10**18, amount(random) * 10**18, oracle, up, down, a

    for rows in batches("curves", draw):
        expected = []
        for x, y, oracle, up, down, a in rows:
            y0 = bands.depth_down(x, y, oracle, up, a)
            value = (x, y, oracle, up, down, a)
            reserves = bands.reserves_down(x, y, oracle, up, a)
            ends = bands.recovered_down(*value), bands.converted_down(*value)
            expected.append([y0, *reserves, *ends, bands.gap_fee_wad_down(oracle, up, down)])
        assert [list(one) for one in exposed().read("curves", [list(row) for row in rows])] == expected


@pytest.mark.parametrize("limited", [False, True])
def test_fills(limited):
    def draw(random: Random) -> tuple:
        oracle, up, down, a = band(random)
        scales = [10 ** (36 - random.choice([6, 8, 18])) for _ in range(2)]
        fee = random.choice([0, 10**15, 14 * 10**15, random.randint(0, bands.MAX_FEE_WAD)])
        limit = near(random, oracle) if limited else 0
        trade = bands.BandTrade(random.random() < 0.5, oracle, fee, a, *scales, limit)
        return trade, amount(random), amount(random), up, down, amount(random)

    for rows in batches(f"fills {limited}", draw):
        trades = [[getattr(row[0], name) for name in bands.BandTrade.__slots__] for row in rows]
        results = exposed().read("fills", trades, [list(row[1:]) for row in rows])
        for row, result in zip(rows, results, strict=True):
            assert bands.BandFill(*result) == bands.fill(*row), row


def test_oracle_steps():
    def draw(random: Random) -> tuple:
        last = random.choice([0, price(random)])
        return near(random, max(last, 2)), last, random.randint(0, bands.MAX_FEE_WAD), random.randint(0, 130)

    for rows in batches("steps", draw):
        expected = [list(bands.step_down(*row)) for row in rows]
        assert [list(one) for one in exposed().read("oracleSteps", [list(row) for row in rows])] == expected


def test_loans():
    def draw(random: Random) -> tuple:
        shares = random.randint(0, 10**36)
        return amplification(random), random.randint(4, 50), shares, amount(random), shares + amount(random)

    for rows in batches("loans", draw):
        expected = [
            [
                bands.conversion_down(a, count),
                bands.shares_down(shares, held, total),
                bands.assets_down(shares, held, total),
            ]
            for a, count, shares, held, total in rows
        ]
        assert [list(one) for one in exposed().read("loans", [list(row) for row in rows])] == expected


def test_breaking_the_mirror_is_noticed():
    """The comparison is of numbers that differ when the formula does."""
    trade = bands.BandTrade(False, 1_990 * WAD, 0, 100, 10**30, 10**18)
    row = (0, 10**18, 2_000 * WAD, 1_980 * WAD, 10**9)
    (result,) = exposed().read("fills", [[getattr(trade, n) for n in trade.__slots__]], [list(row)])
    assert bands.BandFill(*result) == bands.fill(trade, *row)
    assert bands.BandFill(*result) != bands.fill(trade, *row[:-1], 10**9 + 1)
