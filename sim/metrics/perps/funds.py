"""Insurance funds under the draws of several protocols: paths, depletion, and how much of a cap was used."""

from dataclasses import dataclass

from sim.metrics.timeline import Timeline
from sim.units import UINT256_MAX

DEPLETED_PERCENT = 1
Metric = float | int | None


@dataclass(frozen=True, slots=True)
class FundPath:
    """A fund over the run, in tokens.

    Attributes
    ----------
    depleted_block, depleted_s
        First block that ended with less than 1 % of the start, and its time; None: never.
    lowest_share
        Lowest assets at the end of a block over those at the start; None for a fund that started empty.
    draws_tokens
        What each protocol drew in all.
    largest_cap_share
        Largest share of its cap that a protocol has used up; None where nobody with a cap drew.
    """

    fund: str
    asset: str
    start_tokens: float
    end_tokens: float
    depleted_block: int | None
    depleted_s: int | None
    lowest_share: float | None
    draws_tokens: dict[str, float]
    largest_cap_share: float | None


def fund_paths(timeline: Timeline) -> list[FundPath]:
    """All funds of a run."""
    return [_path(timeline, name) for name in timeline.records[0].funds]


def _path(timeline: Timeline, name: str) -> FundPath:
    asset = timeline.scenario["insurance"][name]["asset"]
    scale = 10 ** timeline.decimals[asset]
    start = timeline.records[0].funds[name]
    blocks = timeline.trace.blocks
    empty = next((r for r in blocks if r.funds[name] * 100 < start * DEPLETED_PERCENT), None)
    drawn: dict[str, int] = {}
    shares = []
    for event in timeline.events("DeficitDrawn"):
        if event.emitter != name:
            continue
        protocol, left = event.args["protocol"], event.args["capLeft"]
        drawn[protocol] = drawn.get(protocol, 0) + event.args["drawn"]
        if 0 < drawn[protocol] + left < UINT256_MAX:
            shares.append(drawn[protocol] / (drawn[protocol] + left))
    return FundPath(
        fund=name,
        asset=asset,
        start_tokens=start / scale,
        end_tokens=timeline.records[-1].funds[name] / scale,
        depleted_block=None if empty is None else empty.block,
        depleted_s=None if empty is None else empty.time_s,
        lowest_share=min(r.funds[name] for r in timeline.records) / start if start else None,
        draws_tokens={protocol: amount / scale for protocol, amount in drawn.items()},
        largest_cap_share=max(shares, default=None),
    )


def fund_metrics(timeline: Timeline) -> dict[str, Metric]:
    """The first depletion, the lowest share left and the largest share of a cap, over all funds."""
    paths = fund_paths(timeline)
    depleted = [path for path in paths if path.depleted_block is not None]
    first = min(depleted, key=lambda path: path.depleted_block, default=None)
    lowest = [path.lowest_share for path in paths if path.lowest_share is not None]
    used = [path.largest_cap_share for path in paths if path.largest_cap_share is not None]
    return {
        "fund_depleted_block": None if first is None else first.depleted_block,
        "fund_depleted_s": None if first is None else first.depleted_s,
        "lowest_fund_share": min(lowest, default=None),
        "largest_fund_cap_share": max(used, default=None),
    }
