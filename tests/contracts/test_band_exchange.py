"""BandExchange on chain: every trade is the mirror's, every token is accounted for, the oracle is held back."""

from __future__ import annotations

import pytest

from sim.reference import bands
from sim.units import E8, WAD
from tests.soft import (
    BORROWER,
    DONOR,
    ETH,
    OWNER,
    PRICE_E8,
    TRADER,
    USD,
    SoftMarket,
    new_soft_market,
)


def filled(chain, deploy, **config) -> SoftMarket:
    """Three loans over bands that overlap, at 2,000 USD."""
    soft = new_soft_market(chain, deploy, **config)
    soft.loan(10 * ETH, 17_000 * USD, 10)
    soft.loan(5 * ETH + 7, 8_300 * USD, 4, DONOR)
    soft.loan(3 * ETH, 4_000 * USD, 50, OWNER)
    return soft


def mirrored(soft: SoftMarket, sells: bool, amount: int) -> tuple[int, int]:
    """What a trade should spend and bring, band by band on the mirror."""
    trade, held = soft.band_trade(sells), soft.bands()
    spent = out = 0
    active = soft.exchange.read("activeBand")
    order = sorted((n for n in held if (n <= active if sells else n >= active)), reverse=sells)
    for n in order:
        up, down = (bands.edge_wad_down(2_000 * WAD, soft.amplification, n + i) for i in (0, 1))
        x, y, _ = held[n]
        reserves = (y, x) if sells else (x, y)
        fill = bands.fill(trade, *reserves, up, down, amount - spent)
        spent, out = spent + fill.spent, out + fill.out
        if not fill.emptied and reserves[1]:
            break
    return spent, out


@pytest.mark.parametrize("admin_fee_bps", [0, 5_000])
def test_trades_equal_the_mirror_and_their_quotes(admin_fee_bps, revm, deploy):
    soft = filled(revm, deploy, admin_fee_bps=admin_fee_bps)
    for price, sells, amount in [
        (1_980, False, 900 * USD),
        (1_900, False, 7_000 * USD),
        (1_900, True, 2 * ETH),
        (1_750, False, 60_000 * USD),
        (1_950, True, 9 * ETH),
        (2_100, True, 10**24),
        (1_500, False, 1),
    ]:
        soft.wait(200)
        soft.set_price(price * E8)
        expected = mirrored(soft, sells, amount)
        assert tuple(soft.exchange.read("quoteExactIn", sells, amount)) == expected
        if expected[1]:
            assert soft.trade(sells, amount) == expected
        else:
            soft.fund(TRADER, "WETH" if sells else "USDC", amount)
            error = soft.exchange.send_error(TRADER, "exchange", sells, amount, 0, TRADER)
            assert error == f"NothingTraded({amount})"
        soft.reconcile()


def test_edges_equal_the_mirror(revm, deploy):
    soft = new_soft_market(revm, deploy, amplification=83, supply=0)
    for n in (-200, -1, 0, 1, 2, 37, 500):
        assert soft.exchange.read("edgeWad", n) == bands.edge_wad_down(2_000 * WAD, 83, n)


def test_deposit_is_spread_evenly_over_the_bands(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH + 3, 17_000 * USD, 7)
    first, count = soft.exchange.read("positionOf", BORROWER)
    held = soft.bands()
    assert sorted(held) == list(range(first, first + 7)) and count == 7
    each = (10 * ETH + 3) // 7
    assert [held[n][1] for n in sorted(held)] == [10 * ETH + 3 - 6 * each] + [each] * 6
    soft.reconcile()


def test_price_of_a_band_moves_with_the_cube_of_the_oracle(revm, deploy):
    """P³/U² where a band is all collateral (remembered of the paper; it follows from the curve)."""
    soft = filled(revm, deploy)
    first, _ = soft.exchange.read("positionOf", BORROWER)
    soft.trade(False, USD)
    for price in (1_990, 1_900, 1_700):
        soft.wait(200)
        soft.set_price(price * E8)
        n = soft.exchange.read("activeBand")
        expected = bands.end_price_wad_down(price * WAD, soft.exchange.read("edgeWad", n))
        assert soft.exchange.read("priceWad") == pytest.approx(expected, rel=2e-5)
    assert n == min(soft.bands())


@pytest.mark.parametrize("fee_bps", [0, 60])
@pytest.mark.parametrize("price", [1_970, 1_900, 1_800])
def test_no_round_trip_gains_at_a_constant_oracle(price, fee_bps, revm, deploy):
    soft = filled(revm, deploy, fee_bps=fee_bps)
    soft.wait(200)
    soft.set_price(price * E8)
    soft.arbitrage()
    for usd in (1_000_003, 50 * USD, 3_000 * USD, 40_000 * USD):
        spent, bought = soft.trade(False, usd)
        sold, back = soft.trade(True, bought)
        assert sold <= bought and back <= spent
        soft.reconcile()


def test_fee_stays_in_the_bands_and_the_owner_gets_its_share(revm, deploy):
    soft = filled(revm, deploy, admin_fee_bps=2_500)
    soft.wait(200)
    soft.set_price(1_950 * E8)
    spent, _ = soft.trade(False, 1_000 * USD)
    assert soft.exchange.read("adminFees") == (spent * 60 // 10_000 // 4, 0)
    recovered = soft.exchange.read("recoveredOf", BORROWER)
    for _ in range(5):
        _, bought = soft.trade(False, 500 * USD)
        soft.trade(True, bought)
    assert soft.exchange.read("recoveredOf", BORROWER) > recovered
    before = soft.balance("USDC", OWNER), soft.balance("WETH", OWNER)
    fees = soft.exchange.read("adminFees")
    soft.exchange.send(DONOR, "collectAdminFees")
    assert (soft.balance("USDC", OWNER), soft.balance("WETH", OWNER)) == (
        before[0] + fees[0],
        before[1] + fees[1],
    )
    soft.reconcile()


def test_oracle_is_bound_after_a_trade_and_its_fee_fades(revm, deploy):
    soft = filled(revm, deploy)
    soft.trade(False, USD)
    soft.set_price(1_000 * E8)
    price, fee = soft.exchange.read("oracleWad")
    assert (price, fee) == bands.step_down(1_000 * WAD, 2_000 * WAD, 0, 0) == (1_600 * WAD, fee)
    assert fee == WAD - (8 * WAD // 10) ** 3 // WAD**2
    soft.wait(60)
    assert soft.exchange.read("oracleWad") == (1_600 * WAD, fee // 2)
    soft.wait(60)
    assert soft.exchange.read("oracleWad") == (1_000 * WAD, soft.fee_wad), "the bound ends with the window"


def test_steps_compound_over_trades_and_so_do_their_fees(revm, deploy):
    """The bound is per trade: three of them within a block walk to where one may not jump, at 99 % each."""
    soft = filled(revm, deploy)
    soft.trade(False, USD)
    soft.set_price(1_100 * E8)
    fees = []
    for expected in (1_600, 1_280, 1_100):
        price, fee = soft.exchange.read("oracleWad")
        assert price == expected * WAD
        fees.append(fee)
        soft.trade(False, USD)
    assert fees[0] < fees[1] <= fees[2] == bands.MAX_FEE_WAD


def test_stale_or_missing_prices_stop_trades(revm, deploy):
    soft = filled(revm, deploy, max_price_age_s=3_600)
    soft.wait(3_601)
    soft.fund(TRADER, "USDC", USD)
    assert soft.exchange.send_error(TRADER, "exchange", False, USD, 0, TRADER) == "StalePrice(3601, 3600)"


def test_least_output_is_kept(revm, deploy):
    soft = filled(revm, deploy)
    soft.fund(TRADER, "USDC", USD)
    _, out = soft.exchange.read("quoteExactIn", False, USD)
    error = soft.exchange.send_error(TRADER, "exchange", False, USD, out + 1, TRADER)
    assert error == f"InsufficientOutput({out}, {out + 1})"


def test_collateral_joins_only_below_what_is_converted(revm, deploy):
    soft = filled(revm, deploy)
    soft.wait(200)
    soft.set_price(1_850 * E8)
    soft.arbitrage()
    free = soft.exchange.read("firstFreeBand")
    assert free == soft.exchange.read("activeBand") + 1
    soft.wait(200)
    soft.set_price(PRICE_E8)
    # Bands up to 2,000 would be open by price, but the trades that free them have not come yet.
    assert soft.market.read("firstBandFor", ETH, 1_700 * USD, 4) == free
    soft.arbitrage()
    assert soft.market.read("firstBandFor", ETH, 1_700 * USD, 4) < free
    soft.reconcile()


def test_bands_may_be_opened_above_abandoned_ones(revm, deploy):
    """The active band follows: empty bands are skipped in either direction."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.fund(BORROWER, "USDC", 17_000 * USD)
    soft.send(BORROWER, "repay", 17_000 * USD, BORROWER)
    assert not soft.bands()
    soft.wait(200)
    soft.set_price(4 * PRICE_E8)
    soft.loan(10 * ETH, 68_000 * USD)
    first, _ = soft.exchange.read("positionOf", BORROWER)
    assert -145 < first < -130
    for price in range(8_000, 6_500, -40):
        soft.wait(200)
        soft.set_price(price * E8)
        soft.arbitrage()
    x, y = soft.amounts()
    assert x > 70_000 * USD and y == 0
    soft.reconcile()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((BORROWER, ETH, 5, 3), "BandCountOutOfRange(3, 4, 50)"),
        ((BORROWER, ETH, 5, 51), "BandCountOutOfRange(51, 4, 50)"),
        ((BORROWER, 399, 5, 4), "DepositTooSmall(399, 400)"),
        ((BORROWER, ETH, 1_021, 4), "BandOutOfRange(1024, 1023)"),
        ((BORROWER, ETH, -1_024, 4), "BandOutOfRange(-1024, 1023)"),
    ],
)
def test_deposits_out_of_range_are_refused(arguments, error, revm, deploy):
    soft = new_soft_market(revm, deploy, supply=0)
    fresh = deploy(revm, "BandExchange", OWNER, soft.exchange.read("config"))
    assert fresh.send_error(TRADER, "deposit", *arguments).startswith("NotMarket(")
    fresh.send(OWNER, "setMarket", TRADER)
    assert fresh.send_error(TRADER, "deposit", *arguments) == error
    assert fresh.send_error(OWNER, "setMarket", OWNER) == f"MarketAlreadySet({TRADER})"


def test_only_the_market_takes_collateral_out(revm, deploy):
    soft = filled(revm, deploy)
    error = soft.exchange.send_error(TRADER, "withdraw", BORROWER, WAD)
    assert error == f"NotMarket({TRADER}, {soft.market.address})"


def test_last_one_out_leaves_only_fractions_of_a_unit_to_the_owner(revm, deploy):
    soft = filled(revm, deploy)
    soft.wait(200)
    soft.set_price(1_900 * E8)
    soft.arbitrage()
    for account in (BORROWER, DONOR, OWNER):
        soft.fund(account, "USDC", soft.debt(account))
        soft.send(account, "repay", soft.debt(account), account)
        soft.reconcile()
    assert not soft.bands()
    fees = soft.exchange.read("adminFees")
    assert all(fee <= 2 * 64 for fee in fees)
    soft.exchange.send(TRADER, "collectAdminFees")
    assert soft.balance("USDC", soft.exchange) == soft.balance("WETH", soft.exchange) == 0


def test_a_trade_of_many_bands_stops_where_its_steps_end(revm, deploy):
    """No more than a hundred bands a trade; the next one goes on."""
    soft = new_soft_market(revm, deploy)
    for i, account in enumerate((BORROWER, DONOR, OWNER)):
        soft.loan(ETH, (1_400 - 450 * i) * USD, 50, account)
    soft.wait(200)
    soft.set_price(100 * E8)
    spent, bought = soft.trade(False, 10**6 * USD)
    assert 0 < bought < 3 * ETH
    soft.reconcile()
    spent, more = soft.trade(False, 10**6 * USD)
    assert bought + more == 3 * ETH
    soft.reconcile()
