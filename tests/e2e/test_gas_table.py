"""The gas table is what the node charges, for every call that a run makes."""

from benchmarks.measure_gas import measure
from sim.market.gas import load_gas_table

TOLERANCE = 0.4
"""Gas of one function varies with the state it meets: a fresh slot, a second debt, a new second of the pool."""


def test_the_table_agrees_with_a_fresh_measurement_on_the_node():
    table = load_gas_table()
    measured = measure((("flash-crash", 40),))
    assert len(measured) > 30
    for (contract, function, ok), gas in measured.items():
        expected = table.gas(contract, function, ok)
        assert abs(gas - expected) <= TOLERANCE * expected, (contract, function, ok, gas, expected)
