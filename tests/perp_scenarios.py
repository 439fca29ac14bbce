"""Small scenarios with a perpetual market."""

from __future__ import annotations

from typing import Any

from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario

USD = 10**6


def perp_document(**changes: Any) -> dict[str, Any]:
    """Return a market at an oracle price of 2,000, a crowd and a ladder of longs; `changes` replace parts."""
    document: dict[str, Any] = {
        "name": "small-perp",
        "seed": 5,
        "clock": {"block_time_s": 12, "blocks": 20},
        "assets": {
            "WETH": {
                "decimals": 18,
                "price": {"kind": "constant", "price_usd": 2_000},
                "shocks": [{"at_s": 24, "change_bps": -1_000, "over_s": 120}],
            },
            "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1}},
        },
        "feeds": {"WETH": {"kind": "push", "deviation_bps": 10, "heartbeat_s": 3_600}},
        "insurance": {"fund": {"asset": "USDC", "assets_tokens": 50_000}},
        "perps": {"perp": perp_market()},
        "traders": {
            "crowd": {
                "kind": "book",
                "market": "perp",
                "instrument": "WETH",
                "count": 10,
                "notional_tokens": 100_000,
                "isolated_share_bps": 3_000,
            },
            "rungs": {
                "kind": "ladder",
                "market": "perp",
                "instrument": "WETH",
                "count": 4,
                "notional_tokens": 200_000,
                "start_bps": 300,
                "spacing_bps": 100,
            },
        },
    }
    return {**document, **changes}


def perp_market(**changes: Any) -> dict[str, Any]:
    """Return a market with an oracle price and a waterfall of backstop, fund and socialised loss."""
    market: dict[str, Any] = {
        "quote": "USDC",
        "instruments": {"WETH": {"pricing": {"kind": "oracle_impact"}}},
        "waterfall": [
            {"kind": "backstop", "tokens": 100_000},
            {"kind": "fund", "fund": "fund"},
            {"kind": "socialise"},
        ],
    }
    return {**market, **changes}


def perp_scenario(**changes: Any) -> Scenario:
    """Return `perp_document` as a scenario."""
    return parse_scenario(perp_document(**changes))
