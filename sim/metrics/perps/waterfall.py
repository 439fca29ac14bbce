"""What each stage of the waterfall bore, liquidation by liquidation, and when each was reached first."""

from dataclasses import dataclass

from sim.metrics.perps.closings import Closing, closings
from sim.metrics.perps.market import notional_base, quote_usd, stage_kinds, stages, value_quote
from sim.metrics.timeline import Position, Timeline, usd
from sim.trace import Event

Metric = float | int | None


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """A stage that was asked: for how much, and what it did. Sizes have the position's sign, money is in quote."""

    stage: str
    kind: str
    asked_wad: int
    deficit_quote: int
    closed_wad: int
    paid_quote: int

    @property
    def gave(self) -> bool:
        """Whether it closed or paid anything."""
        return self.closed_wad != 0 or self.paid_quote != 0


@dataclass(frozen=True, slots=True)
class WaterfallRow:
    """A liquidation and who bore it; `number` is that of the liquidation, `_base` at the mark (USD e8).

    Attributes
    ----------
    book_base
        Closed in the book: within the equity, with money of a stage, or by force at the end.
    backstop_base, backstop_loss_quote
        Taken over by vaults, and what that price was worse than the mark.
    fund_quote
        Paid by a fund to close the rest in the book.
    deleveraged_base, haircut_quote
        Closed against winners, and what these gave up against the mark; gains by better fills are not in it.
    socialised_quote, bad_debt_quote
        Taken of those with a position, and what nobody bore.
    answers
        Stages that were asked, in order.
    """

    number: int
    position: Position
    market: str
    account: str
    instrument: str
    book_base: int
    backstop_base: int
    backstop_loss_quote: int
    fund_quote: int
    deleveraged_base: int
    haircut_quote: int
    socialised_quote: int
    bad_debt_quote: int
    answers: tuple[StageAnswer, ...]

    @property
    def reached(self) -> tuple[str, ...]:
        """Kinds of the stages that were asked, in order."""
        return tuple(answer.kind for answer in self.answers)


def waterfall(timeline: Timeline) -> list[WaterfallRow]:
    """One row per liquidation, in order. Read through `Timeline.once`."""
    return [_row(timeline, closing) for closing in timeline.once(closings)]


def _row(timeline: Timeline, closing: Closing) -> WaterfallRow:
    market, mark_e8 = closing.market, closing.liquidated.args["markE8"]
    taken = list(closing.named("PositionTaken"))
    cut = list(closing.named("Deleveraged"))
    moved_wad = sum(log.args["sizeWad"] for log in closing.named("PositionTransferred"))
    return WaterfallRow(
        number=closing.number,
        position=closing.position,
        market=market,
        account=closing.account,
        instrument=closing.instrument,
        book_base=notional_base(closing.closed_wad - moved_wad, mark_e8),
        backstop_base=sum(notional_base(log.args["takenWad"], log.args["markE8"]) for log in taken),
        backstop_loss_quote=sum(taken_loss_quote(timeline, market, log) for log in taken),
        fund_quote=_sum(closing, "DeficitPaid"),
        deleveraged_base=sum(notional_base(log.args["sizeWad"], log.args["markE8"]) for log in cut),
        haircut_quote=sum(max(log.args["haircutQuote"], 0) for log in cut),
        socialised_quote=_sum(closing, "LossSocialised"),
        bad_debt_quote=_sum(closing, "BadDebtBooked"),
        answers=tuple(_answer(timeline, market, log) for log in closing.named("StageAsked")),
    )


def _sum(closing: Closing, name: str) -> int:
    return sum(log.args["amountQuote"] for log in closing.named(name))


def _answer(timeline: Timeline, market: str, log: Event) -> StageAnswer:
    args = log.args
    return StageAnswer(
        stage=args["stage"],
        kind=stages(timeline, market)[args["stage"]]["kind"],
        asked_wad=args["sizeWad"],
        deficit_quote=args["deficitQuote"],
        closed_wad=args["closedWad"],
        paid_quote=args["paidQuote"],
    )


def taken_loss_quote(timeline: Timeline, market: str, log: Event) -> int:
    """What a vault's price was worse than the mark, of one `PositionTaken`; 0 where it was better."""
    size, price, mark = log.args["takenWad"], log.args["priceE8"], log.args["markE8"]
    return max(value_quote(timeline, market, size, price) - value_quote(timeline, market, size, mark), 0)


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage: the first block in which it was asked, and the first in which it gave anything; None: never."""

    stage: str
    kind: str
    market: str
    asked_block: int | None
    gave_block: int | None


def reached(timeline: Timeline) -> list[Reached]:
    """All stages in the waterfalls' order, also where they were asked outside of a liquidation."""
    asked: dict[str, int] = {}
    gave: dict[str, int] = {}
    for event in timeline.events("StageAsked"):
        if event.emitter in timeline.perps:
            asked.setdefault(event.args["stage"], event.block)
            if event.args["closedWad"] or event.args["paidQuote"]:
                gave.setdefault(event.args["stage"], event.block)
    return [
        Reached(stage, model["kind"], market, asked.get(stage), gave.get(stage))
        for market in timeline.perps
        for stage, model in stages(timeline, market).items()
    ]


def waterfall_metrics(timeline: Timeline) -> dict[str, Metric]:
    """Totals over liquidations, and the first block in which each kind of stage gave anything."""
    rows = timeline.once(waterfall)
    kinds = dict.fromkeys(stage_kinds(timeline).values())

    def total_usd(name: str) -> float:
        return sum(quote_usd(timeline, row.market, getattr(row, name)) for row in rows)

    first = {
        f"first_{kind}_block": min(
            (one.gave_block for one in reached(timeline) if one.kind == kind and one.gave_block is not None),
            default=None,
        )
        for kind in kinds
    }
    return {
        "book_closed_usd": usd(sum(row.book_base for row in rows)),
        "backstop_taken_usd": usd(sum(row.backstop_base for row in rows)),
        "backstop_loss_usd": total_usd("backstop_loss_quote"),
        "beyond_book_liquidations": sum(bool(row.answers) for row in rows),
        **first,
    }
