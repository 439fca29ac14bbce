"""Small scenarios drawn from a seed: population, paths, agents, feeds, fees and block space all vary."""

from random import Random
from typing import Any

from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario

MAX_BLOCKS = 24


def draw_scenario(seed: int) -> Scenario:
    """Return a valid scenario of at most `MAX_BLOCKS` blocks and a dozen borrowers."""
    draw = Random(seed)
    quote_decimals = draw.choice([6, 6, 18])
    document = {
        "name": f"random-{seed}",
        "seed": draw.randrange(10**6),
        "clock": {"blocks": draw.randint(12, MAX_BLOCKS), "block_time_s": draw.choice([2, 12, 60])},
        "assets": {
            "WETH": {
                "decimals": 18,
                "price": _path(draw, 2_000.0),
                "shocks": _shocks(draw),
                "depth": _depth(draw),
            },
            "WBTC": {"decimals": 8, "price": _path(draw, 30_000.0), "depth": _depth(draw)},
            "USDC": {"decimals": quote_decimals, "price": {"kind": "constant", "price_usd": 1.0}},
        },
        "feeds": {"WETH": _feed(draw), "WBTC": _feed(draw), "USDC": {"kind": "push", "heartbeat_s": 60}},
        "venues": {
            "weth-usdc": _venue(draw, "WETH", 600.0),
            "wbtc-usdc": _venue(draw, "WBTC", 40.0),
        },
        "lending": {"main": _market(draw)},
        "insurance": {"fund": {"asset": "USDC", "assets_tokens": draw.choice([0.0, 500.0, 50_000.0])}},
        "population": _population(draw),
        "agents": _agents(draw),
        "block_space": _block_space(draw),
    }
    return parse_scenario(document)


def _path(draw: Random, start: float) -> dict[str, Any]:
    match draw.choice(["waypoints", "gbm", "jump_diffusion"]):
        case "waypoints":
            factors = [1.0, draw.uniform(0.75, 1.05), draw.uniform(0.5, 1.1)]
            return {
                "kind": "waypoints",
                "interval_s": draw.choice([60, 120, 300]),
                "prices_usd": [round(start * factor, 4) for factor in factors],
            }
        case kind:
            return {"kind": kind, "start_price_usd": start, "volatility_per_year": draw.uniform(1.0, 20.0)}


def _shocks(draw: Random) -> list[dict[str, int]]:
    return [
        {
            "at_s": draw.randrange(12, 150),
            "change_bps": -draw.randint(200, 3_500),
            "over_s": draw.choice([0, 0, 60]),
        }
        for _ in range(draw.randint(1, 3))
    ]


def _depth(draw: Random) -> dict[str, Any] | None:
    if draw.random() < 0.2:
        return None
    form = {"kind": "power", "gamma": draw.choice([0.0, 0.5, 1.0])} if draw.random() < 0.4 else {}
    sizes = {"depth_usd_per_pct": draw.uniform(2e4, 2e6), "refill_half_life_s": draw.uniform(10.0, 300.0)}
    return {**form, **sizes}


def _feed(draw: Random) -> dict[str, Any]:
    layers: list[dict[str, Any]] = [
        {"kind": "price_band", "band_bps": 300, "halt_s": 60},
        {"kind": "smoothed", "time_constant_s": 60},
        {"kind": "sequencer_gate", "grace_s": 24},
    ]
    return {
        "kind": draw.choice(["push", "push", "push", "pull"]),
        "through": draw.choice([*[[]] * 7, layers[:1], layers[1:2], layers[2:]]),
        "deviation_bps": draw.choice([10, 50, 200]),
        "heartbeat_s": draw.choice([60, 3_600]),
        "delay_blocks": draw.randint(0, 3),
        "delay_max_blocks": draw.choice([None, None, 6]),
        "decimals": draw.choice([8, 8, 18]),
    }


def _venue(draw: Random, base: str, tokens: float) -> dict[str, Any]:
    return {
        "kind": "constant_product",
        "base": base,
        "quote": "USDC",
        "base_tokens": round(tokens * draw.uniform(0.2, 3.0), 6),
        "fee_bps": draw.choice([0, 5, 30, 100]),
    }


def _market(draw: Random) -> dict[str, Any]:
    def reserve(supplied: float, borrowable: bool) -> dict[str, Any]:
        threshold = draw.randrange(7_000, 9_000, 50)
        return {
            "ltv_bps": threshold - draw.choice([0, 300]),
            "liquidation_threshold_bps": threshold,
            "liquidation_bonus_bps": draw.randrange(0, 1_100, 50),
            "protocol_fee_bps": draw.choice([0, 1_000]),
            "reserve_factor_bps": draw.choice([0, 1_500]),
            "borrowable": borrowable,
            "supply_tokens": supplied,
        }

    reserves = {"WETH": reserve(500.0, True), "WBTC": reserve(20.0, False), "USDC": reserve(5e6, True)}
    return {
        "reserves": reserves,
        "flash_fee_bps": draw.choice([0, 5, 9]),
        "insurance": draw.choice([None, "fund"]),
        "allow_toxic": True,
    }


def _population(draw: Random) -> dict[str, Any]:
    def drawn(collateral: str, tokens: float) -> dict[str, Any]:
        return {
            "kind": "lognormal",
            "market": "main",
            "collateral": collateral,
            "debt": "USDC",
            "count": draw.randint(1, 6),
            "collateral_tokens": tokens,
            "health_median": draw.uniform(1.03, 1.4),
            "health_sigma": draw.uniform(0.02, 0.2),
            "rescue": {
                "share_bps": draw.choice([0, 5_000, 10_000]),
                "kind": draw.choice(["top_up", "repay"]),
            },
        }

    groups: dict[str, Any] = {"eth-borrowers": drawn("WETH", draw.uniform(1.0, 60.0))}
    if draw.random() < 0.6:
        groups["btc-borrowers"] = drawn("WBTC", draw.uniform(0.05, 3.0))
    if draw.random() < 0.4:
        groups["ladder"] = {
            "kind": "ladder",
            "market": "main",
            "collateral": "WETH",
            "debt": "USDC",
            "count": draw.randint(2, 6),
            "collateral_tokens": draw.uniform(1.0, 20.0),
            "spacing_bps": draw.choice([50, 100, 300]),
        }
    return groups


def _agents(draw: Random) -> dict[str, Any]:
    agents: dict[str, Any] = {}
    for i in range(draw.randint(0, 3)):
        agents[f"keeper-{i}"] = {
            "kind": "keeper",
            "market": "main",
            "venue": draw.choice(["weth-usdc", "weth-usdc", "wbtc-usdc"]),
            "funding": draw.choice(["flash_loan", "inventory"]),
            "inventory_tokens": draw.choice([0.0, 20_000.0, 1e6]),
            "min_profit_usd": draw.choice([0.0, 10.0, 200.0]),
            "latency_blocks": draw.randint(0, 2),
            "unprofitable_too": draw.random() < 0.2,
        }
    for venue in ("weth-usdc", "wbtc-usdc"):
        if draw.random() < 0.7:
            agents[f"arbitrageur-{venue}"] = {"kind": "arbitrageur", "venue": venue}
    if draw.random() < 0.4:
        agents["provider"] = {
            "kind": "liquidity_provider",
            "venue": "weth-usdc",
            "withdraw_below_bps": draw.choice([100, 1_000]),
        }
    if draw.random() < 0.4:
        agents["nervous"] = {
            "kind": "nervous_provider",
            "venue": "wbtc-usdc",
            "withdraw_per_block_bps": draw.choice([100, 1_000]),
            "window_s": draw.choice([24, 300]),
            "returns_after_s": draw.choice([None, 24]),
        }
    return agents


def _block_space(draw: Random) -> dict[str, Any]:
    return {
        "gas_limit": draw.choice([2_000_000, 30_000_000]),
        "base_fee_gwei": draw.choice([0.0, 20.0, 150.0]),
        "ordering": draw.choice(["fees", "first_come"]),
        "demand": {"gas_per_block": draw.choice([0, 15_000_000, 40_000_000]), "fee_gwei": [30.0]},
        "native_asset": draw.choice([None, "WETH"]),
        "outages": draw.choice([[], [], [{"at_s": draw.randrange(12, 150), "for_s": draw.choice([12, 60])}]]),
    }
