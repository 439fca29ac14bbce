"""DutchAuction as the execution of a real pool: start, reset, take, and what becomes of collateral and debt."""

from __future__ import annotations

import pytest

from sim.reference import dutch_auction
from sim.units import RAY, UINT256_MAX, WAD
from tests.auctions import (
    BUFFER_RAY,
    BUYER,
    CUT_RAY,
    DOLLAR_RAD,
    DUST_USD,
    ETH,
    KEEPER,
    PENALTY_WAD,
    STEP_S,
    TAIL_S,
    TIP_USD,
    USD,
    AuctionScene,
    values,
)
from tests.lending import BORROWER, DONOR, LENDER, OWNER

PRICE_RAY = 1_700 * USD * RAY // ETH
"""Smallest units of USDC per smallest unit of WETH."""
DEBT = 14_000 * USD
TAB_RAD = DEBT * RAY * PENALTY_WAD // WAD
MIN_TAB_RAD = DUST_USD * USD * RAY * PENALTY_WAD // WAD


@pytest.fixture
def scene(revm, deploy) -> AuctionScene:
    """BORROWER's 10 WETH and 14,000 USDC of debt, unhealthy at $1,700."""
    scene = AuctionScene(revm, deploy)
    scene.open()
    scene.fall()
    return scene


def test_start_takes_over_collateral_and_debt(scene):
    preview = scene.auction.read("previewStart", *scene.start_arguments()[:3])
    events = scene.start()
    status = scene.lot()
    assert status.lot == preview.lot
    assert (status.lot.lotAssets, status.lot.tabRad) == (10 * ETH, TAB_RAD)
    assert status.lot.topRay == status.priceRay == PRICE_RAY * BUFFER_RAY // RAY
    assert status.lot.minTabRad == MIN_TAB_RAD and not status.needsReset
    assert scene.market.debt("USDC", BORROWER) == scene.market.supplied("WETH", BORROWER) == 0
    assert scene.claims() == preview.debtAssets == DEBT
    liquidation = values(events, "Liquidation")
    assert liquidation["liquidator"] == scene.auction.address
    assert (liquidation["repaidAssets"], liquidation["seizedAssets"]) == (DEBT, 10 * ETH)
    started = values(events, "LotStarted")
    assert (started["lotId"], started["user"], started["debtAssets"]) == (1, BORROWER, DEBT)
    scene.check_books()


def test_only_the_auction_liquidates(scene):
    error = scene.market.pool.send_error(
        BUYER, "liquidate", scene.token("WETH"), scene.token("USDC"), BORROWER, UINT256_MAX, False
    )
    assert error == f"ExecutionOnly({scene.auction.address})"


@pytest.mark.parametrize(("incentive", "paid_share"), [(10_000, 1), (100, None), (0, 0)])
def test_reward_is_paid_as_far_as_the_incentives_go(scene, incentive, paid_share):
    if incentive:
        scene.fund_incentives(incentive)
    offered = TIP_USD * USD + TAB_RAD // 1_000 // RAY
    reward = values(scene.start(), "KeeperRewarded")
    paid = min(offered, incentive * USD)
    assert (reward["offeredAssets"], reward["paidAssets"], reward["keeper"]) == (offered, paid, KEEPER)
    assert scene.market.balance("USDC", KEEPER) == paid
    assert scene.auction.read("incentives", scene.token("USDC")) == incentive * USD - paid
    assert paid_share is None or paid == offered * paid_share
    scene.check_books()


def test_whole_tab_raised_gives_the_rest_back(scene):
    """At the top the tab buys less than the lot: the debt is repaid, the penalty kept, the rest supplied."""
    scene.start()
    events = scene.take()
    top = PRICE_RAY * BUFFER_RAY // RAY
    sold = values(events, "CollateralSold")
    assert (sold["soldAssets"], sold["paidAssets"]) == (TAB_RAD // top, TAB_RAD // RAY)
    left = 10 * ETH - TAB_RAD // top
    assert values(events, "CollateralReturned")["amount"] == left == scene.market.supplied("WETH", BORROWER)
    closed = values(events, "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (DEBT, 0)
    assert scene.auction.read("incentives", scene.token("USDC")) == TAB_RAD // RAY - DEBT
    assert scene.market.balance("WETH", BUYER) == TAB_RAD // top
    assert scene.claims() == 0 and scene.auction.read("activeLots") == []
    scene.check_books()


def test_exhausted_lot_leaves_a_loss(scene):
    """After 60 steps of 1 % the lot raises less than its debt: the rest is booked as a deficit."""
    scene.start()
    scene.market.wait(60 * STEP_S)
    price = dutch_auction.stepped_price_down(PRICE_RAY * BUFFER_RAY // RAY, 60 * STEP_S, CUT_RAY, STEP_S)
    events = scene.take()
    paid = -(-10 * ETH * price // RAY)
    assert values(events, "CollateralSold")["paidAssets"] == paid < DEBT
    closed = values(events, "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (paid, DEBT - paid)
    assert values(events, "DeficitCreated")["amount"] == DEBT - paid == scene.market.state("USDC").deficit
    assert scene.claims() == 0
    scene.check_books()


def test_insurance_bears_the_loss_first(scene, revm, deploy):
    fund = deploy(revm, "InsuranceFund", scene.token("USDC"), "Fund", "F", OWNER)
    fund.send(OWNER, "setProtocol", scene.market.pool, UINT256_MAX)
    scene.market.pool.send(OWNER, "setInsuranceFund", fund)
    scene.market.fund(DONOR, "USDC", 1_000 * USD, fund)
    fund.send(DONOR, "deposit", 1_000 * USD, DONOR)
    scene.start()
    scene.market.wait(60 * STEP_S)
    lost = values(scene.take(), "LotClosed")["lostAssets"]
    assert scene.market.state("USDC").deficit == lost - 1_000 * USD > 0


def test_lot_falls_to_nothing_where_nobody_takes(revm, deploy):
    """On a line to 0, with no cusp: in the end the lot is sold for nothing and its whole debt is lost."""
    scene = AuctionScene(revm, deploy, cuspRay=0, tailS=10**6, decay=deploy(revm, "LinearDecay", 3_600))
    scene.open()
    scene.fall()
    scene.start()
    scene.market.wait(3_600)
    assert scene.lot().priceRay == 0
    events = scene.take()
    assert values(events, "CollateralSold")["paidAssets"] == 0
    assert values(events, "LotClosed")["lostAssets"] == DEBT == scene.market.state("USDC").deficit
    assert scene.market.balance("WETH", BUYER) == 10 * ETH
    scene.check_books()


def test_partial_purchase_leaves_no_dust(scene):
    """Who wants all but a grain gets what leaves the least tab; that rest is bought as a whole or not at all."""
    scene.start()
    scene.market.wait(5 * STEP_S)
    price = scene.lot().priceRay
    wanted = TAB_RAD // price - 1
    assert wanted < 10 * ETH
    sold = values(scene.take(amount=wanted), "CollateralSold")
    owed = TAB_RAD - MIN_TAB_RAD
    assert sold["soldAssets"] == owed // price < wanted
    assert scene.lot().lot.tabRad == MIN_TAB_RAD
    refused = scene.auction.read_error("previewTake", 1, 10, UINT256_MAX)
    assert refused == f"NoPartialPurchase({MIN_TAB_RAD}, {MIN_TAB_RAD})"
    scene.check_books()
    assert values(scene.take(), "LotClosed")["lostAssets"] == 0
    scene.check_books()


def test_price_limit(scene):
    scene.start()
    price = scene.lot().priceRay
    error = scene.auction.read_error("previewTake", 1, ETH, price - 1)
    assert error == f"TooExpensive({price}, {price - 1})"
    assert scene.auction.send_error(BUYER, "take", 1, ETH, price - 1, BUYER, b"") == error
    scene.take(amount=ETH, most=price)


def test_reset_only_after_tail_or_cusp(scene):
    scene.fund_incentives()
    scene.start()
    scene.market.wait(91 * STEP_S)
    assert scene.auction.send_error(KEEPER, "reset", 1, KEEPER).startswith("CannotReset(1, 8190, ")
    scene.market.wait(STEP_S)
    assert scene.lot().needsReset, "0.99 ** 92 is below 0.4"
    assert scene.auction.read_error("previewTake", 1, ETH, UINT256_MAX).startswith("NeedsReset(1, 8280, ")
    scene.fall(1_500)
    events = scene.auction.send(KEEPER, "reset", 1, KEEPER)
    assert values(events, "LotReset")["topRay"] == 1_500 * USD * RAY // ETH * BUFFER_RAY // RAY
    assert values(events, "KeeperRewarded")["paidAssets"] == TIP_USD * USD + TAB_RAD // 1_000 // RAY
    assert not scene.lot().needsReset
    scene.set_parameters("WETH", cuspRay=0)
    scene.market.wait(TAIL_S)
    assert not scene.lot().needsReset
    scene.market.wait(1)
    assert scene.lot().needsReset
    scene.check_books()


def test_reset_of_a_worthless_lot_is_not_rewarded(scene):
    scene.fund_incentives()
    scene.start()
    scene.market.wait(TAIL_S + 1)
    scene.fall(100)
    events = scene.auction.send(KEEPER, "reset", 1, KEEPER)
    assert [name for name, _ in events] == ["LotReset"], "10 WETH at $100 are less than the dust's tab"


def test_total_limit_makes_the_lot_smaller(scene):
    scene.auction.send(OWNER, "setTotalLimit", 5_000 * DOLLAR_RAD)
    scene.start()
    lot = scene.lot().lot
    taken = scene.auction.read("lotDebt", 1).takenAssets
    assert taken == 5_000 * USD * RAY * WAD // RAY // PENALTY_WAD
    assert lot.lotAssets == 10 * ETH * taken // DEBT
    assert lot.throttleRad <= 5_000 * DOLLAR_RAD
    assert scene.market.debt("USDC", BORROWER) == DEBT - taken
    scene.auction.send(OWNER, "setTotalLimit", 5_500 * DOLLAR_RAD)
    error = scene.auction.read_error("previewStart", *scene.start_arguments()[:3])
    assert error.startswith("DustyLot("), "room for $442 of debt, less than the dust"
    scene.auction.send(OWNER, "setTotalLimit", 7_000 * DOLLAR_RAD)
    scene.start()
    scene.check_books()
    scene.take(1)
    scene.take(2)
    assert scene.auction.read("totalInAuctionRad") == 0
    scene.check_books()


def test_limit_of_a_collateral_is_reached(scene):
    scene.set_parameters("WETH", limitRad=3_000 * DOLLAR_RAD, dustRad=0)
    scene.start()
    assert scene.auction.read("inAuctionRad", scene.token("WETH")) <= 3_000 * DOLLAR_RAD
    error = scene.auction.read_error("previewStart", *scene.start_arguments()[:3])
    assert error == "EmptyLot(0, 0)", "the room left is worth less than a unit of debt"
    scene.set_parameters("WETH", limitRad=2_000 * DOLLAR_RAD)
    error = scene.auction.read_error("previewStart", *scene.start_arguments()[:3])
    assert error.startswith("LimitReached(")


def test_a_rest_of_dust_is_taken_along(scene):
    """Room for all but $500 of debt takes all of it, and exceeds the limit by less than dust times penalty."""
    limit = 13_500 * DOLLAR_RAD * PENALTY_WAD // WAD
    scene.auction.send(OWNER, "setTotalLimit", limit)
    scene.start()
    assert scene.market.debt("USDC", BORROWER) == 0
    above = scene.auction.read("totalInAuctionRad") - limit
    assert 0 < above <= DUST_USD * DOLLAR_RAD * PENALTY_WAD // WAD


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_stopped_levels(scene, level):
    """1 stops starts, 2 resets as well, 3 purchases as well."""
    scene.fall(2_000)
    scene.open(DONOR)
    scene.fall()
    scene.start()
    scene.auction.send(OWNER, "setStopped", level)
    attempts = [
        ("start", scene.start_arguments(DONOR), 1),
        ("take", (1, ETH, UINT256_MAX, BUYER, b""), 3),
        ("reset", (1, KEEPER), 2),
    ]
    scene.market.fund(BUYER, "USDC", DEBT, scene.auction)
    for function, arguments, stops_at in attempts:
        if function == "reset":
            scene.market.wait(TAIL_S + 1)
        if level >= stops_at:
            assert scene.auction.send_error(BUYER, function, *arguments) == f"Stopped({level}, {stops_at})"
        else:
            scene.auction.send(BUYER, function, *arguments)


def test_refusals(scene):
    healthy = scene.auction.read_error("previewStart", LENDER, scene.token("WETH"), scene.token("USDC"))
    assert healthy.startswith("HealthFactorNotBelowThreshold(")
    unset = scene.auction.send_error(KEEPER, "start", BORROWER, scene.token("USDC"), scene.token("USDC"), KEEPER)
    assert unset == f"NoAuctionParams({scene.token('USDC').address})"
    for function, arguments in (("reset", (7, KEEPER)), ("take", (7, 1, 1, BUYER, b""))):
        assert scene.auction.send_error(BUYER, function, *arguments) == "UnknownLot(7)"
