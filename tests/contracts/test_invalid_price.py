"""What a market does while it has no valid price: reverts, goes on at the last good one, or freezes borrowing."""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, LIQUIDATOR, OWNER, REPORTER, LendingMarket, new_market

ETH, USD = 10**18, 10**6
MAX_AGE_S = 3_600
BELOW_ONE = 1_700 * E8
"""At which 10 WETH no longer carry 14,000 USDC at a threshold of 80 %."""


class Scene:
    """10 WETH carry 14,000 USDC; WETH's feed falls silent, USDC's does not."""

    def __init__(self, chain, deploy, choice: str) -> None:
        self.market: LendingMarket = new_market(chain, deploy)
        self.choice = choice
        prices = {"WETH": (18, 2_000 * E8), "USDC": (6, E8)}
        for symbol, (decimals, price) in prices.items():
            self.market.add(symbol, decimals, price, maxPriceAgeS=MAX_AGE_S)
        self.last_good: dict[str, Deployed] = {}
        if choice != "revert":
            for symbol, asset in self.market.assets.items():
                self.last_good[symbol] = feed = deploy(chain, "LastGoodFeed", asset.feed, MAX_AGE_S)
                feed.send(DONOR, "poke")
                config = asset.config | {"feed": feed.address, "maxPriceAgeS": 0}
                self.market.pool.send(OWNER, "setReserveConfig", asset.token, config, False)
        self.rule = None
        if choice == "freeze":
            self.rule = deploy(chain, "PriceFreeze", OWNER, self.market.pool, ZERO_ADDRESS)
            for symbol, feed in self.last_good.items():
                self.rule.send(OWNER, "follow", self.market.token(symbol), feed)
            self.market.pool.send(OWNER, "setModules", self.rule, ZERO_ADDRESS, ZERO_ADDRESS)
        self.market.supply(LENDER, "USDC", 10**6 * USD)
        self.market.supply(LENDER, "WETH", 100 * ETH)
        self.market.supply(BORROWER, "WETH", 10 * ETH)
        self.market.borrow(BORROWER, "USDC", 14_000 * USD)

    def poke(self) -> None:
        """Keep what is new."""
        for feed in self.last_good.values():
            if feed.read("due"):
                feed.send(DONOR, "poke")

    def silence(self, symbol: str = "WETH") -> None:
        """Let one price grow too old while the others are reported."""
        self.poke()
        self.market.wait(MAX_AGE_S + 1)
        for other in self.market.assets:
            if other != symbol:
                self.market.set_price(other, {"WETH": 2_000 * E8, "USDC": E8}[other])
        self.poke()

    def borrow_error(self, symbol: str, amount: int, account: str = BORROWER) -> str:
        """Return the error of a loan that is refused."""
        return self.market.pool.send_error(account, "borrow", self.market.token(symbol), amount)

    def withdraw_error(self, amount: int) -> str:
        """Return the error of a withdrawal that is refused."""
        return self.market.pool.send_error(BORROWER, "withdraw", self.market.token("WETH"), amount, BORROWER)

    def repay(self, amount: int) -> None:
        """Repay USDC."""
        self.market.fund(BORROWER, "USDC", amount)
        self.market.pool.send(BORROWER, "repay", self.market.token("USDC"), amount, BORROWER)


@pytest.fixture(params=["revert", "last_good", "freeze"])
def scene(revm, deploy, request) -> Scene:
    """A market of each choice."""
    return Scene(revm, deploy, request.param)


def test_with_valid_prices_there_is_no_difference(scene):
    pool = scene.market.pool
    pool.send(BORROWER, "borrow", scene.market.token("USDC"), 500 * USD)
    pool.send(BORROWER, "withdraw", scene.market.token("WETH"), ETH // 100, BORROWER)
    assert scene.borrow_error("USDC", 1_000 * USD).startswith("BorrowExceedsLtv")
    if scene.rule:
        assert not scene.rule.read("isFrozen", scene.market.token("WETH"))


def test_borrowing_on_a_price_that_is_lost(scene):
    scene.silence()
    if scene.choice == "revert":
        assert scene.borrow_error("USDC", USD) == f"StalePrice({MAX_AGE_S + 1}, {MAX_AGE_S})"
    elif scene.choice == "last_good":
        scene.market.borrow(BORROWER, "USDC", 500 * USD)
    else:
        assert scene.borrow_error("USDC", USD) == f"BorrowExceedsLtv({14_001 * E8}, 0)"
        assert scene.rule.read("isFrozen", scene.market.token("WETH"))


def test_borrowing_what_has_no_price_on_collateral_that_has_one(scene):
    scene.market.supply(LIQUIDATOR, "WETH", 10 * ETH)
    scene.silence("USDC")
    if scene.choice == "last_good":
        scene.market.borrow(LIQUIDATOR, "USDC", 500 * USD)
    elif scene.choice == "revert":
        assert scene.borrow_error("USDC", USD, LIQUIDATOR).startswith("StalePrice")
    else:
        usdc = scene.market.token("USDC").address
        assert scene.borrow_error("USDC", USD, LIQUIDATOR) == f"PriceInvalid({usdc})"
        scene.market.borrow(LIQUIDATOR, "WETH", ETH)  # both sides of which are priced


def test_what_lowers_risk_goes_on(scene):
    scene.silence()
    scene.repay(1_000 * USD)
    if scene.choice == "revert":
        assert scene.withdraw_error(1).startswith("StalePrice")
        return
    scene.market.pool.send(BORROWER, "withdraw", scene.market.token("WETH"), ETH, BORROWER)
    assert scene.withdraw_error(2 * ETH).startswith("HealthFactorTooLow")


def test_liquidation_goes_on_at_the_last_good_price(scene):
    scene.market.set_price("WETH", BELOW_ONE)
    scene.silence()
    if scene.choice == "revert":
        arguments = (scene.market.token("WETH"), scene.market.token("USDC"), BORROWER, 100 * USD, False)
        assert scene.market.pool.send_error(LIQUIDATOR, "liquidate", *arguments).startswith("StalePrice")
        return
    liquidation, _ = scene.market.liquidate("WETH", "USDC", amount=5_000 * USD)
    assert liquidation["collateralPriceBase"] == BELOW_ONE
    assert liquidation["healthBeforeWad"] < WAD
    assert liquidation["healthAfterWad"] > liquidation["healthBeforeWad"]


def test_the_price_returns(scene):
    scene.silence()
    scene.market.set_price("WETH", 1_999 * E8)
    scene.market.borrow(BORROWER, "USDC", 500 * USD)
    assert scene.market.state("WETH").priceBase == 1_999 * E8


def test_whoever_keeps_weights_is_told_when_a_price_is_lost_and_found(revm, deploy):
    """A price grows too old without any transaction."""
    scene = Scene(revm, deploy, "freeze")
    weth = scene.market.token("WETH")
    keys = [scene.rule.read("stateKey")]
    weights = [scene.rule.read("weights", BORROWER, weth, E8, 7_500, 8_000)]
    scene.silence()
    keys.append(scene.rule.read("stateKey"))
    weights.append(scene.rule.read("weights", BORROWER, weth, E8, 7_500, 8_000))
    scene.market.set_price("WETH", 2_000 * E8)
    keys.append(scene.rule.read("stateKey"))
    assert keys[0] == keys[2] != keys[1]
    assert [tuple(one) for one in weights] == [(7_500 * E8, 8_000 * E8), (0, 8_000 * E8)]


def test_only_the_owner_says_which_feed_is_followed(revm, deploy):
    scene = Scene(revm, deploy, "freeze")
    weth, usdc = (scene.market.token(symbol) for symbol in ("WETH", "USDC"))
    assert scene.rule.send_error(REPORTER, "follow", weth, ZERO_ADDRESS).startswith("OwnableUnauthorizedAccount")
    assert scene.rule.read("feedOf", weth) == scene.last_good["WETH"].address
    scene.silence()
    events = scene.rule.send(OWNER, "follow", weth, ZERO_ADDRESS)
    assert events == [("FeedFollowed", {"asset": weth.address, "feed": ZERO_ADDRESS})]
    assert not scene.rule.read("isFrozen", weth)
    scene.market.borrow(BORROWER, "USDC", 500 * USD)
    assert not scene.rule.read("isFrozen", usdc)


def test_a_rule_inside_of_another_keeps_the_account_frozen(revm, deploy):
    """Categories give other figures to what is inside of them; a frozen asset still counts for nothing."""
    scene = Scene(revm, deploy, "freeze")
    modes = deploy(revm, "CorrelatedModes", OWNER, scene.market.pool, scene.rule)
    scene.market.pool.send(OWNER, "setModules", modes, ZERO_ADDRESS, ZERO_ADDRESS)
    scene.silence()
    assert scene.borrow_error("USDC", USD) == f"BorrowExceedsLtv({14_001 * E8}, 0)"
