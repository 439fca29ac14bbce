"""The accounts of a perpetual market at any position of a run: those before it, and every event since."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.metrics.perps.market import account_in, instruments, pricing_role, value_quote
from sim.metrics.timeline import Position, Timeline
from sim.perp_trace import account_name
from sim.trace import Event
from sim.units import bps_mul_down


@dataclass(slots=True)
class Account:
    """An account as booked: cash without funding that is due, collateral after haircuts as at the start."""

    cash_quote: int = 0
    collateral_quote: int = 0
    sizes_wad: dict[str, int] = field(default_factory=dict)
    entries_quote: dict[str, int] = field(default_factory=dict)


class Books:
    """The accounts of one market, from the start of the run on; `until` moves them forwards."""

    def __init__(self, timeline: Timeline, market: str) -> None:
        self.accounts = {
            name: Account(
                record.cash_quote, record.collateral_quote, dict(record.sizes_wad), dict(record.entries_quote)
            )
            for name, record in timeline.trace.initial_positions.get(market, {}).items()
        }
        self._timeline = timeline
        self._market = market
        self._events = [event for event in timeline.trace.events if event.emitter == market]
        self._next = 0

    def until(self, position: Position) -> "Books":
        """Book what happened before a position, which never goes back."""
        while self._next < len(self._events):
            event = self._events[self._next]
            if (event.block, event.tx, event.log) >= position:
                break
            self._book(event)
            self._next += 1
        return self

    def profit_quote(self, account: str, instrument: str, mark_e8: int) -> int:
        """Profit of a position at a mark."""
        found = self.accounts[account]
        value = value_quote(self._timeline, self._market, found.sizes_wad[instrument], mark_e8)
        return value + found.entries_quote[instrument]

    def equity_quote(self, account: str, marks_e8: Mapping[str, int]) -> int:
        """Equity at marks."""
        found = self.accounts[account]
        profits = (self.profit_quote(account, name, marks_e8[name]) for name in found.sizes_wad)
        return found.cash_quote + found.collateral_quote + sum(profits)

    def side(self, instrument: str, long: bool) -> list[str]:
        """Accounts with a position of that sign, by name."""
        return sorted(
            name
            for name, account in self.accounts.items()
            if (size := account.sizes_wad.get(instrument, 0)) and (size > 0) == long
        )

    def _of(self, event: Event, owner: str = "owner", slot: str = "slot") -> Account:
        return self._named(account_in(self._timeline, self._market, event, owner, slot))

    def _named(self, name: str) -> Account:
        return self.accounts.setdefault(name, Account())

    def _book(self, event: Event) -> None:
        args = event.args
        match event.name:
            case "PositionChanged":
                self._change(event)
            case "Deposited" | "DeficitPaid" | "BadDebtBooked":
                self._of(event).cash_quote += args["amountQuote"]
            case "Withdrawn":
                self._of(event).cash_quote -= args["amountQuote"]
            case "CashMoved":
                self._of(event, slot="fromSlot").cash_quote -= args["amountQuote"]
                self._of(event, slot="toSlot").cash_quote += args["amountQuote"]
            case "FundingSettled":
                self._of(event).cash_quote -= args["paidQuote"]
            case "LossSocialised":
                self._of(event, "fromOwner", "fromSlot").cash_quote -= args["amountQuote"]
                self._of(event).cash_quote += args["amountQuote"]
            case "Traded":
                share = self._share("maker_fee_share_bps", args["instrument"])
                maker = pricing_role(self._timeline, self._market, args["instrument"])
                self._fee(event, maker, bps_mul_down(args["feeQuote"], share))
            case "Liquidated":
                share = self._share("fund_share_bps", args["instrument"])
                kept = bps_mul_down(args["feeQuote"], share)
                self._fee(event, args["liquidator"], args["feeQuote"] - kept)

    def _share(self, name: str, instrument: str) -> int:
        return instruments(self._timeline, self._market)[instrument].get(name, 0)

    def _fee(self, event: Event, receiver: str, amount: int) -> None:
        self._of(event).cash_quote -= event.args["feeQuote"]
        self._named(account_name(receiver, None)).cash_quote += amount

    def _change(self, event: Event) -> None:
        account, instrument = self._of(event), event.args["instrument"]
        account.cash_quote += event.args["realisedQuote"]
        account.sizes_wad[instrument] = event.args["sizeWad"]
        account.entries_quote[instrument] = event.args["entryQuote"]
        if event.args["sizeWad"] == 0:
            del account.sizes_wad[instrument], account.entries_quote[instrument]
