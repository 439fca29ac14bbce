"""BackstopBuyer: buys from a backstop, sells on a venue and repays, in one call and without money."""

from __future__ import annotations

import pytest

from sim.reference.constant_product import amount_out_down
from sim.units import UINT256_MAX
from tests.executions import ALICE, CAROL, ETH, USD, BackstopScene, values
from tests.lending import DONOR, OWNER

RESERVES = 1_000 * ETH, 1_700_000 * USD
FEE_BPS = 30


class Flip(BackstopScene):
    """The absorbed account of BORROWER, a venue at $1,700, and the keepers' hand."""

    def __init__(self, chain, deploy) -> None:
        super().__init__(chain, deploy)
        self.open_position()
        self.price(1_700)
        self.absorb()
        tokens = self.token("WETH"), self.token("USDC")
        self.venue = self.deploy("ConstantProductPool", *tokens, FEE_BPS, OWNER)
        for token, amount in zip(tokens, RESERVES, strict=True):
            token.send(OWNER, "mint", self.venue, amount)
        self.venue.send(DONOR, "mint", DONOR)
        self.router = self.deploy("SwapRouter")
        self.buyer = self.deploy("BackstopBuyer")

    def arguments(self, amount: int, least: int = 0, **changes: object) -> dict:
        """Return the parameters of a flip."""
        return {
            "backstop": self.execution.address,
            "lender": self.market.pool.address,
            "router": self.router.address,
            "route": [self.venue.address],
            "collateralAsset": self.token("WETH").address,
            "debtAsset": self.token("USDC").address,
            "debtAmount": amount,
            "minProfit": least,
        } | changes


@pytest.fixture
def flip(revm, deploy) -> Flip:
    """Ten WETH for sale at 3.5 % below the oracle."""
    return Flip(revm, deploy)


def expected_profit(flip: Flip, amount: int) -> int:
    """Return what a flip brings by the mirrors."""
    sold, paid = flip.execution.read("previewBuy", flip.token("USDC"), flip.token("WETH"), amount)
    return amount_out_down(sold, *RESERVES, FEE_BPS) - paid


@pytest.mark.parametrize("amount", [5_000 * USD, UINT256_MAX])
def test_profit_is_the_venues_price_less_the_discounted_one(flip, amount):
    expected = expected_profit(flip, amount)
    events = flip.buyer.send(ALICE, "buy", flip.arguments(amount, expected))
    assert values(events, "CollateralFlipped")["profit"] == expected == flip.market.balance("USDC", ALICE) > 0
    assert values(events, "CollateralSold")["buyer"] == flip.buyer.address
    flip.check_books()
    for symbol in ("WETH", "USDC"):
        assert flip.market.balance(symbol, flip.buyer) == 0
        for spender in (flip.execution, flip.router, flip.market.pool):
            assert flip.token(symbol).read("allowance", flip.buyer, spender) == 0


def test_too_little_profit_reverts(flip):
    expected = expected_profit(flip, UINT256_MAX)
    error = flip.buyer.send_error(ALICE, "buy", flip.arguments(UINT256_MAX, expected + 1))
    assert error == f"InsufficientProfit({expected}, {expected + 1})"
    flip.price(1_900)
    error = flip.buyer.send_error(ALICE, "buy", flip.arguments(UINT256_MAX))
    assert error.startswith("InsufficientProfit(-"), "the venue pays less than the discounted oracle"
    assert flip.read("stock", "USDC", "WETH") == 10 * ETH


def test_nobody_else_calls_back(flip):
    """Neither a stranger, nor the pool for a loan that a stranger takes out in the buyer's name."""
    words = flip.buyer.encode("buy", flip.arguments(USD))[4:]
    # The tuple's encoding as `abi.encode(params, 0)`: its offset moves by the word of the second value.
    data = (64).to_bytes(32) + bytes(32) + words[32:]
    usdc = flip.token("USDC")
    error = flip.buyer.send_error(CAROL, "onFlashLoan", flip.buyer, usdc, USD, 0, data)
    assert error == f"UnexpectedCallback({CAROL}, {flip.buyer.address})"
    error = flip.market.pool.send_error(CAROL, "flashLoan", flip.buyer, usdc, USD, data)
    assert error == f"UnexpectedCallback({flip.market.pool.address}, {CAROL})"
