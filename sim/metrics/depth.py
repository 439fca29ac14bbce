"""How far the oracle was from the market, and whether the venues could take what had to be sold."""

from sim.metrics.keepers import bonus_share
from sim.metrics.timeline import Timeline
from sim.units import BPS


def oracle_gap_bps(timeline: Timeline, asset: str) -> list[float]:
    """Per block with an answer, the feed's distance from the outside market, (oracle - market) / market in bps."""
    return [
        (record.feeds[asset].price_e8 - record.outside_e8[asset]) * BPS / record.outside_e8[asset]
        for record in timeline.trace.blocks
        if record.feeds[asset].price_e8
    ]


def sell_depth_units(reserve_units: int, bonus: float) -> float:
    """Units of its base that a constant-product pool takes until its price has fallen by the bonus.

    q = x ((1 - s)^(-1/2) - 1), which follows from k = x y with price y / x; the swap fee is left out.
    """
    return reserve_units * ((1.0 - bonus) ** -0.5 - 1.0) if bonus < 1.0 else float("inf")


def depth_ratio(timeline: Timeline) -> float | None:
    """Smallest ratio, over blocks and venues, of sell depth within the bonus to collateral waiting to be sold.

    Waiting: collateral of the venue's base asset in accounts with health below 1. None where none waited.
    """
    lowest: float | None = None
    for record in timeline.trace.blocks:
        waiting: dict[tuple[str, str], int] = {}
        for market, accounts in record.below_one.items():
            for account in accounts.values():
                for asset, units in account.supplied.items():
                    waiting[market, asset] = waiting.get((market, asset), 0) + units
        if not waiting:
            continue
        start = timeline.record(record.block - 1)
        for (market, asset), units in waiting.items():
            depth = sum(
                sell_depth_units(start.venues[name].base, bonus_share(timeline, market, asset))
                for name, venue in timeline.venues.items()
                if venue["base"] == asset and venue.get("kind") != "split"
            )
            ratio = depth / units
            lowest = ratio if lowest is None else min(lowest, ratio)
    return lowest
