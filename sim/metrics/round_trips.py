"""Round trips of just-in-time providers: what a position brought that was there for one trade."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.keepers import fees_usd
from sim.metrics.timeline import Timeline, usd


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A position from the block that opened it to the one that closed it.

    `gained_usd` is what the provider holds more after it than before, at the outside prices of the closing block,
    before what its transactions cost.
    """

    agent: str
    opened_block: int
    closed_block: int
    gained_usd: float


def round_trips(timeline: Timeline) -> list[RoundTrip]:
    """Every position that a just-in-time provider opened and closed, in the order of closing."""
    return sorted(_of_all(timeline), key=lambda trip: (trip.closed_block, trip.agent))


def jit_profit_usd(timeline: Timeline) -> float | None:
    """Gains of all round trips, less every fee that just-in-time providers paid; None without any.

    A position that is still open at the end is left out, its fee is not.
    """
    names = _providers(timeline)
    if not names:
        return None
    fees = fees_usd(timeline)
    return sum(trip.gained_usd for trip in round_trips(timeline)) - sum(fees.get(name, 0.0) for name in names)


def _providers(timeline: Timeline) -> list[str]:
    agents = timeline.scenario.get("agents", {})
    return [name for name, agent in agents.items() if agent["kind"] == "jit_provider"]


def _of_all(timeline: Timeline) -> Iterator[RoundTrip]:
    names = _providers(timeline)
    opened: dict[str, int] = {}
    for item in timeline.trace.transactions:
        if item.agent not in names or not item.ok:
            continue
        if item.intent == "add_liquidity":
            opened[item.agent] = item.block
        elif item.intent == "withdraw_liquidity" and item.agent in opened:
            block = opened.pop(item.agent)
            gained = _gained_usd(timeline, item.agent, block - 1, item.block)
            yield RoundTrip(item.agent, block, item.block, gained)


def _gained_usd(timeline: Timeline, agent: str, before: int, after: int) -> float:
    """Change of an agent's balances between the ends of two blocks, at the outside prices of the later one."""
    start, end = timeline.record(before), timeline.record(after)
    return sum(
        (units - start.balances[agent].get(asset, 0)) / 10 ** timeline.decimals[asset] * usd(end.outside_e8[asset])
        for asset, units in end.balances[agent].items()
    )
