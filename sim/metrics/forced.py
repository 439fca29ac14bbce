"""All forced sales of a run: seized collateral, and the spot that hedgers sell when their short is closed."""

from sim.metrics.perps.hedging import hedge_sales
from sim.metrics.sales import ForcedSale, forced_sales
from sim.metrics.timeline import Timeline


def all_forced_sales(timeline: Timeline) -> list[ForcedSale]:
    """Forced sales in order; `liquidation` is a number among all liquidations. Read through `Timeline.once`."""
    sales = forced_sales(timeline, timeline.liquidations)
    if not timeline.perps:
        return sales
    at = {(event.block, event.tx, event.log): number for number, event in enumerate(timeline.all_liquidations)}
    numbers = [at[event.block, event.tx, event.log] for event in timeline.liquidations]
    renumbered = [
        ForcedSale(sale.position, sale.venue, sale.asset, sale.amount, numbers[sale.liquidation]) for sale in sales
    ]
    hedges = [
        ForcedSale(swap.position, swap.venue, swap.sold, swap.amount_in, sale.liquidation)
        for sale in hedge_sales(timeline)
        if sale.liquidation is not None
        for swap in sale.swaps
    ]
    return sorted([*renumbered, *hedges], key=lambda sale: sale.position)
