"""The same blocks give the same receipts, logs, revert data and views on every chain."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import Artifacts
from sim.chain.base import Block, CallReverted, Chain, DeployReverted, Transaction
from sim.chain.revm import RevmChain
from tests.sim.chain import bytecode

DEPLOYER, OWNER = ACCOUNTS.address(0), ACCOUNTS.address(1)
HOLDERS = [ACCOUNTS.address(i) for i in range(2, 10)]
CODES = (
    "INVALID",
    "REVERT_EMPTY",
    "ENDLESS",
    "TIMESTAMP",
    "CHAINID",
    "GASLIMIT",
    "TRANSIENT",
    "ECHO_REVERT",
    "LOG_ALL",
)
GENESIS_S = 1_000_000


class Market:
    """Two tokens and a pool between them on one chain, and random traffic over them."""

    def __init__(self, chain: Chain, artifacts: Artifacts) -> None:
        self.chain, self.artifacts = chain, artifacts
        token = artifacts["AssetToken"]
        self.tokens = [
            chain.deploy(DEPLOYER, token.encode_constructor(name, name, decimals, OWNER))
            for name, decimals in (("USD", 6), ("BTC", 8))
        ]
        pool = artifacts["ConstantProductPool"].encode_constructor(*self.tokens, 30, OWNER)
        self.pool = chain.deploy(DEPLOYER, pool)
        self.bare = [chain.deploy(DEPLOYER, bytecode.creation(getattr(bytecode, one))) for one in CODES]

    def random_transaction(self, draw: random.Random) -> Transaction:
        """Draw a transaction; about a third of them fail."""
        sender, other = draw.choice([*HOLDERS, OWNER]), draw.choice([*HOLDERS, self.pool])
        amount = int(10 ** draw.uniform(0, 12))
        token, pool = self.artifacts["AssetToken"], self.artifacts["ConstantProductPool"]
        kind = draw.choices(range(6), (25, 30, 10, 20, 5, 10))[0]
        if kind == 0:
            return Transaction(OWNER, draw.choice(self.tokens), token.encode("mint", other, amount))
        if kind == 1:
            return Transaction(sender, draw.choice(self.tokens), token.encode("transfer", other, amount))
        if kind == 2:
            source = draw.choice(HOLDERS)
            calls = token.encode("approve", other, amount), token.encode("transferFrom", source, other, amount)
            return Transaction(sender, draw.choice(self.tokens), draw.choice(calls))
        if kind == 3:
            outputs = draw.choice([(amount, 0), (0, amount), (0, 0)])
            return Transaction(sender, self.pool, pool.encode("swap", *outputs, other, b""))
        if kind == 4:
            call = draw.choice(["mint", "burn", "skim", "sync"])
            args = () if call == "sync" else (other,)
            return Transaction(sender, self.pool, pool.encode(f"{call}({'address' * len(args)})", *args))
        return Transaction(sender, draw.choice(self.bare), draw.randbytes(draw.randrange(70)), gas=200_000)

    def views(self) -> list[bytes]:
        """Return every balance, allowance and reserve."""
        token, pool = self.artifacts["AssetToken"], self.artifacts["ConstantProductPool"]
        everyone = [*HOLDERS, OWNER, self.pool]
        calls = [(one, token.encode("balanceOf", who)) for one in (*self.tokens, self.pool) for who in everyone]
        calls += [
            (one, token.encode("allowance", a, b)) for one in self.tokens for a in everyone for b in everyone
        ]
        calls += [(one, token.encode("totalSupply")) for one in (*self.tokens, self.pool)]
        calls += [
            (self.pool, pool.encode(name))
            for name in ("getReserves", "kLast", "price0CumulativeLast", "price1CumulativeLast")
        ]
        return self.chain.call_many(calls)


def traffic(chain: Chain, artifacts: Artifacts, count: int) -> tuple[list, list]:
    """Run `count` random transactions in blocks of random length; return all receipts and the final views."""
    chain.begin(GENESIS_S)
    market, draw, receipts = Market(chain, artifacts), random.Random(7), []
    while len(receipts) < count:
        at_s = chain.timestamp_s + draw.choice((0, 1, 12, 3_600))
        block = [market.random_transaction(draw) for _ in range(draw.randrange(1, 80))]
        if draw.random() < 0.1:
            before = chain.snapshot()
            chain.execute(Block(at_s, block))
            chain.revert(before)
        receipts += chain.execute(Block(at_s, block))
    return receipts, market.views()


def check(count: int, artifacts: Artifacts, chains: list[Chain]) -> None:
    expected, views = traffic(RevmChain(), artifacts, count)
    failed = sum(not receipt.ok for receipt in expected)
    assert count * 0.1 < failed < count * 0.7
    errors = Counter(artifacts.decoder.decode_error(one.revert_data).partition("(")[0] for one in expected)
    assert len(errors) > 5
    for chain in chains:
        receipts, own_views = traffic(chain, artifacts, count)
        for at, (ours, theirs) in enumerate(zip(expected, receipts, strict=True)):
            assert ours == theirs, f"transaction {at} differs on {chain}"
        assert own_views == views


def test_random_transactions_agree_on_revm_anvil_and_a_fork(artifacts, anvil):
    # The fork's source has a history of its own, by other accounts and earlier in time. It stays where it is
    # while it is forked, since it keeps no state but its latest.
    anvil.deploy(ACCOUNTS.address(99), bytecode.creation(bytecode.TIMESTAMP))
    anvil.begin(GENESIS_S - 10)
    with AnvilChain.start(fork_url=anvil._node.url) as fork:
        check(600, artifacts, [fork, anvil])


@pytest.mark.slow
def test_ten_thousand_random_transactions_agree(artifacts, anvil):
    with AnvilChain.start(fork_url=anvil._node.url) as fork:
        check(10_000, artifacts, [fork, anvil])


def outcomes(chain: Chain) -> list:
    """Return what bare bytecode does: deployments, transactions, views, failures, numbers and counters."""
    found: list = []
    calls, transactions = chain.contract_calls, chain.transactions
    addresses = [chain.deploy(DEPLOYER, bytecode.creation(getattr(bytecode, one))) for one in CODES]
    chain.begin(1_000)
    for name, address in zip(CODES, addresses, strict=True):
        for data in (b"",) if name == "ENDLESS" else (b"", b"\1", b"abc" * 30):
            found += chain.execute(Block(1_000, [Transaction(OWNER, address, data, 100_000)]))
            try:
                found.append(chain.call(address, data))
            except CallReverted as error:
                found.append(error.data)
    for code in ("5f5ffd", "fe", "63aabbccdd5f5260045ffd", "6160016000f3"):
        with pytest.raises(DeployReverted) as failure:
            chain.deploy(DEPLOYER, bytes.fromhex(code))
        found.append(failure.value.data)
    found.append(chain.deploy(DEPLOYER, bytecode.creation(b"\0")))
    found.append(chain.execute(Block(1_001, [Transaction(OWNER, HOLDERS[0], b"zz")])))
    return [*addresses, *found, chain.timestamp_s, chain.contract_calls - calls, chain.transactions - transactions]


def test_halts_reverts_creation_and_settings_agree(anvil, revm):
    first = anvil.block_number
    assert outcomes(anvil) == outcomes(revm)
    assert anvil.block_number - first == revm.block_number
