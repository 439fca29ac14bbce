"""Who tries to get more out of a batch auction or a backstop than he pays for, or to hold up the others."""

from __future__ import annotations

import pytest

from sim.units import RAY, UINT256_MAX
from tests.executions import (
    ALICE,
    BOB,
    CAROL,
    ETH,
    TREASURY,
    USD,
    BackstopScene,
    BatchScene,
    add_odd_token,
    every,
    values,
)
from tests.lending import BORROWER, LENDER, OWNER

PRICE = 1_650 * USD * RAY // ETH


@pytest.fixture
def batch(revm, deploy) -> BatchScene:
    """BORROWER owes 14,000 of an odd dollar and has 10 of an odd ether at $1,700; a lot is open."""
    scene = BatchScene(revm, deploy)
    fill(scene)
    scene.open_lot(collateral="ODD", debt="ODDUSD")
    return scene


@pytest.fixture
def backstop(revm, deploy) -> BackstopScene:
    """The same account, absorbed."""
    scene = BackstopScene(revm, deploy)
    fill(scene)
    for symbol in ("ODD", "ODDUSD"):
        scene.execution.send(OWNER, "setLiquidationFactor", scene.token(symbol), 9_300)
    scene.absorb(debt="ODDUSD")
    return scene


def fill(scene) -> None:
    """Add the odd tokens and the account."""
    add_odd_token(scene, "ODD", 2_000, 18)
    add_odd_token(scene, "ODDUSD", 1, 6)
    scene.market.supply(LENDER, "ODDUSD", 100_000 * USD)
    scene.market.supply(BORROWER, "ODD", 10 * ETH)
    scene.market.borrow(BORROWER, "ODDUSD", 14_000 * USD)
    scene.price(1_700, "ODD")


def bid(scene: BatchScene, bidder: str, quantity: int, price_ray: int = PRICE) -> list:
    """Bid for odd ether."""
    scene.market.fund(bidder, "ODDUSD", -(-quantity * price_ray // RAY), scene.execution)
    return scene.execution.send(bidder, "bid", 1, quantity, price_ray)


BATCH_CALLS = [
    ("open", (BORROWER, "ODD", "ODDUSD")),
    ("bid", (1, 5 * ETH, PRICE)),
    ("clear", (1,)),
    ("withdraw", ("ODDUSD", CAROL)),
]


@pytest.mark.parametrize(("function", "arguments"), BATCH_CALLS)
@pytest.mark.parametrize("entry", ["bid", "clear", "withdraw"])
def test_no_action_of_the_auction_within_another(batch, entry, function, arguments):
    """A token that calls back finds every door shut, whatever it interrupts."""
    tokens = {symbol: batch.token(symbol).address for symbol in batch.market.assets}
    calldata = batch.execution.encode(function, *[tokens.get(one, one) for one in arguments])
    bid(batch, ALICE, 8 * ETH)
    batch.market.fund(BOB, "ODDUSD", 20_000 * USD, batch.execution)
    if entry != "bid":
        batch.market.wait(120)
    if entry == "withdraw":
        batch.execution.send(CAROL, "clear", 1)
    batch.token("ODDUSD" if entry != "withdraw" else "ODD").send(OWNER, "setHook", batch.execution, calldata)
    calls = {"bid": (1, 5 * ETH, PRICE), "clear": (1,), "withdraw": (batch.token("ODD"), ALICE)}
    error = batch.execution.send_error(ALICE if entry == "withdraw" else BOB, entry, *calls[entry])
    assert error == "ReentrancyGuardReentrantCall()"


def test_blocked_bidder_holds_nobody_up(batch):
    """A bidder that the tokens refuse still pays its price; its collateral and refund wait for it."""
    bid(batch, ALICE, 5 * ETH, PRICE)
    bid(batch, BOB, 5 * ETH, PRICE * 99 // 100)
    for symbol in ("ODD", "ODDUSD"):
        batch.token(symbol).send(OWNER, "setBlocked", ALICE, True)
    closed = values(batch.clear(), "LotClosed")
    assert closed["lostAssets"] == 0
    assert batch.credit(ALICE, "ODD") == 5 * ETH and batch.credit(ALICE, "ODDUSD") > 0
    error = batch.execution.send_error(ALICE, "withdraw", batch.token("ODD"), ALICE)
    assert error == f"Blocked({ALICE})"
    batch.execution.send(ALICE, "withdraw", batch.token("ODD"), CAROL)
    assert batch.market.balance("ODD", CAROL) == 5 * ETH, "it may send them elsewhere"
    batch.execution.send(BOB, "withdraw", batch.token("ODD"), BOB)
    batch.check_books()


def test_blocked_owner_gets_its_return(batch):
    """The account's return is a supply in the pool, which needs no transfer to it."""
    batch.token("ODD").send(OWNER, "setBlocked", BORROWER, True)
    bid(batch, ALICE, 85 * ETH // 10)
    returned = values(batch.clear(), "CollateralReturned")
    assert returned["amount"] > 0
    batch.check_books()


@pytest.mark.parametrize("what", ["fee", "false"])
def test_cheating_payment_is_no_bid(batch, what):
    """A dollar that takes a fee, or answers false, buys nothing."""
    batch.market.fund(ALICE, "ODDUSD", 20_000 * USD, batch.execution)
    token = batch.token("ODDUSD")
    if what == "fee":
        token.send(OWNER, "setFee", 100)
    else:
        token.send(OWNER, "setAnswersFalse", True)
    error = batch.execution.send_error(ALICE, "bid", 1, 8 * ETH, PRICE)
    assert error.startswith("PaymentShort(" if what == "fee" else "SafeERC20FailedOperation(")
    batch.check_books()


def test_bid_without_money_is_no_bid(batch):
    batch.token("ODDUSD").send(ALICE, "approve", batch.execution, UINT256_MAX)
    error = batch.execution.send_error(ALICE, "bid", 1, 8 * ETH, PRICE)
    assert error.startswith("ERC20InsufficientBalance(")
    assert batch.execution.read("lotStatus", 1).bids == []


def test_dust_bids_do_not_crowd_out(batch):
    """A book full of the smallest bids at a high price covers the lot at that price: who fills it buys it."""
    least = batch.lot().minQuantity
    for _ in range(4):
        bid(batch, ALICE, least, 1_690 * USD * RAY // ETH)
    error = batch.execution.send_error(BOB, "bid", 1, 8 * ETH, PRICE)
    assert error.startswith("PriceTooLow(")
    sales = every(batch.clear(), "CollateralSold")
    assert sum(one["paidAssets"] for one in sales) == 14_000 * USD, "and the debt is repaid"
    batch.check_books()


def test_donations_to_the_auction_change_nothing(batch):
    for symbol in ("ODD", "ODDUSD"):
        batch.token(symbol).send(OWNER, "mint", batch.execution, 10**18)
    bid(batch, ALICE, 4 * ETH)
    for _ in range(3):
        batch.clear()
    assert batch.credit(ALICE, "ODD") == 4 * ETH
    unsold = batch.credit(TREASURY, "ODD")
    for account, symbol in ((ALICE, "ODD"), (ALICE, "ODDUSD"), (TREASURY, "ODD")):
        batch.execution.send(account, "withdraw", batch.token(symbol), account)
    assert unsold > 0 and [batch.market.balance(one, batch.execution) for one in ("ODD", "ODDUSD")] == [10**18] * 2


def test_only_the_owner_of_a_credit_takes_it(batch):
    bid(batch, ALICE, 8 * ETH)
    batch.clear()
    batch.execution.send(BOB, "withdraw", batch.token("ODD"), BOB)
    assert batch.market.balance("ODD", BOB) == 0 and batch.credit(ALICE, "ODD") > 0


BACKSTOP_CALLS = [
    ("absorb", ("ODDUSD", [BORROWER])),
    ("buyCollateral", ("ODDUSD", "ODD", 0, USD, CAROL)),
    ("fundCapital", ("ODDUSD", 1)),
    ("settle", ("ODDUSD",)),
]


@pytest.mark.parametrize(("function", "arguments"), BACKSTOP_CALLS)
@pytest.mark.parametrize("hook", ["ODD", "ODDUSD"])
def test_no_action_of_the_backstop_within_another(backstop, hook, function, arguments):
    tokens = {symbol: backstop.token(symbol).address for symbol in backstop.market.assets}
    calldata = backstop.execution.encode(function, *[tokens.get(str(one), one) for one in arguments])
    backstop.market.fund(ALICE, "ODDUSD", 5_000 * USD, backstop.execution)
    backstop.token(hook).send(OWNER, "setHook", backstop.execution, calldata)
    arguments = (backstop.token("ODDUSD"), backstop.token("ODD"), 0, 5_000 * USD, ALICE)
    error = backstop.execution.send_error(ALICE, "buyCollateral", *arguments)
    assert error == "ReentrancyGuardReentrantCall()"
    assert backstop.read("stock", "ODDUSD", "ODD") == 10 * ETH
    backstop.check_books()


@pytest.mark.parametrize("what", ["fee", "false"])
def test_cheating_payment_buys_nothing(backstop, what):
    backstop.market.fund(ALICE, "ODDUSD", 5_000 * USD, backstop.execution)
    token = backstop.token("ODDUSD")
    token.send(OWNER, "setFee", 100) if what == "fee" else token.send(OWNER, "setAnswersFalse", True)
    arguments = (token, backstop.token("ODD"), 0, 5_000 * USD, ALICE)
    error = backstop.execution.send_error(ALICE, "buyCollateral", *arguments)
    assert error.startswith("PaymentShort(" if what == "fee" else "SafeERC20FailedOperation(")
    assert backstop.read("stock", "ODDUSD", "ODD") == 10 * ETH


def test_blocked_recipient_only_fails_its_own_purchase(backstop):
    backstop.token("ODD").send(OWNER, "setBlocked", ALICE, True)
    with pytest.raises(AssertionError, match="Blocked"):
        backstop.buy(5_000 * USD, "ODD", debt="ODDUSD")
    backstop.buy(20_000 * USD, "ODD", buyer=BOB, debt="ODDUSD")
    assert backstop.claims("ODDUSD") == 0
    backstop.check_books()


def test_owner_buys_its_own_collateral_at_anybodys_price(backstop):
    """Absorbed at 93 % and bought back at 96.5 %: the account pays half of the penalty."""
    surplus = backstop.market.supplied("ODDUSD", BORROWER)
    assert surplus == 15_810 * USD - 14_000 * USD
    before = backstop.market.balance("ODDUSD", BORROWER)
    backstop.buy(20_000 * USD, "ODD", buyer=BORROWER, debt="ODDUSD")
    paid = before + 20_000 * USD - backstop.market.balance("ODDUSD", BORROWER)
    assert paid == -(-10 * 1_700 * USD * 965 // 1_000)
    assert backstop.read("capital", "ODDUSD") == paid - 14_000 * USD - surplus
    backstop.check_books()


def test_donations_to_the_backstop_change_nothing(backstop):
    for symbol in ("ODD", "ODDUSD"):
        backstop.token(symbol).send(OWNER, "mint", backstop.execution, 10**18)
    backstop.price(1_000, "ODD")
    closed = values(backstop.buy(20_000 * USD, "ODD", debt="ODDUSD"), "LotClosed")
    assert closed["recoveredAssets"] == 9_650 * USD, "the donation pays nothing"
    assert backstop.read("capital", "ODDUSD") == 0


def test_absorbing_an_account_twice_takes_it_once(backstop):
    token = backstop.token("ODDUSD")
    error = backstop.execution.send_error(CAROL, "absorb", token, [BORROWER])
    assert error == f"NothingToAbsorb({BORROWER}, {token.address})"
    backstop.price(2_000, "ODD")
    backstop.market.supply(BOB, "ODD", 10 * ETH)
    backstop.market.borrow(BOB, "ODDUSD", 14_000 * USD)
    backstop.price(1_700, "ODD")
    error = backstop.execution.send_error(CAROL, "absorb", token, [BOB, BOB])
    assert error == f"NothingToAbsorb({BOB}, {token.address})"
    assert backstop.market.debt("ODDUSD", BOB) == 14_000 * USD
