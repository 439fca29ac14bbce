"""AdaptiveCurveRateModel and PointRateModel: bounds, state by caller, and equality with the mirror over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.reference import adaptive_curve
from sim.units import RAY, SECONDS_PER_YEAR, WAD
from tests.contracts.test_isolated_market import CURVE
from tests.lending import START_S

CALLER, OTHER = ACCOUNTS.address(7), ACCOUNTS.address(8)
FIELDS = ("target", "steepness", "speed", "initial", "min", "max")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target", 0),
        ("target", 10_000),
        ("steepness", 10_000),
        ("initial", 9),
        ("initial", 20_001),
        ("min", 0),
        ("max", 100_001),
    ],
)
def test_bounds(revm, deploy, field, value):
    config = list(CURVE)
    config[FIELDS.index(field)] = value
    with pytest.raises(DeployReverted):
        deploy(revm, "AdaptiveCurveRateModel", tuple(config))


def test_parameters_are_morphos(revm, deploy):
    model = deploy(revm, "AdaptiveCurveRateModel", CURVE)
    params = adaptive_curve.CurveParams()
    assert tuple(model.read("params")) == tuple(getattr(params, name) for name in params.__slots__)


def context(cash: int, debt: int) -> tuple:
    """Return a RateContext without treasury or deficit."""
    return (OTHER, cash, debt, debt, 0, cash + debt, 0)


@given(steps=st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 100)), min_size=1, max_size=5))
def test_a_market_pays_the_mean_of_the_mirror(revm, deploy, steps):
    revm.begin(START_S)
    model = deploy(revm, "AdaptiveCurveRateModel", CURVE)
    params, at_target = adaptive_curve.CurveParams(), 0
    for elapsed, used in steps:
        supplied, borrowed = 100 * 10**18, used * 10**18
        preview = model.read("previewAverageRate", CALLER, supplied, borrowed, elapsed)
        error = adaptive_curve.error_wad(params, used * WAD // 100)
        mean, at_target = adaptive_curve.adapt(params, at_target, error, elapsed)
        assert preview == adaptive_curve.rate_wad(params, mean, error)
        model.send(CALLER, "averageRate", supplied, borrowed, elapsed)
        assert model.read("rateAtTargetWad", CALLER, CALLER) == at_target
        assert model.read("rateAtTargetWad", OTHER, OTHER) == 0
        now = model.read("currentRate", CALLER, supplied, borrowed)
        assert now == adaptive_curve.rate_wad(params, at_target, error)


@given(steps=st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 100)), min_size=1, max_size=5))
def test_a_reserve_pays_the_rate_of_its_last_action(revm, deploy, steps):
    """Between actions the rate at the target drifts by the utilisation that the earlier one left."""
    revm.begin(START_S)
    model = deploy(revm, "AdaptiveCurveRateModel", CURVE)
    params, at_target, error = adaptive_curve.CurveParams(), 0, 0
    now = revm.timestamp_s
    for elapsed, used in steps:
        _, at_target = adaptive_curve.adapt(params, at_target, error, elapsed)
        error = adaptive_curve.error_wad(params, used * WAD // 100)
        now += elapsed
        revm.begin(now)
        given_context = context((100 - used) * 10**18, used * 10**18)
        answer = model.type.decode("rates", revm.call(model.address, model.encode("rates", given_context), CALLER))
        expected = adaptive_curve.rate_wad(params, at_target, error) * SECONDS_PER_YEAR * (RAY // WAD)
        assert answer[0] == expected
        assert answer[1] == pytest.approx(expected * used / 100, rel=1e-12, abs=1)
        model.send(CALLER, "rates", given_context, at_s=now)
        assert model.read("rateAtTargetWad", CALLER, OTHER) == at_target


def test_a_point_model_is_the_reserves_own_rate(revm, deploy):
    revm.begin(START_S)
    kinked = deploy(revm, "KinkedRateModel", (8_000, 100, 400, 6_000))
    model = deploy(revm, "PointRateModel", kinked)
    rate = model.read("previewAverageRate", CALLER, 100, 80, 12)
    assert rate * SECONDS_PER_YEAR / WAD == pytest.approx(0.05, rel=1e-9)
    assert model.read("currentRate", CALLER, 100, 80) == rate
    adaptive = deploy(revm, "AdaptiveCurveRateModel", CURVE)
    writing = deploy(revm, "PointRateModel", adaptive)
    assert writing.read_error("currentRate", CALLER, 100, 80) == "FailedCall()"
