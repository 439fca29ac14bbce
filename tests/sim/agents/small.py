"""Small scenarios and observations for the tests of agents."""

from typing import Any

from sim.protocols.base import FeedState, ReserveState
from sim.protocols.venue import VenueState
from sim.scenario.model import Scenario
from sim.world.observation import MarketObservation, Observation

ETH_USD = 2_000.0


def lending_scenario(**parts: Any) -> Scenario:
    """One market (WETH against USDC), one pool, and whatever `parts` add or replace."""
    scenario = {
        "name": "small",
        "clock": {"blocks": 20},
        "assets": {
            "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": ETH_USD}},
            "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
        },
        "feeds": {
            "WETH": {"kind": "push", "delay_blocks": 0},
            "USDC": {"kind": "push", "heartbeat_s": 86_400},
        },
        "venues": {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 5_000}},
        "lending": {
            "main": {
                "reserves": {
                    "WETH": {"supply_tokens": 1_000},
                    "USDC": {
                        "ltv_bps": 7_500,
                        "liquidation_threshold_bps": 7_800,
                        "supply_tokens": 50_000_000,
                    },
                }
            }
        },
        "block_space": {"base_fee_gwei": 1.0},
    }
    scenario.update(parts)
    return Scenario(**scenario)


def weth(**path: Any) -> dict[str, Any]:
    """Replace WETH's price path; USDC stays at one dollar."""
    return {
        "WETH": {"decimals": 18, "price": path},
        "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
    }


def borrower(collateral_weth: float, debt_usdc: float) -> dict[str, Any]:
    """One account of an explicit group."""
    return {"collateral_tokens": {"WETH": collateral_weth}, "debt_tokens": {"USDC": debt_usdc}}


def explicit(*accounts: dict[str, Any]) -> dict[str, Any]:
    """A population of the given accounts, roles `b/0`, `b/1` ..."""
    return {"b": {"kind": "explicit", "market": "main", "accounts": list(accounts)}}


def keeper(**fields: Any) -> dict[str, Any]:
    """A keeper of the small market."""
    return {"kind": "keeper", "market": "main", "venue": "pool", **fields}


def observation(**parts: Any) -> Observation:
    """An observation without markets: WETH at 2,000 USD everywhere, a pool of 5,000 WETH, cheap block space."""
    fields: dict[str, Any] = {
        "block": 0,
        "time_s": 12,
        "timestamp_s": 1_000_012,
        "outside_e8": {"WETH": 2_000 * 10**8, "USDC": 10**8},
        "feeds": {"WETH": FeedState(1, 2_000 * 10**8, 1_000_000, 1_000_000, True)},
        "sources": {},
        "venues": {"pool": VenueState(5_000 * 10**18, 10_000_000 * 10**6, 10**18, 2_000 * 10**8, 0, 0)},
        "markets": {},
        "balances": {},
        "base_fee_gwei": 10.0,
        "inclusion_fee_gwei": 10.0,
        "native_price_usd": 2_000.0,
    }
    fields.update(parts)
    return Observation(**fields)


def reserve_state(price_e8: int) -> ReserveState:
    """A reserve of which only the price matters."""
    ray = 10**27
    return ReserveState(ray, ray, 0, 0, 10**30, 10**30, 0, 0, 0, 0, price_e8, 1_000_000)


def market_observation(accounts: dict, price_e8: int = 2_000 * 10**8, at_risk: tuple = ()) -> MarketObservation:
    """The small market with the given accounts."""
    reserves = {"WETH": reserve_state(price_e8), "USDC": reserve_state(10**8)}
    return MarketObservation(reserves, ("WETH", "USDC"), accounts, at_risk)
