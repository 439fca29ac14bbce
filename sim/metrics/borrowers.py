"""What liquidations cost the borrowers whose debt they repay.

An execution that sells for the borrower (an auction) costs what it sells and not what it takes: collateral comes
back once the debt is repaid. A backstop takes all at once, and gives back what that is worth beyond the debt as a
supply of the debt asset. Bands of soft liquidation sell and buy back for the borrowers in them: what they hold of
the debt asset counts as debt repaid, the loss is that of the round trips.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.timeline import Timeline, usd
from sim.trace import Event, execution_role

SELLS_FOR_BORROWERS = ("dutch_auction", "batch_auction")
"""Executions whose lots give back to the account what was not needed."""


@dataclass(frozen=True, slots=True)
class BorrowerCosts:
    """Collateral that left borrowers for good, and their debt that was repaid from it, both net of what came back.

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
        return (self.collateral_base - self.repaid_base) / self.repaid_base if self.repaid_base > 0 else None


@dataclass(frozen=True, slots=True)
class _Flow:
    """Units of an asset that left borrowers with an event, came back, repaid debt, or opened it again."""

    event: Event
    asset: str
    gone: int = 0
    back: int = 0
    repaid: int = 0
    reopened: int = 0


def borrower_costs(timeline: Timeline) -> BorrowerCosts:
    """Costs of all liquidations of a run."""
    collateral = repaid = 0
    for flow in (*_seizures(timeline), *_lots(timeline), *_bands(timeline)):
        at = (flow.event.block, flow.event.tx, flow.event.log)
        price_e8 = timeline.outside_before_e8(flow.asset, at)
        collateral += timeline.value_down(flow.asset, flow.gone, price_e8)
        collateral -= timeline.value_down(flow.asset, flow.back, price_e8)
        repaid += timeline.value_down(flow.asset, flow.repaid, price_e8)
        repaid -= timeline.value_down(flow.asset, flow.reopened, price_e8)
    return BorrowerCosts(collateral, repaid)


def _sells(timeline: Timeline, market: str) -> bool:
    return timeline.markets[market].get("execution", {}).get("kind") in SELLS_FOR_BORROWERS


def _seizures(timeline: Timeline) -> Iterator[_Flow]:
    """Liquidations whose collateral is gone when it is seized, and what a backstop credits for it."""
    for event in timeline.events("Liquidation"):
        if event.emitter in timeline.markets and not _sells(timeline, event.emitter):
            yield _Flow(event, event.args["collateralAsset"], gone=event.args["seizedAssets"])
            yield _Flow(event, event.args["debtAsset"], repaid=event.args["repaidAssets"])
    for event in timeline.events("SupplyCredited"):
        yield _Flow(event, event.args["asset"], back=event.args["amount"])


def _lots(timeline: Timeline) -> Iterator[_Flow]:
    """Sales for a borrower, and what they repaid: of an open lot all that was paid, of a closed one what it says.

    What a closed lot could not sell and did not give back is gone too.
    """
    sellers = {execution_role(market) for market in timeline.markets if _sells(timeline, market)}
    closed = set()
    for event in timeline.events("LotClosed"):
        closed.add((event.emitter, event.args["lotId"]))
        if event.emitter in sellers:
            yield _Flow(event, event.args["debtAsset"], repaid=event.args["recoveredAssets"])
    for event in (*timeline.events("CollateralSold"), *timeline.events("CollateralUnsold")):
        if event.emitter not in sellers:
            continue
        args = event.args
        yield _Flow(event, args["collateralAsset"], gone=args.get("soldAssets", args.get("amount", 0)))
        if "paidAssets" in args and (event.emitter, args["lotId"]) not in closed:
            yield _Flow(event, args["debtAsset"], repaid=args["paidAssets"])


def _bands(timeline: Timeline) -> Iterator[_Flow]:
    """Trades of bands: collateral for the debt asset as the price falls, and back as it rises."""
    for event in timeline.events("BandsTraded"):
        collateral, args = timeline.markets[event.emitter]["collateral"], event.args
        if args["sold"] == collateral:
            yield _Flow(event, collateral, gone=args["amountOut"])
            yield _Flow(event, args["bought"], repaid=args["amountIn"])
        else:
            yield _Flow(event, collateral, back=args["amountIn"])
            yield _Flow(event, args["sold"], reopened=args["amountOut"])
