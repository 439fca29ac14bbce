"""Small worlds with a perpetual market for the tests of those who act on it."""

from __future__ import annotations

from typing import Any

from sim.chain.revm import RevmChain
from sim.engine import Engine, launch
from sim.scenario.model import Scenario
from sim.trace import Trace, TransactionRecord
from tests.perp_scenarios import perp_market, perp_scenario

FUND = {"kind": "fund", "fund": "fund"}
DELEVERAGE = {"kind": "deleverage"}
VENUES = {"pool": {"base": "stETH", "quote": "USDC", "base_tokens": 2_000}}


def long(weth: float, margin_usdc: float, **fields: Any) -> dict[str, Any]:
    """Return an explicit account: a position of that size (a short below 0) and what was paid in for it."""
    return {"positions": {"WETH": weth}, "margin_tokens": margin_usdc, **fields}


def explicit(*accounts: dict[str, Any]) -> dict[str, Any]:
    """Return a group of these accounts, with roles `t/0`, `t/1` ..."""
    return {"t": {"kind": "explicit", "market": "perp", "accounts": list(accounts)}}


def prices(*weth_usd: float, steth_usd: tuple[float, ...] = (2_000,)) -> dict[str, Any]:
    """Return assets whose prices go from one value to the next, a block each; both then stay."""

    def path(values: tuple[float, ...]) -> dict[str, Any]:
        return {"kind": "waypoints", "interval_s": 12, "prices_usd": [values[0], *values]}

    return {
        "WETH": {"decimals": 18, "price": path(weth_usd)},
        "stETH": {"decimals": 18, "price": path(steth_usd)},
        "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1}},
    }


def scenario(
    *accounts: dict[str, Any],
    path: tuple[float, ...] = (2_000, 2_000, 1_890),
    steth: tuple[float, ...] = (2_000,),
    waterfall: tuple[dict[str, Any], ...] = (FUND,),
    agents: dict[str, Any] | None = None,
    instrument: dict[str, Any] | None = None,
    market: dict[str, Any] | None = None,
    **changes: Any,
) -> Scenario:
    """Return a market whose mark is the index of the last two blocks or so, and without funding."""
    terms = {
        "pricing": {"kind": "oracle_impact"},
        "mark": {"premium_window_s": 1, "short_window_s": 12, "long_window_s": 12},
        "funding": {"interval_s": 0},
        **(instrument or {}),
    }
    feed = {"kind": "push", "deviation_bps": 1, "heartbeat_s": 3_600, "delay_blocks": 0}
    document = {
        "assets": prices(*path, steth_usd=steth),
        "feeds": {"WETH": feed, "stETH": feed},
        "venues": VENUES,
        "traders": explicit(*accounts),
        "perps": {
            "perp": perp_market(instruments={"WETH": terms}, waterfall=list(waterfall), **(market or {})),
        },
        "agents": agents or {},
        "block_space": {"base_fee_gwei": 10, "base_fee_moves": False},
        "clock": {"block_time_s": 12, "blocks": 12},
    }
    return perp_scenario(**{**document, **changes})


def keeper(**fields: Any) -> dict[str, Any]:
    """Return a keeper."""
    return {"kind": "perp_keeper", "market": "perp", **fields}


def deleverager(**fields: Any) -> dict[str, Any]:
    """Return the venue's bot."""
    return {"kind": "deleverager", "market": "perp", **fields}


def opened(made: Scenario, artifacts: Any) -> Engine:
    """Return the engine of a scenario on a chain of its own."""
    return launch(made, RevmChain(), artifacts)


def run(made: Scenario, artifacts: Any) -> Trace:
    """Run a scenario; its invariants hold."""
    trace = opened(made, artifacts).run()
    assert not trace.violations
    return trace


def sent(trace: Trace, intent: str, agent: str | None = None) -> list[TransactionRecord]:
    """Return what was sent on purpose of something."""
    return [one for one in trace.transactions if one.intent == intent and agent in (None, one.agent)]


def named(trace: Trace, name: str) -> list[dict[str, Any]]:
    """Return the events of a name."""
    return [event.args for event in trace.events if event.name == name]
