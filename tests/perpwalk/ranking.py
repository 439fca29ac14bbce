"""Rankings as a keeper makes them: from the market's present state, by the policy's own scores."""

from __future__ import annotations

from sim.chain.base import CallReverted
from tests.deployed import Deployed
from tests.perpwalk.exchange import Exchange
from tests.stages import BANKRUPTCY, INDEX


def ranking(
    exchange: Exchange, stage: Deployed, owner: str, slot: str, symbol: str
) -> list[tuple[str, bool]] | None:
    """Return the side against a position, highest score first; None where a price is missing."""
    instrument = exchange.token(symbol)
    size = exchange.market.read("position", owner, slot, instrument).sizeWad
    try:
        plan = exchange.perps.terms.read("plan", exchange.market, owner, slot, instrument)
        listed = _against(exchange, symbol, size)
        found = stage.read("candidates", instrument, listed)
        fill_e8 = _fill_e8(exchange, stage, instrument, plan)
        words = (instrument, abs(size), plan.markE8, fill_e8, len(listed), 0, [tuple(one) for one in found])
        policy = Deployed(exchange.chain, stage.artifacts, "ReturnLeverageQueue", stage.read("policy"))
        scores = policy.read("scores", words)
    except CallReverted:
        return None
    rows = zip(scores, found, listed, strict=True)
    return [
        one for _, _, one in sorted(rows, key=lambda row: (-row[0], int(row[1].owner, 16), int(row[1].slot, 16)))
    ]


def _against(exchange: Exchange, symbol: str, size: int) -> list[tuple[str, bool]]:
    instrument = exchange.token(symbol)
    return [
        (owner, slot == instrument)
        for owner, slot in exchange.holders(symbol)
        if (exchange.market.read("position", owner, slot, instrument).sizeWad > 0) != (size > 0)
    ]


def _fill_e8(exchange: Exchange, stage: Deployed, instrument: str, plan: object) -> int:
    kind = stage.read("fillPrice")
    if kind == BANKRUPTCY:
        return plan.bankruptcyE8
    if kind == INDEX:
        return exchange.mark.read("indexE8", instrument)
    last, previous, noted_at = stage.read("notedMarks", instrument)
    return (previous if noted_at == exchange.chain.timestamp_s else last) or plan.markE8
