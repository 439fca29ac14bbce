"""Rule: any sequence of calls leaves our pool and the real UniswapV2Pair bytecode in the same state."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.artifacts import Artifacts
from sim.chain.base import ZERO_ADDRESS, Receipt
from sim.reference import constant_product as reference
from sim.units import UINT112_MAX
from tests.deployed import Deployed
from tests.venue import CALLEE_INIT_CODE, DEPLOYER, OWNER, PROVIDER, TRADER, TREASURY, Venue, callback, deploy

BUILD = Path(__file__).resolve().parents[2] / "node_modules" / "@uniswap" / "v2-core" / "build"
FEE_BPS = 30
WRAP_S = 2**32
SINK = PROVIDER
# Uniswap locks the first shares at the zero address, which our share token refuses.
LOCKS = (ZERO_ADDRESS, "0x000000000000000000000000000000000000dEaD")
VIEWS = ("getReserves", "price0CumulativeLast", "price1CumulativeLast", "kLast", "totalSupply")

AMOUNT = st.one_of(st.integers(0, 10**6), st.integers(0, 10**26), st.integers(0, 2**113))
SIDE = st.booleans()
# From far below the exact output to just beyond it: what the pool must grant and what it must refuse.
SHORTFALL = st.one_of(st.integers(-2, 2), st.integers(0, 10**20))
OPERATION = st.one_of(
    st.tuples(st.just("donate"), AMOUNT, AMOUNT),
    st.tuples(st.just("deposit"), AMOUNT, AMOUNT),
    st.tuples(st.just("withdraw"), st.integers(0, 1_000)),
    st.tuples(st.just("sell"), SIDE, AMOUNT, SHORTFALL),
    st.tuples(st.just("flash"), SIDE, st.integers(1, 1_000), st.integers(-2, 2)),
    st.tuples(st.just("raw_swap"), AMOUNT, AMOUNT, SIDE),
    st.tuples(st.just("skim")),
    st.tuples(st.just("sync")),
    st.tuples(st.just("fee_to"), SIDE),
    st.tuples(st.just("wait"), st.one_of(st.integers(0, 10**6), st.integers(0, 2 * WRAP_S))),
)


def uniswap_artifacts() -> Artifacts:
    """Return the published bytecode of Uniswap V2."""
    names = ("UniswapV2Factory", "UniswapV2Pair")
    builds = {name: json.loads((BUILD / f"{name}.json").read_text("utf-8")) for name in names}
    return Artifacts(
        {
            name: {"abi": build["abi"], "deploymentBytecode": {"bytecode": build["bytecode"]}}
            for name, build in builds.items()
        }
    )


def events(pool: Deployed, receipt: Receipt) -> list:
    """Return the pool's own events; those of its share token differ by where the minimum is locked."""
    decoded = [pool.artifacts.decoder.decode(log) for log in receipt.logs if log.address == pool.address]
    return [one for one in decoded if one[0] != "Transfer"]


class Twins:
    """Our pool and Uniswap's over the same two tokens; each operation is done to both and must end alike."""

    def __init__(self) -> None:
        draft = Venue.deploy()
        self.chain = draft.chain
        uniswap = uniswap_artifacts()
        init_code = uniswap["UniswapV2Factory"].encode_constructor(OWNER)
        factory = self.chain.deploy(DEPLOYER, init_code)
        self.factory = Deployed(self.chain, uniswap, "UniswapV2Factory", factory)
        self.factory.send(OWNER, "createPair", draft.token0, draft.token1)
        pair = self.factory.read("getPair", draft.token0, draft.token1)
        theirs = Deployed(self.chain, uniswap, "UniswapV2Pair", pair)
        by_address = {token.address: token for token in (draft.token0, draft.token1)}
        self.tokens = tuple(by_address[theirs.read(name)] for name in ("token0", "token1"))
        ours = deploy(self.chain, "ConstantProductPool", *self.tokens, FEE_BPS, OWNER)
        self.pools = (ours, theirs)
        self.callee = self.chain.deploy(DEPLOYER, CALLEE_INIT_CODE)
        for token in self.tokens:
            token.send(TRADER, "transfer", self.callee, 2**150)

    def state(self, pool: Deployed, lock: str) -> dict:
        """Return all that the two must share."""
        values = {name: pool.read(name) for name in VIEWS}
        values["balances"] = [token.read("balanceOf", pool.address) for token in self.tokens]
        values["shares"] = [pool.read("balanceOf", holder) for holder in (TRADER, TREASURY, pool.address, lock)]
        return values

    def assert_alike(self) -> None:
        ours, theirs = (self.state(pool, lock) for pool, lock in zip(self.pools, LOCKS, strict=True))
        assert ours == theirs

    def on_both(self, function: str, *args: object) -> None:
        """Send the same call to both; either both succeed with the same events of the pair, or both revert."""
        ours, theirs = (pool.try_send(TRADER, function, *args) for pool in self.pools)
        assert ours.ok == theirs.ok, f"{function}{args}: ours {ours.ok}, Uniswap's {theirs.ok}"
        assert events(self.pools[0], ours) == events(self.pools[1], theirs)

    def donate(self, amount0: int, amount1: int) -> None:
        for pool in self.pools:
            for token, amount in zip(self.tokens, (amount0, amount1), strict=True):
                token.send(TRADER, "transfer", pool, amount)

    def deposit(self, amount0: int, amount1: int) -> None:
        self.donate(amount0, amount1)
        self.on_both("mint", TRADER)

    def withdraw(self, permille: int) -> None:
        shares = self.pools[0].read("balanceOf", TRADER) * permille // 1_000
        for pool in self.pools:
            pool.send(TRADER, "transfer", pool, shares)
        self.on_both("burn", TRADER)

    def sell(self, zero_for_one: bool, amount_in: int, shortfall: int) -> None:
        reserves = self.pools[0].read("getReserves")[:2]
        reserve_in, reserve_out = reserves if zero_for_one else reserves[::-1]
        try:
            exact = reference.amount_out_down(amount_in, reserve_in, reserve_out, FEE_BPS)
        except reference.PoolRevertError:
            exact = 0
        amount_out = max(exact - shortfall, 0)
        self.donate(*((amount_in, 0) if zero_for_one else (0, amount_in)))
        self.on_both("swap", *((0, amount_out) if zero_for_one else (amount_out, 0)), SINK, b"")

    def flash(self, zero: bool, permille: int, excess: int) -> None:
        """Borrow a part of a reserve and pay it back in the callback, with the fee and more or less than it."""
        index = 0 if zero else 1
        amount = self.pools[0].read("getReserves")[index] * permille // 1_001
        repayment = max(amount * 1_000 // 997 + 1 + excess, 0)
        outs = (amount, 0) if zero else (0, amount)
        receipts = [
            pool.try_send(
                TRADER, "swap", *outs, self.callee, callback(self.tokens[index], "transfer", pool, repayment)
            )
            for pool in self.pools
        ]
        assert receipts[0].ok == receipts[1].ok

    def raw_swap(self, amount0: int, amount1: int, to_token: bool) -> None:
        self.on_both("swap", amount0, amount1, self.tokens[0].address if to_token else SINK, b"")

    def skim(self) -> None:
        self.on_both("skim", SINK)

    def sync(self) -> None:
        self.on_both("sync")

    def fee_to(self, on: bool) -> None:
        recipient = TREASURY if on else ZERO_ADDRESS
        self.pools[0].send(OWNER, "setFeeTo", recipient)
        self.factory.send(OWNER, "setFeeTo", recipient)

    def wait(self, seconds: int) -> None:
        self.chain.begin(self.chain.timestamp_s + seconds)


@pytest.fixture(scope="module")
def twins():
    return Twins()


@given(
    fee_on=SIDE,
    first=st.tuples(*[st.one_of(st.integers(10**4, 10**26), st.integers(1, UINT112_MAX))] * 2),
    operations=st.lists(OPERATION, min_size=8, max_size=24),
)
@settings(max_examples=150)
def test_any_sequence_ends_alike(twins, fee_on, first, operations):
    before = twins.chain.snapshot()
    try:
        twins.fee_to(fee_on)
        twins.deposit(*first)
        twins.assert_alike()
        for name, *args in operations:
            getattr(twins, name)(*args)
            twins.assert_alike()
    finally:
        twins.chain.revert(before)
