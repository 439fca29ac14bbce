"""Dutch auctions of tokens that cheat, refuse accounts or call back: nobody else's money moves."""

from __future__ import annotations

import pytest

from sim.units import UINT256_MAX
from tests.auctions import BUYER, ETH, KEEPER, STEP_S, USD, AuctionScene, values
from tests.executions import add_odd_token
from tests.lending import BORROWER, DONOR, LENDER, OWNER


@pytest.fixture
def odd(revm, deploy) -> AuctionScene:
    """BORROWER owes 14,000 of an odd dollar against 10 of an odd ether at $1,700; no auction runs yet."""
    scene = AuctionScene(revm, deploy)
    add_odd_token(scene, "ODD", 2_000, 18)
    add_odd_token(scene, "ODDUSD", 1, 6)
    scene.set_parameters("ODD")
    scene.market.supply(LENDER, "ODDUSD", 100_000 * USD)
    scene.market.supply(BORROWER, "ODD", 10 * ETH)
    scene.market.borrow(BORROWER, "ODDUSD", 14_000 * USD)
    scene.market.set_price("ODD", 1_700 * 10**8)
    scene.open(DONOR)
    return scene


@pytest.fixture
def running(odd) -> AuctionScene:
    """The same with its auction, and one of honest tokens beside it."""
    odd.start(collateral="ODD", debt="ODDUSD")
    odd.fall()
    odd.start(DONOR)
    odd.market.fund(BUYER, "ODDUSD", 20_000 * USD, odd.auction)
    odd.market.wait(20 * STEP_S)
    return odd


def start_error(scene: AuctionScene) -> str:
    return scene.auction.send_error(KEEPER, "start", *scene.start_arguments(BORROWER, "ODD", "ODDUSD"))


def take_error(scene: AuctionScene) -> str:
    return scene.auction.send_error(BUYER, "take", 1, 2 * ETH, UINT256_MAX, BUYER, b"")


def test_collateral_that_takes_a_fee_cannot_be_auctioned(odd):
    """What arrives is less than the lot would promise: refused, so that no lot lives on another's tokens."""
    odd.token("ODD").send(OWNER, "setFee", 100)
    assert start_error(odd) == f"PaymentShort({99 * ETH // 10}, {10 * ETH})"
    assert odd.auction.read("lotCount") == 0
    assert odd.market.debt("ODDUSD", BORROWER) == 14_000 * USD
    odd.check_books()


def test_collateral_that_answers_false_cannot_be_auctioned(odd):
    odd.token("ODD").send(OWNER, "setAnswersFalse", True)
    assert start_error(odd).startswith("SafeERC20FailedOperation(")
    assert odd.market.supplied("ODD", BORROWER) == 10 * ETH


@pytest.mark.parametrize("what", ["fee", "false"])
def test_cheating_payment_buys_nothing(running, what):
    token = running.token("ODDUSD")
    if what == "fee":
        token.send(OWNER, "setFee", 100)
    else:
        token.send(OWNER, "setAnswersFalse", True)
    assert take_error(running).startswith("PaymentShort(" if what == "fee" else "SafeERC20FailedOperation(")
    running.check_books()


def test_a_token_that_pauses_stops_its_own_auction_alone(running):
    """Blocked for the auction itself: nobody buys of that lot, and the other one is sold as ever."""
    running.token("ODD").send(OWNER, "setBlocked", running.auction, True)
    assert take_error(running) == f"Blocked({running.auction.address})"
    assert values(running.take(2), "LotClosed")["lostAssets"] == 0
    running.token("ODD").send(OWNER, "setBlocked", running.auction, False)
    running.take(1)
    running.check_books((BORROWER, DONOR))


def test_a_blocked_owner_keeps_nobody_from_buying(running):
    """What is left over goes to his supply in the pool, which needs no transfer to him."""
    running.token("ODD").send(OWNER, "setBlocked", BORROWER, True)
    running.token("ODDUSD").send(OWNER, "setBlocked", BORROWER, True)
    events = running.take(1)
    assert values(events, "LotClosed")["lostAssets"] == 0
    returned = [given["amount"] for name, given in events if name == "CollateralReturned"]
    assert running.market.supplied("ODD", BORROWER) == sum(returned)
    running.check_books((BORROWER, DONOR))


def test_a_blocked_keeper_harms_only_himself(odd):
    odd.market.fund(DONOR, "ODDUSD", 1_000 * USD, odd.auction)
    odd.auction.send(DONOR, "fundIncentives", odd.token("ODDUSD"), 1_000 * USD)
    odd.token("ODDUSD").send(OWNER, "setBlocked", KEEPER, True)
    assert start_error(odd) == f"Blocked({KEEPER})"
    odd.auction.send(BUYER, "start", BORROWER, odd.token("ODD"), odd.token("ODDUSD"), BUYER)
    odd.check_books()


@pytest.mark.parametrize("symbol", ["ODD", "ODDUSD"])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("take", (1, ETH, UINT256_MAX, BUYER, b"")),
        ("start", (DONOR, "WETH", "USDC", BUYER)),
        ("reset", (1, BUYER)),
        ("withdrawReturn", ("WETH", BUYER)),
    ],
)
def test_a_token_that_calls_back_finds_every_door_shut(running, symbol, function, arguments):
    tokens = {one: running.token(one).address for one in ("WETH", "USDC")}
    calldata = running.auction.encode(function, *[tokens.get(one, one) for one in arguments])
    running.token(symbol).send(OWNER, "setHook", running.auction, calldata)
    assert take_error(running) == "ReentrancyGuardReentrantCall()"
    running.check_books((BORROWER, DONOR))
