"""Re-entry from every callback into every function that changes a pool's state: locked, and nobody's money moves.

Callbacks: a token's hooks on sending and receiving, a flash loan, a feed, an insurance fund, an auction's buyer.
"""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX
from tests.auctions import BUYER, AuctionScene
from tests.hostile import CALLBACK, ETH, USD, Actor, Holdings, assert_backed, new_scene
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER

LOCKED = "ReentrancyGuardReentrantCall()"

FUNCTIONS = {
    "supply": ("USDC", 1, "actor"),
    "withdraw": ("USDC", 1, "actor"),
    "borrow": ("USDC", 1),
    "repay": ("USDC", 1, BORROWER),
    "liquidate": ("WETH", "USDC", BORROWER, UINT256_MAX, False),
    "coverDeficit": ("USDC", 1),
    "flashLoan": ("actor", "USDC", 1, b""),
    "withdrawTreasury": ("USDC", 0, "actor"),
    "seize": ("WETH", "USDC", BORROWER, 1, 1),
    "settleClaim": ("USDC", BORROWER, 0, 0),
    "creditSupply": ("USDC", "actor", 1),
}
"""Functions of anyone, of the owner and of the execution; the actor is owner and execution where it matters."""
CONFIGURATION = {"setInsuranceFund", "removeInsuranceFund", "setModules", "addReserve", "setReserveConfig"}
ONLY_BY_OWNERS = {"transferOwnership", "renounceOwnership", *CONFIGURATION}


def test_no_state_changing_function_is_left_out(artifacts):
    """A new function of the pool has to be added to the table above."""
    functions = [entry for entry in artifacts["LendingPool"].abi if entry["type"] == "function"]
    changing = {entry["name"] for entry in functions if entry["stateMutability"] not in ("view", "pure")}
    assert changing == set(FUNCTIONS) | ONLY_BY_OWNERS


def resolved(market, actor, function: str) -> list:
    names = {"actor": actor.address, **{symbol: one.token.address for symbol, one in market.assets.items()}}
    return [names.get(one, one) if isinstance(one, str) else one for one in FUNCTIONS[function]]


def powerful(market) -> Actor:
    """An actor with supply, debt and allowance, so that no other check stops it."""
    actor = Actor(market)
    for symbol, amount in (("WETH", 20 * ETH), ("USDC", 20_000 * USD)):
        actor.fund(symbol, amount)
        actor.act(market.pool, "supply", market.token(symbol), amount // 2, actor.address)
    actor.act(market.pool, "borrow", market.token("USDC"), 100 * USD)
    return actor


def empower(market, actor: Actor, function: str) -> None:
    if function in ("seize", "settleClaim", "creditSupply"):
        market.pool.send(OWNER, "setModules", ZERO_ADDRESS, actor.address, ZERO_ADDRESS)
    market.pool.send(OWNER, "transferOwnership", actor.address)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("hook", ["sending", "receiving"])
def test_from_a_token_s_hook(revm, deploy, hook, function):
    market = new_scene(revm, deploy, token_type="CallbackToken")
    actor, usdc = powerful(market), market.token("USDC")
    usdc.send(OWNER, "setHooked", actor.address, True)
    empower(market, actor, function)
    before = Holdings.read(market)
    actor.arm(market.pool, function, *resolved(market, actor, function))
    if hook == "sending":
        actor.act(market.pool, "supply", usdc, 1_000 * USD, actor.address)
    else:
        actor.act(market.pool, "withdraw", usdc, 1_000 * USD, actor.address)
    assert actor.tried == (1, 0)
    assert actor.outcome == LOCKED
    assert Holdings.read(market) == before
    assert_backed(market)


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "seize"])
def test_from_the_payout_of_a_liquidation(revm, deploy, function):
    """The collateral reaches the liquidator before losses are resolved: the pool is still locked."""
    market = new_scene(revm, deploy, hostile="WETH", token_type="CallbackToken")
    actor = powerful(market)
    market.token("WETH").send(OWNER, "setHooked", actor.address, True)
    market.pool.send(OWNER, "transferOwnership", actor.address)
    market.set_price("WETH", 1_700 * E8)
    before = Holdings.read(market)
    actor.arm(market.pool, function, *resolved(market, actor, function))
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, UINT256_MAX, False)
    actor.act(market.pool, "liquidate", *arguments)
    assert actor.tried == (1, 0)
    assert actor.outcome == LOCKED
    assert Holdings.read(market) == before
    assert_backed(market)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_from_a_flash_loan(revm, deploy, function):
    """The pool is open to the borrower then, with its books in order: others keep what is theirs."""
    market = new_scene(revm, deploy)
    actor, usdc = powerful(market), market.token("USDC")
    actor.answer(CALLBACK.selector, CALLBACK.success)
    empower(market, actor, function)
    market.set_price("WETH", 1_700 * E8)
    before = Holdings.read(market)
    actor.arm(market.pool, function, *resolved(market, actor, function))
    actor.act(market.pool, "flashLoan", actor.address, usdc, 1_000 * USD, b"")
    assert actor.tried[0] == 1
    assert Holdings.read(market) == before
    for symbol in market.assets:
        state = market.state(symbol)
        assert market.balance(symbol, market.pool) == state.cash
        assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit + state.claims


@pytest.mark.parametrize("function", FUNCTIONS)
def test_from_an_insurance_fund(revm, deploy, function):
    """The one contract that is called with the books open: it gets nowhere, and may give less than asked."""
    market = new_scene(revm, deploy)
    actor = powerful(market)
    fund = deploy(revm, "InsuranceFund", market.token("USDC"), "Fund", "FUND", OWNER).type
    actor.answer(fund.function("asset").selector, bytes(12) + bytes.fromhex(market.token("USDC").address[2:]))
    actor.answer(fund.function("protocolDraws").selector, (1).to_bytes(32) + bytes(64))
    market.pool.send(OWNER, "setInsuranceFund", actor.address)
    market.pool.send(OWNER, "transferOwnership", actor.address)
    actor.arm(market.pool, function, *resolved(market, actor, function))
    market.set_price("WETH", 1_000 * E8)
    before = Holdings.read(market)
    liquidation, events = market.liquidate("WETH", "USDC")
    assert actor.tried == (1, 0)
    assert actor.outcome == LOCKED
    deficit = 14_000 * USD - liquidation["repaidAssets"]
    assert market.state("USDC").deficit == deficit
    assert "DeficitCovered" not in [name for name, _ in events]
    assert Holdings.read(market) == before
    assert_backed(market)


def test_a_fund_that_says_more_than_it_gives_is_counted_by_what_arrived(revm, deploy):
    market = new_scene(revm, deploy)
    actor = powerful(market)
    fund = deploy(revm, "InsuranceFund", market.token("USDC"), "Fund", "FUND", OWNER).type
    actor.answer(fund.function("asset").selector, bytes(12) + bytes.fromhex(market.token("USDC").address[2:]))
    actor.answer(fund.function("protocolDraws").selector, (1).to_bytes(32) + bytes(64))
    actor.answer(fund.function("coverDeficit").selector, UINT256_MAX.to_bytes(32))
    market.pool.send(OWNER, "setInsuranceFund", actor.address)
    actor.arm(market.token("USDC"), "transfer", market.pool, 100 * USD)
    market.set_price("WETH", 1_000 * E8)
    before = Holdings.read(market)
    _, events = market.liquidate("WETH", "USDC")
    (covered,) = [values["amount"] for name, values in events if name == "DeficitCovered"]
    assert covered == 100 * USD
    assert Holdings.read(market) == before
    assert_backed(market)


def hostile_feed(market, deploy, symbol: str = "WETH"):
    """Put a hostile feed, honest for now, before that of an asset."""
    feed = deploy(market.chain, "HostileFeed", market.assets[symbol].feed)
    config = market.assets[symbol].config | {"feed": feed.address}
    market.pool.send(OWNER, "setReserveConfig", market.token(symbol), config, False)
    return feed


HONEST, CALLS, FAILS_BIG, RETURNS_BIG, BURNS_GAS = range(5)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_from_a_feed(revm, deploy, function):
    """It is read in a static call: what it tries fails, or the action that reads it does."""
    market = new_scene(revm, deploy)
    actor, feed = powerful(market), hostile_feed(market, deploy)
    empower(market, actor, "borrow")
    attempt = market.pool.encode(function, *resolved(market, actor, function))
    feed.send(OWNER, "setMode", CALLS, market.pool, attempt)
    before = Holdings.read(market)
    actor.act(market.pool, "borrow", market.token("USDC"), USD)
    actor.act(market.pool, "withdraw", market.token("WETH"), ETH, actor.address)
    assert Holdings.read(market) == before
    assert_backed(market)


@pytest.mark.parametrize("mode", [FAILS_BIG, RETURNS_BIG, BURNS_GAS])
def test_a_feed_that_bombs_hurts_only_who_needs_its_price(revm, deploy, mode):
    """A megabyte of answer is ignored; a failing feed stops what reads it, and observers see no price."""
    market = new_scene(revm, deploy)
    feed = hostile_feed(market, deploy)
    feed.send(OWNER, "setMode", mode, ZERO_ADDRESS, b"")
    before, usdc = Holdings.read(market), market.token("USDC")
    market.supply(DONOR, "USDC", 1_000 * USD)
    market.pool.send(DONOR, "withdraw", usdc, UINT256_MAX, DONOR)
    market.fund(LIQUIDATOR, "USDC", 1_000 * USD)
    market.pool.send(LIQUIDATOR, "repay", usdc, 1_000 * USD, BORROWER)
    borrow = market.pool.try_send(BORROWER, "borrow", usdc, USD)
    state = market.state("WETH")
    if mode == RETURNS_BIG:
        assert borrow.ok and state.priceBase == 2_000 * E8
    else:
        assert not borrow.ok and state.priceBase == 0
        leaving = market.pool.try_send(LENDER, "withdraw", market.token("WETH"), ETH, LENDER)
        assert leaving.ok, "an account without debt needs no price"
        market.pool.send(LENDER, "supply", market.token("WETH"), ETH, LENDER)
    assert Holdings.read(market) == before
    assert_backed(market)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_from_a_buyer_in_an_auction(revm, deploy, function):
    """A taker is called between the collateral and its payment: the pool's books are in order, and stay so."""
    scene = AuctionScene(revm, deploy)
    scene.open()
    scene.fall()
    scene.start()
    market = scene.market
    actor = Actor(market)
    for symbol, amount in (("WETH", 20 * ETH), ("USDC", 20_000 * USD)):
        actor.fund(symbol, amount)
        actor.act(market.pool, "supply", market.token(symbol), amount // 2, actor.address)
    lender = market.supplied("USDC", LENDER)
    market.pool.send(OWNER, "transferOwnership", actor.address)
    actor.arm(market.pool, function, *resolved(market, actor, function))
    market.fund(BUYER, "USDC", 40_000 * USD, scene.auction)
    scene.auction.send(BUYER, "take", 1, ETH, UINT256_MAX, actor.address, b"data")
    assert actor.tried[0] == 1
    if function in ("seize", "settleClaim", "creditSupply", "liquidate"):
        assert actor.tried[1] == 0 and actor.outcome == f"ExecutionOnly({scene.auction.address})"
    assert market.supplied("USDC", LENDER) >= lender
    for symbol in market.assets:
        state = market.state(symbol)
        assert market.balance(symbol, market.pool) == state.cash
        assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit + state.claims
