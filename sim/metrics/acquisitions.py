"""Seized collateral as it comes into private hands, and the liquidation that each part of it comes from.

An immediate liquidation hands it to the liquidator at once. Where an execution takes it over, it is sold lot by
lot later: what a buyer gets there comes from the liquidation that the lot was made by.
"""

from dataclasses import dataclass

from sim.metrics.timeline import Position, Timeline
from sim.trace import Event, execution_role

LOT_STARTS = ("LotStarted", "LotOpened", "Absorbed")
"""Events that name a new lot and its account, in the transaction of the liquidation."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """`amount` units of `asset` that `keeper` got at a position, and the liquidation (its index) behind it."""

    position: Position
    keeper: str
    asset: str
    amount: int
    liquidation: int


def keeper_of(timeline: Timeline, event: Event, party: str) -> str:
    """The agent that sent the transaction of an event; `party` where the transaction is not known."""
    transaction = timeline.transactions.get((event.block, event.tx))
    return transaction.agent if transaction is not None else party


def acquisitions(timeline: Timeline, liquidations: list[Event]) -> list[Acquisition]:
    """All acquisitions in order; `liquidations` are the run's Liquidation events in order."""
    found = []
    for i, event in enumerate(liquidations):
        args = event.args
        if args["liquidator"] == execution_role(event.emitter):
            continue
        keeper = keeper_of(timeline, event, args["liquidator"])
        amount = args["seizedAssets"] - args["protocolFeeAssets"]
        found.append(Acquisition(_at(event), keeper, args["collateralAsset"], amount, i))
    origins = _Origins(timeline, liquidations)
    agents = {transaction.agent for transaction in timeline.transactions.values()}
    for event in timeline.events("CollateralSold"):
        args = event.args
        origin = origins.of(event)
        if origin is not None and args["buyer"] != event.emitter:
            buyer = args["buyer"]
            # In a batch somebody else may send the transaction that clears it; a keeper's hand is not a keeper.
            keeper = buyer if buyer in agents else keeper_of(timeline, event, buyer)
            found.append(Acquisition(_at(event), keeper, args["collateralAsset"], args["soldAssets"], origin))
    return sorted(found, key=lambda one: one.position)


def _at(event: Event) -> Position:
    return (event.block, event.tx, event.log)


class _Origins:
    """The liquidations that lots were made by."""

    def __init__(self, timeline: Timeline, liquidations: list[Event]) -> None:
        self._liquidations = liquidations
        self._by_transaction: dict[tuple[int, int, str, str], int] = {}
        for i, event in enumerate(liquidations):
            args = event.args
            self._by_transaction[event.block, event.tx, args["user"], args["collateralAsset"]] = i
        self._starts = {
            (event.emitter, event.args["lotId"]): (event.block, event.tx, event.args["user"])
            for name in LOT_STARTS
            for event in timeline.events(name)
        }

    def of(self, sold: Event) -> int | None:
        """Index of the liquidation behind a sale: of its lot, or the account's latest one of that collateral."""
        start = self._starts.get((sold.emitter, sold.args["lotId"]), ())
        made_by = self._by_transaction.get((*start, sold.args["collateralAsset"]))
        if made_by is not None:
            return made_by
        latest = None
        for i, event in enumerate(self._liquidations):
            if _at(event) >= _at(sold):
                break
            same = all(event.args[name] == sold.args[name] for name in ("user", "collateralAsset"))
            if same and execution_role(event.emitter) == sold.emitter:
                latest = i
        return latest
