"""Several venues of one pair on a fresh chain, and the router that sells over them, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sim.chain.base import Block, CallReverted, Chain, DeployReverted
from sim.chain.revm import RevmChain
from sim.reference.constant_product import PoolRevertError, amount_out_down
from sim.reference.split import Quote
from sim.units import UINT256_MAX
from tests.deployed import Deployed
from tests.venue import FOREVER, OWNER, POCKETS, START_S, TRADER, TREASURY, deploy


@dataclass(frozen=True)
class Sold:
    """What a sale took and brought, by venue in the order they were given, and by the balances of both ends."""

    amounts_in: tuple[int, ...]
    amounts_out: tuple[int, ...]
    paid: int
    received: int


@dataclass
class SplitVenue:
    """Two tokens, venues with their routers, and a split router over all of them that the trader has approved."""

    chain: Chain
    token0: Deployed
    token1: Deployed
    venues: list[Deployed] = field(default_factory=list)
    routers: list[Deployed] = field(default_factory=list)
    fees_bps: list[int] = field(default_factory=list)
    router: Deployed | None = None

    @classmethod
    def empty(cls, decimals: tuple[int, int] = (18, 6), token_type: str = "AssetToken") -> SplitVenue:
        """Two tokens and no venue."""
        chain = RevmChain()
        chain.begin(START_S)
        tokens = [deploy(chain, token_type, f"T{i}", f"T{i}", decimals[i], OWNER) for i in (0, 1)]
        for token in tokens:
            token.send(OWNER, "mint", TRADER, POCKETS)
        return cls(chain, *tokens)

    @classmethod
    def of_pools(cls, fees_bps: Sequence[int], **options: object) -> SplitVenue:
        """Empty constant-product pools with these fees behind one router."""
        market = cls.empty(**options)
        router = deploy(market.chain, "SwapRouter")
        for fee_bps in fees_bps:
            pool = deploy(market.chain, "ConstantProductPool", market.token0, market.token1, fee_bps, OWNER)
            market.add(pool, router)
        market.fees_bps = list(fees_bps)
        market.list()
        return market

    def add(self, venue: Deployed, router: Deployed) -> None:
        """Add a venue, to be listed."""
        self.venues.append(venue)
        self.routers.append(router)

    def list(self) -> None:
        """Deploy the router over all venues added."""
        listings = [(v.address, r.address) for v, r in zip(self.venues, self.routers, strict=True)]
        self.router = deploy(self.chain, "SplitRouter", self.token0, self.token1, listings)
        for token in (self.token0, self.token1):
            token.send(TRADER, "approve", self.router, UINT256_MAX)

    def deploy_error(self, *args: object) -> str:
        """Return the error that the router's constructor fails with."""
        try:
            deploy(self.chain, "SplitRouter", *args)
        except DeployReverted as error:
            return self.token0.artifacts.decoder.decode_error(error.data)
        raise AssertionError("the router was deployed instead of failing")

    @contextmanager
    def undone(self) -> Iterator[SplitVenue]:
        """Lend it and bring its chain back to the present state afterwards."""
        before = self.chain.snapshot()
        try:
            yield self
        finally:
            self.chain.revert(before)

    def fill(self, reserves: Sequence[tuple[int, int]]) -> None:
        """Give the first pools their reserves, all in one block."""
        transactions = []
        for pool, amounts in zip(self.venues, reserves, strict=False):
            for token, amount in zip((self.token0, self.token1), amounts, strict=True):
                transactions.append(token.transaction(TRADER, "transfer", pool, amount))
            transactions.append(pool.transaction(TRADER, "sync"))
        receipts = self.chain.execute(Block(self.chain.timestamp_s, transactions))
        assert all(receipt.ok for receipt in receipts)

    def quote_alone(self, i: int, token_in: Deployed, amount: int) -> int:
        """What one venue alone would pay, by its own router."""
        return self.routers[i].read("quoteExactIn", [self.venues[i]], token_in, amount)

    def quotes(self, token_in: Deployed) -> list[Quote]:
        """What each venue would pay, asked of the chain; 0 where it refuses."""

        def quote_of(i: int) -> Quote:
            def quote(amount: int) -> int:
                try:
                    return self.quote_alone(i, token_in, amount)
                except CallReverted:
                    return 0

            return quote

        return [quote_of(i) for i in range(len(self.venues))]

    def sell(self, token_in: Deployed, amount: int, venues: Sequence[Deployed] | None = None) -> Sold:
        """Sell through the split router to the treasury; the router must be left empty-handed."""
        token_out = self.token1 if token_in is self.token0 else self.token0
        before = token_in.read("balanceOf", TRADER), token_out.read("balanceOf", TREASURY)
        route = list(self.venues if venues is None else venues)
        events = self.router.send(TRADER, "swapExactIn", route, token_in, amount, 0, TREASURY, FOREVER)
        (told,) = [args for name, args in events if name == "SaleSplit"]
        self.assert_empty_handed()
        return Sold(
            amounts_in=tuple(told["amountsIn"]),
            amounts_out=tuple(told["amountsOut"]),
            paid=before[0] - token_in.read("balanceOf", TRADER),
            received=token_out.read("balanceOf", TREASURY) - before[1],
        )

    def assert_empty_handed(self) -> None:
        """No token and no allowance is left with the router."""
        for token in (self.token0, self.token1):
            assert token.read("balanceOf", self.router) == 0
            assert {token.read("allowance", self.router, one) for one in self.routers} <= {0}


def pool_quote(reserve_in: int, reserve_out: int, fee_bps: int) -> Quote:
    """Quote of a constant-product pool; 0 where it would refuse."""

    def quote(amount: int) -> int:
        try:
            return amount_out_down(amount, reserve_in, reserve_out, fee_bps)
        except PoolRevertError:
            return 0

    return quote
