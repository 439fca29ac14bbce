"""AuctionTaker over a real auction, router and venue."""

from __future__ import annotations

import pytest
from eth_abi import encode

from sim.units import UINT256_MAX
from tests.auctions import ETH, KEEPER, STEP_S, USD, AuctionScene
from tests.lending import DONOR, OWNER

ROOM_STEPS = 20
"""From 20 % above the oracle's price to just below it."""


class TakerScene(AuctionScene):
    """A lot of 10 WETH, a venue of 1,000 WETH at the oracle's price (0.3 %), and a taker."""

    def __init__(self, chain, deploy) -> None:
        super().__init__(chain, deploy)
        self.open()
        self.fall()
        self.start()
        self.venue = self.deploy("ConstantProductPool", self.token("WETH"), self.token("USDC"), 30, OWNER)
        for symbol, amount in (("WETH", 1_000 * ETH), ("USDC", 1_700_000 * USD)):
            self.token(symbol).send(OWNER, "mint", self.venue, amount)
        self.venue.send(DONOR, "mint", DONOR)
        self.router, self.taker = self.deploy("SwapRouter"), self.deploy("AuctionTaker")

    def params(self, **changes: object) -> dict:
        """Return Params of a purchase of the whole lot."""
        return {
            "auction": self.auction.address,
            "lotId": 1,
            "amount": UINT256_MAX,
            "maxPriceRay": UINT256_MAX,
            "router": self.router.address,
            "route": [self.venue.address],
            "minProfit": 0,
        } | changes

    def profit(self, amount: int = UINT256_MAX) -> int:
        """Return what a purchase of `amount` brings now."""
        sold, paid = self.auction.read("previewTake", 1, amount, UINT256_MAX)
        return self.router.read("quoteExactIn", [self.venue.address], self.token("WETH"), sold) - paid

    def nothing_left(self) -> bool:
        """Return whether the taker holds nothing and has approved nobody."""
        tokens = [self.token("WETH"), self.token("USDC")]
        held = [token.read("balanceOf", self.taker) for token in tokens]
        approved = [
            token.read("allowance", self.taker, one) for token in tokens for one in (self.auction, self.router)
        ]
        return not any(held + approved)


@pytest.fixture
def scene(revm, deploy) -> TakerScene:
    return TakerScene(revm, deploy)


def test_profit_is_proceeds_less_payment(scene):
    scene.market.wait(ROOM_STEPS * STEP_S)
    profit = scene.profit()
    assert profit > 0
    events = dict(scene.taker.send(KEEPER, "take", scene.params(minProfit=profit)))
    assert events["AuctionTaken"]["profit"] == profit == scene.market.balance("USDC", KEEPER)
    assert events["AuctionTaken"]["keeper"] == KEEPER
    assert events["CollateralSold"]["buyer"] == scene.taker.address
    assert scene.nothing_left()
    scene.check_books()


def test_a_part_of_the_lot(scene):
    scene.market.wait(ROOM_STEPS * STEP_S)
    profit = scene.profit(3 * ETH)
    scene.taker.send(KEEPER, "take", scene.params(amount=3 * ETH))
    assert scene.market.balance("USDC", KEEPER) == profit > 0
    assert scene.lot().lot.lotAssets == 7 * ETH
    assert scene.nothing_left()


def test_a_profit_below_the_least_reverts_everything(scene):
    scene.market.wait(ROOM_STEPS * STEP_S)
    profit = scene.profit()
    error = scene.taker.send_error(KEEPER, "take", scene.params(minProfit=profit + 1))
    assert error == f"InsufficientProfit({profit}, {profit + 1})"
    assert scene.nothing_left()
    scene.check_books()


def test_a_loss_is_named_as_such(scene):
    loss = scene.profit()
    assert loss < 0
    assert scene.taker.send_error(KEEPER, "take", scene.params()) == f"InsufficientProfit({loss}, 0)"


def test_a_price_above_the_limit_is_refused(scene):
    assert scene.taker.send_error(KEEPER, "take", scene.params(maxPriceRay=1)).startswith("TooExpensive(")


def test_only_the_auction_calls_back(scene):
    names = ("auction", "lotId", "amount", "maxPriceRay", "router", "route", "minProfit")
    types = "(address,uint256,uint256,uint256,address,address[],uint256)"
    data = encode([types, "uint256"], [tuple(scene.params()[name] for name in names), 0])
    arguments = (scene.taker, 1, scene.token("WETH"), scene.token("USDC"), 0, 0, data)
    error = scene.taker.send_error(KEEPER, "onAuctionTake", *arguments)
    assert error == f"UnexpectedCallback({KEEPER}, {scene.taker.address})"


def test_money_that_was_there_before_is_not_profit(scene):
    scene.token("USDC").send(OWNER, "mint", scene.taker, 1_000 * USD)
    scene.market.wait(ROOM_STEPS * STEP_S)
    profit = scene.profit()
    scene.taker.send(KEEPER, "take", scene.params())
    assert scene.market.balance("USDC", KEEPER) == profit
    assert scene.market.balance("USDC", scene.taker) == 1_000 * USD
