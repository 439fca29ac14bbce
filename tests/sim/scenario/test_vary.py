"""Ranges from the command line: what they mean, and one line with the nearest name for what they cannot."""

import pytest

from sim.errors import BadInput
from sim.scenario.loading import load_scenario, parse_scenario
from sim.scenario.space import FieldRange
from sim.scenario.vary import vary_space
from tests.sim.search.worlds import BONUS, DELAY, DEPTH, KIND, SPACE, THRESHOLD, searchable


def design(*texts):
    return vary_space(searchable(), texts).space.design


def test_a_range_a_step_a_log_range_and_choices():
    assert design(f"{BONUS}=100:500") == {BONUS: FieldRange(low=100, high=500)}
    assert design(f"{BONUS}=100:500:50") == {BONUS: FieldRange(low=100, high=500, step=50)}
    assert design(f"{BONUS}=100:1000:log") == {BONUS: FieldRange(low=100, high=1_000, log=True)}
    assert design(f"{KIND}=push,pool_spot") == {KIND: FieldRange(choices=("push", "pool_spot"))}
    assert design(f"{BONUS}=100,200", f"{DELAY}=1,2").keys() == {BONUS, DELAY}


def test_the_fields_given_take_the_place_of_those_of_their_part():
    space = vary_space(searchable(), [f"env:{DEPTH}=1e4:1e6:log"]).space
    assert space.environment == {DEPTH: FieldRange(low=1e4, high=1e6, log=True)}
    assert space.design == searchable().space.design
    assert design(f"{BONUS}=100:500").keys() == {BONUS}


def test_a_scenario_without_a_space_gets_one():
    base = searchable(space=None)
    space = vary_space(base, [f"{THRESHOLD}=8000:9000:100"]).space
    assert space.envelope.shock_asset == "WETH"
    assert space.design.keys() == {THRESHOLD}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lendin.market.flash_fee_bps=1:2", "vary: lendin is unknown, nearest is 'lending'"),
        (
            f"{THRESHOLD}x=1:2",
            "vary: .*liquidation_threshold_bpsx is unknown, nearest is 'liquidation_threshold_bps'",
        ),
        (
            f"{THRESHOLD}=8000:99999",
            "99999.0 is not allowed, a whole number of basis points .* at most 10000",
        ),
        (f"{THRESHOLD}=80.5:90", "80.5 is not allowed, a whole number"),
        (f"{THRESHOLD}=high,low", "'high' is not allowed, a whole number"),
        (f"{THRESHOLD}=9000:8000", "low 9000.0 must be below high 8000.0"),
        (f"{THRESHOLD}=0:8000:log", "low 0.0 of a log range must be above 0"),
        (f"{THRESHOLD}=1:8000:-5", "step -5.0 must be above 0"),
        (f"{THRESHOLD}=1:nan", "vary: "),
        (f"{KIND}=push,pol_spot", "'pol_spot' is not allowed, one of push, .*, nearest is 'pool_spot'"),
        (f"{KIND}=1:2", "choices and not a range expected"),
        (f"{KIND}=push,push", "a choice is given twice"),
        ("feeds.WETH=1:2", "a field with one value expected"),
        (f"{BONUS}", "is none of PATH=LOW:HIGH"),
        (f"{BONUS}=", "is none of PATH=LOW:HIGH"),
        ("=1:2", "is none of PATH=LOW:HIGH"),
        (f"{BONUS}=1:2:3:4", "is none of PATH=LOW:HIGH"),
        (f"{BONUS}=a:b", "is none of PATH=LOW:HIGH"),
    ],
)
def test_what_is_no_range_is_one_line(text, complaint):
    with pytest.raises(BadInput, match=complaint) as caught:
        vary_space(searchable(), [text])
    assert "\n" not in str(caught.value)


def test_a_field_is_given_once():
    with pytest.raises(BadInput, match="is given twice, once expected"):
        vary_space(searchable(), [f"{BONUS}=1,2", f"env:{BONUS}=1,2"])


@pytest.mark.parametrize(
    ("bounds", "complaint"),
    [
        ({"low": 0, "high": 20_000}, f"space.design: {THRESHOLD}: 20000.0 is not allowed"),
        ({"choices": [8_000, "much"]}, "'much' is not allowed"),
        ({"choices": [8_000, 9_000], "weights": [1]}, "1 weights for 2 choices, one for each expected"),
        ({"choices": [8_000, 9_000], "weights": [1, 0]}, "weights"),
        ({"low": 1, "high": 9, "weights": [1, 2]}, "2 weights for 0 choices"),
        ({"choices": [8_000], "log": True}, "step, log and distribution belong to a range"),
        ({"low": 1, "high": 9, "log": True, "step": 1}, "step 1.0 must be above 1"),
        ({"low": 1, "high": 9, "distribution": {"kind": "normla", "mean": 1, "sd": 1}}, "nearest is 'normal'"),
        ({"low": 1, "high": 9, "distribution": {"kind": "normal", "mean": 1, "sd": 0}}, "sd is 0"),
        ({"low": 1, "high": 9, "logg": True}, "logg is unknown, nearest is 'log'"),
    ],
)
def test_a_declared_range_is_checked_when_the_scenario_is_read(bounds, complaint):
    document = searchable().model_dump(mode="json") | {"space": SPACE | {"design": {THRESHOLD: bounds}}}
    with pytest.raises(BadInput, match=complaint) as caught:
        parse_scenario(document)
    assert "\n" not in str(caught.value)


def test_the_library_varies_what_its_fields_can_be():
    assert load_scenario("flash-crash").space.design  # every range of the library is checked where it is loaded
