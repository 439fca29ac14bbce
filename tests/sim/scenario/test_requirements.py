"""Requirements of a pool in a scenario: what is refused, in one line that names field, given and allowed."""

from __future__ import annotations

import copy

import pytest

from sim.errors import BadInput
from sim.scenario.lending.requirements import Bracket, Category, EwmaVolatility, Moving
from sim.scenario.loading import dump_yaml, load_scenario, parse_scenario, read_yaml
from tests.scenarios import small_document

MODES = {
    "kind": "correlated_modes",
    "categories": {"all": {"ltv_bps": 8_700, "liquidation_threshold_bps": 9_000, "assets": ["WETH", "USDC"]}},
    "chosen_by": {"borrowers": "all"},
}
ISOLATION = {"kind": "isolation", "ceilings_usd": {"WETH": 1e6}, "borrowable": ["USDC"]}
TIERS = {
    "kind": "size_tiers",
    "brackets": {
        "WETH": [
            {"floor_usd": 10_000, "ltv_bps": 6_000, "liquidation_threshold_bps": 7_000},
            {"floor_usd": 50_000, "ltv_bps": 5_000, "liquidation_threshold_bps": 6_000},
        ]
    },
}
MOVING = {"kind": "moving", "assets": ["WETH"]}
STEWARD = {"kind": "steward", "market": "market"}


def document(rules: list, steward: dict | None = None) -> dict:
    """Return a small scenario with rules and, if given, a steward."""
    result = copy.deepcopy(small_document())
    result["lending"]["market"]["requirements"] = rules
    if steward is not None:
        result["agents"]["steward"] = steward
    return result


def changed(rule: dict, path: str, value: object) -> dict:
    """Return the rule with the value at a dotted path replaced."""
    result = copy.deepcopy(rule)
    *parents, last = path.split(".")
    part = result
    for name in parents:
        part = part[int(name) if isinstance(part, list) else name]
    part[int(last) if isinstance(part, list) else last] = value
    return result


def one_line(given: dict) -> str:
    """Return the complaint about a document."""
    with pytest.raises(BadInput) as caught:
        parse_scenario(given)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_all_rules_load_and_come_back_from_yaml():
    scenario = parse_scenario(document([MODES, ISOLATION, TIERS, MOVING], STEWARD))
    assert [rule.kind for rule in scenario.lending["market"].requirements] == [
        "correlated_modes",
        "isolation",
        "size_tiers",
        "moving",
    ]
    assert parse_scenario(read_yaml(dump_yaml(scenario), "again")) == scenario


@pytest.mark.parametrize(
    ("rule", "path", "value", "message"),
    [
        (MODES, "kind", "correlated_mode", ".kind is 'correlated_mode', nearest is 'correlated_modes'"),
        (MODES, "chosen_by", {"borrower": "all"}, ".chosen_by.borrower is 'borrower', one of ['borrowers']"),
        (MODES, "chosen_by.borrowers", "some", ".chosen_by.borrowers is 'some', one of ['all'] expected"),
        (MODES, "categories.all.assets.0", "WTEH", ".categories.all.assets.0 is 'WTEH', one of ['USDC', 'WETH']"),
        (MODES, "categories.all.ltv_bps", 9_500, ".categories.all.ltv_bps is 9500, at most the liquidation"),
        (MODES, "categories.all.liquidation_bonus_bps", 1_200, "(1 + liquidation_bonus_bps) is 1.0080, at most 1"),
        (ISOLATION, "ceilings_usd", {"WBTC": 1.0}, ".ceilings_usd.WBTC is 'WBTC', one of"),
        (ISOLATION, "ceilings_usd.WETH", 0, ".ceilings_usd.WETH is 0, a number"),
        (ISOLATION, "borrowable.0", "DAI", ".borrowable.0 is 'DAI', one of"),
        (TIERS, "brackets.WETH.1.floor_usd", 10_000, ".brackets.WETH.1.floor_usd is 10000.0, above 10000.0"),
        (TIERS, "brackets.WETH.1.ltv_bps", 6_001, ".brackets.WETH.1.ltv_bps is 6001, at most the liquidation"),
        (TIERS, "brackets.WETH.0.liquidation_threshold_bps", 5_999, ".brackets.WETH.0.ltv_bps is 6000, at most"),
        (MOVING, "floor_bps", 2_001, ".floor_bps is 2001, at most cap_bps 2000"),
        (MOVING, "assets.0", "WBTC", ".assets.0 is 'WBTC', one of"),
        (MOVING, "max_step", 5, ".max_step is unknown, nearest is 'max_step_bps'"),
        (MOVING, "volatility", {"decay": 1.0}, ".volatility.decay is 1.0, a number"),
    ],
)
def test_a_wrong_rule_names_path_given_and_allowed(rule, path, value, message):
    text = one_line(document([changed(rule, path, value)]))
    assert text.startswith("lending.market.requirements.0") and message in text


def test_each_kind_stands_once():
    text = one_line(document([MOVING, TIERS, MOVING], STEWARD))
    assert text == (
        "lending.market.requirements.2.kind is 'moving' for a second time, each kind at most once expected"
    )


@pytest.mark.parametrize(
    ("rules", "change", "message"),
    [
        ([], None, "market has no requirements of kind 'moving', which a steward looks after"),
        ([MOVING], {"asset": "USDC"}, "changes.0.asset is 'USDC', one of ['WETH'] expected"),
        ([MOVING], {"liquidation_threshold_bps": 8_400}, "is 8400, at most the reserve's 8300"),
        ([MOVING], {"ltv_bps": 7_701}, "changes.0.ltv_bps is 7701, at most 7700: as far below the reserve's"),
    ],
)
def test_a_wrong_steward_names_path_given_and_allowed(rules, change, message):
    changes = (
        [] if change is None else [{"at_s": 60, "asset": "WETH", "liquidation_threshold_bps": 8_000} | change]
    )
    text = one_line(document(rules, STEWARD | {"changes": changes}))
    assert text.startswith("agents.steward.") and message in text


def test_bounds_that_agents_and_invariants_rely_on():
    market = parse_scenario(document([MODES, TIERS], None)).lending["market"]
    assert market.highest_threshold_bps("WETH") == 9_000
    assert market.highest_threshold_bps("USDC") == 0, "no collateral in any mode"
    assert market.bonus_range_bps("WETH") == (100, 500)
    assert Moving(kind="moving").followed(market.reserves) == ("WETH",)


@pytest.mark.parametrize(
    ("contract", "function", "position", "model", "more"),
    [
        ("CorrelatedModes", "setCategory", 1, Category, {"assets"}),
        ("SizeTiers", "setBrackets", 1, Bracket, set()),
        ("MovingRequirements", None, 5, Moving, {"kind", "assets", "volatility"}),
        ("VolatilityEstimator", None, 2, EwmaVolatility, set()),
    ],
)
def test_structs_have_the_fields_of_their_models(artifacts, contract, function, position, model, more):
    names = [
        component["name"]
        for entry in artifacts[contract].abi
        if entry.get("name") == function and entry["type"] == ("function" if function else "constructor")
        for component in entry["inputs"][position]["components"]
    ]
    unit_less = [
        name.removesuffix("Bps").removesuffix("Base").removesuffix("Wad").removesuffix("S") for name in names
    ]
    snake = ["".join("_" + c.lower() if c.isupper() else c for c in name) for name in unit_less]
    fields = [
        name.removesuffix("_bps").removesuffix("_usd").removesuffix("_s")
        for name in model.model_fields
        if name not in more
    ]
    assert snake == fields


def test_designs_go_on_a_scenario_with_rules():
    scenario = load_scenario("moving-haircuts+fixed-close-factor", blocks=3)
    assert scenario.lending["main"].moving is not None
