"""Auto-deleveraging: who was closed against a bankrupt position, what it took of them and what was needed.

An event is one liquidation in which positions were deleveraged. *Needed* is what its account lacks to close that
part at the mark: size times the distance of the bankruptcy price beyond the mark, 0 where it lies on the other
side. *Taken* is what winners give up against the mark, *overshoot* the difference: 0 where positions are closed at
the bankruptcy price.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from sim.metrics.perps.books import Books
from sim.metrics.perps.closings import Closing, closings
from sim.metrics.perps.fairness import beyond_equal_quote, gini
from sim.metrics.perps.market import account_in, notional_base, pricing_role, quote_usd, stages, value_quote
from sim.metrics.perps.queue_order import Queued, out_of_order_wad, score_of
from sim.metrics.timeline import Position, Timeline, usd
from sim.reference.deleveraging import Candidate
from sim.trace import Event

Metric = float | int | None


@dataclass(frozen=True, slots=True)
class Haircut:
    """One account that was deleveraged, and how it stood right before; amounts in quote.

    Attributes
    ----------
    size_wad
        Part of the bankrupt position that it took, with that one's sign: its own fell by as much.
    haircut_quote
        What it gave up against the mark; below 0 where the fill was better than the mark.
    profit_quote, equity_quote
        Of its position, and of its account, at the marks.
    leverage
        Notional of all its positions over its equity; None without equity.
    """

    account: str
    size_wad: int
    size_before_wad: int
    fill_e8: int
    mark_e8: int
    haircut_quote: int
    profit_quote: int
    equity_quote: int
    leverage: float | None

    @property
    def profit_share(self) -> float | None:
        """Haircut as a share of the profit; None without a profit."""
        return max(self.haircut_quote, 0) / self.profit_quote if self.profit_quote > 0 else None

    @property
    def equity_share(self) -> float | None:
        """Haircut as a share of the equity; None without equity."""
        return max(self.haircut_quote, 0) / self.equity_quote if self.equity_quote > 0 else None


@dataclass(frozen=True)
class Deleveraging:
    """One event. `profits_quote` and `equities_quote` are those of all winners right before, by account.

    `number` is that of its liquidation; `bankruptcy_e8` the price that `needed_quote` is counted from;
    `out_of_order_wad` what a queue took of accounts though others ahead of them could have given it.
    """

    number: int
    position: Position
    time_s: int
    market: str
    instrument: str
    bankrupt: str
    stage: str
    maker: str
    mark_e8: int
    bankruptcy_e8: int
    needed_quote: int
    haircuts: tuple[Haircut, ...]
    profits_quote: Mapping[str, int]
    equities_quote: Mapping[str, int]
    out_of_order_wad: int

    @property
    def size_wad(self) -> int:
        """What was deleveraged, with the sign of the bankrupt position."""
        return sum(one.size_wad for one in self.haircuts)

    @property
    def notional_base(self) -> int:
        """The same at the mark (USD e8)."""
        return notional_base(self.size_wad, self.mark_e8)

    @cached_property
    def cuts_quote(self) -> dict[str, int]:
        """What accounts lose; one whose fill was better than the mark loses nothing."""
        return {one.account: max(one.haircut_quote, 0) for one in self.haircuts}

    @property
    def taken_quote(self) -> int:
        """What they lose together."""
        return sum(self.cuts_quote.values())

    @property
    def overshoot_quote(self) -> int:
        """Taken beyond what was needed; below 0 where it was less."""
        return self.taken_quote - self.needed_quote

    @cached_property
    def beyond_equal_quote(self) -> int:
        """Taken beyond an equal haircut of all winners' profits that would have been enough."""
        return beyond_equal_quote(self.cuts_quote, self.profits_quote, self.needed_quote)

    @cached_property
    def gini(self) -> float | None:
        """Gini coefficient of all winners' haircuts as shares of their profits; None where nothing was taken."""
        return gini([self.cuts_quote.get(name, 0) / profit for name, profit in self.profits_quote.items()])

    @cached_property
    def top_winner_over_deficit(self) -> float | None:
        """Largest equity that a winning trader has left, over what was needed (PTSR); None where nothing was.

        The maker is a winner like others, and no trader: its equity is the capital of the pricing.
        """
        left = [
            equity - self.cuts_quote.get(name, 0)
            for name, equity in self.equities_quote.items()
            if name != self.maker
        ]
        return max(left) / self.needed_quote if left and self.needed_quote else None


def deleveragings(timeline: Timeline) -> list[Deleveraging]:
    """All events, in order. Read through `Timeline.once`."""
    books = {market: Books(timeline, market) for market in timeline.perps}
    return [
        _deleveraging(timeline, closing, books[closing.market])
        for closing in timeline.once(closings)
        if any(closing.named("Deleveraged"))
    ]


def _deleveraging(timeline: Timeline, closing: Closing, books: Books) -> Deleveraging:
    logs = list(closing.named("Deleveraged"))
    first = logs[0]
    books.until(_before_first(closing))
    mark_e8 = first.args["markE8"]
    before = timeline.record(first.block - 1).perps[closing.market]
    marks = {name: record.mark_e8 for name, record in before.items()} | {closing.instrument: mark_e8}
    side = books.side(closing.instrument, long=first.args["sizeWad"] < 0)
    profits = {name: books.profit_quote(name, closing.instrument, mark_e8) for name in side}
    winners = {name: profit for name, profit in profits.items() if profit > 0}
    model = stages(timeline, closing.market)[first.emitter]
    at_bankruptcy = model.get("fill_price", "bankruptcy") == "bankruptcy"
    bankruptcy_e8 = first.args["fillE8"] if at_bankruptcy else closing.liquidated.args["bankruptcyE8"]
    return Deleveraging(
        number=closing.number,
        position=closing.position,
        time_s=timeline.record(first.block).time_s,
        market=closing.market,
        instrument=closing.instrument,
        bankrupt=closing.account,
        stage=first.emitter,
        maker=pricing_role(timeline, closing.market, closing.instrument),
        mark_e8=mark_e8,
        bankruptcy_e8=bankruptcy_e8,
        needed_quote=sum(_gap_quote(timeline, closing.market, log, bankruptcy_e8) for log in logs),
        haircuts=tuple(_haircut(timeline, closing, log, books, marks) for log in logs),
        profits_quote=winners,
        equities_quote={name: books.equity_quote(name, marks) for name in winners},
        out_of_order_wad=_out_of_order_wad(timeline, closing, logs, books, marks),
    )


def _out_of_order_wad(
    timeline: Timeline, closing: Closing, logs: list[Event], books: Books, marks: Mapping[str, int]
) -> int:
    instrument, first = closing.instrument, logs[0].args
    score = score_of(stages(timeline, closing.market)[logs[0].emitter].get("policy", {}))
    if score is None:
        return 0
    mark_e8 = first["markE8"]
    closed: Counter[str] = Counter()
    for log in logs:
        closed[account_in(timeline, closing.market, log)] += abs(log.args["sizeWad"])
    queue = []
    for name in books.side(instrument, long=first["sizeWad"] < 0):
        booked, profit = books.accounts[name], books.profit_quote(name, instrument, mark_e8)
        size, entry = booked.sizes_wad[instrument], booked.entries_quote[instrument]
        equity = books.equity_quote(name, marks) - 1
        queue.append(Queued(Candidate(0, 0, size, entry, equity, abs(profit - entry), 0), closed[name]))
    return out_of_order_wad(queue, score, mark_e8, first["fillE8"])


def _before_first(closing: Closing) -> Position:
    """Where the first deleveraged position changes, which is the last such log before its own."""
    change = closing.liquidated
    for log in closing.logs:
        if log.name == "Deleveraged":
            break
        if log.name == "PositionChanged":
            change = log
    return change.block, change.tx, change.log


def _gap_quote(timeline: Timeline, market: str, log: Event, price_e8: int) -> int:
    """What closing at a price rather than at the mark takes of the other side; 0 where it gives."""
    size, mark_e8 = log.args["sizeWad"], log.args["markE8"]
    gap = value_quote(timeline, market, size, price_e8) - value_quote(timeline, market, size, mark_e8)
    return max(gap, 0)


def _haircut(timeline: Timeline, closing: Closing, log: Event, books: Books, marks: Mapping[str, int]) -> Haircut:
    account = account_in(timeline, closing.market, log)
    booked = books.accounts[account]
    equity = books.equity_quote(account, marks)
    notional = sum(abs(value_quote(timeline, closing.market, s, marks[n])) for n, s in booked.sizes_wad.items())
    return Haircut(
        account=account,
        size_wad=log.args["sizeWad"],
        size_before_wad=booked.sizes_wad[closing.instrument],
        fill_e8=log.args["fillE8"],
        mark_e8=log.args["markE8"],
        haircut_quote=log.args["haircutQuote"],
        profit_quote=books.profit_quote(account, closing.instrument, log.args["markE8"]),
        equity_quote=equity,
        leverage=notional / equity if equity > 0 else None,
    )


def deleveraged_base(timeline: Timeline) -> int:
    """Notional deleveraged in all, at the marks (USD e8)."""
    return sum(event.notional_base for event in timeline.once(deleveragings))


def deleveraging_metrics(timeline: Timeline) -> dict[str, Metric]:
    """Figures of all events together; `adl_haircut_gini` and `adl_ptsr` are means weighted by what was taken."""
    events = timeline.once(deleveragings)
    hit = [one for event in events for one in event.haircuts]
    leverages = [one.leverage for one in hit if one.leverage is not None]

    def total_usd(name: str) -> float:
        return sum(quote_usd(timeline, event.market, getattr(event, name)) for event in events)

    def largest(name: str) -> Metric:
        return max((share for one in hit if (share := getattr(one, name)) is not None), default=None)

    return {
        "adl_events": len(events),
        "adl_accounts": len({(event.market, one.account) for event in events for one in event.haircuts}),
        "adl_needed_usd": total_usd("needed_quote"),
        "adl_taken_usd": total_usd("taken_quote"),
        "adl_overshoot_usd": total_usd("overshoot_quote"),
        "adl_beyond_equal_usd": total_usd("beyond_equal_quote"),
        "adl_out_of_order_usd": sum(usd(notional_base(one.out_of_order_wad, one.mark_e8)) for one in events),
        "adl_largest_haircut_share": largest("profit_share"),
        "adl_largest_haircut_equity_share": largest("equity_share"),
        "adl_haircut_gini": _weighted(timeline, events, "gini"),
        "adl_ptsr": _weighted(timeline, events, "top_winner_over_deficit"),
        "adl_in_profit_share": sum(one.profit_quote > 0 for one in hit) / len(hit) if hit else None,
        "adl_median_leverage": median(leverages) if leverages else None,
    }


def _weighted(timeline: Timeline, events: list[Deleveraging], name: str) -> float | None:
    found = [
        (quote_usd(timeline, event.market, event.taken_quote), value)
        for event in events
        if (value := getattr(event, name)) is not None
    ]
    total = sum(weight for weight, _ in found)
    return sum(weight * value for weight, value in found) / total if total else None
