"""Axes of a space, and scenarios with values of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import BadInput
from sim.scenario.feeds import PoolSpotFeed
from sim.search.machine import HypothesisChooser
from sim.search.space import Space
from tests.sim.search.worlds import BONUS, DELAY, DEPTH, KIND, THRESHOLD, searchable

SPACE = Space(searchable())


def test_ranges_are_grids_of_whole_numbers_where_the_steps_are():
    axis = SPACE.design[BONUS]
    assert (axis.values, axis.base) == ((100, 200, 300, 400, 500), 500)
    assert all(isinstance(value, int) for value in axis.values)
    assert SPACE.design[DELAY].values == tuple(range(1, 21))
    assert SPACE.environment[DEPTH].values == (30_000, 60_000, 90_000, 120_000)


def test_the_way_to_the_base_starts_beside_it():
    axis = SPACE.design[THRESHOLD]
    assert axis.base == 8_300
    assert axis.towards_base(8_600) == (8_400, 8_500, 8_600)
    assert axis.towards_base(8_000) == (8_200, 8_100, 8_000)
    assert SPACE.design[KIND].towards_base("pool_spot") == ("pool_spot",)


@given(st.data())
def test_drawn_designs_differ_from_the_base_and_are_valid_once_reconciled(data):
    choose = HypothesisChooser(data)
    drawn = SPACE.draw_design(choose)
    assert drawn
    assert all(value != SPACE.design[path].base for path, value in drawn.items())
    kept = SPACE.reconcile({**drawn, **SPACE.draw_environment(choose)})
    scenario = SPACE.scenario(kept)
    assert SPACE.split(kept)[0].items() <= drawn.items()
    assert scenario.space.envelope == SPACE.declared.envelope


def test_values_that_exclude_each_other_are_left_out_in_order():
    kept = SPACE.reconcile({THRESHOLD: 9_400, KIND: "pool_spot", DELAY: 9})
    # 0.94 * 1.05 is below 1; a spot feed has no delay.
    assert kept == {THRESHOLD: 9_400, KIND: "pool_spot"}
    assert isinstance(SPACE.scenario(kept).feeds["WETH"], PoolSpotFeed)
    assert SPACE.scenario(kept).feeds["WETH"].venue == "pool"


def test_only_what_differs_counts():
    design, others = SPACE.split({THRESHOLD: 8_300, BONUS: 400, DEPTH: 60_000, "population.borrowers.count": 6})
    assert design == {BONUS: 400}
    assert others == {"population.borrowers.count": 6}


def test_a_scenario_without_a_space_cannot_be_searched():
    with pytest.raises(BadInput, match="cannot be searched: `space` with design fields expected"):
        Space(searchable(space=None))
