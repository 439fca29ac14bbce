"""The books follow from events alone."""

from sim.metrics.perps.books import Books
from sim.metrics.timeline import Timeline
from tests.sim.metrics.perps.test_perp_losses import played
from tests.sim.metrics.perps.traces import NOBODY, PerpTraceBuilder, usdc

END = (1 << 30, 0, 0)


def test_the_books_end_where_the_accounts_do():
    trace = played().trace
    books = Books(Timeline(trace), "perp").until(END)
    for name, record in trace.final_positions["perp"].items():
        account = books.accounts[name]
        assert (name, account.cash_quote) == (name, record.cash_quote)
        assert (account.sizes_wad, account.entries_quote) == (dict(record.sizes_wad), dict(record.entries_quote))
        assert books.equity_quote(name, {"WETH": 100 * 10**8}) == record.equity_quote


def test_they_stand_right_before_a_position():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block().trade("a/0", -4, 100).trade("a/0", -6, 100)
    books = Books(Timeline(builder.trace), "perp")
    assert books.until((0, 0, 1)).accounts["a/0"].sizes_wad["WETH"] == 10 * 10**18
    assert books.until((0, 1, 0)).accounts["a/0"].sizes_wad["WETH"] == 6 * 10**18
    assert books.until(END).side("WETH", long=True) == ["pricing-perp-virtual-amm"]


def test_cash_moves_between_accounts_of_one_owner():
    builder = PerpTraceBuilder().trader("a/0", 1, 100, 60).block().transaction("x")
    args = {"owner": "a/0", "fromSlot": NOBODY, "toSlot": "WETH", "amountQuote": usdc(20)}
    builder.event("perp", "CashMoved", **args)
    books = Books(Timeline(builder.trace), "perp").until(END)
    assert books.accounts["a/0"].cash_quote == usdc(40)
    assert books.accounts["a/0:WETH"].cash_quote == usdc(20)
