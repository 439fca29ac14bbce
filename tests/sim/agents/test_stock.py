"""Stock is what was seized and not sold, first in, first out."""

from sim.agents.stock import SeizedStock


def test_seized_collateral_becomes_a_lot_and_sales_leave_the_oldest_first():
    stock = SeizedStock()
    stock.observe(0, {"WETH": 5, "USDC": 1_000})
    stock.touch("WETH", 0)
    stock.observe(1, {"WETH": 15, "USDC": 900})
    stock.touch("WETH", 1)
    stock.observe(2, {"WETH": 22, "USDC": 850})
    assert (stock.held("WETH"), stock.held_since("WETH", 1)) == (17, 10)
    stock.touch("WETH", 2)
    stock.observe(3, {"WETH": 10, "USDC": 1_000})
    assert (stock.held("WETH"), stock.held_since("WETH", 1)) == (5, 0)


def test_money_on_the_other_side_is_not_stock():
    stock = SeizedStock()
    stock.observe(0, {"WETH": 10, "USDC": 100})
    stock.touch("WETH", 0)
    stock.observe(1, {"WETH": 0, "USDC": 500})
    assert stock.held("USDC") == stock.held("WETH") == 0


def test_an_action_that_waits_still_counts_when_it_lands():
    stock = SeizedStock()
    stock.observe(0, {"WETH": 0})
    stock.touch("WETH", 3)
    stock.observe(1, {"WETH": 0})
    stock.observe(3, {"WETH": 4})
    assert stock.held_since("WETH", 3) == 4


def test_stock_is_never_more_than_the_balance():
    stock = SeizedStock()
    stock.observe(0, {"WETH": 0})
    stock.touch("WETH", 0)
    stock.observe(1, {"WETH": 10})
    stock.observe(2, {"WETH": 4})
    stock.touch("WETH", 2)
    stock.observe(3, {"WETH": 4})
    assert stock.held("WETH") == 4
