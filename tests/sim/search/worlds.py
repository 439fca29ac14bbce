"""A small world with a search space: an episode takes some thirty milliseconds."""

from functools import cache
from typing import Any

from sim.chain.artifacts import load_artifacts
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario
from sim.search.episode import Stage
from sim.search.space import Space
from tests.scenarios import small_document

THRESHOLD = "lending.market.reserves.WETH.liquidation_threshold_bps"
BONUS = "lending.market.reserves.WETH.liquidation_bonus_bps"
DELAY = "feeds.WETH.delay_blocks"
KIND = "feeds.WETH.kind"
DEPTH = "assets.WETH.depth.depth_usd_per_pct"

SPACE: dict[str, Any] = {
    "design": {
        THRESHOLD: {"low": 8_000, "high": 9_400, "step": 100},
        BONUS: {"low": 100, "high": 500, "step": 100},
        DELAY: {"low": 1, "high": 20},
        KIND: {"choices": ["push", "pool_spot"]},
    },
    "environment": {DEPTH: {"low": 30_000, "high": 120_000, "step": 30_000}},
    "envelope": {
        "shock_asset": "WETH",
        "max_shock_bps": 800,
        "max_total_fall_bps": 2_000,
        "max_wait_blocks": 10,
        "max_blocks": 24,
        "max_feed_stop_blocks": 5,
        "max_congestion_blocks": 6,
        "max_congestion_gwei": 100,
        "max_liquidity_pull_bps": 3_000,
        "max_new_borrowers": 2,
        "max_lever_ups": 2,
    },
}


def searchable(**changes: Any) -> Scenario:
    """A calm version of the small world; `changes` replace top-level parts."""
    document = small_document(space=SPACE)
    document["assets"]["WETH"]["price"] = {"kind": "constant", "price_usd": 2_000.0}
    document["population"]["borrowers"] |= {"health_median": 1.3, "health_min": 1.06}
    return parse_scenario(document | changes)


@cache
def small_stage() -> Stage:
    """A stage of the small world, shared: what it counts is nobody's business."""
    return Stage(Space(searchable()), load_artifacts())


MAINTENANCE = "perps.perp.instruments.WETH.tiers.0.maintenance_bps"

PERP_SPACE: dict[str, Any] = {
    "design": {MAINTENANCE: {"low": 50, "high": 500, "step": 50}},
    "envelope": {
        "shock_asset": "WETH",
        "max_blocks": 24,
        "max_wait_blocks": 10,
        "max_total_rise_bps": 1_000,
        "max_drift_bps": 600,
        "max_feed_lag_blocks": 4,
        "max_lagged_blocks": 12,
        "max_keeper_outage_blocks": 6,
        "max_depth_pull_bps": 5_000,
        "max_new_traders": 2,
        "max_new_trader_notional_tokens": 400_000,
        "max_leverage": 15,
        "max_lever_traders": 2,
        "min_new_margin_bps": 11_000,
    },
}


def perp_searchable(**changes: Any) -> Scenario:
    """A perpetual market alone, of four accounts, without anybody who acts but its upkeep."""
    weth = {"decimals": 18, "price": {"kind": "constant", "price_usd": 2_000.0}}
    document: dict[str, Any] = {
        "name": "small-perp",
        "seed": 7,
        "clock": {"block_time_s": 12, "blocks": 40},
        "assets": small_document()["assets"] | {"WETH": weth},
        "feeds": {
            "WETH": {"kind": "push", "deviation_bps": 10, "delay_blocks": 1},
            "USDC": {"kind": "push", "heartbeat_s": 86_400},
        },
        "insurance": {"fund": {"asset": "USDC", "assets_tokens": 100_000}},
        "perps": {
            "perp": {
                "quote": "USDC",
                "instruments": {
                    "WETH": {"tiers": [{"maintenance_bps": 250}], "pricing": {"depth_tokens": 100_000_000}}
                },
                "waterfall": [{"kind": "fund", "fund": "fund"}, {"kind": "deleverage"}],
            }
        },
        "traders": {
            "whales": {
                "kind": "explicit",
                "market": "perp",
                "accounts": [
                    {"positions": {"WETH": 100}, "margin_tokens": 40_000},
                    {"positions": {"WETH": -100}, "margin_tokens": 40_000},
                    {"positions": {"WETH": 50}, "margin_tokens": 30_000, "isolated": True},
                    {"positions": {"WETH": -50}, "margin_tokens": 30_000},
                ],
            }
        },
        "space": PERP_SPACE,
    }
    return parse_scenario(document | changes)


@cache
def perp_stage() -> Stage:
    """A stage of the small perpetual market, shared."""
    return Stage(Space(perp_searchable()), load_artifacts())
