"""FundStage: what is missing comes from the fund up to its caps; short, it pays a part or freezes liquidation."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS, DeployReverted
from sim.units import E8
from tests.lending import OWNER
from tests.perps import ALICE, BOB, KEEPER, USD, new_perp_market
from tests.stages import BYSTANDER, ETH, LENDING, STAKER, fund_stage, named, new_fund, open_interest

MARK_E8 = 1_700 * E8
MISSING = 500 * USD
"""5 ETH at 1,700 bring 500 less than at the bankruptcy price."""


@pytest.fixture
def perps(revm, deploy):
    made = new_perp_market(revm, deploy)
    open_interest(made)
    return made


def short_fund(perps, assets, *, cap=10**15, require_full=False):
    """A fund and its stage, alone in the waterfall, with the mark at 1,700."""
    fund = new_fund(perps, assets)
    stage = fund_stage(perps, fund, cap, require_full)
    perps.waterfall(stage)
    perps.price("ETH", MARK_E8)
    return fund, stage


def test_the_fund_pays_what_is_missing_and_the_book_closes(perps):
    fund, stage = short_fund(perps, 2_000 * USD)
    events = perps.market.send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    assert named(events, "FundDrawn") == [
        {"instrument": perps.instruments["ETH"], "owner": ALICE, "askedQuote": MISSING, "paidQuote": MISSING}
    ]
    assert perps.size(ALICE, "ETH") == perps.cash(ALICE) == perps.totals().badDebtQuote == 0
    assert fund.read("totalAssets") == 1_500 * USD
    assert perps.quote.read("balanceOf", stage) == 0
    perps.require_conserved()


@pytest.mark.parametrize("assets", [200 * USD, 1, 0])
def test_a_fund_that_is_short_pays_what_it_has(perps, assets):
    fund, _ = short_fund(perps, assets)
    perps.liquidate(ALICE, "ETH")
    assert fund.read("totalAssets") == 0
    assert perps.size(ALICE, "ETH") == 0
    assert perps.totals().badDebtQuote == MISSING - assets
    perps.require_conserved()


@pytest.mark.parametrize("assets", [MISSING - 1, 0])
def test_where_full_cover_is_required_a_short_fund_freezes_liquidations(perps, assets):
    fund, _ = short_fund(perps, assets, require_full=True)
    assert perps.liquidate_error(ALICE, "ETH") == f"FundShort({MISSING}, {assets})"
    assert perps.size(ALICE, "ETH") == 5 * ETH
    assert fund.read("totalAssets") == assets
    perps.price("ETH", 1_600 * E8)  # and the hole grows meanwhile
    assert perps.liquidate_error(ALICE, "ETH") == f"FundShort({1_000 * USD}, {assets})"
    perps.waterfall(fund_stage(perps, fund))  # the repair: what there is, and the rest is booked
    perps.liquidate(ALICE, "ETH")
    assert perps.size(ALICE, "ETH") == 0
    assert perps.totals().badDebtQuote == 1_000 * USD - assets
    perps.require_conserved()


def test_where_full_cover_is_required_and_given_nothing_freezes(perps):
    short_fund(perps, MISSING, require_full=True)
    perps.liquidate(ALICE, "ETH")
    assert perps.totals().badDebtQuote == 0


def test_no_more_is_drawn_than_the_cap_of_this_market_and_others_keep_theirs(perps):
    fund, stage = short_fund(perps, 2_000 * USD, cap=300 * USD)
    fund.send(OWNER, "setProtocol", LENDING, 400 * USD)
    assert stage.read("capacity", perps.instruments["ETH"]) == 300 * USD
    perps.liquidate(ALICE, "ETH")
    assert perps.totals().badDebtQuote == 200 * USD
    assert tuple(fund.read("protocolDraws", stage)) == (True, 300 * USD, 300 * USD)
    fund.send(LENDING, "coverDeficit", perps.quote, 1_000 * USD)
    assert perps.quote.read("balanceOf", LENDING) == 400 * USD
    assert fund.read("totalAssets") == 1_300 * USD
    assert stage.read("capacity", perps.instruments["ETH"]) == 0


def test_another_protocol_that_empties_the_fund_leaves_this_market_short(perps):
    fund, _ = short_fund(perps, 1_000 * USD)
    fund.send(OWNER, "setProtocol", LENDING, 900 * USD)
    fund.send(LENDING, "coverDeficit", perps.quote, 900 * USD)
    perps.liquidate(ALICE, "ETH")
    assert perps.totals().badDebtQuote == 400 * USD


def test_an_instrument_may_have_a_cap_of_its_own(perps):
    _, stage = short_fund(perps, 2_000 * USD)
    instrument = perps.instruments["ETH"]
    assert stage.send_error(BOB, "setInstrumentCap", instrument, 1) == f"OwnableUnauthorizedAccount({BOB})"
    stage.send(OWNER, "setInstrumentCap", instrument, 100 * USD)
    assert stage.read("capacity", instrument) == 100 * USD
    assert stage.read("capacity", perps.instruments["BTC"]) == 2_000 * USD
    perps.liquidate(ALICE, "ETH")
    assert perps.totals().badDebtQuote == 400 * USD
    assert tuple(stage.read("instrumentDraws", instrument)) == (100 * USD, 100 * USD)


def test_bad_debt_that_was_booked_is_covered_once_there_is_money(perps):
    fund, _ = short_fund(perps, 0)
    perps.liquidate(ALICE, "ETH")
    assert perps.of("ETH").badDebtQuote == MISSING
    perps.fund(STAKER, 2_000 * USD, fund)
    fund.send(STAKER, "deposit", 2_000 * USD, STAKER)
    perps.market.send(BYSTANDER, "resolveBadDebt", perps.instruments["ETH"])
    assert perps.of("ETH").badDebtQuote == 0
    assert fund.read("totalAssets") == 1_500 * USD
    perps.require_conserved()


def test_only_the_market_asks(perps):
    fund, stage = short_fund(perps, 2_000 * USD)
    shortfall = (ALICE, ZERO_ADDRESS, perps.instruments["ETH"], 0, 0, 0, MISSING)
    assert stage.send_error(BYSTANDER, "absorb", shortfall) == f"NotMarket({BYSTANDER})"
    assert fund.send_error(BYSTANDER, "coverDeficit", perps.quote, 1) == f"NotProtocol({BYSTANDER})"


def test_the_fund_has_to_hold_what_the_market_settles_in(perps, deploy, artifacts):
    other = deploy(perps.chain, "AssetToken", "DAI", "DAI", 18, OWNER)
    fund = deploy(perps.chain, "InsuranceFund", other, "fund", "FUND", OWNER)
    with pytest.raises(DeployReverted) as refused:
        deploy(perps.chain, "FundStage", perps.market, fund, False, OWNER)
    error = artifacts.decoder.decode_error(refused.value.data)
    assert error == f"FundAssetMismatch({other.address}, {perps.quote.address})"


def test_dues_of_the_market_become_the_stakers(perps):
    fund, stage = short_fund(perps, 2_000 * USD)
    perps.rules(receiver=stage.address)
    perps.add("ETH", 0, liquidationFeeBps=100, fundShareBps=5_000)
    perps.price("ETH", 1_850 * E8)
    perps.liquidate(ALICE, "ETH")
    dues = perps.totals().fundDuesQuote
    assert dues > 0
    perps.market.send(BYSTANDER, "sendFundDues")
    stage.send(BYSTANDER, "forwardDues")
    assert fund.read("totalAssets") == 2_000 * USD + dues
    assert perps.quote.read("balanceOf", stage) == 0
    perps.require_conserved()


def test_stakers_who_asked_too_late_bear_the_draw(revm, deploy):
    perps = new_perp_market(revm, deploy)
    open_interest(perps)
    fund = new_fund(perps, 1_000 * USD, "CooldownFund", 1_000, 100)
    perps.waterfall(fund_stage(perps, fund))
    fund.send(STAKER, "requestUnstake", fund.read("balanceOf", STAKER))
    perps.price("ETH", MARK_E8)
    assert fund.read("maxWithdraw", STAKER) == 0
    perps.liquidate(ALICE, "ETH")
    perps.wait(1_000)
    assert fund.read("maxWithdraw", STAKER) == 1_000 * USD - MISSING
