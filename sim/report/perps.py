"""The page's part about perpetuals: prices, who bore what, one deleveraging from the move to each haircut."""

from collections.abc import Iterator
from html import escape

from sim.metrics.perps.deleveraging import Deleveraging, Haircut
from sim.metrics.perps.liquidations import PerpLiquidation
from sim.metrics.perps.market import quote_usd
from sim.metrics.perps.waterfall import WaterfallRow
from sim.metrics.summary import Result
from sim.metrics.timeline import Timeline, usd
from sim.report.elements import plot, section, table, words_table
from sim.report.perp_pictures import funds_picture, haircuts_picture, perp_picture, shares_given_up
from sim.report.words import ADL_WORDS, dollars, number, percent
from sim.trace import Trace
from sim.units import BPS, WAD

STAGE_WORDS = {
    "backstop": "Backstop vault",
    "fund": "Insurance fund",
    "deleverage": "Deleveraging",
    "socialise": "Socialised loss",
}
MAX_HAIRCUT_ROWS = 14


def perp_sections(trace: Trace, result: Result) -> Iterator[str]:
    """All sections; none without a perpetual market."""
    perps = result.perps
    if perps is None or not trace.blocks:
        return
    timeline = Timeline(trace)
    for market, model in timeline.perps.items():
        for instrument in model["instruments"]:
            yield section(
                f"Perpetual on {instrument}" + (f" in {market}" if len(timeline.perps) > 1 else ""),
                plot(f"perp-{market}-{instrument}", perp_picture(result, market, instrument)),
                "At the end of each block. Margins look at the mark, funding is paid on the index, trades move the"
                " mid of the pricing.",
            )
    if perps.waterfall:
        yield section("Who bore what", _waterfall_table(timeline, result), _waterfall_note(result))
    if perps.funds and perps.waterfall:
        yield section("Insurance funds", plot("funds", funds_picture(result)) + _funds_table(result))
    if perps.deleveragings:
        yield section("One deleveraging, step by step", _followed(timeline, result))
        if any(shares_given_up(perps)[0].values()):
            yield section(
                "What winners gave up",
                plot("haircuts", haircuts_picture(perps)) + words_table(result, ADL_WORDS),
                "Of the profit that each had, over all deleveragings of the run.",
            )
    if perps.gains:
        yield section("Who gained and who lost on the perpetuals", _gains_table(timeline, result))


def _waterfall_note(result: Result) -> str:
    beyond = result.metrics["beyond_book_liquidations"]
    count = number(len(result.perps.waterfall))
    return f"{count} liquidations, {number(beyond)} of which the book could not close within the account's equity."


def _waterfall_table(timeline: Timeline, result: Result) -> str:
    """Stages in order: when each was reached first, what it closed and what it cost whom."""
    rows, perps = result.perps.waterfall, result.perps

    def money(field: str) -> float:
        return sum(quote_usd(timeline, row.market, getattr(row, field)) for row in rows)

    def closed(field: str) -> str:
        return f"{dollars(usd(sum(getattr(row, field) for row in rows)))} USD"

    first = {stage.kind: stage.gave_block for stage in reversed(perps.stages) if stage.gave_block is not None}
    in_book = next((row.position[0] for row in rows if row.book_base), None)
    began = "never" if in_book is None else _block(timeline, in_book)
    body = [("Book", began, closed("book_base"), "the account's own equity")]
    bore = {
        "backstop": (closed("backstop_base"), f"{dollars(money('backstop_loss_quote'))} USD against the mark"),
        "fund": ("–", f"{dollars(money('fund_quote'))} USD paid"),
        "deleverage": (closed("deleveraged_base"), f"{dollars(money('haircut_quote'))} USD given up by winners"),
        "socialise": ("–", f"{dollars(money('socialised_quote'))} USD taken of those with a position"),
    }
    for kind in dict.fromkeys(stage.kind for stage in perps.stages):
        block = first.get(kind)
        body.append((STAGE_WORDS[kind], "never" if block is None else _block(timeline, block), *bore[kind]))
    body.append(("Nobody", "", "–", f"{dollars(money('bad_debt_quote'))} USD of bad debt booked"))
    return table(("Who", "First in", "Closed", "Bore"), body)


def _block(timeline: Timeline, block: int) -> str:
    return f"block {block:,}, after {timeline.record(block).time_s:,} s"


def _funds_table(result: Result) -> str:
    rows = []
    for path in result.perps.funds:
        draws = ", ".join(f"{who} {number(round(amount, 2))}" for who, amount in path.draws_tokens.items()) or "–"
        depleted = "never" if path.depleted_s is None else f"after {path.depleted_s:,} s"
        start, end = (number(round(amount, 2)) for amount in (path.start_tokens, path.end_tokens))
        rows.append((path.fund, f"{start} {path.asset}", f"{end} {path.asset}", depleted, draws))
    return table(("Fund", "At the start", "At the end", "Below 1 % of the start", "Drawn by"), rows)


def _gains_table(timeline: Timeline, result: Result) -> str:
    rows = [
        (gain.group, f"{dollars(quote_usd(timeline, gain.market, gain.quote))} USD")
        for gain in sorted(result.perps.gains, key=lambda gain: gain.quote)
        if gain.quote
    ]
    return table(("Group", "Gain"), rows, numeric=(1,))


def _followed(timeline: Timeline, result: Result) -> str:
    """The event in which winners gave up most, or else that in which most was closed."""
    event = max(result.perps.deleveragings, key=lambda one: (one.taken_quote, one.notional_base))
    row = next(one for one in result.perps.liquidations if one.index == event.number)
    shares = next(one for one in result.perps.waterfall if one.number == event.number)
    steps = [
        *_price_steps(timeline, row),
        _account_step(timeline, row, event),
        *_stage_steps(timeline, row, shares),
        _haircut_step(timeline, event),
    ]
    listed = "".join(f"<li><b>{escape(head)}.</b> {escape(text)}</li>" for head, text in steps)
    sold = [sale for sale in result.perps.hedge_sales if sale.liquidation == event.number]
    after = ""
    if sold:
        total = dollars(sum(sale.value_usd for sale in sold))
        impact = max(sale.impact_bps for sale in sold)
        text = (
            f"hedgers among them sold {total} USD of spot; the largest sale moved its venue by {impact:.0f} bps."
        )
        after = f"<ol start={len(steps) + 1}><li><b>After it.</b> {escape(text)}</li></ol>"
    return f"<ol>{listed}</ol>{_haircut_table(timeline, event)}{after}"


def _price(price_e8: int) -> str:
    return f"{number(round(usd(price_e8), 2))} USD"


def _size(size_wad: int) -> str:
    return number(round(abs(size_wad) / WAD, 4))


def _price_steps(timeline: Timeline, row: PerpLiquidation) -> Iterator[tuple[str, str]]:
    """From the start to the liquidation: exogenous price, index and mark."""
    start = timeline.records[0].perps[row.market][row.instrument]
    exogenous = timeline.record(row.block).exogenous_e8[row.instrument]
    origin = timeline.records[0].exogenous_e8[row.instrument]
    yield (
        "The price",
        f"Within {row.time_s:,} s the exogenous price of {row.instrument} went from {_price(origin)} to"
        f" {_price(exogenous)} ({percent(exogenous / origin - 1)}); the index read {_price(row.index_e8)} in block"
        f" {row.block:,}.",
    )
    gap_bps = (row.mark_e8 / row.index_e8 - 1) * BPS
    yield (
        "The mark",
        f"The mark went from {_price(start.mark_e8)} to {_price(row.mark_e8)},"
        f" {abs(gap_bps):.0f} bps {'above' if gap_bps > 0 else 'below'} the index.",
    )


def _account_step(timeline: Timeline, row: PerpLiquidation, event: Deleveraging) -> tuple[str, str]:
    side = "long" if row.size_before_wad > 0 else "short"
    equity, maintenance = (
        dollars(quote_usd(timeline, row.market, amount)) for amount in (row.equity_quote, row.maintenance_quote)
    )
    why = "the fall itself" if row.direct else "what the run did to the price"
    return (
        "The account",
        f"{row.account} was {side} {_size(row.size_before_wad)} {row.instrument}. Its equity of {equity} USD was"
        f" below its maintenance margin of {maintenance} USD, by {why}; it was worth nothing at"
        f" {_price(event.bankruptcy_e8)}, its bankruptcy price.",
    )


def _stage_steps(timeline: Timeline, row: PerpLiquidation, shares: WaterfallRow) -> Iterator[tuple[str, str]]:
    book = (
        f"The book took {_size(row.book_wad)} {row.instrument} at or above that price."
        if row.book_wad
        else "The book had no offer at or above that price."
    )
    yield "The book", book
    for answer, rest_wad in zip(shares.answers, _rests_wad(row, shares), strict=True):
        asked = f"Asked for {_size(answer.asked_wad)} {row.instrument}"
        if answer.deficit_quote:
            asked += f" and {dollars(quote_usd(timeline, row.market, answer.deficit_quote))} USD"
        did = []
        if answer.closed_wad:
            did.append(f"closed {_size(answer.closed_wad)} {row.instrument}")
        if answer.paid_quote:
            did.append(f"paid {dollars(quote_usd(timeline, row.market, answer.paid_quote))} USD")
        by_money = abs(answer.asked_wad - answer.closed_wad) - rest_wad
        if answer.paid_quote and by_money:
            did.append(f"so let the book close {_size(by_money)} more")
        yield STAGE_WORDS[answer.kind], f"{asked}, it {' and '.join(did) or 'gave nothing'}."


def _rests_wad(row: PerpLiquidation, shares: WaterfallRow) -> list[int]:
    """What was left to close after each stage, without sign."""
    asked = [abs(answer.asked_wad) for answer in shares.answers]
    closed = abs(row.book_wad + row.stages_wad)
    first = abs(row.book_wad)
    done_before_last = first + (asked[0] - asked[-1] if asked else 0)
    return [*asked[1:], max(asked[-1] - (closed - done_before_last), 0)] if asked else []


def _haircut_step(timeline: Timeline, event: Deleveraging) -> tuple[str, str]:
    taken, needed = (
        dollars(quote_usd(timeline, event.market, amount)) for amount in (event.taken_quote, event.needed_quote)
    )
    winners = len(event.profits_quote)
    return (
        "The haircuts",
        f"{len(event.haircuts)} accounts, on the side of {winners} winners, were closed at"
        f" {_price(event.haircuts[0].fill_e8)} instead of the mark of {_price(event.mark_e8)}: {taken} USD given"
        f" up, {needed} USD needed.",
    )


def _haircut_table(timeline: Timeline, event: Deleveraging) -> str:
    """Whom it was closed against, in the order of the policy."""

    def row(number_: int, cut: Haircut) -> tuple[str, ...]:
        profit, lost = (quote_usd(timeline, event.market, a) for a in (cut.profit_quote, cut.haircut_quote))
        share = "–" if cut.profit_share is None else percent(cut.profit_share)
        leverage = "–" if cut.leverage is None else f"{cut.leverage:.2f}"
        closed = f"{_size(cut.size_wad)} of {_size(cut.size_before_wad)}"
        return str(number_), cut.account, closed, leverage, dollars(profit), dollars(lost), share

    shown = event.haircuts[:MAX_HAIRCUT_ROWS]
    rows = [row(i, cut) for i, cut in enumerate(shown, 1)]
    if len(event.haircuts) > len(shown):
        rest = event.haircuts[MAX_HAIRCUT_ROWS:]
        lost = dollars(sum(quote_usd(timeline, event.market, cut.haircut_quote) for cut in rest))
        size = _size(sum(cut.size_wad for cut in rest))
        rows.append(("", f"{len(rest)} more", size, "", "", lost, ""))
    head = (
        "",
        "Winner",
        f"Closed, {event.instrument}",
        "Leverage",
        "Profit, USD",
        "Haircut, USD",
        "Of its profit",
    )
    return table(head, rows, numeric=(2, 3, 4, 5, 6))
