"""What happened to borrowers inside blocks in which they were liquidated."""

from sim.metrics.timeline import AFTER_LOGS, Position, Timeline
from sim.trace import Event

_SIDES = {
    "Supplied": ("supplied", 1),
    "Withdrawn": ("supplied", -1),
    "Borrowed": ("debt", 1),
    "Repaid": ("debt", -1),
}


def touches_of(timeline: Timeline) -> dict[tuple[int, str, str], list[tuple[Position, str, str, int]]]:
    """What happened to accounts inside blocks with a liquidation of theirs: (position, side, asset, change)."""
    keys = timeline.trace.accounts_before
    touches: dict[tuple[int, str, str], list[tuple[Position, str, str, int]]] = {}

    def add(event: Event, user: str, side: str, asset: str, change: int, log: int | None = None) -> None:
        key = (event.block, event.emitter, user)
        if key in keys:
            position = (event.block, event.tx, event.log if log is None else log)
            touches.setdefault(key, []).append((position, side, asset, change))

    for name, (side, sign) in _SIDES.items():
        for event in timeline.events(name):
            if event.emitter not in timeline.markets:
                continue  # Perpetual markets know withdrawals too.
            add(event, event.args["user"], side, event.args["asset"], sign * event.args["amount"])
    for event in timeline.events("DeficitCreated"):
        # Logged before the liquidation that it is a part of.
        add(event, event.args["user"], "debt", event.args["asset"], -event.args["amount"], AFTER_LOGS)
    for event in timeline.events("Liquidation"):
        args = event.args
        add(event, args["user"], "supplied", args["collateralAsset"], -args["seizedAssets"])
        add(event, args["user"], "debt", args["debtAsset"], -args["repaidAssets"])
        if args["receiveShares"]:
            gained = args["seizedAssets"] - args["protocolFeeAssets"]
            add(event, args["liquidator"], "supplied", args["collateralAsset"], gained)
    return touches
