"""A struct in `contracts/interfaces/` and its model in `sim/scenario/` have the same fields in the same order."""

import re
from dataclasses import fields

from sim.protocols.base import ReserveState
from sim.scenario.lending.pool import Reserve
from sim.scenario.lending.rates import KinkedRates
from sim.scenario.lending.terms import TotalDebtCloseFactor

UNIT = re.compile(r"_(wad|ray|bps|base|usd|e8|s|tokens|assets)$")


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
    assert [UNIT.sub("", name) for name in struct] == [
        "feed",
        "rate_model",
        *(UNIT.sub("", name) for name in model),
    ]


def test_rate_params_are_equal(artifacts):
    model = [name for name in KinkedRates.model_fields if name != "kind"]
    assert _components(artifacts, "KinkedRateModel", None, 0) == model


def test_close_factor_terms_are_equal_but_for_units(artifacts):
    struct = _components(artifacts, "TotalDebtCloseFactor", None, 2)
    model = [name for name in TotalDebtCloseFactor.model_fields if name != "kind"]
    assert [UNIT.sub("", name) for name in struct] == [UNIT.sub("", name) for name in model]


def test_reserve_state_is_read_field_by_field(artifacts):
    struct = _components(artifacts, "LendingPool", "reserveState", 0, "outputs")
    assert [UNIT.sub("", name) for name in struct] == [UNIT.sub("", field.name) for field in fields(ReserveState)]
