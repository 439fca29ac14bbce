"""Liquidation on a perpetual market: edges, sizes, fees, bankruptcy prices."""

from __future__ import annotations

import pytest

from sim.units import E8, WAD
from tests.perps import ALICE, BOB, CAROL, CROSS, KEEPER, USD, PerpMarket, new_perp_market

ETH = WAD


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH from $ 2,000 with $ 1,000: maintenance 6 %, initial 10 %, bankrupt at $ 1,800."""
    made = new_perp_market(revm, deploy)
    made.pay_in(ALICE, 1_000 * USD)
    made.trade(ALICE, "ETH", 5 * ETH)
    return made


def bankruptcy_e8(perps: PerpMarket, account: str, symbol: str) -> int:
    """Return the bankruptcy price of a position of a cross account."""
    return perps.terms.read("bankruptcyE8", perps.market, account, CROSS, perps.instruments[symbol])


# Whether and how much


def test_an_account_at_maintenance_margin_is_safe_and_one_unit_below_it_is_not(perps):
    """5 p - 9,000 = 0.3 p at p = 9,000 / 4.7."""
    edge = 9_000 * E8 * 10 // 47
    for price in range(edge + 40, edge - 40, -1):
        perps.price("ETH", price)
        state = perps.state(ALICE)
        if state.equityQuote < state.maintenanceQuote:
            break
        margin = state.equityQuote - state.maintenanceQuote
    assert margin == 0
    perps.price("ETH", price + 1)
    assert perps.liquidate_error(ALICE, "ETH").startswith("NotLiquidatable(")
    perps.price("ETH", price)
    perps.liquidate(ALICE, "ETH")
    assert perps.liquidate_error(BOB, "ETH").startswith("NoPosition(")


def test_it_closes_the_least_share_of_4096_that_is_enough(perps):
    """Equity 500 carries 5,000 at initial margin: of 9,500 that leaves 4,500 to close, fee aside."""
    perps.price("ETH", 1_890 * E8)  # equity 450, maintenance 567
    perps.liquidate(ALICE, "ETH")
    state = perps.state(ALICE)
    assert state.equityQuote >= state.initialQuote
    left = perps.size(ALICE, "ETH")
    assert (5 * ETH - left) * 4096 % (5 * ETH) == 0
    step = 5 * ETH // 4096
    assert (left + step) * 1_890 * USD // ETH > 4_500 * USD, "a step less would not have been enough"
    assert perps.cash(KEEPER) == 0
    perps.require_conserved()


def test_the_least_share_the_dust_and_half_of_maintenance_close_more(perps):
    perps.add("ETH", 0, closeMinBps=9_000)
    perps.price("ETH", 1_890 * E8)
    assert perps.liquidate(ALICE, "ETH")["bookWad"] == 9 * ETH // 2
    perps.require_conserved()


def test_a_rest_that_would_be_dust_is_closed_too(perps):
    perps.add("ETH", 0, minNotionalQuote=4_600 * USD)
    perps.price("ETH", 1_890 * E8)
    assert perps.liquidate(ALICE, "ETH")["bookWad"] == 5 * ETH
    assert perps.cash(ALICE) == 450 * USD


def test_below_half_of_maintenance_margin_everything_is_closed(perps):
    perps.price("ETH", 1_850 * E8)  # equity 250, maintenance 555
    assert perps.liquidate(ALICE, "ETH")["bookWad"] == 5 * ETH
    assert perps.cash(ALICE) == 250 * USD
    perps.require_conserved()


def test_the_book_is_asked_what_closing_costs(perps):
    """With a spread, more has to be closed, and what is left meets initial margin all the same."""
    perps.price("ETH", 1_890 * E8)
    perps.book(spread_bps=100)
    perps.liquidate(ALICE, "ETH")
    state = perps.state(ALICE)
    assert state.equityQuote >= state.initialQuote
    assert perps.size(ALICE, "ETH") < 22 * ETH // 10


def test_the_fee_goes_to_liquidator_and_fund_and_is_capped_by_the_equity_left(perps):
    perps.add("ETH", 0, liquidationFeeBps=100, fundShareBps=5_000)
    perps.price("ETH", 1_850 * E8)
    assert perps.liquidate(ALICE, "ETH")["feeQuote"] == 92_500_000
    assert perps.cash(KEEPER) == 46_250_000
    assert perps.totals().fundDuesQuote == 46_250_000
    assert perps.cash(ALICE) == 157_500_000
    perps.require_conserved()
    perps.rules(receiver=CAROL)
    perps.market.send(BOB, "sendFundDues")
    assert perps.quote.read("balanceOf", CAROL) == 46_250_000
    perps.require_conserved()
    perps.pay_in(BOB, 1_000 * USD)
    perps.price("ETH", 2_000 * E8)
    perps.trade(BOB, "ETH", 5 * ETH)
    perps.price("ETH", 1_801 * E8)  # equity 5
    assert perps.liquidate(BOB, "ETH")["feeQuote"] == 5 * USD
    assert perps.cash(BOB) == 0
    perps.require_conserved()


def test_bankruptcy_price_of_a_cross_account_shares_equity_by_maintenance_margin(perps):
    assert bankruptcy_e8(perps, ALICE, "ETH") == 1_800 * E8
    perps.trade(ALICE, "ETH", -5 * ETH)
    perps.trade(ALICE, "ETH", 2 * ETH)
    perps.trade(ALICE, "BTC", -ETH // 50)
    assert bankruptcy_e8(perps, ALICE, "ETH") == 1_600 * E8, "4/5 of 1,000 behind 2 ETH"
    assert bankruptcy_e8(perps, ALICE, "BTC") == 60_000 * E8
