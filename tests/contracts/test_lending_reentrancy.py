"""LendingPool's guard: a hostile insurance fund, the one contract called with the books open, gets nowhere."""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.units import E8, UINT256_MAX
from tests.lending import BORROWER, LIQUIDATOR, OWNER, LendingMarket, new_market

ETH = 10**18
USD = 10**6

PUSH0, PUSH1, PUSH2, PUSH4, PUSH20 = b"\x5f", b"\x60", b"\x61", b"\x63", b"\x73"
CALLDATALOAD, SHR, EQ, DUP1, JUMPI, JUMPDEST = b"\x35", b"\x1c", b"\x14", b"\x80", b"\x57", b"\x5b"
MSTORE, CODECOPY, GAS, CALL, POP = b"\x52", b"\x39", b"\x5a", b"\xf1", b"\x50"
RETURNDATASIZE, RETURNDATACOPY, RETURN, REVERT = b"\x3d", b"\x3e", b"\xf3", b"\xfd"


def hostile_fund(market: LendingMarket, calldata: bytes) -> str:
    """Deploy a fund that passes the pool's checks and calls the pool with `calldata` when drawn upon.

    It answers `asset()` with USDC and `protocolDraws` with "registered", and passes the pool's error on.
    """
    usdc, pool = (bytes.fromhex(one.address[2:]) for one in (market.token("USDC"), market.pool))
    fund = market.pool.artifacts["InsuranceFund"]
    size = PUSH2 + len(calldata).to_bytes(2)

    def answer(value: bytes) -> bytes:
        return value + PUSH0 + MSTORE + PUSH1 + b"\x60" + PUSH0 + RETURN

    def case(name: str, target: int) -> bytes:
        return DUP1 + PUSH4 + fund.function(name).selector + EQ + PUSH1 + bytes([target]) + JUMPI

    registered = answer(PUSH1 + b"\x01")
    asset = JUMPDEST + answer(PUSH20 + usdc)
    load = PUSH0 + CALLDATALOAD + PUSH1 + b"\xe0" + SHR
    asset_at = len(load) + 2 * len(case("asset", 0)) + len(registered)
    attack_at = asset_at + len(asset)
    call = PUSH0 + PUSH0 + size + PUSH0 + PUSH0 + PUSH20 + pool + GAS + CALL + POP
    fail = RETURNDATASIZE + PUSH0 + PUSH0 + RETURNDATACOPY + RETURNDATASIZE + PUSH0 + REVERT
    copy_length = len(JUMPDEST + size + PUSH1 + b"\x00" + PUSH0 + CODECOPY)
    data_at = attack_at + copy_length + len(call) + len(fail)
    attack = JUMPDEST + size + PUSH1 + bytes([data_at]) + PUSH0 + CODECOPY + call + fail
    cases = case("asset", asset_at) + case("coverDeficit", attack_at)
    runtime = load + cases + registered + asset + attack + calldata
    copy = PUSH2 + len(runtime).to_bytes(2) + DUP1 + PUSH1 + b"\x0a" + PUSH0 + CODECOPY + PUSH0 + RETURN
    return market.chain.deploy(ACCOUNTS.address(0), copy + runtime)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("supply", ("USDC", 1, BORROWER)),
        ("withdraw", ("USDC", 1, BORROWER)),
        ("borrow", ("USDC", 1)),
        ("repay", ("USDC", 1, BORROWER)),
        ("liquidate", ("WETH", "USDC", BORROWER, 1, False)),
        ("coverDeficit", ("USDC", 1)),
        ("flashLoan", (BORROWER, "USDC", 1, b"")),
    ],
)
def test_no_action_within_an_action(function, arguments, revm, deploy):
    market = new_market(revm, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 14_000 * USD)
    tokens = {symbol: market.token(symbol).address for symbol in market.assets}
    calldata = market.pool.encode(function, *[tokens.get(one, one) for one in arguments])
    market.pool.send(OWNER, "setInsuranceFund", hostile_fund(market, calldata))
    market.set_price("WETH", 1_000 * E8)
    market.fund(LIQUIDATOR, "USDC", 14_000 * USD)
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, UINT256_MAX, False)
    error = market.pool.send_error(LIQUIDATOR, "liquidate", *arguments)
    assert error == "ReentrancyGuardReentrantCall()"
    assert market.debt("USDC", BORROWER) == 14_000 * USD
