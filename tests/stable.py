"""A StableSwap pool on a fresh chain, for tests: two coins, rates that can be set, a router, deep pockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eth_utils import keccak

from sim.chain.base import ZERO_ADDRESS, Chain
from sim.chain.revm import RevmChain
from sim.reference import stable_swap
from sim.units import UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.venue import OWNER, PROVIDER, START_S, TRADER, deploy, deploy_token

RATE_SELECTOR = keccak(b"rateWad()")[:4]
FINER = 10**20
"""By how much the invariant is taken finer where two of them are compared."""


@dataclass(frozen=True)
class StableVenue:
    """A pool of two coins, each with a rate that `set_rate` moves, that both accounts have approved."""

    chain: Chain
    tokens: tuple[Deployed, Deployed]
    oracles: tuple[Deployed, Deployed] | None
    pool: Deployed
    router: Deployed
    decimals: tuple[int, int]

    @classmethod
    def deploy(
        cls,
        amplification: float = 50,
        fee_ppm: int = 400,
        multiplier_bps: int = 20_000,
        decimals: tuple[int, int] = (18, 18),
        rates: bool = True,
        token_type: str = "AssetToken",
    ) -> StableVenue:
        """Deploy everything; the pool is empty, the rates are 1 (None are asked without `rates`)."""
        chain = RevmChain()
        chain.begin(START_S)
        tokens = tuple(deploy_token(chain, f"T{i}", decimals[i], token_type) for i in (0, 1))
        oracles = tuple(deploy(chain, "ReentrantActor", OWNER) for _ in (0, 1)) if rates else None
        asked = oracles or (ZERO_ADDRESS, ZERO_ADDRESS)
        for oracle in oracles or ():
            set_answer(oracle, WAD)
        shape = (round(amplification * 100), fee_ppm, multiplier_bps)
        pool = deploy(chain, "StableSwapPool", *tokens, *asked, *shape)
        router = deploy(chain, "StableSwapRouter")
        for account in (TRADER, PROVIDER):
            for token in tokens:
                for spender in (pool, router):
                    token.send(account, "approve", spender, UINT256_MAX)
        return cls(chain, tokens, oracles, pool, router, decimals)

    @contextmanager
    def undone(self) -> Iterator[StableVenue]:
        """Lend the venue and bring its chain back to the present state afterwards."""
        before = self.chain.snapshot()
        try:
            yield self
        finally:
            self.chain.revert(before)

    @property
    def curve(self) -> stable_swap.StableCurve:
        """What shapes the pool."""
        names = ("amplificationE2", "feePpm", "offPegFeeMultiplierBps")
        return stable_swap.StableCurve(*(self.pool.read(name) for name in names))

    def set_rate(self, i: int, rate_wad: int) -> None:
        """Let the oracle of coin `i` say so."""
        set_answer(self.oracles[i], rate_wad)

    def whole(self, i: int, amount: float) -> int:
        """Return an amount of whole coins in smallest units."""
        return round(amount * 10 ** self.decimals[i])

    def seed(self, amount0: float, amount1: float) -> None:
        """Make the provider's deposit, in whole coins."""
        amounts = self.whole(0, amount0), self.whole(1, amount1)
        self.pool.send(PROVIDER, "addLiquidity", *amounts, 0, PROVIDER)

    def balances(self) -> tuple[int, int]:
        """Return what the pool counts, in smallest units."""
        return tuple(self.pool.read("balances"))

    def scales(self) -> tuple[int, int]:
        """Return the rates that turn smallest units into normalised ones."""
        rates = self.pool.read("ratesWad")
        return tuple(stable_swap.coin_rate(self.decimals[i], rates[i]) for i in (0, 1))

    def normalised(self) -> tuple[int, int]:
        """Return the balances as the formulas see them."""
        return tuple(map(stable_swap.normalised_down, self.balances(), self.scales()))

    def fine_invariant_per_share(self) -> tuple[int, int]:
        """Return the exact invariant times 1e20, to a unit or two, and the shares that it belongs to."""
        finer = [balance * FINER for balance in self.normalised()]
        return stable_swap.invariant_up(*finer, self.curve.amplification_e2), self.pool.read("totalSupply")

    def held(self, account: str) -> list[int]:
        """Return what an account has of both coins."""
        return [token.read("balanceOf", account) for token in self.tokens]

    def swap(self, i: int, amount: int, sender: str = TRADER) -> int:
        """Sell coin `i` and return what the sender received."""
        before = self.held(sender)[1 - i]
        self.pool.send(sender, "swapExactIn", self.tokens[i], amount, 0, sender)
        return self.held(sender)[1 - i] - before

    def shares(self, account: str) -> int:
        """Return the pool shares of an account."""
        return self.pool.read("balanceOf", account)


def set_answer(oracle: Deployed, rate_wad: int) -> None:
    """Let a contract that answers anything say a rate."""
    oracle.send(OWNER, "setAnswer", RATE_SELECTOR, rate_wad.to_bytes(32))
