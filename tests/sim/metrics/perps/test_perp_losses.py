"""Every loss beyond equity is counted once, and gains and losses together are nothing."""

import pytest

from sim.metrics.perps.gains import gain_metrics, gains
from sim.metrics.perps.losses import loss_metrics, perp_losses
from sim.metrics.timeline import Timeline
from sim.units import E8
from tests.sim.metrics.perps.test_waterfall import all_stages
from tests.sim.metrics.perps.traces import MAKER, NOBODY, USDC, PerpTraceBuilder


def test_parts_of_the_realised_loss():
    lost = perp_losses(Timeline(all_stages().trace))
    parts = lost.deleveraged_base, lost.vault_base, lost.fund_base, lost.socialised_base, lost.booked_base
    assert parts == tuple(E8 * amount for amount in (2, 3, 4, 5, 1))
    assert lost.realised_base == lost.bad_debt_base == 15 * E8
    assert lost.residual_base == E8


def test_what_covers_booked_bad_debt_is_not_counted_again():
    builder = all_stages().transaction("x").pay(NOBODY, 1, slot="WETH")
    builder.event("perp", "BadDebtCovered", instrument="WETH", payer="stage-perp-fund", amountQuote=USDC)
    lost = perp_losses(Timeline(builder.trace))
    assert (lost.realised_base, lost.fund_drawn_base) == (15 * E8, 5 * E8)
    assert (lost.covered_base, lost.residual_base) == (E8, 0)


@pytest.mark.parametrize(("fill", "counted"), [(103, 2), (101, 2), (100.5, 1), (99, 0)])
def test_of_a_fill_beyond_the_bankruptcy_price_the_part_up_to_it_counts(fill, counted):
    stages = [{"kind": "deleverage", "name": None, "fill_price": "index"}]
    builder = PerpTraceBuilder(waterfall=stages).trader("l/0", 2, 101, 0).trader("w/0", -10, 110, 10).block()
    builder.transaction("x").deleverage("l/0", "w/0", 2, fill, 100).liquidated(
        "l/0", 2, 100, stages=2, bankruptcy=101
    )
    assert perp_losses(Timeline(builder.trace)).realised_base == counted * E8


def test_negative_equity_at_the_end_is_not_realised_yet():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 30).trader("b/0", -10, 100, 30).block().finish(mark=96)
    lost = perp_losses(Timeline(builder.trace))
    assert (lost.realised_base, lost.unrealised_base, lost.residual_base) == (0, 10 * E8, 10 * E8)


def test_peak_open_interest_is_of_the_larger_side():
    builder = (
        PerpTraceBuilder().block().prices(mark=100, long=3, short=5).block().prices(mark=120, long=4, short=1)
    )
    assert perp_losses(Timeline(builder.trace)).peak_open_interest_base == 500 * E8


def test_fees_and_funding():
    builder = PerpTraceBuilder().trader("a/0", 10, 100, 60).block().trade("a/0", -1, 100, fee=0.05)
    names = {"owner": "a/0", "slot": NOBODY, "instrument": "WETH"}
    builder.event("perp", "FundingSettled", **names, paidQuote=3 * USDC)
    builder.event("perp", "FundingSettled", **{**names, "owner": MAKER}, paidQuote=-3 * USDC)
    builder.closed("a/0", 9, 96, fee=2)
    metrics = loss_metrics(Timeline(builder.trace))
    assert metrics["funding_paid_usd"] == 3.0
    assert (metrics["trading_fees_usd"], metrics["liquidation_fees_usd"]) == (0.05, 2.0)


def played() -> PerpTraceBuilder:
    """A run with trades, fees, a deposit, a withdrawal and a liquidation that goes through all stages."""
    builder = all_stages()
    builder.transaction("x").deposited("w/0", 100).deposited("w/0", 30, "Withdrawn")
    return builder.trade("w/0", 3, 99, fee=0.3).transaction("x").liquidated("w/0", -5, 100, fee=1).finish()


def test_gains_by_group_and_that_they_come_to_nothing():
    found = {one.group: one.quote for one in gains(Timeline(played().trace), "perp")}
    # The long lost what it had at the start: -10 of profit and no cash.
    assert found["l"] == 10 * USDC
    assert found["fund"] == -4 * USDC
    assert found["bad debt"] == -USDC
    assert found["fees"] == 150_000 + 500_000
    # The vault took 3 at 101.
    assert found["stage-perp-backstop"] == -3 * USDC
    # The winner: 2 deleveraged and 5 socialised, fees of 0.3 and 1, and 3 bought back at 99 with the mark at 100.
    assert found["w"] == (-2 - 5 + 3) * USDC - 1_300_000
    # The maker bought 2 at 101, 1 at 97 and 2 at 98, sold 3 at 99, and has half of a fee.
    assert found["maker"] == (-2 + 3 + 4 - 3) * USDC + 150_000
    assert found["keeper-1"] == 500_000
    assert sum(found.values()) == 0
    metrics = gain_metrics(Timeline(played().trace))
    assert metrics == {"maker_gain_usd": 2.15, "backstop_gain_usd": -3.0, "perp_zero_sum_gap_usd": 0.0}


def test_who_covers_bad_debt_of_its_own_accord_is_a_donor():
    builder = played().transaction("x")
    builder.event("perp", "BadDebtCovered", instrument="WETH", payer="somebody", amountQuote=USDC)
    found = {one.group: one.quote for one in gains(Timeline(builder.trace), "perp")}
    assert (found["bad debt"], found["donors"], sum(found.values())) == (0, -USDC, 0)


def test_what_money_appears_from_nowhere_shows():
    builder = played()
    record = builder.trace.final_positions["perp"]["w/0"]
    object.__setattr__(record, "equity_quote", record.equity_quote + 7 * USDC)
    assert gain_metrics(Timeline(builder.trace))["perp_zero_sum_gap_usd"] == 7.0
