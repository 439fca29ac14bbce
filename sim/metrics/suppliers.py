"""What losses cost suppliers at once."""

from sim.metrics.timeline import Timeline, usd


def socialised_usd(timeline: Timeline) -> float:
    """Losses taken off suppliers' balances (USD), at the outside market's prices at that time."""
    total = 0
    for event in timeline.events("LossSocialised"):
        if event.emitter not in timeline.markets:
            continue
        asset, at = event.args["asset"], (event.block, event.tx, event.log)
        total += timeline.value_up(asset, event.args["amount"], timeline.outside_before_e8(asset, at))
    return usd(total)
