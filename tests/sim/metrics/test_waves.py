"""Classes of liquidations at and beside their bounds."""

from dataclasses import replace

import pytest

from sim.metrics.liquidations import Liquidation
from sim.metrics.tables import liquidation_table
from sim.metrics.timeline import Timeline
from sim.metrics.waves import liquidation_class, waves
from sim.units import E8
from tests.sim.metrics.traces import TraceBuilder

ROW = liquidation_table(Timeline(TraceBuilder().block().transaction("liquidate").liquidation("a/0", 100.0).trace))[
    0
]


def row(block: int = 0, value_usd: int = 100, direct: bool = True, generation: int = 0) -> Liquidation:
    return replace(ROW, block=block, collateral_base=value_usd * E8, direct=direct, generation=generation)


def test_a_fifth_of_the_value_induced_is_a_cascade():
    assert liquidation_class([row(value_usd=80), row(value_usd=20, direct=False, generation=1)]) == "cascade"


def test_just_less_than_a_fifth_is_none():
    table = [row(value_usd=80_000_001), row(value_usd=20_000_000, direct=False, generation=1)]
    assert liquidation_class(table) == "clustered"


def test_one_wave_is_no_cascade_however_much_is_induced():
    assert liquidation_class([row(), row(value_usd=10_000, direct=False, generation=0)]) == "clustered"


@pytest.mark.parametrize(("gap", "expected"), [(0, "clustered"), (5, "clustered"), (6, "isolated")])
def test_clustered_means_five_blocks_apart_at_most(gap, expected):
    assert liquidation_class([row(block=10), row(block=10 + gap)]) == expected


def test_one_is_isolated_and_none_is_nothing():
    assert liquidation_class([row()]) == "isolated"
    assert liquidation_class([]) is None


def test_waves_gather_generations():
    found = waves([row(0), row(3, 50, False, 1), row(4, 25, False, 1), row(9)])
    assert [(w.generation, w.liquidations, w.first_block, w.last_block) for w in found] == [
        (0, 2, 0, 9),
        (1, 2, 3, 4),
    ]
    assert [w.liquidated_usd for w in found] == [200.0, 75.0]
