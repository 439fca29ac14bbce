"""A constant-product pool on a fresh chain, for tests: two tokens, a router, a trader with deep pockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from sim.units import UINT256_MAX
from tests.deployed import Deployed, as_address

DEPLOYER, OWNER, TRADER, PROVIDER, TREASURY = (ACCOUNTS.address(i) for i in range(5))
START_S = 1_700_000_000
FOREVER = UINT256_MAX
POCKETS = 2**200

# On being called back: calls the address in the first word of the callback's data with the rest of it, and
# passes a revert on. Runtime: data.length at 0x84, the address at 0xa4, the calldata from 0xc4.
_CALLEE_RUNTIME = bytes.fromhex("6020608435038060c45f375f5f825f5f60a4355af115601a57005b3d5f5f3e3d5ffd")
CALLEE_INIT_CODE = (
    bytes.fromhex(f"60{len(_CALLEE_RUNTIME):02x}600a5f3960{len(_CALLEE_RUNTIME):02x}5ff3") + _CALLEE_RUNTIME
)


def callback(target: Deployed, function: str, *args: object) -> bytes:
    """Return flash-swap data that makes the callee call a contract."""
    return bytes.fromhex(target.address[2:]).rjust(32, b"\0") + target.encode(function, *args)


def deploy(chain: Chain, name: str, *args: object) -> Deployed:
    """Deploy one of the project's contracts."""
    artifacts = load_artifacts()
    init_code = artifacts[name].encode_constructor(*[as_address(one) for one in args])
    return Deployed(chain, artifacts, name, chain.deploy(DEPLOYER, init_code))


def deploy_token(chain: Chain, symbol: str, decimals: int, token_type: str = "AssetToken") -> Deployed:
    """Deploy a token of which the owner may mint, with `POCKETS` for trader and provider."""
    token = deploy(chain, token_type, symbol, symbol, decimals, OWNER)
    for account in (TRADER, PROVIDER):
        token.send(OWNER, "mint", account, POCKETS)
    return token


@dataclass(frozen=True)
class Venue:
    """A pool of two tokens with a router that both accounts have approved."""

    chain: Chain
    token0: Deployed
    token1: Deployed
    pool: Deployed
    router: Deployed

    @classmethod
    def deploy(cls, fee_bps: int = 30, decimals: tuple[int, int] = (18, 6), chain: Chain | None = None) -> Venue:
        """Deploy everything; the pool is empty and no protocol fee is set."""
        if chain is None:
            chain = RevmChain()
            chain.begin(START_S)
        tokens = [deploy_token(chain, f"T{i}", decimals[i]) for i in (0, 1)]
        pool = deploy(chain, "ConstantProductPool", *tokens, fee_bps, OWNER)
        router = deploy(chain, "SwapRouter")
        for account in (TRADER, PROVIDER):
            for token in (*tokens, pool):
                token.send(account, "approve", router, UINT256_MAX)
        return cls(chain, *tokens, pool, router)

    @property
    def tokens(self) -> tuple[Deployed, Deployed]:
        """Both tokens in the pool's order."""
        return self.token0, self.token1

    @contextmanager
    def undone(self) -> Iterator[Venue]:
        """Lend the venue and bring its chain back to the present state afterwards."""
        before = self.chain.snapshot()
        try:
            yield self
        finally:
            self.chain.revert(before)

    def fund(self, amount0: int, amount1: int) -> None:
        """Send tokens to the pool from the trader."""
        for token, amount in ((self.token0, amount0), (self.token1, amount1)):
            if amount:
                token.send(TRADER, "transfer", self.pool, amount)

    def seed(self, amount0: int, amount1: int) -> int:
        """Make the provider's deposit and return the shares minted."""
        self.token0.send(PROVIDER, "transfer", self.pool, amount0)
        self.token1.send(PROVIDER, "transfer", self.pool, amount1)
        before = self.shares(PROVIDER)
        self.pool.send(PROVIDER, "mint", PROVIDER)
        return self.shares(PROVIDER) - before

    def set_reserves(self, reserve0: int, reserve1: int) -> None:
        """Bring an empty pool's reserves to the values given, without shares."""
        self.fund(reserve0, reserve1)
        self.pool.send(TRADER, "sync")

    def reserves(self) -> tuple[int, int]:
        """Return both reserves."""
        return tuple(self.pool.read("getReserves")[:2])

    def shares(self, account: str) -> int:
        """Return the pool shares of an account."""
        return self.pool.read("balanceOf", account)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    def swap_exact_in(self, zero_for_one: bool, amount_in: int) -> int:
        """Sell through the router and return what the trader received."""
        token_in, token_out = (self.token0, self.token1) if zero_for_one else (self.token1, self.token0)
        before = token_out.read("balanceOf", TRADER)
        route = [self.pool]
        self.router.send(TRADER, "swapExactIn", route, token_in, amount_in, 0, TRADER, FOREVER)
        return token_out.read("balanceOf", TRADER) - before

    def swap_exact_out(self, zero_for_one: bool, amount_out: int) -> int:
        """Buy through the router and return what the trader paid."""
        token_in = self.token0 if zero_for_one else self.token1
        before = token_in.read("balanceOf", TRADER)
        route = [self.pool]
        self.router.send(TRADER, "swapExactOut", route, token_in, amount_out, POCKETS, TRADER, FOREVER)
        return before - token_in.read("balanceOf", TRADER)
