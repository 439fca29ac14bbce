"""Round trips of just-in-time providers: what a position brought that was there for one trade."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.timeline import Timeline, usd
from sim.units import fee_usd


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A position from the block that opened it to the one that closed it.

    `profit_usd` is what the provider holds more after it than before, at the outside prices of the closing block,
    less the fees of both transactions.
    """

    agent: str
    opened_block: int
    closed_block: int
    profit_usd: float


def round_trips(timeline: Timeline) -> list[RoundTrip]:
    """Every position that a just-in-time provider opened and closed, in the order of closing."""
    names = {
        name for name, agent in timeline.scenario.get("agents", {}).items() if agent["kind"] == "jit_provider"
    }
    return sorted(_of_all(timeline, names), key=lambda trip: (trip.closed_block, trip.agent))


def jit_profit_usd(timeline: Timeline) -> float | None:
    """Profit of all round trips, what is open at the end left out; None without a just-in-time provider."""
    if not any(agent["kind"] == "jit_provider" for agent in timeline.scenario.get("agents", {}).values()):
        return None
    return sum(trip.profit_usd for trip in round_trips(timeline))


def _of_all(timeline: Timeline, names: set[str]) -> Iterator[RoundTrip]:
    opened: dict[str, tuple[int, float]] = {}
    for item in timeline.trace.transactions:
        if item.agent not in names or not item.ok:
            continue
        fee = fee_usd(item.gas, item.fee_gwei, timeline.native_price_usd(item.block))
        if item.intent == "add_liquidity":
            opened[item.agent] = item.block, fee
        elif item.intent == "withdraw_liquidity" and item.agent in opened:
            block, paid = opened.pop(item.agent)
            gained = _gained_usd(timeline, item.agent, block - 1, item.block)
            yield RoundTrip(item.agent, block, item.block, gained - paid - fee)


def _gained_usd(timeline: Timeline, agent: str, before: int, after: int) -> float:
    """Change of an agent's balances between the ends of two blocks, at the outside prices of the later one."""
    start, end = timeline.record(before), timeline.record(after)
    return sum(
        (units - start.balances[agent].get(asset, 0)) / 10 ** timeline.decimals[asset] * usd(end.outside_e8[asset])
        for asset, units in end.balances[agent].items()
    )
