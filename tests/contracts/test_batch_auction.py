"""BatchAuction as the execution of a real pool: lots, bids, one price, rounds, credits, and every wei of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import Block
from sim.chain.revm import RevmChain
from sim.units import RAY
from tests.executions import (
    ALICE,
    BOB,
    CAROL,
    ETH,
    MAX_ROUNDS,
    TREASURY,
    USD,
    WINDOW_S,
    BatchScene,
    every,
    values,
)
from tests.lending import BORROWER, LENDER

DEBT = 14_000 * USD
LOT = DEBT * ETH * 105 // 100 // (1_700 * USD)
"""What the debt at the bonus is worth at $1,700."""


def ray(usd: float) -> int:
    """Return dollars per WETH as USDC per wei."""
    return round(usd * USD) * RAY // ETH


@pytest.fixture
def scene(revm, deploy) -> BatchScene:
    """BORROWER's 10 WETH and 14,000 USDC of debt, unhealthy at $1,700, with a lot open."""
    scene = BatchScene(revm, deploy)
    scene.open_position()
    scene.price(1_700)
    return scene


def test_lot_is_what_the_debt_at_the_bonus_is_worth(scene):
    preview = scene.execution.read("previewOpen", BORROWER, scene.token("WETH"), scene.token("USDC"))
    events = scene.open_lot()
    lot = scene.lot()
    assert lot == preview
    assert (lot.lotAssets, lot.debtAssets, lot.takenDebtAssets) == (LOT, DEBT, DEBT)
    assert lot.reserveRay == ray(1_700) * 80 // 100 and lot.minQuantity == -(-LOT // 4)
    assert lot.endsAtS == scene.chain.timestamp_s + WINDOW_S
    assert scene.market.supplied("WETH", BORROWER) == 10 * ETH - LOT
    assert scene.market.debt("USDC", BORROWER) == 0 and scene.claims() == DEBT
    assert values(events, "Liquidation")["liquidator"] == scene.execution.address
    assert values(events, "LotOpened")["lotAssets"] == LOT
    scene.check_books()


def test_all_collateral_takes_all_the_debt_offered(scene):
    """At $1,400 the whole collateral is worth less than debt and bonus: the auction may bring more than that."""
    scene.price(1_400)
    scene.open_lot()
    assert (scene.lot().lotAssets, scene.lot().debtAssets) == (10 * ETH, DEBT)
    assert scene.market.state("USDC").deficit == 0
    scene.check_books()


def test_one_collateral_of_several_takes_the_debt_that_it_is_worth(revm, deploy):
    scene = BatchScene(revm, deploy)
    scene.open_position(weth=2 * ETH, wbtc=10**8, usdc=25_000 * USD)
    scene.price(1_000)
    scene.price(28_000, "WBTC")
    scene.open_lot()
    worth = -(-2_000 * USD * 100 // 105)
    assert (scene.lot(1).lotAssets, scene.lot(1).debtAssets) == (2 * ETH, worth)
    assert scene.market.debt("USDC", BORROWER) == 25_000 * USD - worth
    scene.open_lot(collateral="WBTC")
    assert scene.lot(2).debtAssets == 25_000 * USD - worth
    assert scene.lot(2).lotAssets < 10**8, "enough for its debt at the bonus"
    scene.check_books()


def test_one_price_for_all_and_what_is_left_goes_back(scene):
    scene.open_lot()
    scene.bid(ALICE, 5 * ETH, 1_690)
    scene.bid(BOB, 5 * ETH, 1_650)
    scene.bid(CAROL, 5 * ETH, 1_600)
    scene.check_books()
    preview = scene.execution.read("previewClear", 1)
    events = scene.clear()
    sold = -(-DEBT * RAY // ray(1_650))
    assert (preview.priceRay, preview.soldAssets, preview.paidAssets) == (ray(1_650), sold, DEBT)
    sales = every(events, "CollateralSold")
    assert [(one["buyer"], one["soldAssets"]) for one in sales] == [(ALICE, 5 * ETH), (BOB, sold - 5 * ETH)]
    assert sales[0]["paidAssets"] == 5 * 1_650 * USD and sum(one["paidAssets"] for one in sales) == DEBT
    assert scene.credit(ALICE, "USDC") == 5 * 40 * USD, "what was put down beyond the price"
    assert scene.credit(BOB, "USDC") == 5 * 1_650 * USD - sales[1]["paidAssets"]
    assert scene.credit(CAROL, "USDC") == 5 * 1_600 * USD, "below the price: all of it"
    assert values(events, "CollateralReturned")["amount"] == LOT - sold
    assert scene.market.supplied("WETH", BORROWER) == 10 * ETH - sold
    closed = values(events, "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (DEBT, 0)
    assert scene.claims() == 0 and scene.execution.read("activeLots") == []
    scene.check_books()
    for bidder, symbol in ((ALICE, "WETH"), (BOB, "WETH"), (CAROL, "USDC")):
        credit = scene.credit(bidder, symbol)
        before = scene.market.balance(symbol, bidder)
        scene.execution.send(bidder, "withdraw", scene.token(symbol), bidder)
        assert scene.market.balance(symbol, bidder) == before + credit > before
    scene.check_books()


def test_equal_bids_are_filled_as_they_came(scene):
    scene.open_lot()
    for bidder in (ALICE, BOB, CAROL):
        scene.bid(bidder, 4 * ETH, 1_660)
    scene.clear()
    sold = -(-DEBT * RAY // ray(1_660))
    fills = [scene.credit(bidder, "WETH") for bidder in (ALICE, BOB, CAROL)]
    assert fills == [4 * ETH, 4 * ETH, sold - 8 * ETH]
    scene.check_books()


def test_exhausted_lot_leaves_a_loss(scene):
    scene.open_lot()
    scene.bid(ALICE, LOT, 1_500)
    events = scene.clear()
    paid = -(-LOT * ray(1_500) // RAY)
    closed = values(events, "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (paid, DEBT - paid)
    assert values(events, "DeficitCreated")["amount"] == DEBT - paid == scene.market.state("USDC").deficit
    assert scene.claims() == 0
    scene.check_books()


def test_unsold_rest_goes_into_the_next_round(scene):
    """Half of the lot finds a buyer; the rest is offered again from a reserve of 50 % of the new price."""
    scene.open_lot()
    scene.bid(ALICE, 4 * ETH, 1_650)
    scene.market.wait(WINDOW_S)
    scene.price(1_600)
    events = scene.clear(wait_s=0)
    lot = scene.lot()
    assert (lot.round, lot.lotAssets, lot.debtAssets) == (1, LOT - 4 * ETH, DEBT - 4 * 1_650 * USD)
    assert lot.reserveRay == ray(1_600) // 2 and not every(events, "LotClosed")
    assert scene.claims() == lot.debtAssets
    scene.check_books()
    scene.bid(BOB, lot.lotAssets, 1_599)
    closed = values(scene.clear(), "LotClosed")
    assert closed["lostAssets"] == 0 and closed["recoveredAssets"] == DEBT
    scene.check_books()


def test_nobody_bids(scene):
    """Rounds at 80 %, 50 % and 20 % of the oracle's price, then the debt is lost and the lot the treasury's."""
    scene.open_lot()
    reserves = [scene.lot().reserveRay]
    for _ in range(MAX_ROUNDS - 1):
        scene.clear()
        reserves.append(scene.lot().reserveRay)
        scene.check_books()
    assert reserves == [ray(1_700) * percent // 100 for percent in (80, 50, 20)]
    events = scene.clear()
    assert values(events, "LotClosed")["lostAssets"] == DEBT == scene.market.state("USDC").deficit
    assert values(events, "CollateralUnsold")["amount"] == LOT == scene.credit(TREASURY, "WETH")
    scene.execution.send(TREASURY, "withdraw", scene.token("WETH"), TREASURY)
    assert scene.market.balance("WETH", TREASURY) == LOT
    scene.check_books()


def test_reserve_price_of_nothing_sells_for_one_unit(revm, deploy):
    """Without a reserve price the only bidder gets it all for next to nothing, as keepers without rivals did."""
    scene = BatchScene(revm, deploy, {"reserveBps": 0})
    scene.open_position()
    scene.price(1_700)
    scene.open_lot()
    assert scene.lot().reserveRay == 0
    scene.market.fund(ALICE, "USDC", USD, scene.execution)
    assert scene.execution.send_error(ALICE, "bid", 1, LOT, 0) == "PriceTooLow(0, 1)"
    scene.execution.send(ALICE, "bid", 1, LOT, 1)
    closed = values(scene.clear(), "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (1, DEBT - 1)
    assert scene.credit(ALICE, "WETH") == LOT
    scene.check_books()


def test_reserve_price_stays_where_the_oracle_fails(scene):
    scene.open_lot()
    first = scene.lot().reserveRay
    scene.price(0.000_000_01)
    config = scene.market.assets["WETH"].config | {"maxPriceAgeS": 1}
    scene.market.pool.send(scene.market.pool.read("owner"), "setReserveConfig", scene.token("WETH"), config, False)
    scene.clear()
    assert scene.lot().round == 1 and scene.lot().reserveRay == first
    scene.check_books()


def test_bids_until_the_last_second(scene):
    scene.open_lot()
    assert scene.execution.send_error(CAROL, "clear", 1).startswith("BiddingRuns(")
    scene.market.wait(WINDOW_S - 1)
    scene.bid(ALICE, LOT, 1_500)
    error = scene.execution.send_error(CAROL, "clear", 1)
    assert error == f"BiddingRuns({scene.lot().endsAtS}, {scene.chain.timestamp_s})"
    scene.market.wait(1)
    price = ray(1_690)
    scene.market.fund(BOB, "USDC", 10 * DEBT, scene.execution)
    assert scene.execution.send_error(BOB, "bid", 1, LOT, price).startswith("BiddingEnded(")
    scene.clear(wait_s=0)
    assert scene.credit(ALICE, "WETH") == LOT


def test_bids_out_of_range(scene):
    scene.open_lot()
    lot = scene.lot()
    scene.market.fund(ALICE, "USDC", 10 * DEBT, scene.execution)
    cases = (
        ((1, lot.minQuantity - 1, ray(1_600)), f"QuantityOutOfRange({lot.minQuantity - 1}, {lot.minQuantity})"),
        ((1, LOT + 1, ray(1_600)), f"QuantityOutOfRange({LOT + 1}, {LOT})"),
        ((1, LOT, lot.reserveRay - 1), f"PriceTooLow({lot.reserveRay - 1}, {lot.reserveRay})"),
        ((2, LOT, ray(1_600)), "UnknownLot(2)"),
    )
    for arguments, error in cases:
        assert scene.execution.send_error(ALICE, "bid", *arguments) == error
    assert scene.execution.send_error(ALICE, "clear", 7) == "UnknownLot(7)"
    healthy = scene.execution.send_error(ALICE, "open", LENDER, scene.token("WETH"), scene.token("USDC"))
    assert healthy.startswith("HealthFactorNotBelowThreshold(")


def test_full_lot_turns_away_its_lowest_bid(scene):
    scene.open_lot()
    least = scene.lot().minQuantity
    for bidder, usd in ((ALICE, 1_600), (BOB, 1_500), (CAROL, 1_500), (ALICE, 1_550)):
        scene.bid(bidder, least, usd)
    scene.market.fund(BOB, "USDC", DEBT, scene.execution)
    error = scene.execution.send_error(BOB, "bid", 1, least, ray(1_500))
    assert error == f"PriceTooLow({ray(1_500)}, {ray(1_500) + 1})"
    evicted = values(scene.bid(BOB, LOT, 1_510), "BidEvicted")
    assert evicted["bidder"] == CAROL, "of equal ones the last"
    assert scene.credit(CAROL, "USDC") == -(-least * ray(1_500) // RAY)
    bids = scene.execution.read("lotStatus", 1).bids
    assert [one.bidder for one in bids] == [ALICE, BOB, ALICE, BOB], "in the order in which they came"
    scene.check_books()


def test_credit_pays_for_the_next_bid(scene):
    scene.open_lot()
    scene.bid(ALICE, LOT, 1_500)
    scene.bid(BOB, LOT, 1_690)
    scene.clear()
    credit = scene.credit(ALICE, "USDC")
    assert credit == -(-LOT * ray(1_500) // RAY)
    scene.price(2_000)
    scene.open_position(CAROL)
    scene.price(1_700)
    scene.execution.send(ALICE, "open", CAROL, scene.token("WETH"), scene.token("USDC"))
    before = scene.market.balance("USDC", ALICE)
    scene.execution.send(ALICE, "bid", 2, LOT, ray(1_499))
    assert scene.market.balance("USDC", ALICE) == before
    assert scene.credit(ALICE, "USDC") == credit - -(-LOT * ray(1_499) // RAY)
    scene.check_books()


def test_owner_bids_for_its_own_collateral(scene):
    """It pays its debt with the auction's price and is left with what anybody would be."""
    scene.open_lot()
    scene.bid(BORROWER, LOT, 1_700)
    closed = values(scene.clear(), "LotClosed")
    assert closed["recoveredAssets"] == DEBT
    sold = scene.credit(BORROWER, "WETH")
    assert sold == -(-DEBT * RAY // ray(1_700))
    assert scene.market.supplied("WETH", BORROWER) + sold == 10 * ETH
    scene.check_books()


def test_two_debts_make_two_lots(revm, deploy):
    """Each debt has a lot of its own; what neither takes stays with the account."""
    scene = BatchScene(revm, deploy)
    scene.open_position(usdc=8_000 * USD)
    scene.market.borrow(BORROWER, "WBTC", 20_000_000)
    scene.price(1_700)
    scene.open_lot()
    assert (scene.lot(1).debtAssets, scene.market.debt("WBTC", BORROWER)) == (8_000 * USD, 20_000_000)
    scene.price(1_400)
    scene.open_lot(debt="WBTC")
    assert scene.claims("WBTC") == 20_000_000
    scene.check_books()


def test_account_at_full_utilisation_waits(scene):
    """All WETH is lent out: a lot cannot be handed over, nor could `liquidate` pay in tokens."""
    scene.market.supply(CAROL, "USDC", 1_000_000 * USD)
    scene.market.pool.send(CAROL, "borrow", scene.token("WETH"), 10 * ETH)
    error = scene.execution.send_error(CAROL, "open", BORROWER, scene.token("WETH"), scene.token("USDC"))
    assert error == f"InsufficientCash({LOT}, 0)"


def test_return_that_the_pool_refuses_is_a_credit(scene):
    scene.open_lot()
    config = scene.market.assets["WETH"].config | {"supplyCapAssets": 1}
    scene.market.pool.send(scene.market.pool.read("owner"), "setReserveConfig", scene.token("WETH"), config, False)
    scene.bid(ALICE, LOT, 1_700)
    events = scene.clear()
    left = values(events, "CollateralReturned")["amount"]
    assert scene.credit(BORROWER, "WETH") == left > 0
    scene.check_books()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"windowS": 0}, "windowS"),
        ({"maxBids": 0}, "maxBids"),
        ({"maxBids": 65}, "maxBids"),
        ({"maxRounds": 0}, "maxRounds"),
    ],
)
def test_parameters_out_of_range(revm, deploy, changes, error):
    with pytest.raises(Exception, match="revert"):
        BatchScene(revm, deploy, changes)


BIDS = st.lists(
    st.tuples(st.sampled_from([ALICE, BOB, CAROL, BORROWER]), st.integers(2_500, 10_000), st.integers(500, 1_900)),
    max_size=6,
)


@settings(max_examples=12)
@given(rounds=st.lists(BIDS, min_size=3, max_size=3), price=st.integers(900, 1_740))
def test_every_wei_of_whole_auctions(deploy, rounds, price):
    """Whatever is bid: what comes in of either token equals what goes out, and the debt is repaid or lost."""
    with RevmChain() as chain:
        scene = BatchScene(chain, deploy)
        scene.open_position()
        scene.price(price)
        scene.open_lot()
        taken = scene.lot()
        events = []
        for bids in rounds:
            if not scene.execution.read("activeLots"):
                break
            lot = scene.lot()
            for bidder, share, usd in bids:
                quantity = max(lot.lotAssets * share // 10_000, lot.minQuantity)
                if ray(usd) >= lot.reserveRay:
                    try:
                        scene.bid(bidder, quantity, usd)
                    except AssertionError as error:
                        assert "PriceTooLow" in str(error)
            scene.check_books()
            events += scene.clear()
            scene.check_books()
        closed = values(events, "LotClosed")
        sales = every(events, "CollateralSold")
        paid = sum(one["paidAssets"] for one in sales)
        assert paid == closed["recoveredAssets"] and paid + closed["lostAssets"] == taken.debtAssets
        out = [one["amount"] for name in ("CollateralReturned", "CollateralUnsold") for one in every(events, name)]
        assert sum(one["soldAssets"] for one in sales) + sum(out) == taken.lotAssets
        assert scene.market.state("USDC").deficit == closed["lostAssets"] and scene.claims() == 0
        for account in (ALICE, BOB, CAROL, BORROWER, TREASURY):
            for symbol in ("WETH", "USDC"):
                scene.execution.send(account, "withdraw", scene.token(symbol), account)
        assert scene.market.balance("USDC", scene.execution) == scene.market.balance("WETH", scene.execution) == 0


def test_clearing_a_full_lot_fits_a_block(revm, deploy):
    """64 bids of as many bidders, all filled, all limits different: at most a fifth of a block of 30 million."""
    scene = BatchScene(revm, deploy, {"maxBids": 64})
    scene.open_position()
    scene.price(1_300)
    scene.open_lot()
    share = scene.lot().minQuantity
    bidders = [ACCOUNTS.address(i) for i in range(30, 94)]
    for k, bidder in enumerate(bidders):
        scene.bid(bidder, share, 1_200 + k)
    scene.market.wait(WINDOW_S)
    clearing = replace(scene.execution.transaction(CAROL, "clear", 1), gas=6_000_000)
    (receipt,) = revm.execute(Block(revm.timestamp_s, [clearing]))
    assert receipt.ok
    assert sum(scene.credit(bidder, "WETH") for bidder in bidders) == 10 * ETH
    scene.check_books(*bidders)
