"""What happens in a transaction, in a line that a person reads: the comments of every exported format."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from sim.search.dossier import Dossier
from sim.search.history import line
from sim.search.transcript import Said, Sent, Transcript
from sim.trace import VenueTrade

DOES = {
    "report": "reports to {target}",
    "upkeep": "brings {target} up to date",
    "arbitrage": "trades against the outside market",
    "settle": "settles a trade of the outside market",
    "sell_inventory": "sells what it seized",
    "rescue": "adds collateral to save its position",
    "withdraw_liquidity": "withdraws liquidity",
    "add_liquidity": "adds liquidity",
    "withdraw_supply": "withdraws its supply",
    "push": "moves the price",
    "attack": "uses the moved price",
    "environment": "acts in the name of the environment: {target}.{function}",
}
LIQUIDATIONS = ("Liquidation", "Liquidated")
UNITS_SHOWN = 6
"""Decimals of a token amount in a comment."""


class Story:
    """Tells what the transactions of a transcript do."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._role = transcript.role_of
        self._decimals = {name: asset.decimals for name, asset in transcript.scenario.assets.items()}

    def role(self, address: str) -> str:
        """Role of an address, or the address."""
        return self._role.get(address, address)

    def opening(self, sent: Sent) -> str:
        """A line for a transaction of the opening."""
        return f"{self.role(sent.sender)}: {self.role(sent.target)}.{sent.call.name}"

    def told(self, sent: Sent) -> str:
        """A line for a transaction of the history."""
        record = sent.record
        who, target = self.role(sent.sender), self.role(sent.target)
        facts = [*self._losses(sent), *self._trades(sent)]
        liquidated = any(one.name in LIQUIDATIONS for _, one in sent.events)
        if record.intent in ("liquidate", "deleverage") and not liquidated:
            does = f"tries {target}.{sent.call.name}" if not sent.ok else f"calls {target}.{sent.call.name}"
        elif liquidated:
            does = "liquidates"
        else:
            does = DOES.get(record.intent, "calls {target}.{function}").format(
                target=target, function=sent.call.name
            )
        text = f"{who} {does}"
        if facts:
            text += f"{' ' if does == 'liquidates' else ': '}{'; '.join(facts)}"
        return text if sent.ok else f"{text}; refused: {record.revert}"

    def _losses(self, sent: Sent) -> Iterator[str]:
        for emitter, said in sorted(sent.events, key=lambda one: one[1].name not in LIQUIDATIONS):
            args = dict(zip([one["name"] for one in said.entry["inputs"]], said.args, strict=True))
            if said.name == "Liquidated":
                closed = self._size(args["instrument"], args["bookWad"] + args["stagesWad"])
                stages = self._size(args["instrument"], args["stagesWad"])
                yield f"{self.role(args['owner'])}, {closed} closed, {stages} of it by stages"
            elif said.name == "Deleveraged":
                size = self._size(args["instrument"], args["sizeWad"])
                fill, mark = _price(args["fillE8"]), _price(args["markE8"])
                yield f"{self.role(args['owner'])} takes {size} at {fill}, mark {mark}"
            elif said.name == "Liquidation":
                repaid = self.amount(args["debtAsset"], args["repaidAssets"])
                seized = self.amount(args["collateralAsset"], args["seizedAssets"])
                yield f"{self.role(args['user'])}, {repaid} repaid and {seized} seized"
            elif said.name == "DeficitCreated":
                yield f"{self.amount(args['asset'], args['amount'])} of its debt is left without collateral"
            elif said.name == "DeficitDrawn":
                fund = self.role(emitter)
                asset = self._transcript.scenario.insurance[fund].asset
                drawn, requested = (self._tokens(asset, args[name]) for name in ("drawn", "requested"))
                yield f"{fund} pays {drawn} of {requested}"
            else:
                yield self.said(said)

    def _trades(self, sent: Sent) -> Iterator[str]:
        for trade in self._trades_at.get((sent.record.block, sent.record.index), ()):
            venue = self._transcript.scenario.venues[trade.venue]
            bought = venue.quote if trade.sold == venue.base else venue.base
            sold, got = self._tokens(trade.sold, trade.amount_in), self._tokens(bought, trade.amount_out)
            yield f"{sold} for {got} on {trade.venue}"

    @cached_property
    def _trades_at(self) -> Mapping[tuple[int, int], list[VenueTrade]]:
        found: dict[tuple[int, int], list[VenueTrade]] = {}
        for trade in self._transcript.played.trace.trades:
            found.setdefault((trade.block, trade.tx), []).append(trade)
        return found

    def said(self, said: Said) -> str:
        """An event or error with its arguments."""
        return f"{said.name}({', '.join(self._plain(one) for one in said.args)})"

    def amount(self, asset: str, units: int) -> str:
        """An amount of the token at an address, in whole tokens."""
        return self._tokens(self.role(asset), units)

    def _tokens(self, symbol: str, units: int) -> str:
        if symbol not in self._decimals:
            return f"{units} units of {symbol}"
        tokens = Decimal(units).scaleb(-self._decimals[symbol])
        return f"{round(tokens, min(UNITS_SHOWN, self._decimals[symbol])):,f} {symbol}"

    def _size(self, instrument: str, size_wad: int) -> str:
        """A size of a perpetual, as long or short."""
        side = "long" if size_wad > 0 else "short"
        size = f"{abs(Decimal(size_wad).scaleb(-18)):,.4f} {self.role(instrument)}"
        return f"{size} {side}" if size_wad else size

    def _plain(self, value: Any) -> str:
        if isinstance(value, bytes):
            return f"0x{value.hex()}"
        return self.role(value) if isinstance(value, str) else str(value)


def _price(price_e8: int) -> str:
    return f"{Decimal(price_e8).scaleb(-8):,.2f}"


def outline(dossier: Dossier) -> list[str]:
    """Lines of an introduction: what differs from the safe base, where it tips, the history, what it comes to."""
    finding = dossier.finding
    lines = ["What differs from the safe base:"]
    for part, fields in finding.minimal.model_dump().items():
        lines += [f"    {part}: {path} = {value}" for path, value in fields.items()]
    for tipping in finding.tipping:
        lines.append(f"    {tipping.path}: {tipping.holds} holds, {tipping.fails} fails")
    lines.append("What happens:")
    lines += [f"    {line(step)}" for step in finding.history]
    lines.append(f"What it comes to ({finding.aim}):")
    lines += [f"    {name} = {value}" for name, value in finding.outcome.details.items()]
    lines.append("The same with the change undone:")
    if dossier.holds is None:
        lines.append("    no undoing that was tried holds under this very history")
    for path, (fails, holds) in dossier.undone.items():
        lines.append(f"    {path}: {holds} instead of {fails} has no {finding.aim}")
    return lines
