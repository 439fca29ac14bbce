"""What liquidations cost the borrowers whose debt they repay.

An execution that sells for the borrower (an auction) costs what it sells and not what it takes: collateral comes
back once the debt is repaid. Its lots count when they are closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.timeline import Timeline, usd
from sim.trace import Event

SELLS_FOR_BORROWERS = ("dutch_auction", "batch_auction")
"""Executions whose lots give back to the account what was not needed."""


@dataclass(frozen=True, slots=True)
class BorrowerCosts:
    """Collateral that left borrowers for good, and their debt that was repaid from it.

    Both are in USD e8 at the outside market's prices at the time. Debt that was written off is not repaid.
    """

    collateral_base: int
    repaid_base: int

    @property
    def loss_usd(self) -> float:
        """What borrowers lost: collateral beyond the debt repaid."""
        return usd(self.collateral_base - self.repaid_base)

    @property
    def loss_per_usd_repaid(self) -> float | None:
        """USD lost per USD of debt repaid; None where nothing was."""
        return (self.collateral_base - self.repaid_base) / self.repaid_base if self.repaid_base else None


def borrower_costs(timeline: Timeline) -> BorrowerCosts:
    """Costs of all liquidations of a run."""
    collateral = repaid = 0
    for event, taken, paid in (*_seizures(timeline), *_lots(timeline)):
        collateral += _value_base(timeline, event, *taken) if taken else 0
        repaid += _value_base(timeline, event, *paid) if paid else 0
    return BorrowerCosts(collateral, repaid)


Amount = tuple[str, int]
"""An asset and units of it."""


def _seizures(timeline: Timeline) -> Iterator[tuple[Event, Amount, Amount]]:
    """Liquidations whose collateral is gone when it is seized: (event, collateral, debt repaid)."""
    for event in timeline.events("Liquidation"):
        model, args = timeline.markets.get(event.emitter), event.args
        if model is not None and model.get("execution", {}).get("kind") not in SELLS_FOR_BORROWERS:
            taken = (args["collateralAsset"], args["seizedAssets"])
            yield event, taken, (args["debtAsset"], args["repaidAssets"])


def _lots(timeline: Timeline) -> Iterator[tuple[Event, Amount | None, Amount | None]]:
    """Sales and closings of lots that were sold for a borrower and are closed."""
    closings = {(event.emitter, event.args["lotId"]): event for event in timeline.events("LotClosed")}
    for event in timeline.events("CollateralSold"):
        if (event.emitter, event.args["lotId"]) in closings:
            yield event, (event.args["collateralAsset"], event.args["soldAssets"]), None
    for event in closings.values():
        yield event, None, (event.args["debtAsset"], event.args["recoveredAssets"])


def _value_base(timeline: Timeline, event: Event, asset: str, amount: int) -> int:
    """Value on the outside market just before an event (USD e8)."""
    at = (event.block, event.tx, event.log)
    return timeline.value_down(asset, amount, timeline.outside_before_e8(asset, at))
