"""The published Uniswap V3 on a chain, for tests: factory, positions, our router, and a pool of two tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sim.chain.artifacts import load_artifacts
from sim.chain.base import ZERO_ADDRESS, Block, Chain, Receipt, Transaction
from sim.chain.revm import RevmChain
from sim.protocols.call import Call
from sim.protocols.tokens import AssetToken
from sim.protocols.venues.concentrated import ConcentratedVenue
from sim.reference.concentrated import MAX_TICK, Q96
from sim.units import UINT128_MAX, UINT256_MAX
from tests.deployed import Deployed
from tests.venue import FOREVER, OWNER, POCKETS, PROVIDER, START_S, TRADER, deploy, deploy_token

SPACINGS = {100: 1, 500: 10, 3_000: 60, 10_000: 200}
"""Ticks between the ends of positions, by fee in hundredths of a bp."""


@dataclass
class Concentrated:
    """Everything of Uniswap V3 that two tokens need; both accounts have approved whoever takes their tokens."""

    chain: Chain
    token0: Deployed
    token1: Deployed
    factory: Deployed
    manager: Deployed
    router: Deployed
    lens: Deployed

    @classmethod
    def deploy(cls, decimals: tuple[int, int] = (18, 6), chain: Chain | None = None) -> Concentrated:
        """Deploy everything but pools; `decimals` are those of the tokens in the order of their addresses."""
        if chain is None:
            chain = RevmChain()
            chain.begin(START_S)
        artifacts = load_artifacts()
        creation_code = artifacts["UniswapV3Factory"].init_code
        made = deploy(chain, "ConcentratedFactoryDeployment", creation_code, OWNER)
        factory = Deployed(chain, artifacts, "UniswapV3Factory", made.read("factory"))
        manager = deploy(chain, "NonfungiblePositionManager", factory, ZERO_ADDRESS, ZERO_ADDRESS)
        router = deploy(chain, "ConcentratedRouter", factory)
        lens = deploy(chain, "ConcentratedLens")
        tokens = deploy_sorted(chain, decimals)
        for account in (TRADER, PROVIDER):
            for token in tokens:
                for spender in (manager, router):
                    token.send(account, "approve", spender, UINT256_MAX)
        return cls(chain, *tokens, factory, manager, router, lens)

    @property
    def tokens(self) -> tuple[Deployed, Deployed]:
        """Both tokens in the pool's order."""
        return self.token0, self.token1

    def pool(self, fee: int = 3_000, sqrt_price_x96: int = Q96) -> Deployed:
        """Create a pool of the two tokens and initialise its price; 0: leave it uninitialised."""
        return self.pool_of(*self.tokens, fee, sqrt_price_x96)

    def pool_of(self, first: Deployed, second: Deployed, fee: int = 3_000, sqrt_price_x96: int = Q96) -> Deployed:
        """Create a pool of any two tokens."""
        tokens = sorted((first, second), key=lambda token: int(token.address, 16))
        if sqrt_price_x96:
            create = ("createAndInitializePoolIfNecessary", *tokens, fee, sqrt_price_x96)
            self.manager.send(PROVIDER, *create)
        else:
            self.factory.send(PROVIDER, "createPool", *tokens, fee)
        address = self.factory.read("getPool", *tokens, fee)
        return Deployed(self.chain, load_artifacts(), "UniswapV3Pool", address)

    def mint(self, pool: Deployed, lower: int, upper: int, amount0: int, amount1: int) -> dict:
        """Open a position of the provider with at most these amounts; return its `IncreaseLiquidity` event."""
        params = {
            "token0": pool.read("token0"),
            "token1": pool.read("token1"),
            "fee": pool.read("fee"),
            "tickLower": lower,
            "tickUpper": upper,
            "amount0Desired": amount0,
            "amount1Desired": amount1,
            "amount0Min": 0,
            "amount1Min": 0,
            "recipient": PROVIDER,
            "deadline": FOREVER,
        }
        return dict(self.manager.send(PROVIDER, "mint", params))["IncreaseLiquidity"]

    def mint_full_range(self, pool: Deployed, amount0: int, amount1: int) -> dict:
        """Open a position over every price."""
        spacing = pool.read("tickSpacing")
        end = MAX_TICK // spacing * spacing
        return self.mint(pool, -end, end, amount0, amount1)

    def burn(self, token_id: int) -> None:
        """Take everything out of a position."""
        liquidity = self.manager.read("positions", token_id).liquidity
        decrease = (token_id, liquidity, 0, 0, FOREVER)
        self.manager.send(PROVIDER, "decreaseLiquidity", decrease)
        self.manager.send(PROVIDER, "collect", (token_id, PROVIDER, UINT128_MAX, UINT128_MAX))

    def venue(self, pool: Deployed, base_is_token0: bool = True) -> ConcentratedVenue:
        """Return the adapter of a pool, with the base asset on either side."""
        artifacts = load_artifacts()
        sides = self.tokens if base_is_token0 else self.tokens[::-1]
        tokens = {
            name: AssetToken(self.chain, artifacts, token.address, name, token.read("decimals"))
            for name, token in zip(("BASE", "QUOTE"), sides, strict=True)
        }
        lender = deploy(self.chain, "ConcentratedFlashLender", pool)
        return ConcentratedVenue(
            self.chain,
            artifacts,
            "pool",
            pool.address,
            self.router.address,
            tokens,
            "BASE",
            "QUOTE",
            pool.read("fee") // 100,
            lens=self.lens.address,
            positions=self.manager.address,
            flash_lender=lender.address,
            spacing=pool.read("tickSpacing"),
        )

    def run(self, sender: str, call: Call, at_s: int | None = None) -> Receipt:
        """Send what an adapter proposes, in a block of its own."""
        at_s = self.chain.timestamp_s if at_s is None else at_s
        return self.chain.execute(Block(at_s, [Transaction(sender, call.target, call.data)]))[0]

    def done(self, sender: str, call: Call, at_s: int | None = None) -> list[tuple[str, dict]]:
        """Send what must succeed; return the decoded events."""
        receipt = self.run(sender, call, at_s)
        decoder = load_artifacts().decoder
        assert receipt.ok, f"{call.function} failed: {decoder.decode_error(receipt.revert_data)}"
        return [decoder.decode(log) for log in receipt.logs]

    def token_in(self, zero_for_one: bool) -> Deployed:
        """Return the token that goes in."""
        return self.token0 if zero_for_one else self.token1

    def sell(self, pool: Deployed, zero_for_one: bool, amount_in: int) -> int:
        """Sell through our router and return what the trader received."""
        token_out = self.token_in(not zero_for_one)
        before = token_out.read("balanceOf", TRADER)
        route = ([pool], self.token_in(zero_for_one), amount_in, 0, TRADER, FOREVER)
        self.router.send(TRADER, "swapExactIn", *route)
        return token_out.read("balanceOf", TRADER) - before

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    @contextmanager
    def undone(self) -> Iterator[Concentrated]:
        """Bring the chain back to the present state afterwards."""
        before = self.chain.snapshot()
        try:
            yield self
        finally:
            self.chain.revert(before)


def deploy_sorted(chain: Chain, decimals: tuple[int, int]) -> tuple[Deployed, Deployed]:
    """Deploy two tokens whose addresses ascend and whose decimals are as given."""
    first = deploy_token(chain, "T0", decimals[0])
    while True:
        second = deploy_token(chain, "T1", decimals[1])
        if int(first.address, 16) < int(second.address, 16):
            return first, second
        first = deploy_token(chain, "T0", decimals[0])


__all__ = ["FOREVER", "OWNER", "POCKETS", "PROVIDER", "SPACINGS", "START_S", "TRADER", "Concentrated"]
