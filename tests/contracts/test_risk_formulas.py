"""Formulas of the risk rules equal their mirrors on 10,000 random inputs each, and tiers are continuous."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.revm import RevmChain
from sim.reference import requirements, volatility
from sim.units import BPS, E8, SECONDS_PER_YEAR, WAD
from tests.deployed import Deployed

INPUTS = 10_000
PER_CALL = 500


@pytest.fixture(scope="module")
def exposed(artifacts) -> Deployed:
    """Return `ExposedRisk` on a chain of this module."""
    chain = RevmChain()
    address = chain.deploy(ACCOUNTS.address(0), artifacts["ExposedRisk"].encode_constructor())
    return Deployed(chain, artifacts, "ExposedRisk", address)


def in_pages(exposed: Deployed, function: str, rows: list, *first: object) -> list[int]:
    """Ask for all rows, a page per call."""
    return [
        value
        for at in range(0, len(rows), PER_CALL)
        for value in exposed.read(function, *first, rows[at : at + PER_CALL])
    ]


def random_position(random: Random) -> tuple[int, int, list[tuple[int, int]]]:
    """Draw a position from nothing to a giant, often on a floor, and up to five brackets."""
    floors = sorted(random.sample(range(1, 10 ** random.randint(2, 17)), random.randint(0, 5)))
    figures = sorted((random.randint(0, BPS) for _ in floors), reverse=True)
    base = random.choice([random.randint(0, 10**18), *(floor + random.randint(-1, 1) for floor in floors)])
    return (
        base,
        random.choice([base * random.randint(0, BPS), random.randint(0, base * BPS)]),
        [*zip(floors, figures, strict=True)],
    )


def test_tiers_equal_their_mirror(exposed):
    random = Random(11)
    positions = [random_position(random) for _ in range(INPUTS)]
    rows = [
        (base, weighted, [floor for floor, _ in brackets], [figure for _, figure in brackets])
        for base, weighted, brackets in positions
    ]
    assert in_pages(exposed, "tiered", rows) == [requirements.tiered_weighted_down(*one) for one in positions]


@given(
    floors=st.lists(st.integers(1, 10**16), min_size=1, max_size=4, unique=True).map(sorted),
    figures=st.lists(st.integers(0, BPS), min_size=4, max_size=4).map(lambda some: sorted(some, reverse=True)),
    base=st.integers(1, 10**17),
    step=st.integers(1, 10**10),
    threshold_bps=st.integers(0, BPS),
)
def test_tiers_are_continuous_and_growing_and_never_above_what_they_cut(
    floors, figures, base, step, threshold_bps
):
    brackets = [*zip(floors, figures, strict=False)]
    smaller = requirements.tiered_weighted_down(base, base * threshold_bps, brackets)
    larger_base = base + step
    larger = requirements.tiered_weighted_down(larger_base, larger_base * threshold_bps, brackets)
    assert 0 <= larger - smaller <= step * threshold_bps
    assert smaller <= base * threshold_bps


def test_a_bracket_above_the_reserve_cuts_nothing():
    brackets = [(1_000 * E8, 9_000)]
    assert requirements.tiered_weighted_down(5_000 * E8, 5_000 * E8 * 8_000, brackets) == 5_000 * E8 * 8_000


@pytest.mark.parametrize(
    ("formula", "mirror", "draw"),
    [
        (
            0,
            requirements.haircut_target_bps_up,
            lambda r: (
                r.randint(0, 10**5),
                r.randint(0, 10**6),
                r.randint(0, SECONDS_PER_YEAR),
                floor := r.randint(0, 5_000),
                r.randint(floor, BPS),
            ),
        ),
        (1, requirements.stepped, lambda r: (r.randint(0, BPS), r.randint(0, BPS), r.randint(1, 500))),
        (
            2,
            requirements.ramped_down,
            lambda r: (
                start := r.randint(0, BPS),
                r.randint(start, BPS),
                r.randint(0, 10**5),
                r.choice([0, r.randint(1, 10**5)]),
            ),
        ),
    ],
    ids=["target", "step", "ramp"],
)
def test_haircut_formulas_equal_their_mirrors(exposed, formula, mirror, draw):
    random = Random(formula)
    drawn = [draw(random) for _ in range(INPUTS)]
    rows = [[*one, *[0] * (5 - len(one))] for one in drawn]
    assert in_pages(exposed, "haircutFormula", rows, formula) == [mirror(*one) for one in drawn]


def test_haircut_of_a_day_at_eighty_percent_and_two_standard_deviations():
    """2 · 0.8 · √(1/365) = 8.3747 %, rounded up."""
    assert requirements.haircut_target_bps_up(20_000, 8_000, 86_400, 0, BPS) == math.ceil(16_000 / 365**0.5) == 838


def test_log_returns_equal_their_mirror_and_the_logarithm(exposed):
    random = Random(5)
    rows = [
        [before, max(round(before * math.exp(random.gauss(0, random.choice([1e-4, 0.01, 1, 20])))), 1)]
        for before in (random.randint(1, 10 ** random.randint(1, 20)) for _ in range(INPUTS))
    ]
    on_chain = in_pages(exposed, "logReturnsWad", rows)
    assert on_chain == [volatility.log_return_wad(*row) for row in rows]
    for (before, price), value in zip(rows[:1_000], on_chain[:1_000], strict=True):
        ratio_wad = max(price * WAD // before, 1)
        assert value / WAD == pytest.approx(math.log(ratio_wad / WAD), abs=1e-15, rel=1e-12)


def random_path(random: Random, interval_s: int) -> list[list[int]]:
    """Draw prices from calm to crash, at irregular times of at least an interval."""
    price, path = random.randint(10**6, 10**14), []
    for _ in range(INPUTS + 1):
        sigma = random.choice([0.0, 1e-5, 1e-3, 0.02, 0.5])
        price = min(max(round(price * math.exp(random.gauss(0, sigma))), 1), 10**30)
        path.append([price, interval_s + random.choice([0, random.randint(0, 5 * interval_s)])])
    return path


@pytest.mark.parametrize(("decay_wad", "interval_s"), [(94 * 10**16, 60), (97 * 10**16, 3_600), (0, 1)])
def test_variance_equals_its_mirror_and_the_float_recursion(exposed, decay_wad, interval_s):
    path = random_path(Random(decay_wad), interval_s)
    initial = (8_000 * 10**14) ** 2 // WAD
    on_chain, start = [], initial
    for at in range(0, INPUTS, PER_CALL):
        page = exposed.read("variancesWad", start, interval_s, decay_wad, path[at : at + PER_CALL + 1])
        on_chain += page[1:]
        start = page[-1]
    exact, plain = initial, initial / WAD
    for i in range(1, len(path)):
        (before, _), (price, elapsed_s) = path[i - 1], path[i]
        move = volatility.log_return_wad(before, price)
        exact = volatility.next_variance_wad_down(exact, move, elapsed_s, interval_s, decay_wad)
        assert on_chain[i - 1] == exact
        weight = (decay_wad / WAD) ** (elapsed_s // interval_s)
        yearly = math.log(price / before) ** 2 * SECONDS_PER_YEAR / elapsed_s
        plain = weight * plain + (1 - weight) * yearly
        # Ten digits, and what rounding a return to 1e-18 costs where there is hardly any.
        assert exact / WAD == pytest.approx(plain, rel=1e-10, abs=1e-12)
        assert abs(volatility.volatility_bps_down(exact) - plain**0.5 * BPS) < 1.001
