"""A struct in `contracts/interfaces/` and its model in `sim/scenario/` have the same fields in the same order."""

import re
from dataclasses import fields

import pytest

from sim.protocols.auction import AuctionRules
from sim.protocols.base import ReserveState
from sim.reference.stable_swap import StableCurve
from sim.scenario.lending.bonus import (
    BonusByHealth,
    DiscountByHealth,
    FermentedBonus,
    ToxicityGuard,
    VolatilityBonus,
)
from sim.scenario.lending.isolated import PreLiquidation
from sim.scenario.lending.pool import Reserve
from sim.scenario.lending.rates import AdaptiveRates, KinkedRates
from sim.scenario.lending.soft import SoftLiquidationMarket
from sim.scenario.lending.terms import (
    BonusTerms,
    ReserveCloseFactor,
    TargetHealth,
    TotalDebtCloseFactor,
    WholePosition,
)

SOFT_SHARED = ("exchange", "rate_model", "loss_policy", "collateral_feed", "borrowed_feed", "base_price_wad")

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


def _arguments(artifacts, contract: str) -> list[str]:
    """Names of a constructor's arguments."""
    constructor = next(one for one in artifacts[contract].abi if one["type"] == "constructor")
    return [_snake(argument["name"].rstrip("_")) for argument in constructor["inputs"]]


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


@pytest.mark.parametrize("model", [TotalDebtCloseFactor, ReserveCloseFactor, TargetHealth])
def test_terms_are_equal_but_for_units(artifacts, model):
    struct = _components(artifacts, model.__name__, None, 2)
    own = [name for name in model.model_fields if name not in ("kind", *BonusTerms.model_fields)]
    assert [UNIT.sub("", name) for name in struct] == [UNIT.sub("", name) for name in own]


def test_what_all_terms_share_comes_first(artifacts):
    for model in (TotalDebtCloseFactor, ReserveCloseFactor, TargetHealth, WholePosition):
        assert _arguments(artifacts, model.__name__)[:2] == ["bonus_rule", "fee_on_seized"]
    assert list(BonusTerms.model_fields) == ["bonus", "fee_on_seized"]


@pytest.mark.parametrize("model", [BonusByHealth, DiscountByHealth, ToxicityGuard])
def test_bonus_rules_are_equal_but_for_units(artifacts, model):
    own = [UNIT.sub("", name) for name in model.model_fields if name != "kind"]
    assert [UNIT.sub("", name) for name in _arguments(artifacts, model.__name__)] == own


def test_volatility_bonus_is_the_model_with_its_estimator(artifacts):
    own = [name for name in VolatilityBonus.model_fields if name not in ("kind", "max_fee_gwei", "volatility")]
    assert _arguments(artifacts, "VolatilityBonus") == ["estimator", *own]


def test_fermented_bonus_is_the_model_without_who_marks(artifacts):
    own = [name for name in FermentedBonus.model_fields if name not in ("kind", "max_fee_gwei")]
    assert _components(artifacts, "FermentedBonus", None, 0) == own


def test_reserve_state_is_read_field_by_field(artifacts):
    struct = _components(artifacts, "LendingPool", "reserveState", 0, "outputs")
    assert [UNIT.sub("", name) for name in struct] == [UNIT.sub("", field.name) for field in fields(ReserveState)]


def test_auction_params_are_the_rules_with_a_penalty(artifacts):
    struct = _components(artifacts, "DutchAuction", "setAuctionParams", 1)
    rules = [one.name for one in fields(AuctionRules) if one.name not in ("decay_address", "decay")]
    assert [name for name in struct if name not in ("decay", "penalty_wad")] == rules
    marked = AuctionRules("decay", lambda top, elapsed_s: top, *rules).params("penalty_wad")
    assert list(marked) == struct


def test_adaptive_curves_are_equal(artifacts):
    model = [name for name in AdaptiveRates.model_fields if name != "kind"]
    assert _components(artifacts, "AdaptiveCurveRateModel", None, 0) == model


def test_pre_liquidation_terms_are_equal_but_for_units_and_the_oracle(artifacts):
    struct = _components(artifacts, "PreLiquidation", None, 1)
    model = [UNIT.sub("", name).replace("bonus", "incentive") for name in PreLiquidation.model_fields]
    assert [UNIT.sub("", name) for name in struct] == [*model, "oracle"]


def test_soft_liquidation_configs_are_the_model_with_its_modules(artifacts):
    """Two structs, of the market and of its exchange, whose plain parameters are the model's."""
    market = _components(artifacts, "SoftLiquidationMarket", None, 1)
    exchange = _components(artifacts, "BandExchange", None, 1)
    plain = [name.replace("borrowed", "debt") for name in (*market, *exchange) if name not in SOFT_SHARED]
    other = ("kind", "bands", "health_threshold_bps", "supply_tokens", "rates", "losses", "insurance")
    assert {*plain, "invalid_price"} == set(SoftLiquidationMarket.model_fields) - set(other)


def test_stable_curve_is_the_reference_and_the_pools_arguments_are_the_venues(artifacts):
    struct = _components(artifacts, "ExposedStableSwap", "outputDown", 3)
    assert struct == [field.name for field in fields(StableCurve)]
    assert _arguments(artifacts, "StableSwapPool")[-3:] == struct
