"""VolatilityBonus over the estimator of a market's own feed: base + slope * sigma, up to the cap."""

from __future__ import annotations

import pytest

from sim.reference.bonus import by_volatility_bps_down
from sim.units import BPS, E8, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, OWNER, LendingMarket, market_with_terms

BASE_BPS, SLOPE_BPS, CAP_BPS = 300, 500, 1_000
INTERVAL_S = 600
INITIAL_BPS = 6_000
SAMPLING = (94 * WAD // 100, INTERVAL_S, INITIAL_BPS)


@pytest.fixture
def scene(revm, deploy) -> tuple[LendingMarket, Deployed, Deployed]:
    """A market whose bonus follows the volatility of WETH's feed, the rule, and the estimator.

    The estimator needs the feed and the terms need the estimator, so token and feed come first.
    """
    market = market_with_terms(revm, deploy, "WholePosition")
    market.add("WETH", 18, 2_000 * E8, liquidationBonusBps=BASE_BPS, protocolFeeBps=0)
    weth = market.assets["WETH"]
    estimator = deploy(revm, "VolatilityEstimator", [weth.token.address], [weth.feed.address], SAMPLING)
    rule = deploy(revm, "VolatilityBonus", estimator, SLOPE_BPS, CAP_BPS)
    market.pool = deploy(revm, "LendingPool", OWNER, deploy(revm, "WholePosition", rule, False), 0)
    market.pool.send(OWNER, "addReserve", weth.token, weth.config, False)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * 10**18)
    market.borrow(BORROWER, "USDC", 14_000 * 10**6)
    return market, rule, estimator


def _bonus_bps(market: LendingMarket) -> int:
    """Return the bonus that a liquidation of 1,000 USDC would pay now."""
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, 1_000 * 10**6, False)
    repaid, seized, _ = market.pool.read("previewLiquidation", *arguments)
    worth = seized * market.state("WETH").priceBase * 10**6 // (10**18 * E8)
    return round((worth - repaid) * BPS / repaid)


def _move(market: LendingMarket, estimator: Deployed, price_e8: int) -> int:
    """Publish a price an interval later, sample it, and return the estimate."""
    market.wait(INTERVAL_S)
    market.set_price("WETH", price_e8)
    estimator.send(DONOR, "poke", market.token("WETH"))
    return estimator.read("volatilityBps", market.token("WETH"))


def test_the_bonus_follows_the_estimate_up_to_the_cap(scene):
    market, _, estimator = scene
    market.set_price("WETH", 1_700 * E8)
    assert _bonus_bps(market) == BASE_BPS + SLOPE_BPS * INITIAL_BPS // BPS
    paid = []
    for price_usd in (1_690, 1_695, 1_650, 1_550):
        sigma_bps = _move(market, estimator, price_usd * E8)
        assert _bonus_bps(market) == by_volatility_bps_down(BASE_BPS, SLOPE_BPS, sigma_bps, CAP_BPS)
        paid.append(_bonus_bps(market))
    assert paid[-1] == CAP_BPS
    assert len(set(paid)) > 2
    assert min(paid) > BASE_BPS


def test_an_asset_without_an_estimate_pays_the_reserves_bonus(scene):
    market, rule, _ = scene
    usdc = market.token("USDC")
    words = (market.pool.address, BORROWER, usdc.address, usdc.address, *(0,) * 8, 8_000, 450)
    assert rule.read("bonusBps", words) == 450


def test_the_bound_is_the_cap_and_the_pool_counts_it(scene):
    market, rule, _ = scene
    assert rule.read("boundBps", BASE_BPS) == CAP_BPS
    config = market.assets["WETH"].config | {"liquidationThresholdBps": 9_091, "ltvBps": 0}
    error = market.pool.send_error(OWNER, "setReserveConfig", market.token("WETH"), config, False)
    assert error == f"ToxicConfig({9_091 * (BPS + CAP_BPS)}, {BPS**2})"
