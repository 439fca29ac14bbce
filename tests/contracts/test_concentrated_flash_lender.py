"""Rules of ERC-3156 over a Uniswap V3 pool: the pool's fee, all or nothing, and one pool that may call back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.units import UINT256_MAX, WAD
from tests.concentrated import OWNER, POCKETS, TRADER, Concentrated
from tests.hostile import CALLBACK
from tests.venue import TREASURY, deploy, deploy_token

DEPTH = 1_000_000 * WAD
FEE = 3_000
FEE_SCALE = 1_000_000


@pytest.fixture(scope="module")
def world():
    """A pool with a lender over it, and a borrower that holds what any fee may cost."""
    found = Concentrated.deploy((18, 18))
    found.deep = found.pool(FEE)
    found.mint_full_range(found.deep, DEPTH, DEPTH)
    found.lender = deploy(found.chain, "ConcentratedFlashLender", found.deep)
    found.borrower = deploy(found.chain, "ReentrantActor", OWNER)
    found.borrower.send(OWNER, "setAnswer", CALLBACK.selector, CALLBACK.success)
    for token in found.tokens:
        token.send(TRADER, "transfer", found.borrower, DEPTH)
        approval = token.encode("approve", found.lender, UINT256_MAX)
        found.borrower.send(OWNER, "act", token, approval)
    return found


@pytest.fixture(autouse=True)
def fresh(world):
    with world.undone():
        yield


@given(side=st.integers(0, 1), amount=st.integers(0, DEPTH - 1))
def test_a_loan_costs_the_pools_fee_rounded_up(world, side, amount):
    with world.undone():
        token = world.tokens[side]
        fee = world.lender.read("flashFee", token, amount)
        assert fee == -(-amount * FEE // FEE_SCALE)
        held = token.read("balanceOf", world.deep)
        events = dict(world.lender.send(TREASURY, "flashLoan", world.borrower, token, amount, b""))
        assert events["FlashLoan"] == {
            "receiver": world.borrower.address,
            "asset": token.address,
            "amount": amount,
            "fee": fee,
        }
        assert token.read("balanceOf", world.deep) == held + fee
        assert token.read("balanceOf", world.borrower) == DEPTH - fee
        assert token.read("balanceOf", world.lender) == 0


def test_the_most_is_what_the_pool_holds(world):
    held = world.token0.read("balanceOf", world.deep)
    assert world.lender.read("maxFlashLoan", world.token0) == held
    world.lender.send(TRADER, "flashLoan", world.borrower, world.token0, held, b"")
    held = world.token0.read("balanceOf", world.deep)
    error = world.lender.send_error(TRADER, "flashLoan", world.borrower, world.token0, held + 1, b"")
    assert error == f"ExceedsMaxLoan({held + 1}, {held})"


def test_an_unsupported_token(world):
    other = deploy_token(world.chain, "T2", 18)
    assert world.lender.read("maxFlashLoan", other) == 0
    assert world.lender.read_error("flashFee", other, WAD) == f"UnsupportedToken({other.address})"
    error = world.lender.send_error(TRADER, "flashLoan", world.borrower, other, WAD, b"")
    assert error == f"UnsupportedToken({other.address})"


def test_a_pool_without_liquidity_lends_nothing(world):
    empty = world.pool(500)
    lender = deploy(world.chain, "ConcentratedFlashLender", empty)
    world.token0.send(TRADER, "transfer", empty, WAD)
    assert lender.read("maxFlashLoan", world.token0) == 0
    assert lender.send_error(TRADER, "flashLoan", world.borrower, world.token0, 1, b"") == "ExceedsMaxLoan(1, 0)"


def test_another_answer_undoes_the_loan(world):
    world.borrower.send(OWNER, "setAnswer", CALLBACK.selector, b"\1".rjust(32, b"\0"))
    error = world.lender.send_error(TRADER, "flashLoan", world.borrower, world.token0, WAD, b"")
    assert error.startswith(f"FlashCallbackFailed({world.borrower.address}, ")
    # An account without code answers nothing.
    assert not world.lender.try_send(TRADER, "flashLoan", TRADER, world.token0, WAD, b"").ok
    assert world.token0.read("balanceOf", TRADER) == POCKETS - DEPTH


def test_a_borrower_that_cannot_pay_gets_nothing(world):
    drain = world.token0.encode("transfer", TREASURY, WAD)
    for fits in (False, True):
        world.borrower.send(OWNER, "arm", world.token0, drain)
        if not fits:
            balance = world.token0.read("balanceOf", world.borrower)
            spent = world.token0.encode("transfer", TREASURY, balance)
            world.borrower.send(OWNER, "act", world.token0, spent)
        receipt = world.lender.try_send(TRADER, "flashLoan", world.borrower, world.token0, 2 * WAD, b"")
        assert receipt.ok == fits
        world.token0.send(TRADER, "transfer", world.borrower, DEPTH)


def test_nobody_but_the_pool_calls_back(world):
    """Neither without a loan, nor in the midst of one, nor by a loan that somebody else takes from the pool."""
    error = world.lender.send_error(TREASURY, "uniswapV3FlashCallback", 0, 0, b"")
    assert error == f"UnexpectedCallback({TREASURY})"
    second = world.lender.encode("flashLoan", world.borrower, world.token0, WAD, b"")
    forged = world.lender.encode("uniswapV3FlashCallback", 0, 0, b"")
    for attempt, name in ((second, "ReentrancyGuardReentrantCall"), (forged, "UnexpectedCallback")):
        world.borrower.send(OWNER, "arm", world.lender, attempt)
        world.lender.send(TRADER, "flashLoan", world.borrower, world.token0, WAD, b"")
        assert (world.borrower.read("attempts"), world.borrower.read("successes")) == (1, 0)
        assert world.lender.artifacts.decoder.error_parts(world.borrower.read("outcome"))[0] == name
    # The pool calls back whoever asked it, which is not the lender.
    flash = world.deep.encode("flash", world.borrower, WAD, 0, b"")
    world.borrower.send(OWNER, "arm", world.lender, forged)
    assert not world.borrower.try_send(OWNER, "act", world.deep, flash).ok
