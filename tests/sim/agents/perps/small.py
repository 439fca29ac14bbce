"""Small worlds with a perpetual market and a few who act on it."""

from typing import Any

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import Engine, launch
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey
from sim.scenario.loading import parse_scenario
from sim.units import WAD
from sim.world.action import Action
from tests.perp_scenarios import perp_document, perp_market

WHALE = "whale/0"
WHALES = {
    "whale": {
        "kind": "explicit",
        "market": "perp",
        "accounts": [{"positions": {"WETH": 1}, "margin_tokens": 5_000_000}],
    }
}
"""One account with much margin, with which a test trades."""


def engine_of(
    artifacts: Artifacts,
    agents: dict[str, Any],
    prices_usd: list[float],
    instrument: dict[str, Any] | None = None,
    blocks: int = 30,
    **changes: Any,
) -> Engine:
    """A market on a virtual curve of 20 million, an outside price with a waypoint every block, no other demand."""
    document = perp_document(
        clock={"block_time_s": 12, "blocks": blocks},
        assets={
            "WETH": {
                "decimals": 18,
                "price": {"kind": "waypoints", "interval_s": 12, "prices_usd": prices_usd},
            },
            "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1}},
        },
        feeds={"WETH": {"kind": "push", "deviation_bps": 1, "delay_blocks": 0}},
        perps={"perp": perp_market(instruments={"WETH": curve() | (instrument or {})})},
        traders=WHALES,
        agents=agents,
        block_space={"base_fee_gwei": 1.0},
    )
    return launch(parse_scenario({**document, **changes}), RevmChain(), artifacts)


def curve(depth_tokens: float = 20_000_000) -> dict[str, Any]:
    """An instrument on a virtual curve."""
    return {"pricing": {"kind": "virtual_amm", "depth_tokens": depth_tokens}}


def steps(engine: Engine, count: int) -> None:
    """Execute so many blocks."""
    for _ in range(count):
        engine.step()


def submit(engine: Engine, sender: str, call: Call, key: str = "test") -> None:
    """Have a transaction of a role in the next block, ahead of all others."""
    engine.submit(Action("environment", engine.world.address(sender), call, "environment", None, key))


def trade(engine: Engine, tokens: float, sender: str = WHALE) -> None:
    """Trade whole base tokens in the next block."""
    submit(engine, sender, engine.world.perps["perp"].trade("WETH", int(tokens * 10**6) * WAD // 10**6))


def held(engine: Engine, role: str) -> int:
    """Size of a role's position now."""
    positions = engine._recorder.perps.observations()["perp"].positions
    return positions[PerpKey(engine.world.address(role))].positions.get("WETH", (0, 0))[0]


def state(engine: Engine):
    """The instrument now."""
    return engine._recorder.perps.observations()["perp"].instruments["WETH"]


def made(engine: Engine, agent: str) -> list:
    """Transactions of an agent that were included."""
    return [tx for tx in engine.trace.transactions if tx.agent == agent]
