"""Who tries to get more out of a Dutch auction than he pays for: re-entry, tokens that cheat, crossed accounts."""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.units import E8, UINT256_MAX
from tests.auctions import BUYER, ETH, STEP_S, TAIL_S, USD, AuctionScene, values
from tests.lending import BORROWER, DONOR, LENDER, OWNER

PUSH0, PUSH1, PUSH2, PUSH20, DUP1 = b"\x5f", b"\x60", b"\x61", b"\x73", b"\x80"
CODECOPY, GAS, CALL, ISZERO, JUMPI, JUMPDEST, STOP = b"\x39", b"\x5a", b"\xf1", b"\x15", b"\x57", b"\x5b", b"\x00"
RETURNDATASIZE, RETURNDATACOPY, RETURN, REVERT = b"\x3d", b"\x3e", b"\xf3", b"\xfd"


def forwarder(scene: AuctionScene, target: object, calldata: bytes) -> str:
    """Deploy a contract that answers every call by calling `target` with `calldata`, and passes on its error."""
    size = PUSH2 + len(calldata).to_bytes(2)
    call = PUSH0 + PUSH0 + size + PUSH0 + PUSH0 + PUSH20 + bytes.fromhex(target.address[2:]) + GAS + CALL + ISZERO
    fail = JUMPDEST + RETURNDATASIZE + PUSH0 + PUSH0 + RETURNDATACOPY + RETURNDATASIZE + PUSH0 + REVERT
    fixed = len(size + PUSH1 + b"\x00" + PUSH0 + CODECOPY + call + PUSH1 + b"\x00" + JUMPI + STOP)
    data_at = fixed + len(fail)
    copy_data = size + PUSH1 + bytes([data_at]) + PUSH0 + CODECOPY
    runtime = copy_data + call + PUSH1 + bytes([fixed]) + JUMPI + STOP + fail + calldata
    install = PUSH2 + len(runtime).to_bytes(2) + DUP1 + PUSH1 + b"\x0a" + PUSH0 + CODECOPY + PUSH0 + RETURN
    return scene.chain.deploy(ACCOUNTS.address(0), install + runtime)


@pytest.fixture
def scene(revm, deploy) -> AuctionScene:
    """An auction of BORROWER's 10 WETH for 14,000 USDC is running."""
    scene = AuctionScene(revm, deploy)
    scene.open()
    scene.fall()
    scene.start()
    return scene


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("take", (1, ETH, UINT256_MAX, BUYER, b"")),
        ("take", (1, ETH, UINT256_MAX, BUYER, b"again")),
        ("start", (BORROWER, "WETH", "USDC", BUYER)),
        ("reset", (1, BUYER)),
        ("fundIncentives", ("USDC", 1)),
        ("withdrawReturn", ("WETH", BUYER)),
    ],
)
def test_no_action_from_the_callback(scene, function, arguments):
    given = [scene.token(one).address if one in ("WETH", "USDC") else one for one in arguments]
    hostile = forwarder(scene, scene.auction, scene.auction.encode(function, *given))
    scene.market.fund(BUYER, "USDC", 20_000 * USD, scene.auction)
    before = scene.lot()
    error = scene.auction.send_error(BUYER, "take", 1, ETH, UINT256_MAX, hostile, b"data")
    assert error == "ReentrancyGuardReentrantCall()"
    assert scene.lot() == before
    scene.check_books()


def test_the_callback_comes_with_the_collateral_and_before_the_payment(scene):
    """It may send the collateral on: here to LENDER, which fails unless the collateral is there already."""
    weth = scene.token("WETH")
    seller = forwarder(scene, weth, weth.encode("transfer", LENDER, ETH))
    scene.market.fund(BUYER, "USDC", 20_000 * USD, scene.auction)
    events = scene.auction.send(BUYER, "take", 1, ETH, UINT256_MAX, seller, b"data")
    moved = [
        (name, given["to"]) for name, given in events if name == "Transfer" and given["to"] in (seller, LENDER)
    ]
    assert moved == [("Transfer", seller), ("Transfer", LENDER)]
    names = [name for name, _ in events]
    assert names.index("CollateralSold") > names.index("Transfer")
    scene.check_books()


def test_who_does_not_pay_gets_nothing(scene):
    scene.token("USDC").send(BUYER, "approve", scene.auction, UINT256_MAX)
    before = scene.lot()
    error = scene.auction.send_error(BUYER, "take", 1, ETH, UINT256_MAX, BUYER, b"")
    assert error.startswith("ERC20InsufficientBalance(")
    assert scene.lot() == before and scene.market.balance("WETH", BUYER) == 0


def test_donations_change_nothing(scene):
    for symbol in ("WETH", "USDC"):
        scene.token(symbol).send(OWNER, "mint", scene.auction, 10**18)
    scene.market.wait(60 * STEP_S)
    closed = values(scene.take(), "LotClosed")
    assert closed["recoveredAssets"] + closed["lostAssets"] == 14_000 * USD
    assert scene.claims() == 0 == scene.auction.read("incentives", scene.token("USDC"))
    assert [scene.market.balance(one, scene.auction) for one in ("WETH", "USDC")] == [10**18, 10**18]


def test_return_that_the_pool_refuses_waits_for_its_owner(scene):
    """A supply cap may not keep others from buying: the collateral is kept, and only its owner fetches it."""
    weth = scene.market.assets["WETH"]
    scene.market.pool.send(OWNER, "setReserveConfig", weth.token, weth.config | {"supplyCapAssets": 1}, False)
    events = scene.take()
    left = values(events, "ReturnKept")["amount"]
    assert left > 0 and scene.market.supplied("WETH", BORROWER) == 0
    scene.check_books()
    scene.auction.send(BUYER, "withdrawReturn", weth.token, BUYER)
    assert scene.auction.read("keptReturns", BORROWER, weth.token) == left
    scene.auction.send(BORROWER, "withdrawReturn", weth.token, BORROWER)
    assert scene.market.balance("WETH", BORROWER) == left
    scene.check_books()


def test_collateral_without_cash_cannot_be_seized(revm, deploy):
    """All WETH is lent out: nothing can be handed over, and nothing changes."""
    scene = AuctionScene(revm, deploy)
    scene.open()
    scene.market.pool.send(LENDER, "borrow", scene.token("WETH"), 10 * ETH)
    scene.fall()
    error = scene.auction.send_error(LENDER, "start", *scene.start_arguments())
    assert error == f"InsufficientCash({10 * ETH}, 0)"
    assert scene.auction.read("lotCount") == 0
    scene.check_books()


def test_own_position_auctioned_and_bought_by_its_owner_gains_nothing(scene):
    """Who starts, waits and buys his own lot pays what anybody would, and the loss is what it would be."""
    scene.market.wait(20 * STEP_S)
    sold, paid = scene.auction.read("previewTake", 1, UINT256_MAX, UINT256_MAX)
    scene.market.fund(BORROWER, "USDC", paid, scene.auction)
    before = scene.market.balance("USDC", BORROWER)
    scene.auction.send(BORROWER, "take", 1, UINT256_MAX, UINT256_MAX, BORROWER, b"")
    assert before - scene.market.balance("USDC", BORROWER) == paid
    assert scene.market.balance("WETH", BORROWER) == sold
    scene.check_books()


def test_a_lot_is_not_kept_from_the_market_by_resets(scene):
    """A reset is possible only once nobody can buy any more."""
    for _ in range(3):
        error = scene.auction.send_error(BUYER, "reset", 1, BUYER)
        assert error.startswith("CannotReset(")
        scene.market.wait(TAIL_S // 4)


@pytest.fixture
def crossed(revm, deploy) -> AuctionScene:
    """BORROWER has 10 WETH and half a WBTC, and owes USDC and DAI."""
    scene = AuctionScene(revm, deploy)
    scene.market.add("WBTC", 8, 40_000 * E8)
    scene.market.add("DAI", 18, E8)
    scene.set_parameters("WBTC")
    scene.market.supply(LENDER, "DAI", 10**23)
    scene.market.supply(BORROWER, "WBTC", 10**8 // 2)
    scene.open(usdc=20_000 * USD)
    scene.market.pool.send(BORROWER, "borrow", scene.token("DAI"), 8_000 * 10**18)
    scene.market.set_price("WETH", 1_500 * E8)
    scene.market.set_price("WBTC", 36_000 * E8)
    return scene


def test_lot_of_a_crossed_account_has_its_ratio(crossed):
    """All of the debt, or all of the collateral, at the account's ratio: $33,000 to $28,000."""
    for collateral, debt, price_e8, unit in (("WETH", "USDC", 1_500 * E8, USD), ("WBTC", "DAI", 36_000 * E8, ETH)):
        arguments = crossed.start_arguments(collateral=collateral, debt=debt)[:3]
        plan = crossed.auction.read("previewStart", *arguments)
        decimals = crossed.market.assets[collateral].decimals
        collateral_usd = plan.lot.lotAssets * price_e8 / E8 / 10**decimals
        assert collateral_usd / (plan.debtAssets / unit) == pytest.approx(33 / 28, rel=1e-6)
        whole_lot = plan.lot.lotAssets == crossed.market.supplied(collateral, BORROWER)
        assert whole_lot or plan.debtAssets == crossed.market.debt(debt, BORROWER)


def test_three_starts_take_two_collaterals_and_two_debts(crossed):
    for lot, (collateral, debt) in enumerate((("WETH", "USDC"), ("WBTC", "USDC"), ("WBTC", "DAI"))):
        crossed.start(collateral=collateral, debt=debt)
        assert crossed.lot(lot + 1).lot.lotAssets > 0
        crossed.check_books()
    data = crossed.market.pool.read("accountData", BORROWER)
    assert (data.collateralBase, data.debtBase) == (0, 0)
    for symbol, owed in (("USDC", 20_000 * USD), ("DAI", 8_000 * 10**18)):
        assert crossed.claims(symbol) == owed
    crossed.market.wait(50 * STEP_S)
    for lot in (3, 1, 2):
        crossed.take(lot)
        crossed.check_books()
    for symbol in ("USDC", "DAI"):
        assert crossed.claims(symbol) == 0


def test_debt_of_the_kind_of_its_collateral(revm, deploy):
    """WETH sold for WETH: one token in both roles, and the books still add up."""
    scene = AuctionScene(revm, deploy)
    scene.market.supply(LENDER, "WETH", 100 * ETH)
    scene.open(DONOR, usdc=10_000 * USD)
    scene.market.pool.send(DONOR, "borrow", scene.token("WETH"), 2 * ETH)
    scene.fall(1_100)
    scene.start(DONOR, "WETH", "WETH")
    scene.check_books((DONOR,))
    scene.take()
    scene.check_books((DONOR,))
