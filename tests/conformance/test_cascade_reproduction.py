"""The cascade reproduction number on chain: chain lengths of the threshold ladder, and where they jump.

The library's `loop-ladder` runs on real contracts; lengths and prices follow in closed form (sim/metrics/loop.py).
"""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.loop import chain_length, critical_sale, reproduction_number
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

RESERVE = 1_000
SPACING_BPS = 100
ROUNDING = 1e-6
"""Relative distance from a tie below which prices of eight decimals may decide otherwise than real numbers."""


def run_ladder(artifacts, overrides: Mapping[str, Any]) -> Trace:
    with RevmChain() as chain:
        return launch(load_scenario("loop-ladder", overrides), chain, artifacts).run()


def liquidations(trace: Trace) -> int:
    return sum(event.name == "Liquidation" for event in trace.events)


def end_price(trace: Trace) -> float:
    """Final spot price of the pool as a share of the first."""
    prices = [
        quote / base
        for base, quote in (trace.initial.venues["pool"].reserves, trace.blocks[-1].venues["pool"].reserves)
    ]
    return prices[1] / prices[0]


@pytest.mark.parametrize(
    ("sale", "fee_bps", "length", "price"),
    [
        (10, 0, 249, None),
        (6, 0, 69, "0.500"),
        (5.1, 0, 6, "0.9415"),
        (4.9, 0, 1, None),
        (10, 30, 248, None),
        (6, 30, 68, None),
    ],
)
def test_chain_lengths_and_end_prices(sale, fee_bps, length, price, artifacts):
    fields = {"population.ladder.collateral_tokens": sale, "venues.pool.fee_bps": fee_bps}
    trace = run_ladder(artifacts, fields)
    assert liquidations(trace) == length == chain_length(sale, RESERVE, SPACING_BPS / 10_000, fee_bps / 10_000)
    if fee_bps == 0:
        assert end_price(trace) == pytest.approx((RESERVE / (RESERVE + length * sale)) ** 2, rel=1e-12)
    if price is not None:
        assert f"{end_price(trace):.{len(price) - 2}f}" == price
    assert summarise(trace).liquidation_class == ("cascade" if length > 1 else "isolated")


@pytest.mark.parametrize("nearness", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize(("reserve", "spacing_bps"), [(1_000, 100), (777, 37), (250, 400)])
def test_the_chain_starts_where_the_reproduction_number_crosses_one(nearness, reserve, spacing_bps, artifacts):
    spacing = spacing_bps / 10_000
    critical = critical_sale(reserve, spacing)
    lengths = []
    for sale in (critical * (1 - nearness), critical * (1 + nearness)):
        trace = run_ladder(artifacts, _ladder(sale, reserve, spacing_bps, rungs=3))
        lengths.append(liquidations(trace))
        assert (reproduction_number(sale, reserve, spacing) > 1) == (lengths[-1] > 1)
    assert lengths[0] == 1 and lengths[1] >= 2


def _ladder(sale: float, reserve: float, spacing_bps: int, rungs: int) -> dict[str, Any]:
    """A ladder whose length its blocks do not cut short: one liquidation a block is the least."""
    return {
        "population.ladder.collateral_tokens": sale,
        "population.ladder.spacing_bps": spacing_bps,
        "population.ladder.count": rungs,
        "venues.pool.base_tokens": reserve,
        "clock.blocks": rungs,
        "lending.main.terms.close_factor_bps": 10_000,
    }


@settings(max_examples=25)
@given(
    ratio=st.floats(0.5, 1.6),
    spacing_bps=st.integers(20, 1_000),
    reserve=st.floats(10, 1_000).map(lambda value: round(value, 3)),
)
def test_measured_chain_lengths_equal_the_closed_form(ratio, spacing_bps, reserve, artifacts):
    spacing = spacing_bps / 10_000
    sale = round(critical_sale(reserve, spacing) * ratio, 9)
    length = chain_length(sale, reserve, spacing, rungs=41)
    for n in range(1, length + 1):
        assume(abs(math.log1p(n * sale / reserve) + n / 2 * math.log1p(-spacing)) > ROUNDING)
    trace = run_ladder(artifacts, _ladder(sale, reserve, spacing_bps, rungs=41))
    assert liquidations(trace) == length
