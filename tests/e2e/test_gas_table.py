"""The gas table is what the node charges, for every call that a run makes."""

import pytest

from benchmarks.measure_gas import measure
from sim.market.gas import GROWS_WITH_BOOK, load_gas_table

TOLERANCE = 0.4
"""Gas of one function varies with the state it meets: a fresh slot, a second debt, a new second of the pool."""
PERP_TOLERANCE = 0.65
"""The state of a perpetual market is how many positions an account has, and whether its mark was read before."""


@pytest.mark.parametrize(("scenario", "tolerance"), [("flash-crash", TOLERANCE), ("perp-cascade", PERP_TOLERANCE)])
def test_the_table_agrees_with_a_fresh_measurement_on_the_node(scenario, tolerance):
    table = load_gas_table()
    measured = measure(((scenario, 40),))
    assert len(measured) > 30
    for (contract, function, ok), gas in measured.items():
        if f"{contract}.{function}" not in GROWS_WITH_BOOK:
            expected = table.gas(contract, function, ok)
            assert abs(gas - expected) <= tolerance * expected, (contract, function, ok, gas, expected)
