"""Small scenarios for tests, as documents: a falling price, a pool, a market, and everyone who acts in it."""

from typing import Any

from sim.scenario.model import Scenario


def small_document(**changes: Any) -> dict[str, Any]:
    """A world of twelve borrowers that is over in forty blocks; `changes` replace top-level parts."""
    document: dict[str, Any] = {
        "name": "small",
        "seed": 7,
        "clock": {"block_time_s": 12, "blocks": 40},
        "assets": {
            "WETH": {
                "decimals": 18,
                "price": {"kind": "waypoints", "interval_s": 120, "prices_usd": [2000, 1960, 1700, 1650, 1690]},
                "depth": {"depth_usd_per_pct": 60_000.0},
            },
            "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
        },
        "feeds": {"WETH": {"kind": "push"}, "USDC": {"kind": "push", "heartbeat_s": 86_400}},
        "venues": {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 1_000}},
        "lending": {
            "market": {
                "reserves": {
                    "WETH": {"supply_tokens": 100},
                    "USDC": {
                        "ltv_bps": 0,
                        "liquidation_threshold_bps": 0,
                        "liquidation_bonus_bps": 0,
                        "supply_tokens": 3_000_000,
                    },
                },
                "insurance": "fund",
            }
        },
        "insurance": {"fund": {"asset": "USDC", "assets_tokens": 10_000}},
        "population": {
            "borrowers": {
                "kind": "lognormal",
                "market": "market",
                "collateral": "WETH",
                "debt": "USDC",
                "count": 12,
                "collateral_tokens": 40,
                "health_median": 1.15,
                "rescue": {"share_bps": 2_500},
            }
        },
        "agents": {
            "keeper": {"kind": "keeper", "market": "market", "venue": "pool"},
            "arbitrageur": {"kind": "arbitrageur", "venue": "pool"},
        },
    }
    return document | changes


def small_scenario(**changes: Any) -> Scenario:
    """`small_document` as a scenario."""
    return Scenario.model_validate(small_document(**changes))
