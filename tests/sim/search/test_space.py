"""Axes of a space, and scenarios with values of them."""

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import BadInput
from sim.scenario.feeds import PoolSpotFeed
from sim.scenario.space import FieldRange
from sim.scenario.vary import vary_space
from sim.search.machine import HypothesisChooser
from sim.search.space import Space, _draw
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


def varied(**bounds):
    """The axis of the depth with these bounds."""
    space = searchable().space
    environment = {DEPTH: FieldRange(**bounds)}
    return Space(
        searchable().model_copy(update={"space": space.model_copy(update={"environment": environment})})
    ).environment[DEPTH]


class Counting:
    """Gives every number of a range in turn."""

    def __init__(self) -> None:
        self.at = -1

    def even(self, low, high):
        self.at += 1
        return low + self.at % (high - low + 1)


def test_log_ranges_have_even_ratios_and_both_ends():
    assert varied(low=1_000, high=1_000_000, log=True, step=10).values == (1_000, 10_000, 100_000, 1_000_000)
    values = varied(low=1_000, high=1_000_000, log=True).values
    assert (values[0], values[-1], len(values)) == (1_000, 1_000_000, 21)
    assert all(1.39 < b / a < 1.43 for a, b in itertools.pairwise(values))


def test_log_ranges_of_whole_numbers_name_each_once():
    bounds = {DELAY: FieldRange(low=1, high=20, log=True)}
    space = searchable().space.model_copy(update={"design": bounds})
    values = Space(searchable().model_copy(update={"space": space})).design[DELAY].values
    assert values == tuple(sorted(set(values))) and all(isinstance(value, int) for value in values)
    assert (values[0], values[-1]) == (1, 20)


def test_weights_are_how_often_choices_are_drawn():
    axis = varied(choices=(30_000, 60_000, 90_000), weights=(1, 6, 3))
    assert axis.weights == (1_000, 6_000, 3_000)
    choose = Counting()
    drawn = Counter(_draw(axis, choose) for _ in range(10_000))
    assert drawn == {30_000: 1_000, 60_000: 6_000, 90_000: 3_000}
    assert set(Counter(_draw(axis, Counting(), 60_000) for _ in range(10))) == {30_000}


def test_weights_belong_to_their_choices_whatever_their_order():
    axis = varied(choices=(90_000, 30_000), weights=(3, 1))
    assert dict(zip(axis.values, axis.weights, strict=True)) == {90_000: 7_500, 30_000: 2_500}


@pytest.mark.parametrize(
    "distribution",
    [{"kind": "normal", "mean": 60_000, "sd": 20_000}, {"kind": "lognormal", "median": 90_000, "sigma": 0.5}],
)
def test_a_distribution_draws_its_middle_most_and_leaves_nothing_out(distribution):
    axis = varied(low=10_000, high=200_000, step=10_000, distribution=distribution)
    weights = dict(zip(axis.values, axis.weights, strict=True))
    assert min(weights.values()) >= 1
    mode = max(weights, key=weights.__getitem__)
    middle = distribution.get("mean") or distribution["median"] * math.exp(-(distribution["sigma"] ** 2))
    assert abs(mode - middle) <= 10_000
    assert weights[200_000] < weights[mode] / 5


def test_a_design_field_that_can_only_be_what_it_is_is_refused():
    with pytest.raises(BadInput, match="has no other value than the base's, 500"):
        Space(vary_space(searchable(), [f"{BONUS}=500"]))
