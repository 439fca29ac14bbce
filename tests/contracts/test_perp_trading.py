"""Rules of trades on a perpetual market: both sides, margin, profit, reductions, caps, validity of prices."""

from __future__ import annotations

import pytest

from sim.units import E8, UINT256_MAX, WAD
from tests.lending import OWNER
from tests.perps import ALICE, BOB, CAROL, CROSS, USD, new_perp_market

ETH = WAD


@pytest.fixture
def perps(revm, deploy):
    """A market with ALICE's 1,000 and BOB's 1,000 USDC."""
    made = new_perp_market(revm, deploy)
    made.pay_in(ALICE, 1_000 * USD)
    made.pay_in(BOB, 1_000 * USD)
    return made


def test_a_trade_has_two_sides(perps):
    events = dict(perps.trade(ALICE, "ETH", 2 * ETH))
    assert events["Traded"]["quoteDelta"] == -4_000 * USD
    mine, makers = perps.position(ALICE, "ETH"), perps.position(perps.pricing, "ETH")
    assert (mine.sizeWad, mine.entryQuote) == (2 * ETH, -4_000 * USD)
    assert (makers.sizeWad, makers.entryQuote) == (-2 * ETH, 4_000 * USD)
    state = perps.of("ETH")
    assert (state.longWad, state.shortWad, state.makerWad) == (2 * ETH, 0, -2 * ETH)
    assert (state.longCount, state.shortCount) == (1, 1)
    perps.require_conserved()


def test_values_round_against_the_holder(perps):
    """A third of a unit of quote is nothing to a long and a whole one to a short."""
    perps.price("ETH", 1)  # 1e-8 quote per base: one whole base is 0.01 units
    perps.trade(ALICE, "ETH", 33 * ETH)
    perps.trade(BOB, "ETH", -33 * ETH)
    assert perps.position(ALICE, "ETH").entryQuote == -1
    assert perps.position(BOB, "ETH").entryQuote == 0
    assert perps.state(ALICE).equityQuote == 1_000 * USD - 1
    assert perps.state(BOB).equityQuote == 1_000 * USD - 1
    assert perps.state(ALICE).maintenanceQuote == 1, "margins round up"
    perps.require_conserved()


def test_reducing_realises_the_closed_share_and_keeps_the_entry_price(perps):
    perps.trade(ALICE, "ETH", 3 * ETH)
    perps.price("ETH", 2_100 * E8)
    perps.trade(ALICE, "ETH", -1 * ETH)
    held = perps.position(ALICE, "ETH")
    assert (held.sizeWad, held.entryQuote) == (2 * ETH, -4_000 * USD)
    assert perps.cash(ALICE) == 1_100 * USD
    assert perps.cash(perps.pricing) == (10_000_000 - 100) * USD
    perps.require_conserved()


def test_crossing_zero_closes_first_and_opens_at_the_price_of_the_trade(perps):
    perps.trade(ALICE, "ETH", 1 * ETH)
    perps.price("ETH", 2_200 * E8)
    perps.trade(ALICE, "ETH", -3 * ETH)
    held = perps.position(ALICE, "ETH")
    assert (held.sizeWad, held.entryQuote) == (-2 * ETH, 4_400 * USD)
    assert perps.cash(ALICE) == 1_200 * USD
    state = perps.of("ETH")
    assert (state.longWad, state.shortWad, state.makerWad) == (0, 2 * ETH, 2 * ETH)
    perps.require_conserved()


def test_opening_needs_initial_margin_to_the_unit(perps):
    """6 % maintenance is 60 % of initial margin: 1,000 carry 10,000 of notional, and not a unit more."""
    error = perps.trade_error(ALICE, "ETH", 5 * ETH + 10**12)
    assert error.startswith("InsufficientMargin(")
    perps.trade(ALICE, "ETH", 5 * ETH)
    assert perps.state(ALICE).initialQuote == 1_000 * USD
    assert perps.trade_error(ALICE, "BTC", 10**12).startswith("InsufficientMargin(")
    perps.pay_in(ALICE, 3)
    perps.trade(ALICE, "ETH", 10**8)
    state = perps.state(ALICE)
    assert (state.openingQuote, state.initialQuote) == (1_000 * USD + 2, 1_000 * USD + 2)


def test_fee_is_paid_by_the_trader_shared_with_the_maker_and_rounds_up(perps):
    perps.add("ETH", 0, tradingFeeBps=5, makerFeeShareBps=3_000)
    perps.trade(ALICE, "ETH", 1 * ETH + 1)  # 2,000.000001 rounds to 2000.000001 paid, fee 1.0000000005
    assert perps.cash(ALICE) == 999 * USD - 1
    assert perps.cash(perps.pricing) == 10_000_000 * USD + 300_000
    assert perps.totals().feesQuote == 700_001
    perps.require_conserved()
    perps.market.send(OWNER, "takeFees", CAROL)
    assert perps.quote.read("balanceOf", CAROL) == 700_001
    perps.require_conserved()
    assert perps.market.send_error(ALICE, "takeFees", ALICE).startswith("OwnableUnauthorizedAccount(")


def test_paper_profit_counts_by_its_weight_for_opening_and_for_withdrawing(perps):
    """At weight 0 profits buy and pay nothing until they are realised."""
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.price("ETH", 2_400 * E8)
    state = perps.state(ALICE)
    assert (state.equityQuote, state.openingQuote, state.initialQuote) == (3_000 * USD, 1_000 * USD, 1_200 * USD)
    assert perps.trade_error(ALICE, "ETH", ETH).startswith("InsufficientMargin(")
    assert perps.withdraw_error(ALICE, 1).startswith("InsufficientMargin(")
    perps.rules(weight_bps=5_000)
    assert perps.state(ALICE).openingQuote == 2_000 * USD
    perps.withdraw(ALICE, 800 * USD)
    assert perps.withdraw_error(ALICE, 1).startswith("InsufficientMargin(")
    perps.require_conserved()


def test_paper_profit_pays_out_cash_at_full_weight_only(perps):
    """Mango: two accounts against each other, a price pushed, the winner takes what the loser does not have."""
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.trade(BOB, "ETH", -5 * ETH)
    perps.price("ETH", 6_000 * E8)
    assert perps.withdraw_error(ALICE, 1_000 * USD).startswith("InsufficientMargin(")
    assert perps.withdraw_error(ALICE, 15_000 * USD).startswith("InsufficientMargin(")
    perps.rules(weight_bps=10_000)
    perps.withdraw(ALICE, 18_000 * USD)
    assert perps.cash(ALICE) == -17_000 * USD
    assert perps.state(BOB).equityQuote < 0
    perps.require_conserved()


def test_losses_count_in_full(perps):
    perps.rules(weight_bps=5_000)
    perps.trade(ALICE, "ETH", ETH)
    perps.trade(ALICE, "BTC", ETH // 100)
    perps.price("ETH", 2_100 * E8)
    perps.price("BTC", 45_000 * E8)
    assert perps.state(ALICE).equityQuote == 1_050 * USD
    assert perps.state(ALICE).openingQuote == 1_000 * USD


def test_a_reduction_is_allowed_below_initial_margin_and_an_increase_is_not(perps):
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.price("ETH", 1_900 * E8)
    assert perps.state(ALICE).equityQuote == 500 * USD
    assert perps.trade_error(ALICE, "ETH", 1).startswith("InsufficientMargin(")
    perps.trade(ALICE, "ETH", -1 * ETH)
    assert perps.trade_error(ALICE, "ETH", -10 * ETH).startswith("InsufficientMargin("), (
        "beyond zero is an increase"
    )
    perps.trade(ALICE, "ETH", -4 * ETH)
    assert perps.cash(ALICE) == 500 * USD
    perps.require_conserved()


def test_a_reduction_that_costs_more_than_the_margin_it_frees_is_refused(perps):
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.price("ETH", 1_900 * E8)
    perps.book(spread_bps=1_100)
    assert perps.trade_error(ALICE, "ETH", -1 * ETH).startswith("ReductionWorsens(")
    perps.book(spread_bps=900)
    perps.trade(ALICE, "ETH", -1 * ETH)


def test_an_account_without_equity_leaves_through_liquidation_only(perps):
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.price("ETH", 1_790 * E8)
    assert perps.state(ALICE).equityQuote == -50 * USD
    assert perps.trade_error(ALICE, "ETH", -5 * ETH).startswith("ReductionWorsens(")


def test_limit_of_a_trade(perps):
    perps.book(spread_bps=10)
    assert perps.trade_error(ALICE, "ETH", ETH, limit=-2_001 * USD).startswith("LimitExceeded(")
    perps.market.send(ALICE, *perps.trade_args("ETH", ETH, limit=-2_002 * USD))
    assert perps.trade_error(ALICE, "ETH", -ETH, limit=1_999 * USD).startswith("LimitExceeded(")


def test_caps_hold_each_side_apart_and_reductions_pass(perps):
    perps.add("ETH", 0, openInterestCapWad=3 * ETH)
    perps.trade(ALICE, "ETH", 2 * ETH)
    perps.trade(BOB, "ETH", -3 * ETH)
    error = perps.trade_error(BOB, "ETH", -1)
    assert error == f"OpenInterestCapExceeded({perps.instruments['ETH']}, {3 * ETH + 1}, {3 * ETH})"
    perps.trade(ALICE, "ETH", ETH)
    assert perps.trade_error(ALICE, "ETH", 1).startswith("OpenInterestCapExceeded(")
    perps.add("ETH", 0, openInterestCapWad=ETH)
    perps.trade(ALICE, "ETH", -ETH)
    assert perps.trade_error(ALICE, "ETH", -4 * ETH).startswith("OpenInterestCapExceeded(")
    perps.add("BTC", 0, openInterestCapWad=1)
    perps.trade(ALICE, "BTC", 1)
    perps.require_conserved()


def test_open_interest_on_one_side_only(perps):
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.trade(BOB, "ETH", 5 * ETH)
    state = perps.of("ETH")
    assert (state.longWad, state.shortWad, state.makerWad) == (10 * ETH, 0, -10 * ETH)
    for account in (ALICE, BOB):
        perps.trade(account, "ETH", -5 * ETH)
    state = perps.of("ETH")
    assert (state.longWad, state.shortWad, state.makerWad, state.longCount, state.shortCount) == (0, 0, 0, 0, 0)
    assert perps.market.read("holders", perps.instruments["ETH"])[0] == []
    perps.require_conserved()


def test_dust_of_a_position_is_refused(perps):
    perps.add("ETH", 0, minNotionalQuote=100 * USD)
    assert perps.trade_error(ALICE, "ETH", ETH // 21).startswith("PositionTooSmall(")
    perps.trade(ALICE, "ETH", ETH // 20)
    assert perps.trade_error(ALICE, "ETH", -ETH // 30).startswith("PositionTooSmall(")
    perps.trade(ALICE, "ETH", -ETH // 20)


def test_the_maker_trades_with_nobody_and_carries_what_its_capital_allows(revm, deploy):
    perps = new_perp_market(revm, deploy, maker_usd=1_000)
    perps.pay_in(ALICE, 10_000 * USD)
    perps.pay_in(BOB, 10_000 * USD)
    perps.trade(ALICE, "ETH", 5 * ETH)
    assert perps.trade_error(ALICE, "ETH", ETH // 10).startswith("MakerMarginExceeded(")
    perps.trade(BOB, "ETH", -7 * ETH)
    assert perps.of("ETH").makerWad == 2 * ETH
    assert perps.trade_error(BOB, "ETH", -4 * ETH).startswith("MakerMarginExceeded(")
    perps.require_conserved()


def test_self_dealing_across_two_accounts_gains_nothing_at_a_fixed_price(perps):
    """Whatever one account wins the other loses, and rounding goes to neither."""
    for spread in (0, 10):
        perps.book(spread_bps=spread)
        before = sum(perps.state(one).equityQuote for one in (ALICE, BOB))
        for size in (ETH // 3, -ETH // 7, 5 * ETH // 11):
            perps.trade(ALICE, "ETH", size)
            perps.trade(BOB, "ETH", -size)
        for one in (ALICE, BOB):
            perps.trade(one, "ETH", -perps.size(one, "ETH"))
        assert sum(perps.state(one).equityQuote for one in (ALICE, BOB)) <= before
    perps.require_conserved()


def test_an_invalid_price_refuses_trades_and_liquidations_but_not_deposits_and_settlement(perps):
    perps.add("ETH", 0, fundingIntervalS=28_800)
    perps.price("ETH", 2_000 * E8, index_e8=1_990 * E8)
    perps.wait(3_600)
    perps.trade(ALICE, "ETH", 5 * ETH)
    perps.wait(3_600)
    perps.price("ETH", 0)
    instrument = perps.instruments["ETH"]
    invalid = f"InvalidIndex({instrument}, 0)"
    assert perps.trade_error(ALICE, "ETH", -ETH) == invalid
    assert perps.trade_error(BOB, "ETH", ETH) == invalid
    assert perps.liquidate_error(ALICE, "ETH") == invalid
    assert perps.withdraw_error(ALICE, 1) == invalid
    assert perps.market.read_error("accountState", ALICE, CROSS) == invalid
    perps.withdraw(BOB, 500 * USD)
    perps.pay_in(ALICE, 1)
    cash = perps.cash(ALICE)
    perps.market.send(BOB, "settle", ALICE, CROSS)
    assert perps.cash(ALICE) < cash
    assert perps.of("ETH").fundingRateWad == 0, "no premium without a price"
    error = perps.trade_error(BOB, "BTC", ETH // 100)
    assert error == invalid, "the maker carries both instruments, and cannot be valued"
    perps.require_conserved()


def test_unknown_instruments_slots_and_nothing_are_refused(perps):
    eth, btc = perps.instruments["ETH"], perps.instruments["BTC"]
    assert perps.market.send_error(ALICE, "trade", CROSS, ALICE, 1, 0) == f"UnknownInstrument({ALICE})"
    assert perps.market.send_error(ALICE, "trade", btc, eth, 1, 0) == f"WrongSlot({btc}, {eth})"
    assert perps.market.send_error(ALICE, "deposit", 1, ALICE, ALICE) == f"UnknownInstrument({ALICE})"
    assert perps.trade_error(ALICE, "ETH", 0) == "ZeroAmount()"
    assert perps.market.send_error(ALICE, "deposit", 0, ALICE, CROSS) == "ZeroAmount()"
    assert perps.withdraw_error(CAROL, UINT256_MAX) == "ZeroAmount()"


def test_parameters_are_bounded_and_pricing_stays_while_there_are_positions(perps):
    for name, limit in (
        ("maintenanceShareBps", 10_000),
        ("tradingFeeBps", 10_000),
        ("makerFeeShareBps", 10_000),
        ("liquidationFeeBps", 10_000),
        ("fundShareBps", 10_000),
        ("closeMinBps", 10_000),
    ):
        with pytest.raises(AssertionError, match=rf"ParameterOutOfRange\(.*{limit + 1}, {limit}\)"):
            perps.add("ETH", 0, **{name: limit + 1})
    with pytest.raises(AssertionError, match="TierNotContinuous"):
        perps.add("ETH", 0, tiers=[(0, 600, 0), (10**9, 700, 10**9)])
    perps.trade(ALICE, "ETH", ETH)
    other = perps.deploy(perps.chain, "HandPricing", 6)
    with pytest.raises(AssertionError, match=r"ParameterOutOfRange\(.*2, 0\)"):
        perps.add("ETH", 0, pricing=other)
