"""MovingRequirements: haircuts follow volatility inside the slew limit; thresholds fall by ramp, rise at once."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS, DeployReverted
from sim.reference.requirements import haircut_target_bps_up, ramped_down, stepped
from sim.units import E8, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, REPORTER, LendingMarket, new_market

ETHER = 10**18
DAY_S, HOUR_S = 86_400, 3_600
FLOOR_BPS, CAP_BPS, STEP_BPS, RAMP_S = 200, 2_000, 100, 1_800
PARAMS = (20_000, DAY_S, FLOOR_BPS, CAP_BPS, STEP_BPS, HOUR_S, RAMP_S)
"""Two standard deviations of a day, 2 to 20 %, at most 1 % an hour, half an hour to act."""


@pytest.fixture
def market(revm, deploy) -> LendingMarket:
    """Ether with LTV 75 % and LT 80 %, and dollars."""
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(LENDER, "USDC", 10**13)
    return market


@pytest.fixture
def estimator(market, deploy) -> Deployed:
    """Sampled every minute, from a volatility of 20 %."""
    token, feed = market.token("WETH"), market.assets["WETH"].feed
    return deploy(market.chain, "VolatilityEstimator", [token], [feed], (94 * 10**16, 60, 2_000))


@pytest.fixture
def moving(market, estimator, deploy) -> Deployed:
    """Ether's requirements move."""
    moving = deploy(
        market.chain,
        "MovingRequirements",
        OWNER,
        market.pool,
        ZERO_ADDRESS,
        estimator,
        [market.token("WETH")],
        PARAMS,
    )
    market.pool.send(OWNER, "setModules", moving, ZERO_ADDRESS, ZERO_ADDRESS)
    return moving


def shake(market: LendingMarket, estimator: Deployed, prices: list[int]) -> None:
    """Report a price a minute, and poke."""
    for price in prices:
        market.wait(60)
        market.assets["WETH"].feed.send(REPORTER, "pushRound", price * E8, market.chain.timestamp_s)
        estimator.send(DONOR, "poke", market.token("WETH"))


def haircut(market: LendingMarket, moving: Deployed) -> tuple[int, int, int]:
    """Return haircuts on LTV and threshold now, and where the latter goes."""
    return tuple(moving.read("haircut", market.token("WETH")))


def test_the_floor_counts_from_the_start(market, moving):
    market.supply(BORROWER, "WETH", 100 * ETHER)
    data = market.pool.read("accountData", BORROWER)
    assert (data.ltvBps, data.liquidationThresholdBps) == (7_500 - FLOOR_BPS, 8_000 - FLOOR_BPS)


def test_an_update_steps_towards_the_volatility_inside_the_slew_limit(market, moving, estimator):
    weth = market.token("WETH")
    shake(market, estimator, [2_000, 1_960, 2_000, 1_960, 2_000])
    current, steps = FLOOR_BPS, []
    for _ in range(30):
        target = haircut_target_bps_up(20_000, estimator.read("volatilityBps", weth), DAY_S, FLOOR_BPS, CAP_BPS)
        current = stepped(current, target, STEP_BPS)
        moving.send(DONOR, "update", weth)
        steps.append(haircut(market, moving)[0])
        assert steps[-1] == current
        market.wait(HOUR_S)
    assert max(abs(b - a) for a, b in zip(steps, steps[1:], strict=False)) == STEP_BPS
    assert steps[0] == FLOOR_BPS + STEP_BPS and steps[-1] == CAP_BPS


def test_a_second_update_within_the_interval_is_refused(market, moving):
    weth = market.token("WETH")
    moving.send(DONOR, "update", weth)
    market.wait(HOUR_S - 1)
    assert moving.send_error(DONOR, "update", weth) == f"UpdateTooSoon({HOUR_S - 1}, {HOUR_S})"
    market.wait(1)
    moving.send(DONOR, "update", weth)


def test_a_higher_haircut_binds_new_borrowing_at_once_and_thresholds_by_ramp(market, moving, estimator):
    shake(market, estimator, [2_000, 1_900, 2_000])
    moving.send(DONOR, "update", market.token("WETH"))
    after, keys = FLOOR_BPS + STEP_BPS, set()
    for elapsed in range(0, RAMP_S + 61, 60):
        threshold = ramped_down(FLOOR_BPS, after, elapsed, RAMP_S)
        assert haircut(market, moving) == (after, threshold, after)
        keys.add((threshold, moving.read("stateKey")))
        market.wait(60)
    # The key changes with each new value, and with nothing else.
    assert len(keys) == len({key for _, key in keys}) == len({threshold for threshold, _ in keys})


def test_a_lower_haircut_counts_at_once_for_both(market, moving):
    weth = market.token("WETH")
    moving.send(OWNER, "setHaircut", weth, 1_000, 1_000, 0)
    moving.send(DONOR, "update", weth)
    assert haircut(market, moving) == (900, 900, 900)


def test_a_target_set_during_a_ramp_begins_where_the_ramp_has_come_to(market, moving):
    weth = market.token("WETH")
    moving.send(OWNER, "setHaircut", weth, 1_000, 1_000, 800)
    market.wait(400)
    assert haircut(market, moving) == (1_000, 600, 1_000)
    moving.send(OWNER, "setHaircut", weth, 800, 800, 200)
    assert haircut(market, moving) == (800, 600, 800)
    market.wait(100)
    moving.send(OWNER, "setHaircut", weth, 500, 500, 200)
    assert haircut(market, moving) == (500, 500, 500)


def test_an_instant_cut_makes_an_account_liquidatable_though_no_price_moved(market, moving):
    market.supply(BORROWER, "WETH", 100 * ETHER)
    market.borrow(BORROWER, "USDC", 145_000 * 10**6)
    weth = market.token("WETH")
    assert market.health(BORROWER) == 156 * WAD // 145
    moving.send(OWNER, "setHaircut", weth, 1_000, 1_000, 0)
    assert market.health(BORROWER) == 140 * WAD // 145 < WAD
    market.liquidate("WETH", "USDC")


def test_a_ramp_leaves_time_to_repay(market, moving):
    market.supply(BORROWER, "WETH", 100 * ETHER)
    market.borrow(BORROWER, "USDC", 145_000 * 10**6)
    moving.send(OWNER, "setHaircut", market.token("WETH"), 1_000, 1_000, 1_000)
    assert market.pool.read("accountData", BORROWER).ltvBps == 6_500
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, 10**6, False)
    assert market.pool.send_error(LIQUIDATOR, "liquidate", *arguments).startswith("HealthFactorNotBelowThreshold(")
    market.wait(500)
    market.fund(BORROWER, "USDC", 0)
    market.pool.send(BORROWER, "repay", market.token("USDC"), 20_000 * 10**6, BORROWER)
    market.wait(500)
    assert market.health(BORROWER) == 140 * WAD // 125


def test_without_an_estimator_only_the_owner_moves_haircuts(market, deploy):
    weth = market.token("WETH")
    arguments = (OWNER, market.pool, ZERO_ADDRESS, ZERO_ADDRESS, [weth], (0, 0, 0, 10_000, 1, 0, 0))
    moving = deploy(market.chain, "MovingRequirements", *arguments)
    assert moving.send_error(DONOR, "update", weth) == "NoEstimator()"
    assert moving.send_error(DONOR, "setHaircut", weth, 1, 1, 0) == f"OwnableUnauthorizedAccount({DONOR})"
    moving.send(OWNER, "setHaircut", weth, 300, 100, 0)
    assert haircut(market, moving) == (300, 100, 100)


def test_a_haircut_above_the_figure_leaves_nothing(market, moving):
    market.supply(BORROWER, "WETH", 100 * ETHER)
    moving.send(OWNER, "setHaircut", market.token("WETH"), 9_000, 7_900, 0)
    data = market.pool.read("accountData", BORROWER)
    assert (data.ltvBps, data.liquidationThresholdBps) == (0, 100)


def test_what_is_not_followed_does_not_move(market, moving):
    usdc = market.token("USDC")
    for function, arguments in (("update", (usdc,)), ("setHaircut", (usdc, 1, 1, 0))):
        assert moving.send_error(OWNER, function, *arguments) == f"NotFollowed({usdc.address})"
    market.supply(BORROWER, "USDC", 10**6)
    assert market.pool.read("accountData", BORROWER).liquidationThresholdBps == 8_000


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((10_001, 0, 0), "RuleOutOfRange(ltvBps, 10001, 10000)"),
        ((100, 101, 0), "RuleOutOfRange(thresholdBps, 101, 100)"),
        ((100, 100, 31_536_001), "RuleOutOfRange(rampS, 31536001, 31536000)"),
    ],
)
def test_bad_haircuts(market, moving, arguments, error):
    assert moving.send_error(OWNER, "setHaircut", market.token("WETH"), *arguments) == error


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ((1, 1, 0, 10_001, 1, 0, 0), "RuleOutOfRange(capBps, 10001, 10000)"),
        ((1, 1, 11, 10, 1, 0, 0), "RuleOutOfRange(floorBps, 11, 10)"),
        ((1, 1, 0, 10, 0, 0, 0), "RuleOutOfRange(maxStepBps, 0, 1)"),
        ((1, 31_536_001, 0, 10, 1, 0, 0), "RuleOutOfRange(horizonS, 31536001, 31536000)"),
        ((1, 1, 0, 10, 1, 0, 31_536_001), "RuleOutOfRange(rampS, 31536001, 31536000)"),
    ],
)
def test_bad_parameters(artifacts, market, estimator, deploy, params, error):
    with pytest.raises(DeployReverted) as caught:
        deploy(market.chain, "MovingRequirements", OWNER, market.pool, ZERO_ADDRESS, estimator, [], params)
    assert artifacts.decoder.decode_error(caught.value.data) == error
