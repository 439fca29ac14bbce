"""What hostile users of a soft liquidation market get: nothing that is not theirs."""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import Block, Transaction
from sim.reference import bands
from sim.units import E8, UINT256_MAX, WAD
from tests.soft import (
    BORROWER,
    DONOR,
    ETH,
    LENDER,
    LIQUIDATOR,
    OWNER,
    TRADER,
    USD,
    SoftMarket,
    new_soft_market,
)

PUSH0, PUSH1, PUSH2, PUSH20 = b"\x5f", b"\x60", b"\x61", b"\x73"
CALLDATASIZE, CODECOPY, GAS, CALL = b"\x36", b"\x39", b"\x5a", b"\xf1"
JUMPI, JUMPDEST, ISZERO, STOP, REVERT = b"\x57", b"\x5b", b"\x15", b"\x00", b"\xfd"
RETURNDATASIZE, RETURNDATACOPY = b"\x3d", b"\x3e"


def puppet(soft: SoftMarket, calls: list[tuple[str, bytes]], on_callback: tuple[str, bytes] | None) -> str:
    """Deploy a contract that makes `calls` when called with nothing, and `on_callback` when called with data.

    Errors of the calls are passed on.
    """
    payloads = [*calls, *([on_callback] if on_callback else [])]

    def size_of(parts: list[bytes]) -> int:
        return sum(len(part) for part in parts)

    def call(target: str, size: int, at: int, end: int) -> bytes:
        copy = PUSH2 + size.to_bytes(2) + PUSH2 + at.to_bytes(2) + PUSH0 + CODECOPY
        send = PUSH0 + PUSH0 + PUSH2 + size.to_bytes(2) + PUSH0 + PUSH0 + PUSH20 + bytes.fromhex(target[2:])
        return copy + send + GAS + CALL + ISZERO + PUSH2 + end.to_bytes(2) + JUMPI

    def assemble(offsets: list[int], callback_at: int, fail_at: int) -> list[bytes]:
        codes = [
            call(target, len(data), at, fail_at) for (target, data), at in zip(payloads, offsets, strict=True)
        ]
        head = CALLDATASIZE + PUSH2 + callback_at.to_bytes(2) + JUMPI
        fail = JUMPDEST + RETURNDATASIZE + PUSH0 + PUSH0 + RETURNDATACOPY + RETURNDATASIZE + PUSH0 + REVERT
        return [head, *codes[: len(calls)], STOP, JUMPDEST, *codes[len(calls) :], STOP, fail]

    draft = assemble([0] * len(payloads), 0, 0)
    callback_at = size_of(draft[: len(calls) + 2])
    fail_at, code_size = size_of(draft[:-1]), size_of(draft)
    offsets = [code_size + size_of([data for _, data in payloads[:i]]) for i in range(len(payloads))]
    runtime = b"".join(assemble(offsets, callback_at, fail_at)) + b"".join(data for _, data in payloads)
    copy = PUSH2 + len(runtime).to_bytes(2) + b"\x80" + PUSH1 + b"\x0a" + PUSH0 + CODECOPY + PUSH0 + b"\xf3"
    return soft.chain.deploy(ACCOUNTS.address(0), copy + runtime)


def unhealthy(revm, deploy, price: int = 1_700) -> SoftMarket:
    soft = new_soft_market(revm, deploy, policy=deploy(revm, "SocialiseLosses").address)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.wait(200)
    soft.set_price(price * E8)
    return soft


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("supply", (1, LENDER)),
        ("withdraw", (1, LENDER)),
        ("createLoan", (ETH, USD, 4)),
        ("borrowMore", (0, USD)),
        ("addCollateral", (ETH, BORROWER)),
        ("removeCollateral", (1,)),
        ("repay", (1, BORROWER)),
        ("liquidate", (BORROWER, WAD, b"")),
        ("coverDeficit", (1,)),
    ],
)
def test_no_action_within_a_liquidation(function, arguments, revm, deploy):
    soft = unhealthy(revm, deploy)
    again = soft.market.address, soft.market.encode(function, *arguments)
    liquidate = soft.market.address, soft.market.encode("liquidate", BORROWER, WAD, b"go")
    attacker = puppet(soft, [liquidate], again)
    receipt = soft.chain.execute(_block(soft, attacker))[0]
    assert not receipt.ok
    error = soft.market.artifacts.decoder.decode_error(receipt.revert_data)
    assert error == "ReentrancyGuardReentrantCall()"
    assert soft.debt() == 17_000 * USD
    soft.reconcile()


def _block(soft: SoftMarket, target: str) -> Block:
    return Block(soft.chain.timestamp_s, [Transaction(LIQUIDATOR, target, b"")])


def test_a_liquidator_may_sell_into_the_bands_within_its_callback(revm, deploy):
    """The exchange is open in the callback, with the seized bands already empty; the payment is still due."""
    soft = unhealthy(revm, deploy)
    soft.loan(3 * ETH, 3_000 * USD, 10, DONOR)
    before = soft.amounts(DONOR)
    quote = soft.market.read("previewLiquidation", BORROWER, WAD)
    sell = soft.exchange.encode("exchange", True, ETH, 0, LIQUIDATOR)
    liquidate = soft.market.address, soft.market.encode("liquidate", BORROWER, WAD, b"go")
    attacker = puppet(soft, [liquidate], (soft.exchange.address, sell))
    receipt = soft.chain.execute(_block(soft, attacker))[0]
    error = soft.market.artifacts.decoder.decode_error(receipt.revert_data)
    assert error == f"NothingTraded({ETH})", "no band has anything converted to give"
    assert soft.market.read("previewLiquidation", BORROWER, WAD) == quote
    assert soft.amounts(DONOR) == before


def test_who_does_not_pay_gets_nothing(revm, deploy):
    soft = unhealthy(revm, deploy)
    liquidate = soft.market.address, soft.market.encode("liquidate", BORROWER, WAD, b"go")
    attacker = puppet(soft, [liquidate], None)
    receipt = soft.chain.execute(_block(soft, attacker))[0]
    error = soft.market.artifacts.decoder.decode_error(receipt.revert_data)
    assert error.startswith("ERC20InsufficientAllowance(")
    assert soft.balance("WETH", attacker) == 0


def test_donations_move_nothing(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    before = [
        soft.market.read("supplyOf", LENDER),
        tuple(soft.market.read("totals")),
        soft.amounts(),
        soft.health(),
        soft.exchange.read("priceWad"),
        tuple(soft.exchange.read("quoteExactIn", False, 10**9)),
    ]
    soft.fund(DONOR, "USDC", 2 * 10**12)
    soft.fund(DONOR, "WETH", 10**24)
    for target in (soft.market, soft.exchange):
        soft.tokens["USDC"].send(DONOR, "transfer", target, 10**12)
        soft.tokens["WETH"].send(DONOR, "transfer", target, 10**23)
    after = [
        soft.market.read("supplyOf", LENDER),
        tuple(soft.market.read("totals")),
        soft.amounts(),
        soft.health(),
        soft.exchange.read("priceWad"),
        tuple(soft.exchange.read("quoteExactIn", False, 10**9)),
    ]
    assert after == before


def test_first_lender_cannot_make_shares_dear(revm, deploy):
    """One unit supplied, a fortune donated: the next lender still owns what it brought."""
    soft = new_soft_market(revm, deploy, supply=0)
    soft.supply(1, DONOR)
    soft.fund(DONOR, "USDC", 10**13)
    soft.tokens["USDC"].send(DONOR, "transfer", soft.market, 10**13)
    soft.supply(10_000 * USD)
    assert soft.market.read("supplyOf", LENDER) == 10_000 * USD
    assert soft.market.read("supplyOf", DONOR) == 1


def test_first_borrower_of_a_band_cannot_make_its_shares_dear(revm, deploy):
    """Dust in the bands of a victim, made dear by paying the highest fees into them: the victim loses no 10⁻⁶."""
    soft = new_soft_market(revm, deploy, fee_bps=5_000)
    soft.loan(10**11, 100, 4, DONOR)
    for price in (1_100, 2_000):
        soft.wait(200)
        soft.set_price(price * E8)
        for _ in range(30):
            soft.fund(TRADER, "USDC", 10**9)
            soft.fund(TRADER, "WETH", 10**12)
            soft.exchange.try_send(TRADER, "exchange", False, 10**9, 0, TRADER)
            soft.exchange.try_send(TRADER, "exchange", True, 10**12, 0, TRADER)
    assert soft.exchange.read("firstFreeBand") > 0, "converted dust stands in the way until someone buys it"
    soft.trade(True, 10 * ETH)
    soft.loan(10 * ETH, 10_000 * USD, 4)
    first, _ = soft.exchange.read("positionOf", BORROWER)
    assert abs(first - soft.exchange.read("positionOf", DONOR)[0]) < 4, "the bands are shared"
    soft.fund(BORROWER, "USDC", 10_000 * USD)
    soft.send(BORROWER, "repay", UINT256_MAX, BORROWER)
    assert 10 * ETH - soft.balance("WETH", BORROWER) <= 10 * ETH // 10**6
    assert soft.balance("WETH", BORROWER) <= 10 * ETH
    soft.reconcile()


@pytest.mark.parametrize("others", [0, 5])
def test_shares_of_a_band_made_dear_by_its_owner_cost_others_less_than_a_millionth(others):
    """A band of one share's worth of dust grown by g: a deposit of d is rounded by less than (g + d)/10⁶."""
    held, total = 1, bands.shares_down(1, 0, 0)
    held += 10**18
    for _ in range(others):
        total += bands.shares_down(10**17, held, total)
        held += 10**17
    minted = bands.shares_down(10**18, held, total)
    out = bands.assets_down(minted, held + 10**18, total + minted)
    assert 0 <= 10**18 - out <= (held + 10**18) // 10**6 + 1


def test_self_liquidation_pays_only_out_of_the_own_pocket(revm, deploy):
    """Borrower and liquidator in one: it gains the bonus of any liquidator, lenders lose no more."""
    soft = unhealthy(revm, deploy, price=1_500)
    worth = 10 * 1_500 * USD - 17_000 * USD
    quote = soft.market.read("previewLiquidation", BORROWER, WAD)
    soft.fund(BORROWER, "USDC", quote.paidAssets)
    usd = soft.balance("USDC", BORROWER)
    soft.send(BORROWER, "liquidate", BORROWER, WAD, b"")
    gained = 10 * 1_500 * USD - (usd - soft.balance("USDC", BORROWER))
    lost = 10_000_000 * USD - soft.market.read("supplyOf", LENDER)
    assert worth < 0
    assert gained == 10 * 1_500 * USD - quote.paidAssets
    assert lost == pytest.approx(17_000 * USD - quote.coveredAssets, abs=1)
    assert gained <= 15_000 * USD * 2 // 102 + 1, "the bonus of any liquidator"


def test_nobody_gains_by_opening_and_closing_loans_in_others_bands(revm, deploy):
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.wait(200)
    soft.set_price(1_950 * E8)
    soft.arbitrage()
    before = soft.amounts()
    for amount in (10**11 + 1, ETH + 1, 50 * ETH):
        soft.loan(amount, amount * 1_000 * USD // ETH, 4, DONOR)
        debt = soft.debt(DONOR)
        soft.fund(DONOR, "USDC", debt)
        held = soft.balance("WETH", DONOR)
        soft.send(DONOR, "repay", debt, DONOR)
        assert soft.balance("WETH", DONOR) - held <= amount
    after = soft.amounts()
    assert after[0] >= before[0] and after[1] >= before[1] - 4
    soft.reconcile()


def test_dust_left_behind_does_not_keep_a_loss_from_being_booked(revm, deploy):
    """All but a trillionth is liquidated first; the dust that is left can still be closed, with its loss."""
    soft = unhealthy(revm, deploy, price=1_500)
    soft.fund(LIQUIDATOR, "USDC", 17_000 * USD)
    soft.market.send(LIQUIDATOR, "liquidate", BORROWER, WAD - 10**11, b"")
    assert 0 < soft.debt() <= 2_000
    soft.market.send(LIQUIDATOR, "liquidate", BORROWER, WAD, b"")
    assert soft.debt() == 0 and soft.exchange.read("positionOf", BORROWER)[1] == 0
    lost = 10_000_000 * USD - soft.market.read("supplyOf", LENDER)
    assert lost == pytest.approx(17_000 * USD - 15_000 * USD * 100 // 102, abs=5)
    soft.reconcile()


def test_trades_in_dust_bands_never_pay_the_trader(revm, deploy):
    """Bands worth a few units of USDC: dust comes out, never for nothing."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10**11, 100, 4, DONOR)
    soft.wait(200)
    soft.set_price(1_500 * E8)
    spent = 0
    for amount in (1, 2, 5, 1_000):
        soft.fund(TRADER, "USDC", amount)
        receipt = soft.exchange.try_send(TRADER, "exchange", False, amount, 0, TRADER)
        soft.reconcile()
        spent += amount if receipt.ok else 0
    got = soft.balance("WETH", TRADER)
    assert spent and got <= 10**11 and got * 1_500 <= spent * 10**12


def test_bands_deep_below_cannot_be_skipped_to_buy_cheap(revm, deploy):
    """Trades go through bands in order: the highest that is not converted sells first."""
    soft = new_soft_market(revm, deploy)
    soft.loan(10 * ETH, 17_000 * USD)
    soft.loan(10 * ETH, 3_000 * USD, 4, OWNER)
    soft.wait(200)
    soft.set_price(1_950 * E8)
    before = soft.amounts(OWNER)
    soft.trade(False, 5_000 * USD)
    assert soft.amounts(OWNER) == before
