"""A struct in `contracts/interfaces/` and its model in `sim/scenario/` have the same fields in the same order."""

import re
from dataclasses import fields

from sim.protocols.base import ReserveState
from sim.scenario.markets import RateParams, Reserve, TotalDebtCloseFactor

UNIT = re.compile(r"_(wad|ray|bps|base|usd|e8|s)$")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _components(artifacts, contract: str, function: str | None, position: int, part: str = "inputs") -> list[str]:
    entry = next(
        one
        for one in artifacts[contract].abi
        if one.get("name") == function and one["type"] == ("function" if function else "constructor")
    )
    return [_snake(component["name"]) for component in entry[part][position]["components"]]


def test_reserve_config_is_the_reserve_model_with_a_feed(artifacts):
    struct = _components(artifacts, "LendingPool", "addReserve", 1)
    model = [name for name in Reserve.model_fields if name not in ("rates", "supply_tokens")]
    assert struct == ["feed", *model]


def test_rate_params_are_equal(artifacts):
    assert _components(artifacts, "LendingPool", "addReserve", 2) == list(RateParams.model_fields)


def test_close_factor_terms_are_equal_but_for_units(artifacts):
    struct = _components(artifacts, "TotalDebtCloseFactor", None, 2)
    model = [name for name in TotalDebtCloseFactor.model_fields if name != "kind"]
    assert [UNIT.sub("", name) for name in struct] == [UNIT.sub("", name) for name in model]


def test_reserve_state_is_read_field_by_field(artifacts):
    struct = _components(artifacts, "LendingPool", "reserveState", 0, "outputs")
    assert [UNIT.sub("", name) for name in struct] == [UNIT.sub("", field.name) for field in fields(ReserveState)]
