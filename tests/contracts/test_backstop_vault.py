"""BackstopVault: takes positions within caps and margin, gives back in slices, loses its own capital alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.base import ZERO_ADDRESS, DeployReverted
from sim.chain.revm import RevmChain
from sim.units import E8, UINT256_MAX
from tests.lending import OWNER
from tests.perps import ALICE, BOB, CAROL, CROSS, KEEPER, USD, new_perp_market
from tests.stages import (
    BANKRUPTCY_E8,
    BYSTANDER,
    DEPOSITOR,
    ETH,
    STAKER,
    deleverage_stage,
    named,
    open_interest,
    vault,
)

DUST_WAD = 10**12
"""A millionth of a base, worth less than a cent."""


@pytest.fixture
def perps(revm, deploy):
    """ALICE may be liquidated at 1,850 in a market without offers, with 250 of equity."""
    made = new_perp_market(revm, deploy)
    open_interest(made)
    return made


def distress(perps, mark_e8: int = 1_850 * E8) -> None:
    perps.price("ETH", mark_e8)
    perps.book(most_wad=0)


def assets_of(made, account=DEPOSITOR) -> int:
    return made.read("convertToAssets", made.read("balanceOf", account))


def test_it_takes_the_position_at_the_bankruptcy_price(perps):
    made = vault(perps, 10_000 * USD)
    perps.waterfall(made)
    distress(perps)
    events = perps.market.send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    taken = named(events, "PositionTaken")[0]
    assert (taken["askedWad"], taken["takenWad"], taken["priceE8"]) == (5 * ETH, 5 * ETH, BANKRUPTCY_E8)
    assert perps.size(ALICE, "ETH") == perps.state(ALICE).equityQuote == 0
    assert perps.size(made, "ETH") == 5 * ETH
    assert made.read("totalAssets") == 10_250 * USD  # what ALICE had left at the mark
    perps.require_conserved()


def test_it_takes_positions_at_a_loss_too(perps):
    made = vault(perps, 10_000 * USD)
    perps.waterfall(made)
    distress(perps, 1_700 * E8)
    perps.liquidate(ALICE, "ETH")
    assert made.read("totalAssets") == 9_500 * USD
    assert perps.totals().badDebtQuote == 0


@pytest.mark.parametrize(
    ("caps", "notional"),
    [
        ({"cap": 3_700 * USD}, 3_700),
        ({"total_cap": 1_850 * USD}, 1_850),
        ({"cap": 0}, 0),
        ({"cap": 10**15}, 9_250),
    ],
)
def test_caps_bound_what_it_takes(perps, caps, notional):
    made = vault(perps, 10_000 * USD, **caps)
    perps.waterfall(made)
    distress(perps)
    assert made.read("capacity", perps.instruments["ETH"]) >= notional * USD
    perps.market.try_send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    held = perps.size(made, "ETH")
    assert held == notional * ETH // 1_850
    assert perps.size(ALICE, "ETH") == 5 * ETH - held
    perps.require_conserved()


def hand_over_btc(perps) -> None:
    """CAROL, long 0.1 BTC with 1,000, is liquidated at 41,000; STAKER is short as much, the maker nothing."""
    for account, size_wad in ((CAROL, ETH // 10), (STAKER, -ETH // 10)):
        perps.pay_in(account, 1_000 * USD)
        perps.trade(account, "BTC", size_wad)
    perps.price("BTC", 41_000 * E8)
    perps.book(most_wad=0)
    perps.liquidate(CAROL, "BTC")


def test_the_total_cap_counts_positions_in_other_instruments(perps):
    made = vault(perps, 10_000 * USD, total_cap=10_000 * USD)
    terms = (10**15, USD, 0, 0)
    made.send(OWNER, "setTerms", perps.instruments["BTC"], terms)
    perps.waterfall(made)
    hand_over_btc(perps)
    assert perps.size(made, "BTC") == ETH // 10
    distress(perps)
    perps.market.try_send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    assert perps.size(made, "ETH") == 5_900 * ETH // 1_850


@pytest.mark.parametrize("mark_e8", [1_850 * E8, 1_799 * E8, 1_750 * E8])
@pytest.mark.parametrize("tiers", [None, [(0, 600, 0), (2_000 * USD, 900, 60 * USD)]])
def test_margin_bounds_what_it_takes_to_the_last_unit(perps, mark_e8, tiers):
    """Within a bracket exactly; the market lets nothing more through, so that no try is refused."""
    made = vault(perps, 300 * USD)
    perps.waterfall(made)
    perps.add("ETH", 0, tiers)
    distress(perps, mark_e8)
    events = perps.market.send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    taken = named(events, "PositionTaken")[0]["takenWad"]
    assert 0 < taken == perps.size(made, "ETH") < 5 * ETH
    state = perps.state(made)
    gain = max(0, state.equityQuote - 300 * USD)
    spare = state.openingQuote - state.initialQuote
    assert state.openingQuote <= state.equityQuote - gain + 1
    assert 0 <= spare <= 100, spare
    perps.require_conserved()


@given(
    capital=st.integers(USD, 1_500 * USD),
    mark_e8=st.integers(1_700 * E8, 1_880 * E8),
    floor=st.integers(1, 600_000),
    longer_wad=st.integers(1, ETH),
)
@settings(max_examples=25)
def test_the_market_accepts_whatever_it_would_take(capital, mark_e8, floor, longer_wad, artifacts, deploy):
    """Odd prices, sizes and brackets: rounding never makes a take-over fail, which would skip the vault."""
    with RevmChain() as chain:
        perps = new_perp_market(chain, deploy)
        open_interest(perps)
        perps.pay_in(ALICE, longer_wad * 2_000 * USD // 10**19 + 10)
        perps.trade(ALICE, "ETH", longer_wad)
        made = vault(perps, capital)
        perps.waterfall(made)
        perps.add("ETH", 0, [(0, 600, 0), (floor * 10_000, 900, floor * 300)])
        distress(perps, mark_e8)
        asked = perps.terms.read("plan", perps.market, *perps.liquidate_args(ALICE, "ETH")[1:])
        shortfall = (ALICE, CROSS, perps.instruments["ETH"], asked.targetWad, asked.bankruptcyE8, mark_e8, 0)
        expected = made.read("takeableWad", shortfall)
        perps.market.try_send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
        assert perps.size(made, "ETH") == expected
        perps.require_conserved()


def test_what_it_holds_of_the_other_side_makes_room(perps):
    """Netting needs no margin: a vault that is short 5 takes 5 long without any left."""
    made = vault(perps, 1_100 * USD, cap=9_250 * USD)
    perps.waterfall(made)
    perps.book()
    perps.price("ETH", 2_000 * E8)
    perps.pay_in(CAROL, 1_000 * USD)
    perps.trade(CAROL, "ETH", -5 * ETH)
    perps.book(most_wad=0)
    perps.price("ETH", 2_150 * E8)
    perps.liquidate(CAROL, "ETH")
    short = perps.size(made, "ETH")
    assert -5 * ETH <= short < 0
    distress(perps)
    perps.liquidate(ALICE, "ETH")
    assert perps.size(made, "ETH") > 0
    perps.require_conserved()


def test_it_gives_back_in_slices_within_a_slippage(perps):
    made = vault(perps, 10_000 * USD, sliceQuote=3_700 * USD)
    perps.waterfall(made)
    distress(perps)
    perps.liquidate(ALICE, "ETH")
    instrument = perps.instruments["ETH"]
    perps.book(spread_bps=101)
    assert made.send_error(BYSTANDER, "unwind", instrument).startswith("LimitExceeded(")
    perps.book(spread_bps=50)
    start = perps.chain.timestamp_s
    events = made.send(BYSTANDER, "unwind", instrument)
    assert named(events, "Unwound")[0]["sizeDeltaWad"] == -2 * ETH
    assert made.send_error(BYSTANDER, "unwind", instrument) == f"SliceTooEarly({start + 60})"
    assert made.read("nextSliceWad", instrument) == 0
    for left in (ETH, 0):
        perps.wait(60)
        made.send(BYSTANDER, "unwind", instrument)
        assert perps.size(made, "ETH") == left
    perps.wait(60)
    assert made.send_error(BYSTANDER, "unwind", instrument) == f"NothingToUnwind({instrument})"
    assert made.read("totalAssets") == 10_250 * USD - 5 * 1_850 * USD * 50 // 10_000
    perps.require_conserved()


def test_a_slice_leaves_no_position_smaller_than_allowed(perps):
    made = vault(perps, 10_000 * USD, sliceQuote=9_000 * USD)
    perps.waterfall(made)
    distress(perps)
    perps.liquidate(ALICE, "ETH")
    perps.book()
    perps.add("ETH", 0, minNotionalQuote=500 * USD)
    made.send(BYSTANDER, "unwind", perps.instruments["ETH"])
    assert perps.size(made, "ETH") == 0


def test_withdrawals_leave_the_margin_of_what_it_holds(perps):
    made = vault(perps, 10_000 * USD)
    perps.waterfall(made)
    assert made.read("maxWithdraw", DEPOSITOR) == 10_000 * USD
    distress(perps)
    perps.liquidate(ALICE, "ETH")
    most = made.read("maxWithdraw", DEPOSITOR)
    assert 10_000 * USD - 925 * USD - most in (0, 1)
    refused = f"ERC4626ExceededMaxWithdraw({DEPOSITOR}, {most + 1}, {most})"
    assert made.send_error(DEPOSITOR, "withdraw", most + 1, DEPOSITOR, DEPOSITOR) == refused
    made.send(DEPOSITOR, "withdraw", most, DEPOSITOR, DEPOSITOR)
    assert perps.quote.read("balanceOf", DEPOSITOR) == most
    assert made.read("maxWithdraw", DEPOSITOR) <= 1
    perps.require_conserved()


def test_withdrawals_wait_with_those_of_the_market(perps):
    made = vault(perps, 10_000 * USD, cap=0)
    perps.waterfall(made)
    perps.rules(gated=True, gate_s=600)
    perps.price("ETH", 1_700 * E8)
    perps.market.send(BYSTANDER, "gateWithdrawals", ALICE, CROSS)
    assert (made.read("maxWithdraw", DEPOSITOR), made.read("maxRedeem", DEPOSITOR)) == (0, 0)
    perps.wait(600)
    assert made.read("maxWithdraw", DEPOSITOR) == 10_000 * USD
    perps.liquidate(ALICE, "ETH")
    assert perps.totals().badDebtQuote == 500 * USD
    assert made.read("maxWithdraw", DEPOSITOR) == 0


def test_depositors_wait_where_there_is_a_cooldown(perps):
    made = vault(perps, 1_000 * USD, waits=(600, 60))
    assert made.read("maxRedeem", DEPOSITOR) == 0
    shares = made.read("balanceOf", DEPOSITOR)
    made.send(DEPOSITOR, "requestUnstake", shares)
    perps.wait(600)
    made.send(DEPOSITOR, "redeem", shares, DEPOSITOR, DEPOSITOR)
    assert perps.quote.read("balanceOf", DEPOSITOR) == 1_000 * USD


def test_inflating_the_price_costs_a_thousandfold(perps):
    made = vault(perps, 0)
    perps.fund(BYSTANDER, 10_000 * USD, made)
    made.send(BYSTANDER, "deposit", 1, BYSTANDER)
    perps.fund(BYSTANDER, 0)
    perps.market.send(BYSTANDER, "deposit", 9_000 * USD, made, CROSS)
    perps.fund(DEPOSITOR, 1_000 * USD, made)
    made.send(DEPOSITOR, "deposit", 1_000 * USD, DEPOSITOR)
    assert assets_of(made) >= 995 * USD
    assert assets_of(made, BYSTANDER) <= 4_505 * USD


def test_without_a_price_the_vault_steps_aside_and_freezes_nobody(perps):
    made = vault(perps, 10_000 * USD)
    made.send(OWNER, "setTerms", perps.instruments["BTC"], (10**15, USD, 0, 0))
    perps.waterfall(made)
    hand_over_btc(perps)
    perps.book()
    perps.price("ETH", 1_700 * E8)
    perps.price("BTC", 0)
    perps.liquidate(ALICE, "ETH")
    assert perps.size(ALICE, "ETH") == 0
    assert perps.totals().badDebtQuote == 500 * USD
    for view in ("maxWithdraw", "maxRedeem", "maxDeposit", "maxMint"):
        assert made.read(view, DEPOSITOR) == 0


def test_nobody_fills_a_hole(perps):
    made = vault(perps, 300 * USD, cap=2_500 * USD)
    perps.waterfall(made)
    distress(perps)
    perps.market.try_send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    distress(perps, 1_000 * E8)
    assert perps.state(made).equityQuote < 0
    assert made.read("totalAssets") == made.read("maxDeposit", STAKER) == made.read("maxMint", STAKER) == 0


def test_dust_that_a_loss_leaves_is_no_price(perps):
    """Of 300 a millionth and more counts; below that the vault is closed, and its shares do not multiply."""
    made = vault(perps, 300 * USD, cap=2_500 * USD)
    perps.waterfall(made)
    distress(perps)
    perps.market.try_send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    distress(perps, 1_000 * E8)
    perps.fund(BYSTANDER, 10_000 * USD)
    perps.fund(STAKER, 100 * USD, made)
    for worth, is_open in ((1, False), (299, False), (300, True)):
        missing = worth - perps.state(made).equityQuote
        perps.market.send(BYSTANDER, "deposit", missing, made, CROSS)
        assert perps.state(made).equityQuote == worth
        assert (made.read("maxDeposit", STAKER) > 0, made.read("maxMint", STAKER) > 0) == (is_open, is_open)
    made.send(STAKER, "deposit", 100 * USD, STAKER)
    assert assets_of(made, STAKER) >= 100 * USD - 1


def test_only_the_market_asks_and_only_the_owner_sets_terms(perps):
    made = vault(perps, 1_000 * USD)
    shortfall = (ALICE, ZERO_ADDRESS, perps.instruments["ETH"], ETH, E8, E8, 0)
    assert made.send_error(BYSTANDER, "absorb", shortfall) == f"NotMarket({BYSTANDER})"
    terms = (1, 1, 0, 0)
    refused = made.send_error(BYSTANDER, "setTerms", perps.instruments["ETH"], terms)
    assert refused == f"OwnableUnauthorizedAccount({BYSTANDER})"
    assert "VaultParameterOutOfRange" in made.send_error(OWNER, "setTerms", perps.instruments["ETH"], (1, 0, 0, 0))
    assert "VaultParameterOutOfRange" in made.send_error(
        OWNER, "setTerms", perps.instruments["ETH"], (1, 1, 0, 10_001)
    )


def test_a_home_has_no_home_and_settles_in_the_same_market(perps):
    home = vault(perps, 0)
    sibling = vault(perps, 0, home=home)
    with pytest.raises(DeployReverted):
        vault(perps, 0, home=sibling)


def two_vaults(perps, *, shared: bool):
    """A liquidator with 1,500 and a sibling with 20,000; behind them deleveraging."""
    liquidator = vault(perps, 1_500 * USD)
    sibling = vault(perps, 20_000 * USD, home=liquidator if shared else ZERO_ADDRESS, cap=0)
    stage = deleverage_stage(perps)
    perps.waterfall(liquidator, sibling, stage)
    return liquidator, sibling, stage


@pytest.mark.parametrize("shared", [True, False])
def test_shared_collateral_keeps_deleveraging_from_ever_being_reached(revm, deploy, shared):
    """A short is inherited, then the price runs. With the sibling's money in the account nobody is deleveraged.

    Its depositors pay. With separate collateral the vault is liquidated and the longs are deleveraged.
    """
    perps = new_perp_market(revm, deploy)
    perps.pay_in(ALICE, 1_000 * USD)
    perps.trade(ALICE, "ETH", -5 * ETH)
    perps.pay_in(BOB, 10_000 * USD)
    perps.trade(BOB, "ETH", 5 * ETH)
    liquidator, sibling, stage = two_vaults(perps, shared=shared)
    perps.book(most_wad=0)
    perps.price("ETH", 2_200 * E8)
    perps.liquidate(ALICE, "ETH")
    assert perps.size(liquidator, "ETH") == -5 * ETH
    deleveraged = []
    for price in range(2_300, 4_100, 100):
        perps.price("ETH", price * E8)
        ranking = [(BOB, False)]
        arguments = ("liquidate", liquidator, CROSS, perps.instruments["ETH"], ranking)
        receipt = stage.try_send(KEEPER, *arguments)
        if receipt.ok:
            events = [perps.market.artifacts.decoder.decode(log) for log in receipt.logs]
            deleveraged += named(events, "Deleveraged")
    assert bool(deleveraged) == (not shared)
    before = 20_000 * USD
    if shared:
        assert perps.size(liquidator, "ETH") == -5 * ETH
        assert assets_of(sibling) < before - 7_000 * USD
    else:
        assert perps.size(liquidator, "ETH") == 0
        assert assets_of(sibling) == before
        assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_depositors_of_a_sibling_are_paid_out_of_the_home(perps):
    home = vault(perps, 1_000 * USD)
    sibling = vault(perps, 3_000 * USD, home=home)
    assert home.read("totalAssets") == 4_000 * USD
    assert sibling.read("capacity", perps.instruments["ETH"]) == 0
    most = sibling.read("maxWithdraw", DEPOSITOR)
    assert most >= 3_000 * USD - 2
    before = perps.quote.read("balanceOf", DEPOSITOR)
    sibling.send(DEPOSITOR, "withdraw", most, DEPOSITOR, DEPOSITOR)
    assert perps.quote.read("balanceOf", DEPOSITOR) - before == most
    assert UINT256_MAX >= home.read("totalAssets") >= 1_000 * USD
