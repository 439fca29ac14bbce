"""What each stage bore, by hand."""

from sim.metrics.perps.closings import closings
from sim.metrics.perps.waterfall import reached, waterfall, waterfall_metrics
from sim.metrics.timeline import Timeline
from sim.units import E8
from tests.sim.metrics.perps.traces import NOBODY, USDC, PerpTraceBuilder


def all_stages() -> PerpTraceBuilder:
    """A long of 10 at a mark of 100, bankrupt at 101: every stage takes a part of it.

    2 in the book, 3 by the vault (loss 3), the fund pays 4 for another 1 in the book, 2 deleveraged (loss 2), the
    rest of 2 is forced at 98, of which 5 are socialised and 1 is nobody's.
    """
    builder = PerpTraceBuilder().trader("l/0", 10, 101, 0).trader("w/0", -10, 110, 10).block().transaction("x")
    builder.book("l/0", -2, 101)
    builder.back("l/0", 3, 101, 100).asked("backstop", "l/0", 8, 8, closed=3)
    builder.pay("l/0", 4).asked("fund", "l/0", 5, 5, paid=4).book("l/0", -1, 97)
    builder.deleverage("l/0", "w/0", 2, 101, 100).asked("deleverage", "l/0", 4, 8, closed=2)
    builder.share("l/0", "w/0", 5).asked("socialise", "l/0", 2, 6, paid=5)
    builder.book("l/0", -2, 98).book_bad_debt("l/0", 1)
    return builder.liquidated("l/0", 10, 100, book=2, stages=8, equity=-10, maintenance=25, bankruptcy=101)


def test_a_row_divides_a_liquidation_among_those_who_bore_it():
    (row,) = waterfall(Timeline(all_stages().trace))
    assert (row.number, row.market, row.account, row.instrument) == (0, "perp", "l/0", "WETH")
    assert row.book_base == (2 + 1 + 2) * 100 * E8
    assert (row.backstop_base, row.backstop_loss_quote) == (300 * E8, 3 * USDC)
    assert row.fund_quote == 4 * USDC
    assert (row.deleveraged_base, row.haircut_quote) == (200 * E8, 2 * USDC)
    assert (row.socialised_quote, row.bad_debt_quote) == (5 * USDC, USDC)
    assert row.reached == ("backstop", "fund", "deleverage", "socialise")
    assert [answer.gave for answer in row.answers] == [True] * 4


def test_all_that_was_closed_is_somebodys():
    timeline = Timeline(all_stages().trace)
    (row,), (closing,) = waterfall(timeline), closings(timeline)
    assert row.book_base + row.backstop_base + row.deleveraged_base == abs(closing.closed_wad) * 100 * E8 // 10**18


def test_a_close_in_the_book_alone_reaches_no_stage():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block().closed("a/0", 10, 96, equity=20)
    (row,) = waterfall(Timeline(builder.trace))
    assert (row.book_base, row.reached, row.bad_debt_quote) == (960 * E8, (), 0)


def test_the_first_block_of_each_stage():
    # The vault is asked in block 0 and gives nothing; the fund pays in block 1, in 2 for booked bad debt too.
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 0).trader("a/1", 1, 100, 0).block().transaction("x")
    builder.asked("backstop", "a/0", 1, 1).book("a/0", -10, 99).liquidated("a/0", 10, 99, 10)
    builder.block().transaction("x").asked("backstop", "a/1", 1, 1).pay("a/1", 1)
    builder.asked("fund", "a/1", 1, 1, paid=1).book("a/1", -1, 99).liquidated("a/1", 1, 99, stages=1)
    builder.block().transaction("x").pay(NOBODY, 1, slot="WETH").asked("fund", NOBODY, 0, 1, paid=1)
    builder.asked("socialise", NOBODY, 0, 1, paid=1)
    timeline = Timeline(builder.trace)
    assert [(one.kind, one.asked_block, one.gave_block) for one in reached(timeline)] == [
        ("backstop", 0, None),
        ("fund", 1, 1),
        ("deleverage", None, None),
        ("socialise", 2, 2),
    ]
    metrics = waterfall_metrics(timeline)
    assert metrics["beyond_book_liquidations"] == 2
    assert metrics["book_closed_usd"] == 990.0 + 99.0
    assert [metrics[f"first_{kind}_block"] for kind in ("backstop", "fund", "deleverage", "socialise")] == [
        None,
        1,
        None,
        2,
    ]
